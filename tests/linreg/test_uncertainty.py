"""Standard errors, intervals and residuals agree with statsmodels and with chance."""

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.regression.linear_model import OLS

from linreg.closed_form import least_squares
from linreg.scratch import predict
from linreg.uncertainty import (
    confidence_intervals,
    critical_value,
    degrees_of_freedom,
    leverage,
    noise_std,
    prediction_intervals,
    r_squared,
    standard_errors,
    standardized_residuals,
)

SEEDS = st.integers(0, 2**32 - 1)
SAMPLES = st.integers(8, 30)
FEATURES = st.integers(1, 4)
LEVELS = st.floats(0.01, 0.999)

X4 = np.array([[0.0], [1.0], [2.0], [3.0]])
Y4 = np.array([[1.0], [0.0], [3.0], [4.0]])
W4, B4 = np.array([[1.2]]), np.array([0.2])  # the least-squares line
LINE = {"X": X4, "y": Y4, "W": W4, "b": B4}
CALLS = {
    r_squared: {"y_pred": X4, "y": Y4},
    noise_std: LINE,
    degrees_of_freedom: {"X": X4},
    leverage: {"X_new": np.array([[5.0], [6.0]]), "X": X4},
    standard_errors: LINE,
    critical_value: {"X": X4, "level": 0.95},
    confidence_intervals: LINE | {"level": 0.95},
    prediction_intervals: {"X_new": np.array([[5.0], [6.0]])} | LINE | {"level": 0.95},
    standardized_residuals: LINE,
}
FUNCTIONS = pytest.mark.parametrize(
    "function", CALLS, ids=lambda function: function.__name__
)


def with_ones(X):
    return np.hstack([X, np.ones((len(X), 1))])


def fit(X, y):
    """Let statsmodels fit the same line, its bias last."""
    return OLS(y[:, 0], with_ones(X)).fit()


# By hand


def test_four_points_by_hand():
    # x̄ = 1.5 and ȳ = 2, so Σ(x - x̄)² = 5 and Σ(x - x̄)(y - ȳ) = 6: W = 1.2, b = 0.2.
    # The line misses by 0.8, -1.4, 0.4, 0.2, whose squares sum to 2.8, so s² = 2.8 / 2.
    s = 1.4**0.5
    assert noise_std(**LINE) == pytest.approx(s)
    assert degrees_of_freedom(X4) == 2
    assert r_squared(predict(X4, W4, B4), Y4) == pytest.approx(1 - 2.8 / 10)
    h = 1 / 4 + np.array([1.5, 0.5, 0.5, 1.5]) ** 2 / 5
    np.testing.assert_allclose(leverage(X4, X4), h)
    W_error, b_error = standard_errors(**LINE)
    np.testing.assert_allclose(W_error, [[s / 5**0.5]])
    np.testing.assert_allclose(b_error, [s * (1 / 4 + 1.5**2 / 5) ** 0.5])
    residuals = np.array([0.8, -1.4, 0.4, 0.2]) / (s * np.sqrt(1 - h))
    np.testing.assert_allclose(standardized_residuals(**LINE)[:, 0], residuals)


def test_intervals_by_hand():
    # Of 2 degrees of freedom, P(|t| < √2) = 1/√2.
    level, s = 0.5**0.5, 1.4**0.5
    assert critical_value(X4, level) == pytest.approx(2**0.5)
    W_interval, b_interval = confidence_intervals(**LINE, level=level)
    W_reach, b_reach = (2 * 1.4 / 5) ** 0.5, (2 * 1.4 * 0.7) ** 0.5
    np.testing.assert_allclose(W_interval, [[1.2 - W_reach, 1.2 + W_reach]])
    np.testing.assert_allclose(b_interval, [0.2 - b_reach, 0.2 + b_reach])
    interval = prediction_intervals(np.array([[1.5]]), **LINE, level=level)
    reach = 2**0.5 * s * (1 + 1 / 4) ** 0.5
    np.testing.assert_allclose(interval, [[2 - reach, 2 + reach]])


# Oracles


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES, level=LEVELS)
def test_statsmodels_says_the_same_of_the_fit(
    make_data, seed, num_samples, num_features, level
):
    X, y = make_data(seed, num_samples, num_features)
    W, b = least_squares(X, y)
    fitted = fit(X, y)
    assert r_squared(predict(X, W, b), y) == pytest.approx(fitted.rsquared)
    assert noise_std(X, y, W, b) == pytest.approx(fitted.scale**0.5)
    assert degrees_of_freedom(X) == fitted.df_resid
    W_error, b_error = standard_errors(X, y, W, b)
    assert (W_error.shape, b_error.shape) == (W.shape, b.shape)
    np.testing.assert_allclose([*W_error[:, 0], *b_error], fitted.bse)
    W_interval, b_interval = confidence_intervals(X, y, W, b, level)
    assert (W_interval.shape, b_interval.shape) == ((num_features, 2), (2,))
    intervals = np.vstack([W_interval, b_interval])
    np.testing.assert_allclose(intervals, fitted.conf_int(1 - level), atol=1e-8)


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES, level=LEVELS)
def test_statsmodels_says_the_same_of_the_samples(
    make_data, seed, num_samples, num_features, level
):
    X, y = make_data(seed, num_samples, num_features)
    X_new, _ = make_data(seed ^ 1, 5, num_features)
    W, b = least_squares(X, y)
    fitted = fit(X, y)
    influence = fitted.get_influence()
    np.testing.assert_allclose(leverage(X, X), influence.hat_matrix_diag)
    residuals = standardized_residuals(X, y, W, b)
    assert residuals.shape == y.shape
    expected = influence.resid_studentized_internal
    np.testing.assert_allclose(residuals[:, 0], expected, atol=1e-8)
    frame = fitted.get_prediction(with_ones(X_new)).summary_frame(1 - level)
    intervals = prediction_intervals(X_new, X, y, W, b, level)
    assert intervals.shape == (5, 2)
    expected = frame[["obs_ci_lower", "obs_ci_upper"]]
    np.testing.assert_allclose(intervals, expected, atol=1e-8)


@given(seed=SEEDS, num_samples=st.integers(3, 30))
def test_scipy_says_the_same_of_one_feature(make_data, seed, num_samples):
    X, y = make_data(seed, num_samples, 1)
    W, b = least_squares(X, y)
    line = scipy.stats.linregress(X[:, 0], y[:, 0])
    assert r_squared(predict(X, W, b), y) == pytest.approx(line.rvalue**2, abs=1e-9)
    W_error, b_error = standard_errors(X, y, W, b)
    np.testing.assert_allclose(W_error, line.stderr, rtol=1e-4)
    np.testing.assert_allclose(b_error, line.intercept_stderr, rtol=1e-4)


@given(num_samples=st.integers(3, 100), level=st.floats(1e-6, 1 - 1e-12))
def test_critical_values_are_quantiles_of_t(num_samples, level):
    X = np.arange(float(num_samples)).reshape(-1, 1)
    below = scipy.stats.t(num_samples - 2).cdf(-critical_value(X, level))
    assert below == pytest.approx((1 - level) / 2, rel=1e-6)


@given(seed=SEEDS, num_samples=SAMPLES)
def test_r_squared_is_that_of_scikit_learn_for_any_prediction(
    make_data, seed, num_samples
):
    y_pred, y = make_data(seed, num_samples, 1)
    assert r_squared(y_pred, y) == pytest.approx(sklearn.metrics.r2_score(y, y_pred))
    assert r_squared(y, y) == 1
    mean = np.full_like(y, y.mean())
    assert r_squared(mean, y) == pytest.approx(0, abs=1e-12)


# What the formulas promise


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES)
def test_leverages_share_out_the_numbers_that_were_fitted(
    make_data, seed, num_samples, num_features
):
    X, _ = make_data(seed, num_samples, num_features)
    h = leverage(X, X)
    assert h.sum() == pytest.approx(num_features + 1)
    assert (h > 1 / num_samples - 1e-12).all()
    assert (h < 1 + 1e-12).all()
    assert leverage(X.mean(axis=0, keepdims=True), X) == pytest.approx(1 / num_samples)


@given(seed=SEEDS, num_features=FEATURES)
def test_leverage_is_how_the_prediction_follows_its_own_sample(
    make_data, seed, num_features
):
    X, y = make_data(seed, 20, num_features)
    before = predict(X, *least_squares(X, y))[0, 0]
    y[0] += 1
    after = predict(X, *least_squares(X, y))[0, 0]
    assert after - before == pytest.approx(leverage(X, X)[0], abs=1e-9)


@given(seed=SEEDS, num_features=FEATURES, copies=st.integers(2, 6))
def test_intervals_shrink_with_the_root_of_the_data(
    make_data, seed, num_features, copies
):
    X, y = make_data(seed, 20, num_features)
    W, b = least_squares(X, y)
    line = np.tile(X, (copies, 1)), np.tile(y, (copies, 1)), W, b
    left = 20 - num_features - 1, copies * 20 - num_features - 1
    for few, many in zip(
        standard_errors(X, y, W, b), standard_errors(*line), strict=True
    ):
        np.testing.assert_allclose(many, few * (left[0] / left[1]) ** 0.5)


@given(seed=SEEDS, low=LEVELS, more=st.floats(0.01, 0.99))
def test_more_certainty_needs_a_wider_interval(make_data, seed, low, more):
    X, y = make_data(seed, 10, 2)
    line = X, y, *least_squares(X, y)
    high = low + more * (1 - low)
    for narrow, wide in zip(
        (*confidence_intervals(*line, low), prediction_intervals(X, *line, low)),
        (*confidence_intervals(*line, high), prediction_intervals(X, *line, high)),
        strict=True,
    ):
        assert (wide[..., 0] < narrow[..., 0]).all()
        assert (narrow[..., 0] < narrow[..., 1]).all()
        assert (narrow[..., 1] < wide[..., 1]).all()


@given(seed=SEEDS, num_features=FEATURES, scale=st.floats(0.01, 100))
def test_units_carry_through(make_data, seed, num_features, scale):
    X, y = make_data(seed, 20, num_features)
    W, b = least_squares(X, y)
    W_error, b_error = standard_errors(X, y, W, b)
    X_line = scale * X, y, W / scale, b
    np.testing.assert_allclose(standard_errors(*X_line)[0], W_error / scale)
    np.testing.assert_allclose(standard_errors(*X_line)[1], b_error)
    y_line = X, scale * y, scale * W, scale * b
    assert noise_std(*y_line) == pytest.approx(scale * noise_std(X, y, W, b))
    np.testing.assert_allclose(standard_errors(*y_line)[0], scale * W_error)
    residuals = standardized_residuals(X, y, W, b)
    for line in (X_line, y_line):
        np.testing.assert_allclose(standardized_residuals(*line), residuals, atol=1e-9)


def test_noise_of_a_line_that_was_not_fitted_is_what_it_misses():
    # Of y = 1, 0, 3, 4 the line y = 0 misses 1 + 0 + 9 + 16.
    assert noise_std(X4, Y4, np.zeros((1, 1)), np.zeros(1)) == pytest.approx(13**0.5)


@given(seed=SEEDS, num_features=FEATURES)
def test_no_other_line_misses_less(make_data, seed, num_features):
    X, y = make_data(seed, 20, num_features)
    W, b = least_squares(X, y)
    step = np.random.RandomState(seed).standard_normal(num_features + 1)
    other = W + step[:-1, None], b + step[-1:]
    assert noise_std(X, y, W, b) < noise_std(X, y, *other)


# Chance


def test_intervals_hold_the_truth_as_often_as_they_say():
    runs, level = 800, 0.9
    rng = np.random.RandomState(1234)
    X, X_new = np.linspace(0, 1, 7)[:, None] ** 2, np.array([[1.5]])
    held = np.zeros(3)
    for _ in range(runs):
        y = 3 * X - 2 + rng.standard_normal((7, 1))
        y_new = 3 * 1.5 - 2 + rng.standard_normal()
        line = X, y, *least_squares(X, y)
        W_interval, b_interval = confidence_intervals(*line, level)
        interval = prediction_intervals(X_new, *line, level)
        for k, (truth, (low, high)) in enumerate(
            [(3, W_interval[0]), (-2, b_interval), (y_new, interval[0])]
        ):
            held[k] += low < truth < high
    spread = (level * (1 - level) / runs) ** 0.5
    np.testing.assert_allclose(held / runs, level, atol=4 * spread)


def test_the_noise_is_estimated_without_bias():
    # The variance of s² is 2σ⁴ / (N - D - 1).
    runs, rng = 800, np.random.RandomState(1234)
    X = rng.standard_normal((6, 3))
    variances = []
    for _ in range(runs):
        y = 2 * rng.standard_normal((6, 1))
        variances.append(noise_std(X, y, *least_squares(X, y)) ** 2)
    assert np.mean(variances) == pytest.approx(4, abs=4 * (2 * 16 / 2 / runs) ** 0.5)


# Hard cases


@given(
    seed=SEEDS,
    num_features=FEATURES,
    shift=st.sampled_from([0, 1, 1e3, 1e8]),
    height=st.sampled_from([0, 1, 1e5]),
)
def test_a_line_through_every_sample_has_no_residuals(
    make_data, seed, num_features, shift, height
):
    X, _ = make_data(seed, 20, num_features)
    X = X + shift
    y = X @ np.arange(1, num_features + 1)[:, None] / 3 + height
    W, b = least_squares(X, y)
    match = "^the line goes through every sample: there are no residuals$"
    with pytest.raises(ValueError, match=match):
        standardized_residuals(X, y, W, b)
    assert r_squared(predict(X, W, b), y) == pytest.approx(1)
    W_error, _ = standard_errors(X, y, W, b)
    np.testing.assert_allclose(W_error, 0, atol=1e-13 * (1 + shift + height))


def test_zero_data_have_no_residuals():
    zeros = np.zeros((4, 1))
    with pytest.raises(ValueError, match=r"^the line goes through every sample: "):
        standardized_residuals(X4, zeros, np.zeros((1, 1)), np.zeros(1))


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_a_little_noise_is_not_taken_for_rounding(scale):
    noise = scale * 1e-9 * np.array([[1.0], [-1.0], [-1.0], [1.0]])  # no slope in it
    y = scale * (X4 + 1) + noise
    residuals = standardized_residuals(X4, y, *least_squares(X4, y))
    assert np.sign(residuals[:, 0]).tolist() == [1, -1, -1, 1]


def test_a_sample_that_fixes_a_weight_by_itself_has_no_residual():
    X = np.hstack([X4, np.array([[0.0], [0.0], [5.0], [0.0]])])
    W, b = least_squares(X, Y4)
    match = "^row 2 fixes a weight by itself, so it has no residual: drop it, or drop"
    with pytest.raises(ValueError, match=match):
        standardized_residuals(X, Y4, W, b)


@given(seed=SEEDS, exponents=st.lists(st.integers(-150, 150), min_size=1, max_size=4))
def test_wild_units_of_the_columns_do_not_matter(make_data, seed, exponents):
    X, y = make_data(seed, 20, len(exponents))
    W, b = least_squares(X, y)
    scales = 10.0 ** np.array(exponents)
    line = X * scales, y, W / scales[:, None], b
    np.testing.assert_allclose(leverage(X * scales, X * scales), leverage(X, X))
    W_error, b_error = standard_errors(*line)
    expected_W, expected_b = standard_errors(X, y, W, b)
    np.testing.assert_allclose(W_error * scales[:, None], expected_W)
    np.testing.assert_allclose(b_error, expected_b)


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_standard_errors_whose_squares_leave_float64_are_computed_all_the_same(scale):
    W_error, b_error = standard_errors(scale * X4, Y4, W4 / scale, B4)
    np.testing.assert_allclose(W_error * scale, standard_errors(**LINE)[0])
    np.testing.assert_allclose(b_error, standard_errors(**LINE)[1])


@given(seed=SEEDS, num_features=FEATURES)
def test_a_far_shift_of_X_leaves_leverage_and_slopes(make_data, seed, num_features):
    X, y = make_data(seed, 20, num_features)
    far = X + 1e8
    near = far - 1e8  # rounded as they are far out
    np.testing.assert_allclose(leverage(far, far), leverage(near, near), rtol=1e-5)
    W_error, _ = standard_errors(far, y, *least_squares(far, y))
    expected, _ = standard_errors(near, y, *least_squares(near, y))
    np.testing.assert_allclose(W_error, expected, rtol=1e-5)


def test_a_level_just_below_one_has_a_finite_interval():
    level = np.nextafter(1, 0)
    # Far out, P(t < -c) is 1 / (2c²) for 2 degrees of freedom.
    expected = (1 / (1 - level)) ** 0.5
    assert critical_value(X4, level) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e-200, 1e150])
@pytest.mark.parametrize("num_samples", [1, 3, 6, 1000])
def test_r_squared_of_a_constant_is_refused(constant, num_samples):
    y = np.full((num_samples, 1), constant)
    match = "^y does not vary, so there is no variance to explain$"
    with pytest.raises(ValueError, match=match):
        r_squared(np.zeros((num_samples, 1)), y)


@pytest.mark.parametrize(
    "function",
    [leverage, standard_errors, confidence_intervals, prediction_intervals],
    ids=lambda function: function.__name__,
)
@pytest.mark.parametrize(
    "dependency",
    [lambda x: 0 * x + 0.1, lambda x: 3 * x, lambda x: 1 - x],
    ids=["a constant", "other units", "the remaining share"],
)
def test_columns_that_follow_from_others_are_refused(function, dependency):
    x = np.arange(8.0).reshape(-1, 1)
    X = np.hstack([x, dependency(x)])
    changes = {"X": X, "X_new": X, "y": x**2, "W": np.zeros((2, 1))}
    arguments = CALLS[function] | {
        name: value for name, value in changes.items() if name in CALLS[function]
    }
    with pytest.raises(
        ValueError, match=r"^column \d of X is collinear with the others"
    ):
        function(**arguments)


@pytest.mark.parametrize(
    "function",
    [function for function in CALLS if function not in (r_squared, leverage)],
    ids=lambda function: function.__name__,
)
@pytest.mark.parametrize("num_samples", [1, 2])
def test_too_few_rows_are_refused(function, num_samples):
    changes = {"X": X4[:num_samples], "y": Y4[:num_samples]}
    arguments = CALLS[function] | {
        name: value for name, value in changes.items() if name in CALLS[function]
    }
    match = "rows are (all used up by|too few for) 1 weights and a bias: add rows"
    with pytest.raises(ValueError, match=match):
        function(**arguments)


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
        if argument != "level"
    ],
    ids=lambda part: getattr(part, "__name__", part),
)
def test_bad_arrays_are_refused(function, argument, bad_array):
    arguments = CALLS[function] | {argument: bad_array.spoil(CALLS[function][argument])}
    with pytest.raises(bad_array.error, match=f"^{argument} {bad_array.match}"):
        function(**arguments)


LEVELLED = pytest.mark.parametrize(
    "function",
    [function for function, arguments in CALLS.items() if "level" in arguments],
    ids=lambda function: function.__name__,
)


@LEVELLED
def test_bad_levels_are_refused(function, bad_number):
    with pytest.raises(bad_number.error, match=f"^level {bad_number.match}"):
        function(**CALLS[function] | {"level": bad_number.value})


@LEVELLED
@pytest.mark.parametrize("level", [1, 1.0, 95, np.float64(1.5)])
def test_a_level_is_a_share_not_a_percentage(function, level):
    match = rf"^level is {level}, but must be below 1: try 0\.95$"
    with pytest.raises(ValueError, match=match):
        function(**CALLS[function] | {"level": level})


@pytest.mark.parametrize(
    ("function", "argument", "shape", "match"),
    [
        (r_squared, "y", (3, 1), "^y_pred has 4 rows but y has 3: each sample needs"),
        (
            r_squared,
            "y_pred",
            (4, 2),
            r"^y_pred has shape \(4, 2\), but must be \(4, 1",
        ),
        (
            noise_std,
            "y",
            (3, 1),
            "^X has 4 rows but y has 3: each sample needs one row",
        ),
        (noise_std, "y", (4, 2), r"^y has shape \(4, 2\), but must be \(4, 1\) here$"),
        (noise_std, "W", (2, 1), r"^W has shape \(2, 1\), but must be \(1, 1\) here$"),
        (noise_std, "b", (2,), r"^b has shape \(2,\), but must be \(1,\) here$"),
        (
            leverage,
            "X_new",
            (2, 2),
            r"^X_new has shape \(2, 2\), but must be \(2, 1\) h",
        ),
        (
            prediction_intervals,
            "X_new",
            (2, 3),
            r"^X_new has shape \(2, 3\), but must be \(2, 1\) here$",
        ),
    ],
    ids=lambda part: getattr(part, "__name__", None),
)
def test_shapes_that_do_not_fit_are_refused(function, argument, shape, match):
    with pytest.raises(ValueError, match=match):
        function(**CALLS[function] | {argument: np.ones(shape)})


@pytest.mark.parametrize(
    ("name", "function", "changes"),
    [
        ("share", r_squared, {"y_pred": 1e200 * Y4}),
        ("share", r_squared, {"y": 1e-160 * Y4, "y_pred": 1e10 * Y4}),
        ("residual", noise_std, {"X": 1e200 * X4, "W": np.array([[1e200]])}),
        ("h", leverage, {"X_new": np.array([[1e200], [0.0]])}),
        (
            "a column of X",
            leverage,
            {"X": np.array([[1e308], [1.7e308], [0.0], [1.0]])},
        ),
        ("W_error", standard_errors, {"X": 1e-200 * X4, "y": 1e150 * Y4}),
        (
            "W_interval",
            confidence_intervals,
            {"X": 1e-150 * X4, "y": 1e152 * Y4, "level": 1 - 2e-16},
        ),
        (
            "interval",
            prediction_intervals,
            {
                "X_new": np.array([[1e150], [0.0]]),
                "y": 1e153 * Y4,
                "level": 1 - 2e-16,
            },
        ),
    ],
    ids=lambda part: getattr(part, "__name__", None),
)
def test_results_that_overflow_are_reported(name, function, changes):
    match = f"^{name} is too large for float64: rescale the data"
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match=match):
        function(**CALLS[function] | changes)


# Where squares, or rounding of large numbers, would spoil the result


@pytest.mark.parametrize("unit", [2.0**-1000, 2.0**-540, 2.0**520, 2.0**1000])
def test_units_scale_the_results_however_small_or_large_they_are(unit):
    # Their squares are beyond float64.
    W, b = least_squares(X4, Y4)
    here = X4, unit * Y4, unit * W, unit * b
    assert r_squared(unit * predict(X4, W, b), unit * Y4) == pytest.approx(
        r_squared(predict(X4, W, b), Y4), rel=1e-14
    )
    assert noise_std(*here) / unit == pytest.approx(noise_std(X4, Y4, W, b), rel=1e-14)
    for scaled, plain in zip(
        confidence_intervals(*here, 0.9),
        confidence_intervals(X4, Y4, W, b, 0.9),
        strict=True,
    ):
        np.testing.assert_allclose(scaled / unit, plain, rtol=1e-13)


def test_the_noise_of_a_clock_is_not_drowned_by_its_large_numbers():
    # Seconds since 1970, read to 0.1 µs: a number of this size has steps of 0.24 µs.
    rng = np.random.RandomState(0)
    seconds = np.arange(2000.0).reshape(-1, 1) / 512
    noise = 2.0**-22 * rng.randint(-1, 2, (2000, 1))
    y = 1.7e9 + seconds + noise  # exact
    near = noise_std(seconds, y - 1.7e9, *least_squares(seconds, y - 1.7e9))
    far = noise_std(1.7e9 + seconds, y, *least_squares(1.7e9 + seconds, y))
    assert near == pytest.approx(noise.std(), rel=0.01)
    assert far == pytest.approx(near, rel=1e-6)


def test_milliseconds_since_1970_have_residuals():
    rng = np.random.RandomState(0)
    X = 1.7e12 + 1e3 * np.arange(1000.0).reshape(-1, 1)
    y = 2 * (X - 1.7e12) + 1.7e12 + rng.uniform(-0.01, 0.01, (1000, 1))
    standardized = standardized_residuals(X, y, *least_squares(X, y))
    assert standardized.std() == pytest.approx(1, abs=0.01)


def test_weights_that_miss_the_mean_are_charged_for_it():
    # All residuals are 3: no rounding, an error of the bias.
    X = 1e9 + X4
    W = np.array([[1.0]])
    assert noise_std(X, X + 3, W, np.array([0.0])) == pytest.approx(3 * 2**0.5)
