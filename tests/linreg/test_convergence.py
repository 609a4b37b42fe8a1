"""Curvature agrees with autograd and differences, and with what training does."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from linreg.convergence import contraction_factors, curvature, largest_stable_rate
from linreg.data import NUM_SAMPLES, SEED, generate_data
from linreg.scaling import mean_and_std, standardize
from linreg.scratch import gradients, predict, train

SEEDS = st.integers(0, 2**32 - 1)
SAMPLES = st.integers(1, 30)  # fewer samples than features, too
FEATURES = st.integers(1, 4)

X2 = np.array([[1.0], [2.0]])
CALLS = {
    curvature: {"X": X2},
    largest_stable_rate: {"X": X2},
    contraction_factors: {"X": X2, "learning_rate": 0.1},
}
ALL = pytest.mark.parametrize("function", CALLS, ids=lambda function: function.__name__)


def principal(X):
    """Find the curvatures κ, from flat to steep, and their directions (W, b).

    κ is 2/N times the square of a singular value of A = [X 1].
    """
    A = np.hstack([X, np.ones((len(X), 1))])
    _, singular, directions = np.linalg.svd(A, full_matrices=True)
    curvatures = np.zeros(A.shape[1])
    curvatures[: len(singular)] = 2 / len(X) * singular**2
    return curvatures[::-1], directions[::-1]


def best(X, y):
    solution = np.linalg.lstsq(np.hstack([X, np.ones((len(X), 1))]), y, rcond=None)[0]
    return solution[:-1], solution[-1]


# Curvature


def test_curvature_by_hand():
    # A = [1 1; 2 1], so 2/2 · AᵀA = [1 + 4, 1 + 2; 1 + 2, 1 + 1], whose eigenvalues
    # have the sum 7 and the product 1.
    assert curvature(X2).tolist() == [[5.0, 3.0], [3.0, 2.0]]
    steepest = (7 + 45**0.5) / 2
    assert largest_stable_rate(X2) == pytest.approx(2 / steepest)
    factors = contraction_factors(X2, 0.1)
    np.testing.assert_allclose(factors, [1 - 0.1 / steepest, 1 - 0.1 * steepest])


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES)
def test_curvature_is_the_change_of_the_gradient(
    make_data, seed, num_samples, num_features
):
    # The gradient is linear in the weights: a step of 1 is as good as a tiny one.
    X, y = make_data(seed, num_samples, num_features)

    def slope(weights):
        dW, db = gradients(X, predict(X, weights[:-1, None], weights[-1:]), y)
        return np.append(dW, db)

    start = np.random.RandomState(seed).standard_normal(num_features + 1)
    change = [slope(start + step) - slope(start) for step in np.eye(num_features + 1)]
    np.testing.assert_allclose(curvature(X), change, atol=1e-10)


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES)
def test_curvature_is_what_autograd_differentiates_twice(
    make_data, seed, num_samples, num_features
):
    X, y = map(torch.tensor, make_data(seed, num_samples, num_features))

    def loss(weights):
        y_pred = X @ weights[:-1].reshape(-1, 1) + weights[-1]
        return torch.nn.functional.mse_loss(y_pred, y)

    weights = torch.zeros(num_features + 1, dtype=torch.float64)
    H = torch.autograd.functional.hessian(loss, weights)
    assert H.shape == (num_features + 1, num_features + 1)
    np.testing.assert_allclose(curvature(X.numpy()), H, atol=1e-12)


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES)
def test_curvatures_are_eigenvalues(make_data, seed, num_samples, num_features):
    X, _ = make_data(seed, num_samples, num_features)
    eigenvalues = np.sort(np.linalg.eig(curvature(X)).eigenvalues.real)
    rate = largest_stable_rate(X)
    assert isinstance(rate, float)
    assert rate == pytest.approx(2 / eigenvalues[-1])
    factors = contraction_factors(X, 0.3)
    np.testing.assert_allclose(factors, 1 - 0.3 * eigenvalues, atol=1e-12)
    np.testing.assert_allclose(factors, 1 - 0.3 * principal(X)[0], atol=1e-12)
    assert factors.shape == (num_features + 1,)


@given(seed=SEEDS, num_samples=SAMPLES, copies=st.integers(2, 5))
def test_copies_of_the_data_and_the_order_of_rows_do_not_matter(
    make_data, seed, num_samples, copies
):
    X, _ = make_data(seed, num_samples, 2)
    repeated = np.random.RandomState(seed).permutation(np.tile(X, (copies, 1)))
    np.testing.assert_allclose(curvature(repeated), curvature(X), atol=1e-12)


# What training does


@settings(max_examples=10)
@given(seed=SEEDS, num_features=st.integers(1, 3))
def test_the_stable_rate_is_sharp(make_data, seed, num_features):
    X, y = make_data(seed, 30, num_features)
    start = np.zeros((num_features, 1)), np.zeros(1)
    limit = largest_stable_rate(X)
    W, b, _ = train(X, y, X, y, *start, 0.99 * limit, 1000)
    W_best, b_best = best(X, y)
    np.testing.assert_allclose(W, W_best, atol=1e-6)
    np.testing.assert_allclose(b, b_best, atol=1e-6)
    with pytest.raises(FloatingPointError, match=r"^training diverged at epoch \d+: "):
        train(X, y, X, y, *start, 1.01 * limit, 2000)


@given(
    seed=SEEDS, num_features=FEATURES, fraction=st.floats(0.01, 0.99), data=st.data()
)
def test_one_step_leaves_the_predicted_share_of_the_distance(
    make_data, seed, num_features, fraction, data
):
    X, y = make_data(seed, 20, num_features)
    W, b = best(X, y)
    _, directions = principal(X)
    rate = fraction * largest_stable_rate(X)
    k = data.draw(st.integers(0, num_features))
    away = directions[k]
    W_next, b_next, _ = train(X, y, X, y, W + away[:-1, None], b + away[-1:], rate, 1)
    left = np.append(W_next - W, b_next - b)
    expected = contraction_factors(X, rate)[k]
    np.testing.assert_allclose(left, expected * away, atol=1e-10)


@given(seed=SEEDS, fraction=st.floats(0.2, 0.95))
def test_in_the_long_run_the_slowest_direction_sets_the_pace(make_data, seed, fraction):
    X, y = make_data(seed, 20, 2)
    rate = fraction * largest_stable_rate(X)
    factors = abs(contraction_factors(X, rate))
    away = principal(X)[1][factors.argmax()]
    W, b = best(X, y)
    losses = train(X, y, X, y, W + away[:-1, None], b + away[-1:], rate, 20)[2]["train"]
    excess = np.array(losses) - np.mean((y - predict(X, W, b)) ** 2)
    predicted = excess[0] * factors.max() ** (2 * np.arange(21))
    np.testing.assert_allclose(excess, predicted, rtol=1e-6, atol=1e-10)


def test_standardized_data_of_one_feature_arrive_in_one_step_of_a_half():
    # One column with mean 0 and variance 1: H = 2I, so 1 - 0.5 · 2 = 0.
    X, y = generate_data(NUM_SAMPLES, np.random.RandomState(SEED))
    X, y = standardize(X, *mean_and_std(X)), standardize(y, *mean_and_std(y))
    assert largest_stable_rate(X) == pytest.approx(1)
    np.testing.assert_allclose(contraction_factors(X, 0.5), 0, atol=1e-12)
    W, b, _ = train(X, y, X, y, np.ones((1, 1)), np.ones(1), 0.5, 1)
    W_best, b_best = best(X, y)
    np.testing.assert_allclose(W, W_best, atol=1e-12)
    np.testing.assert_allclose(b, b_best, atol=1e-12)


def test_along_equal_columns_nothing_moves():
    factors = contraction_factors(np.hstack([X2, X2]), 0.1)
    assert factors[0] == pytest.approx(1)
    assert (abs(factors[1:]) < 1).all()


@pytest.mark.parametrize("X", [[[0.0]], [[1e-300], [-1e-300]], [[1e150], [0.0]]])
def test_extreme_features_still_have_a_stable_rate(X):
    # The bias alone has the curvature 2; a feature adds to it: 2/N · Σx².
    steepest = max(2.0, 2 / len(X) * X[0][0] ** 2)
    assert largest_stable_rate(np.array(X)) == pytest.approx(2 / steepest)


# Input that is refused


@ALL
def test_inputs_stay_as_they_are(function):
    X = X2.copy()
    function(**CALLS[function] | {"X": X})
    np.testing.assert_array_equal(X, X2)


@ALL
def test_bad_arrays_are_refused(function, bad_array):
    arguments = CALLS[function] | {"X": bad_array.spoil(X2)}
    with pytest.raises(bad_array.error, match=f"^X {bad_array.match}"):
        function(**arguments)


def test_bad_learning_rates_are_refused(bad_number):
    with pytest.raises(bad_number.error, match=f"^learning_rate {bad_number.match}"):
        contraction_factors(X2, bad_number.value)


@pytest.mark.parametrize(
    ("name", "function", "changes"),
    [
        *(("H", function, {"X": 1e200 * X2}) for function in CALLS),
        ("factors", contraction_factors, {"learning_rate": 1e308}),
        ("factors", contraction_factors, {"X": 1e150 * X2, "learning_rate": 1e100}),
    ],
    ids=lambda part: getattr(part, "__name__", None),
)
def test_results_that_overflow_are_reported(name, function, changes):
    match = f"^{name} is too large for float64: rescale the data"
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match=match):
        function(**CALLS[function] | changes)
