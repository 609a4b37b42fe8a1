"""p-values, the F test and Holm's correction agree with statsmodels, SciPy and chance."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.multitest import multipletests

from linreg.closed_form import least_squares
from linreg.hypotheses import f_test, holm, p_values
from linreg.uncertainty import confidence_intervals

SEEDS = st.integers(0, 2**32 - 1)
SAMPLES = st.integers(8, 30)
FEATURES = st.integers(1, 4)

X4 = np.array([[0.0], [1.0], [2.0], [3.0]])
Y4 = np.array([[1.0], [0.0], [3.0], [4.0]])
W4, B4 = np.array([[1.2]]), np.array([0.2])  # the least-squares line
CALLS = {
    p_values: {"X": X4, "y": Y4, "W": W4, "b": B4},
    f_test: {"X": X4, "y": Y4, "columns": [0]},
    holm: {"p": np.array([0.04, 0.01])},
}
FUNCTIONS = pytest.mark.parametrize(
    "function", CALLS, ids=lambda function: function.__name__
)


def with_ones(X):
    return np.hstack([X, np.ones((len(X), 1))])


# By hand


def test_four_points_by_hand():
    # The slope 1.2 has standard error √(1.4 / 5), the bias 0.2 has √(1.4 · 0.7). Of 2
    # degrees of freedom, P(|T| ≥ t) = 1 - t / √(2 + t²).
    t = np.array([1.2 / (1.4 / 5) ** 0.5, 0.2 / (1.4 * 0.7) ** 0.5])
    W_p, b_p = p_values(X4, Y4, W4, B4)
    np.testing.assert_allclose([W_p.item(), b_p.item()], 1 - t / np.sqrt(2 + t**2))
    # Without the slope SSE is Σ(y - 2)² = 10, with it 2.8 on 2 degrees of freedom.
    F, p = f_test(X4, Y4, [0])
    assert F == pytest.approx((10 - 2.8) / (2.8 / 2))
    assert p == pytest.approx(W_p.item())


def test_holm_by_hand():
    # Smallest first: 0.01 · 4, 0.015 · 3 = 0.045, 0.02 · 2 = 0.04 but not below 0.045.
    p = np.array([0.02, 0.015, 0.6, 0.01])
    np.testing.assert_allclose(holm(p), [0.045, 0.045, 0.6, 0.04])
    np.testing.assert_allclose(holm(np.array([0.7, 0.8, 0.9])), 1)
    np.testing.assert_allclose(holm(np.array([0.3])), 0.3)
    np.testing.assert_allclose(holm(np.array([0.0, 1.0])), [0, 1])


# Oracles


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES)
def test_p_values_are_those_of_statsmodels(make_data, seed, num_samples, num_features):
    X, y = make_data(seed, num_samples, num_features)
    W, b = least_squares(X, y)
    W_p, b_p = p_values(X, y, W, b)
    assert (W_p.shape, b_p.shape) == (W.shape, b.shape)
    expected = OLS(y[:, 0], with_ones(X)).fit().pvalues
    np.testing.assert_allclose([*W_p[:, 0], *b_p], expected, rtol=1e-6)


@given(seed=SEEDS, num_samples=st.integers(4, 30))
def test_scipy_says_the_same_of_one_feature(make_data, seed, num_samples):
    X, y = make_data(seed, num_samples, 1)
    W_p, _ = p_values(X, y, *least_squares(X, y))
    expected = scipy.stats.linregress(X[:, 0], y[:, 0]).pvalue
    assert W_p.item() == pytest.approx(expected, rel=1e-4)


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES, share=st.floats(0, 0.99))
def test_the_f_test_is_that_of_statsmodels_for_any_columns(
    make_data, seed, num_samples, num_features, share
):
    X, y = make_data(seed, num_samples, num_features)
    columns = np.random.RandomState(seed).permutation(num_features)
    columns = columns[: 1 + int(share * num_features)]
    full = OLS(y[:, 0], with_ones(X)).fit()
    less = OLS(y[:, 0], np.delete(with_ones(X), columns, axis=1)).fit()
    expected = full.compare_f_test(less)[:2]
    for names in (columns, columns.tolist(), tuple(columns.tolist())):
        np.testing.assert_allclose(f_test(X, y, names), expected, rtol=1e-6)


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_is_that_of_statsmodels(p):
    adjusted = holm(np.array(p))
    np.testing.assert_allclose(adjusted, multipletests(p, method="holm")[1])
    assert (adjusted >= p).all()


# What the formulas promise


@given(seed=SEEDS, num_features=FEATURES)
def test_for_one_column_f_is_t_squared(make_data, seed, num_features):
    X, y = make_data(seed, 20, num_features)
    W_p, _ = p_values(X, y, *least_squares(X, y))
    for k in range(num_features):
        _, p = f_test(X, y, [k])
        assert p == pytest.approx(W_p[k, 0], rel=1e-6)


@given(seed=SEEDS, num_features=FEATURES)
def test_p_is_the_level_at_which_an_interval_ends_at_zero(
    make_data, seed, num_features
):
    X, y = make_data(seed, 20, num_features)
    y = y + 100 * np.random.RandomState(seed ^ 1).standard_normal(y.shape)  # no tiny p
    line = X, y, *least_squares(X, y)
    W_p, b_p = p_values(*line)
    for k in range(num_features):
        ends = confidence_intervals(*line, 1 - W_p[k, 0])[0][k]
        assert abs(ends).min() == pytest.approx(0, abs=1e-6 * abs(ends).max())
    ends = confidence_intervals(*line, 1 - b_p.item())[1]
    assert abs(ends).min() == pytest.approx(0, abs=1e-6 * abs(ends).max())


@given(seed=SEEDS, num_features=FEATURES, scale=st.floats(0.01, 100))
def test_units_do_not_matter(make_data, seed, num_features, scale):
    X, y = make_data(seed, 20, num_features)
    plain = p_values(X, y, *least_squares(X, y))
    scaled = p_values(scale * X, y / scale, *least_squares(scale * X, y / scale))
    np.testing.assert_allclose(scaled[0], plain[0], rtol=1e-6)
    np.testing.assert_allclose(scaled[1], plain[1], rtol=1e-6)
    np.testing.assert_allclose(
        f_test(scale * X + 1, y / scale - 3, [0]), f_test(X, y, [0]), rtol=1e-6
    )


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_sums_whose_squares_leave_float64_are_tested_all_the_same(scale):
    for found, expected in (
        (p_values(X4, scale * Y4, scale * W4, scale * B4), p_values(X4, Y4, W4, B4)),
        (p_values(scale * X4, Y4, W4 / scale, B4), p_values(X4, Y4, W4, B4)),
        (f_test(X4, scale * Y4, [0]), f_test(X4, Y4, [0])),
        (f_test(scale * X4, Y4, [0]), f_test(X4, Y4, [0])),
    ):
        np.testing.assert_allclose(np.ravel(found[0]), np.ravel(expected[0]))
        np.testing.assert_allclose(np.ravel(found[1]), np.ravel(expected[1]))


# Chance


def test_p_values_of_idle_columns_are_spread_evenly():
    runs, rng = 600, np.random.RandomState(1234)
    found = np.empty((runs, 3))
    for k in range(runs):
        X, y = rng.standard_normal((9, 2)), rng.standard_normal((9, 1))
        W_p, b_p = p_values(X, y, *least_squares(X, y))
        found[k] = W_p[0, 0], b_p.item(), f_test(X, y, [0, 1])[1]
    for p in found.T:
        assert scipy.stats.kstest(p, "uniform").pvalue > 1e-4


def test_holm_keeps_false_alarms_rare_however_the_tests_depend():
    runs, rng = 1000, np.random.RandomState(1234)
    for shared in (0.0, 0.9):
        alarms = 0
        for _ in range(runs):
            own, common = rng.standard_normal(10), rng.standard_normal()
            z = (1 - shared) ** 0.5 * own + shared**0.5 * common
            alarms += holm(2 * scipy.stats.norm.sf(abs(z))).min() < 0.05
        assert alarms / runs < 0.05 + 4 * (0.05 * 0.95 / runs) ** 0.5


# Input that is refused


@FUNCTIONS
def test_inputs_stay_as_they_are(function):
    arguments = {
        name: value.copy() if isinstance(value, (np.ndarray, list)) else value
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
        if argument not in ("columns", "p")
    ],
    ids=lambda part: getattr(part, "__name__", part),
)
def test_bad_arrays_are_refused(function, argument, bad_array):
    arguments = CALLS[function] | {argument: bad_array.spoil(CALLS[function][argument])}
    with pytest.raises(bad_array.error, match=f"^{argument} {bad_array.match}"):
        function(**arguments)


@pytest.mark.parametrize(
    ("p", "error", "match"),
    [
        ([0.1], TypeError, "^p is a list, not a NumPy array"),
        (np.array([[0.1]]), ValueError, r"^p has shape \(1, 1\), but must be"),
        (np.array([]), ValueError, "^p is empty"),
        (np.array([0.1, np.nan]), ValueError, "^p has NaN or infinity in row 1"),
        (np.array([0.1, -0.1]), ValueError, "^p holds -0.1 to 0.1, but must be betw"),
        (np.array([0.1, 5.0]), ValueError, "^p holds 0.1 to 5, but must be between"),
    ],
)
def test_what_cannot_be_p_values_is_refused(p, error, match):
    with pytest.raises(error, match=match):
        holm(p)


@pytest.mark.parametrize("function", [p_values, f_test])
@pytest.mark.parametrize("slope", [0.0, 2.0])
def test_a_line_through_every_sample_leaves_nothing_to_test_with(function, slope):
    y = slope * X4 + 1
    line = {"X": X4, "y": y, "W": np.array([[slope]]), "b": np.array([1.0])}
    arguments = {name: (CALLS[function] | line)[name] for name in CALLS[function]}
    with pytest.raises(ValueError, match=r"^the line goes through every sample: "):
        function(**arguments)


@pytest.mark.parametrize("function", [p_values, f_test])
def test_too_few_rows_are_refused(function):
    arguments = CALLS[function] | {"X": X4[:2], "y": Y4[:2]}
    with pytest.raises(ValueError, match=r"^2 rows are all used up by 1 weights and a"):
        function(**arguments)


@pytest.mark.parametrize("function", [p_values, f_test])
def test_collinear_columns_are_refused(function):
    X = np.hstack([X4, 2 * X4])
    arguments = CALLS[function] | {"X": X}
    if function is p_values:
        arguments |= {"W": np.zeros((2, 1))}
    with pytest.raises(ValueError, match=r"^column \d of X is collinear"):
        function(**arguments)


NO_LIST = "^columns is .*, not a list of column numbers: try one such as"


@pytest.mark.parametrize(
    ("columns", "error", "match"),
    [
        (0, TypeError, NO_LIST),
        (None, TypeError, NO_LIST),
        ("0", TypeError, NO_LIST),
        ([0.0], TypeError, NO_LIST),
        ([True], TypeError, NO_LIST),
        (np.array([0.0]), TypeError, NO_LIST),
        (np.array([True]), TypeError, NO_LIST),
        ([], ValueError, "^columns is empty: name the columns"),
        ([-1], ValueError, r"^columns is \[-1\]: count from 0"),
        ([0, 0], ValueError, r"^columns is \[0, 0\]: count from 0, and name each"),
        ([1], ValueError, r"^there is no column 1: X has columns 0 to 0$"),
    ],
    ids=str,
)
def test_what_names_no_columns_is_refused(columns, error, match):
    with pytest.raises(error, match=match):
        f_test(X4, Y4, columns)
