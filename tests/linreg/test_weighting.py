"""HC3, weighted least squares and Huber's loss agree with statsmodels, scikit-learn, PyTorch."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from sklearn.linear_model import LinearRegression
from statsmodels.regression.linear_model import OLS, WLS

from linreg.closed_form import least_squares
from linreg.scratch import predict
from linreg.uncertainty import critical_value, standard_errors
from linreg.weighting import (
    huber_regression,
    robust_standard_errors,
    weighted_least_squares,
    weighted_standard_errors,
)

SEEDS = st.integers(0, 2**32 - 1)
SAMPLES = st.integers(8, 30)
FEATURES = st.integers(1, 4)

X4 = np.array([[0.0], [1.0], [2.0], [3.0]])
Y4 = np.array([[1.0], [0.0], [3.0], [4.0]])
W4, B4 = np.array([[1.2]]), np.array([0.2])  # the least-squares line
ONES = np.ones((4, 1))
CALLS = {
    robust_standard_errors: {"X": X4, "y": Y4, "W": W4, "b": B4},
    weighted_least_squares: {"X": X4, "y": Y4, "sample_weights": ONES},
    weighted_standard_errors: {"X": X4, "y": Y4, "sample_weights": ONES},
    huber_regression: {"X": X4, "y": Y4, "threshold": 1.0},
}
FUNCTIONS = pytest.mark.parametrize(
    "function", CALLS, ids=lambda function: function.__name__
)
WEIGHTED = pytest.mark.parametrize(
    "function", [weighted_least_squares, weighted_standard_errors]
)


def with_ones(X):
    return np.hstack([X, np.ones((len(X), 1))])


def draw_weights(seed, num_samples):
    return np.random.RandomState(seed ^ 1).uniform(0.01, 10, (num_samples, 1))


# By hand


def test_hc3_of_four_points_by_hand():
    # The slope is Σ(x - 1.5) y / 5, h is 0.7, 0.3, 0.3, 0.7, the line misses by 0.8,
    # -1.4, 0.4, 0.2. The bias is Σ(1/4 - 1.5 (x - 1.5) / 5) y.
    left_out = np.array([0.8, -1.4, 0.4, 0.2]) / np.array([0.3, 0.7, 0.7, 0.3])
    shares = np.array([-1.5, -0.5, 0.5, 1.5]) / 5
    W_error, b_error = robust_standard_errors(X4, Y4, W4, B4)
    assert W_error.item() == pytest.approx(np.sum((shares * left_out) ** 2) ** 0.5)
    b_shares = 1 / 4 - 1.5 * shares
    assert b_error.item() == pytest.approx(np.sum((b_shares * left_out) ** 2) ** 0.5)


def test_weights_by_hand():
    # A weight of 3 counts a sample three times: x = 0, 0, 0, 2 and y = 1, 1, 1, 5.
    X, y = np.array([[0.0], [2.0]]), np.array([[1.0], [5.0]])
    W, b = weighted_least_squares(X, y, np.array([[3.0], [1.0]]))
    np.testing.assert_allclose([W.item(), b.item()], [2, 1])
    # y = 0, 2, 6 at x = 0, 0, 1: the line meets the weighted mean (3 · 0 + 1 · 2) / 4
    # and 6. Σ w e² = 3 · 0.25 + 2.25 = 3 on 1 degree of freedom, and at x = 0 lies
    # weight 4, at x = 1 weight 2: the bias has variance 3 / 4, the slope 3 / 4 + 3 / 2.
    X, y = np.array([[0.0], [0.0], [1.0]]), np.array([[0.0], [2.0], [6.0]])
    sample_weights = np.array([[3.0], [1.0], [2.0]])
    W, b = weighted_least_squares(X, y, sample_weights)
    np.testing.assert_allclose([W.item(), b.item()], [5.5, 0.5])
    W_error, b_error = weighted_standard_errors(X, y, sample_weights)
    np.testing.assert_allclose([W_error.item(), b_error.item()], [1.5, 0.75**0.5])


def test_hubers_loss_of_a_level_by_hand():
    # Pairs at x = 0 and x = 1 are two levels. At x = 0, y = 0, 0, 9: the far one
    # pulls with 1, so the level is where 2 · level = 1.
    X = np.array([[0.0], [0.0], [0.0], [1.0]])
    y = np.array([[0.0], [0.0], [9.0], [4.0]])
    W, b = huber_regression(X, y, 1.0)
    np.testing.assert_allclose([b.item(), (W + b).item()], [0.5, 4], atol=1e-6)


# Oracles


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES)
def test_hc3_is_that_of_statsmodels(make_data, seed, num_samples, num_features):
    X, y = make_data(seed, num_samples, num_features)
    y = y + 3 * X[:, :1] * np.random.RandomState(seed ^ 1).standard_normal(y.shape)
    W, b = least_squares(X, y)
    W_error, b_error = robust_standard_errors(X, y, W, b)
    assert (W_error.shape, b_error.shape) == (W.shape, b.shape)
    expected = OLS(y[:, 0], with_ones(X)).fit().HC3_se
    np.testing.assert_allclose([*W_error[:, 0], *b_error], expected, rtol=1e-6)


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES)
def test_weighted_least_squares_is_that_of_statsmodels_and_scikit_learn(
    make_data, seed, num_samples, num_features
):
    X, y = make_data(seed, num_samples, num_features)
    sample_weights = draw_weights(seed, num_samples)
    W, b = weighted_least_squares(X, y, sample_weights)
    errors = weighted_standard_errors(X, y, sample_weights)
    assert (W.shape, b.shape) == (errors[0].shape, errors[1].shape)
    fitted = WLS(y[:, 0], with_ones(X), sample_weights[:, 0]).fit()
    np.testing.assert_allclose([*W[:, 0], *b], fitted.params, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose([*errors[0][:, 0], *errors[1]], fitted.bse, rtol=1e-6)
    model = LinearRegression(tol=1e-15).fit(X, y, sample_weights[:, 0])
    np.testing.assert_allclose(W, model.coef_.T, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(b, model.intercept_, rtol=1e-6, atol=1e-9)


@given(
    seed=SEEDS,
    num_samples=SAMPLES,
    num_features=st.integers(1, 2),
    threshold=st.floats(0.3, 5),
)
def test_hubers_loss_is_at_its_lowest_by_pytorchs_own_gradient(
    make_data, seed, num_samples, num_features, threshold
):
    X, y = make_data(seed, num_samples, num_features)
    y[:2] += 50
    found = huber_regression(X, y, threshold)
    W, b = (torch.from_numpy(part).requires_grad_() for part in found)
    loss = torch.nn.HuberLoss(reduction="sum", delta=threshold)
    loss(torch.from_numpy(X) @ W + b, torch.from_numpy(y)).backward()
    for gradient in (W.grad, b.grad):
        assert abs(gradient).max() < 1e-6 * threshold * (1 + abs(X).sum())


def test_scipy_finds_no_lower_huber_loss(make_data):
    X, y = make_data(5, 25, 2)
    y[3:6] -= 30

    def loss(theta):
        miss = abs(y - predict(X, theta[:-1, None], theta[-1:]))
        return np.sum(np.where(miss <= 0.8, miss**2 / 2, 0.8 * (miss - 0.4)))

    W, b = huber_regression(X, y, 0.8)
    best = minimize(loss, np.zeros(3), method="Nelder-Mead", options={"maxiter": 2000})
    np.testing.assert_allclose([*W[:, 0], *b], best.x, atol=1e-3)
    assert loss(np.array([*W[:, 0], *b])) <= best.fun + 1e-9


# What the formulas promise


@given(seed=SEEDS, num_features=FEATURES, weight=st.floats(1e-300, 1e300))
def test_equal_weights_are_none(make_data, seed, num_features, weight):
    X, y = make_data(seed, 20, num_features)
    equal = np.full((20, 1), weight)
    line = least_squares(X, y)
    for found, expected in (
        (weighted_least_squares(X, y, equal), line),
        (weighted_standard_errors(X, y, equal), standard_errors(X, y, *line)),
    ):
        np.testing.assert_allclose(found[0], expected[0], rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(found[1], expected[1], rtol=1e-6, atol=1e-9)


@given(seed=SEEDS, num_features=FEATURES)
def test_whole_weights_are_copies_of_a_sample(make_data, seed, num_features):
    X, y = make_data(seed, 12, num_features)
    counts = np.random.RandomState(seed ^ 1).randint(1, 5, 12)
    W, b = weighted_least_squares(X, y, counts.astype(float).reshape(-1, 1))
    copied = least_squares(np.repeat(X, counts, axis=0), np.repeat(y, counts, axis=0))
    np.testing.assert_allclose(W, copied[0], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(b, copied[1], rtol=1e-6, atol=1e-9)


@given(seed=SEEDS, num_features=st.integers(1, 3))
def test_hc3_residuals_are_those_of_fits_without_the_row(make_data, seed, num_features):
    X, y = make_data(seed, 12, num_features)
    pulls = np.linalg.pinv(with_ones(X))  # of each target in each coefficient
    left_out = [
        (y[k] - predict(X[[k]], *least_squares(*(np.delete(a, k, 0) for a in (X, y)))))
        for k in range(12)
    ]
    expected = np.sqrt(np.sum((pulls * np.ravel(left_out)) ** 2, axis=1))
    W_error, b_error = robust_standard_errors(X, y, *least_squares(X, y))
    np.testing.assert_allclose([*W_error[:, 0], *b_error], expected, rtol=1e-6)


@given(seed=SEEDS, num_features=FEATURES)
def test_a_threshold_beyond_all_misses_is_least_squares(make_data, seed, num_features):
    X, y = make_data(seed, 20, num_features)
    W, b = least_squares(X, y)
    found = huber_regression(X, y, 2 * abs(y - predict(X, W, b)).max())
    np.testing.assert_allclose(found[0], W, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found[1], b, rtol=1e-6, atol=1e-9)


@given(seed=SEEDS, far=st.floats(1e2, 1e9))
def test_how_far_a_wild_sample_lies_hardly_matters_to_hubers_loss(make_data, seed, far):
    X, y = make_data(seed, 30, 1)
    y[0] += 100
    near = huber_regression(X, y, 1.0)
    y[0] += far
    np.testing.assert_allclose(huber_regression(X, y, 1.0)[0], near[0], atol=1e-4)


@given(seed=SEEDS, level=st.sampled_from([2.0**k for k in range(17, 33)]))
def test_the_level_of_the_targets_moves_only_the_bias_of_hubers_loss(
    make_data, seed, level
):
    X, y = make_data(seed, 30, 1)
    y = np.round(y * 2**16) / 2**16  # so that adding the level rounds nothing
    W, b = huber_regression(X, y, 0.1)
    W_up, b_up = huber_regression(X, y + level, 0.1)
    np.testing.assert_allclose(W_up, W, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(b_up, b + level, rtol=1e-12)


@given(seed=SEEDS, num_features=FEATURES, scale=st.floats(0.01, 100))
def test_units_carry_through(make_data, seed, num_features, scale):
    X, y = make_data(seed, 20, num_features)
    weights = draw_weights(seed, 20)
    W_error, b_error = robust_standard_errors(X, y, *least_squares(X, y))
    line = scale * X, y / scale
    scaled = robust_standard_errors(*line, *least_squares(*line))
    np.testing.assert_allclose(scaled[0], W_error / scale**2, rtol=1e-6)
    np.testing.assert_allclose(scaled[1], b_error / scale, rtol=1e-6)
    for function in (weighted_least_squares, weighted_standard_errors):
        plain, scaled = function(X, y, weights), function(*line, 7 * weights)
        np.testing.assert_allclose(scaled[0], plain[0] / scale**2, rtol=1e-6)
        np.testing.assert_allclose(scaled[1], plain[1] / scale, rtol=1e-6)
    plain, scaled = huber_regression(X, y, 1.0), huber_regression(*line, 1 / scale)
    np.testing.assert_allclose(scaled[0], plain[0] / scale**2, rtol=1e-5, atol=1e-8)


@given(seed=SEEDS, shift=st.sampled_from([1e3, 1e6, 1e8]))
def test_a_far_shift_of_X_leaves_the_slopes(make_data, seed, shift):
    X, y = make_data(seed, 20, 2)
    far = X + shift
    near = far - shift  # rounded as they are far out
    weights = draw_weights(seed, 20)
    for function in (weighted_least_squares, weighted_standard_errors):
        found, expected = function(far, y, weights)[0], function(near, y, weights)[0]
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    found, _ = robust_standard_errors(far, y, *least_squares(far, y))
    expected, _ = robust_standard_errors(near, y, *least_squares(near, y))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


# Chance


def test_intervals_hold_the_truth_under_noise_of_unequal_size():
    runs, rng, held = 600, np.random.RandomState(1234), np.zeros(3)
    for _ in range(runs):
        X = rng.standard_normal((60, 1)) ** 2
        y = 3 * X - 2 + X * rng.standard_normal((60, 1))
        weights = 1 / (X**2 + 1e-12)
        W, b = least_squares(X, y)
        W_weighted, _ = weighted_least_squares(X, y, weights)
        for k, (slope, error) in enumerate(
            (
                (W, standard_errors(X, y, W, b)[0]),
                (W, robust_standard_errors(X, y, W, b)[0]),
                (W_weighted, weighted_standard_errors(X, y, weights)[0]),
            )
        ):
            reach = critical_value(X, 0.95) * error.item()
            held[k] += abs(slope.item() - 3) < reach
    usual, robust, weighted = held / runs
    spread = (0.95 * 0.05 / runs) ** 0.5
    assert usual < 0.6  # the usual ones are far from their word,
    assert 0.86 < robust < 0.95 + 4 * spread  # HC3 comes close,
    assert abs(weighted - 0.95) < 4 * spread  # and weights that are right keep it


# Input that is refused


@FUNCTIONS
def test_inputs_stay_as_they_are(function):
    arguments = {
        name: value.copy() if isinstance(value, np.ndarray) else value
        for name, value in CALLS[function].items()
    }
    function(**arguments)
    for name, value in CALLS[function].items():
        np.testing.assert_array_equal(arguments[name], value)


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        (function, argument)
        for function, arguments in CALLS.items()
        for argument in arguments
        if argument != "threshold"
    ],
    ids=lambda part: getattr(part, "__name__", part),
)
def test_bad_arrays_are_refused(function, argument, bad_array):
    arguments = CALLS[function] | {argument: bad_array.spoil(CALLS[function][argument])}
    with pytest.raises(bad_array.error, match=f"^{argument} {bad_array.match}"):
        function(**arguments)


def test_bad_thresholds_are_refused(bad_number):
    with pytest.raises(bad_number.error, match=f"^threshold {bad_number.match}"):
        huber_regression(X4, Y4, bad_number.value)


@WEIGHTED
@pytest.mark.parametrize("weight", [0.0, -1.0])
def test_weights_must_be_positive(function, weight):
    weights = np.array([[1.0], [1.0], [weight], [1.0]])
    match = f"^sample_weights is {weight} in row 2, but must be positive: leave out"
    with pytest.raises(ValueError, match=match):
        function(X4, Y4, weights)


@WEIGHTED
def test_each_sample_needs_a_weight(function):
    match = "^X has 4 rows but sample_weights has 3: each sample needs one row in both"
    with pytest.raises(ValueError, match=match):
        function(X4, Y4, np.ones((3, 1)))


@FUNCTIONS
@pytest.mark.parametrize(
    "dependency",
    [lambda x: 0 * x + 0.1, lambda x: 3 * x, lambda x: 1 - x],
    ids=["a constant", "other units", "the remaining share"],
)
def test_collinear_columns_are_refused(function, dependency):
    x = np.arange(8.0).reshape(-1, 1)
    changes = {
        "X": np.hstack([x, dependency(x)]),
        "y": x**2,
        "W": np.zeros((2, 1)),
        "sample_weights": x + 1,
    }
    arguments = {
        name: changes.get(name, value) for name, value in CALLS[function].items()
    }
    with pytest.raises(ValueError, match=r"^column \d of X is collinear"):
        function(**arguments)


@FUNCTIONS
def test_too_few_rows_are_refused(function):
    changes = {"X": X4[:1], "y": Y4[:1], "sample_weights": ONES[:1]}
    arguments = {
        name: changes.get(name, value) for name, value in CALLS[function].items()
    }
    match = "^1 rows are (all used up by|too few for) 1 weights and a bias: add rows"
    with pytest.raises(ValueError, match=match):
        function(**arguments)


def test_two_points_leave_no_weighted_standard_error():
    with pytest.raises(ValueError, match=r"^2 rows are all used up by 1 weights and a"):
        weighted_standard_errors(X4[:2], Y4[:2], ONES[:2])


def test_a_row_that_fixes_a_weight_by_itself_has_no_hc3():
    X = np.hstack([X4, np.array([[0.0], [0.0], [5.0], [0.0]])])
    with pytest.raises(ValueError, match=r"^row 2 fixes a weight by itself"):
        robust_standard_errors(X, Y4, *least_squares(X, Y4))


def test_a_threshold_far_below_the_noise_is_told_apart_from_an_answer(make_data):
    X, y = make_data(70, 12, 2)
    with pytest.raises(
        ValueError, match=r"^Huber's loss with threshold 0.001 did not "
    ):
        huber_regression(X, y, 1e-3)


@pytest.mark.parametrize(
    ("name", "function", "changes"),
    [
        ("W_error", robust_standard_errors, {"X": 1e-200 * X4, "y": 1e150 * Y4}),
        ("W", weighted_least_squares, {"X": 1e-200 * X4, "y": 1e150 * Y4}),
        ("W_error", weighted_standard_errors, {"X": 1e-200 * X4, "y": 1e150 * Y4}),
    ],
    ids=lambda part: getattr(part, "__name__", None),
)
def test_results_that_overflow_are_reported(name, function, changes):
    match = f"^{name} is too large for float64: rescale the data"
    with pytest.raises(FloatingPointError, match=match):
        function(**CALLS[function] | changes)
