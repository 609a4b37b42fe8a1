"""Standardizing agrees with scikit-learn and can be undone, for weights too."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.preprocessing import StandardScaler

from linreg.scaling import (
    centre,
    column_means,
    mean_and_std,
    standardize,
    unstandardize,
    unstandardize_weights,
)
from linreg.scratch import predict

SEEDS = st.integers(0, 2**32 - 1)
FEATURES = st.integers(1, 4)
# Any 32-bit value up to a million: tiny, huge, equal, zero.
MATRICES = hnp.arrays(
    float,
    st.tuples(st.integers(2, 12), FEATURES),
    elements=st.floats(-1e6, 1e6, width=32),
)

X3 = np.array([[1.0, 10.0], [2.0, 20.0], [6.0, 60.0]])
MEAN, STD = np.array([3.0, 30.0]), np.array([2.0, 20.0])
CALLS = {
    mean_and_std: {"X": X3},
    standardize: {"X": X3, "mean": MEAN, "std": STD},
    unstandardize: {"Z": X3, "mean": MEAN, "std": STD},
    unstandardize_weights: {
        "W": np.array([[1.0], [2.0]]),
        "b": np.array([1.0]),
        "X_mean": MEAN,
        "X_std": STD,
        "y_mean": np.array([4.0]),
        "y_std": np.array([5.0]),
    },
}


def test_mean_and_std_by_hand():
    # The mean of 1, 2, 6 is 3; the distances are -2, -1, 3, their squares sum to 14.
    mean, std = mean_and_std(X3)
    np.testing.assert_allclose(mean, [3, 30])
    np.testing.assert_allclose(std, np.array([1, 10]) * (14 / 3) ** 0.5)


def test_standardize_and_unstandardize_by_hand():
    Z = np.array([[-1.0, -1.0], [-0.5, -0.5], [1.5, 1.5]])
    np.testing.assert_array_equal(standardize(X3, MEAN, STD), Z)
    np.testing.assert_array_equal(unstandardize(Z, MEAN, STD), X3)


@given(
    seed=SEEDS,
    num_features=FEATURES,
    shift=st.floats(-1e3, 1e3),
    scale=st.floats(1e-3, 1e3),
)
def test_scaling_agrees_with_scikit_learn(make_data, seed, num_features, shift, scale):
    X_train = shift + scale * make_data(seed, 20, num_features)[0]
    X_new = shift + scale * make_data(seed, 7, num_features)[0]
    scaler = StandardScaler().fit(X_train)
    mean, std = mean_and_std(X_train)
    np.testing.assert_allclose(mean, scaler.mean_, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(std, scaler.scale_, rtol=1e-6)
    Z = standardize(X_new, mean, std)
    np.testing.assert_allclose(Z, scaler.transform(X_new), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(
        unstandardize(Z, mean, std), scaler.inverse_transform(Z), rtol=1e-6
    )


@given(seed=SEEDS, num_samples=st.integers(1, 30), num_features=FEATURES)
def test_column_means_are_numpy_s(make_data, seed, num_samples, num_features):
    X = make_data(seed, num_samples, num_features)[0]
    np.testing.assert_allclose(column_means(X), X.mean(axis=0), atol=1e-14)
    np.testing.assert_allclose(centre(X), X - X.mean(axis=0), atol=1e-14)


@given(seed=SEEDS, num_features=FEATURES)
def test_standardized_training_data_have_mean_zero_and_std_one(
    make_data, seed, num_features
):
    X, _ = make_data(seed, 20, num_features)
    Z = standardize(X, *mean_and_std(X))
    np.testing.assert_allclose(mean_and_std(Z)[0], 0, atol=1e-12)
    np.testing.assert_allclose(mean_and_std(Z)[1], 1)


@given(X=MATRICES)
def test_unstandardize_undoes_standardize(X):
    assume((X.min(axis=0) < X.max(axis=0)).all())
    mean, std = mean_and_std(X)
    np.testing.assert_allclose(
        unstandardize(standardize(X, mean, std), mean, std), X, atol=1e-8
    )


def test_unstandardized_weights_by_hand():
    # y rises by 2 · 20 for every 5 of x, by 8 for each. At x = 10 it is
    # 100 + 20 · 1 = 120; at x = 0, 40.
    numbers = [np.array([value]) for value in (1.0, 10.0, 5.0, 100.0, 20.0)]
    W, b = unstandardize_weights(np.array([[2.0]]), *numbers)
    assert W.tolist() == [[8.0]]
    assert b.tolist() == [40.0]


@given(seed=SEEDS, num_features=FEATURES)
def test_unstandardized_weights_predict_the_same(make_data, seed, num_features):
    X, y = make_data(seed, 10, num_features)
    rng = np.random.RandomState(seed)
    W, b = rng.standard_normal((num_features, 1)), rng.standard_normal(1)
    X_scale, y_scale = mean_and_std(X), mean_and_std(y)
    there_and_back = unstandardize(predict(standardize(X, *X_scale), W, b), *y_scale)
    weights = unstandardize_weights(W, b, *X_scale, *y_scale)
    np.testing.assert_allclose(predict(X, *weights), there_and_back, atol=1e-9)


@given(seed=SEEDS, num_features=FEATURES)
def test_the_best_line_is_the_same_in_either_units(make_data, seed, num_features):
    X, y = make_data(seed, 20, num_features)
    X_scale, y_scale = mean_and_std(X), mean_and_std(y)

    def best(X, y):
        solution = np.linalg.lstsq(np.hstack([X, np.ones((len(X), 1))]), y, rcond=None)[
            0
        ]
        return solution[:-1], solution[-1]

    W, b = best(standardize(X, *X_scale), standardize(y, *y_scale))
    for ours, direct in zip(
        unstandardize_weights(W, b, *X_scale, *y_scale), best(X, y), strict=True
    ):
        np.testing.assert_allclose(ours, direct, atol=1e-9)


@pytest.mark.parametrize("function", CALLS, ids=lambda function: function.__name__)
def test_inputs_stay_as_they_are(function):
    arguments = {name: array.copy() for name, array in CALLS[function].items()}
    function(**arguments)
    for name, array in CALLS[function].items():
        np.testing.assert_array_equal(arguments[name], array)


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        (function, argument)
        for function, arguments in CALLS.items()
        for argument in arguments
    ],
    ids=lambda part: getattr(part, "__name__", part),
)
def test_bad_arrays_are_refused(function, argument, bad_array):
    arguments = CALLS[function] | {argument: bad_array.spoil(CALLS[function][argument])}
    with pytest.raises(bad_array.error, match=f"^{argument} {bad_array.match}"):
        function(**arguments)


@pytest.mark.parametrize(
    ("function", "argument", "shape", "needed"),
    [
        (standardize, "mean", (1,), (2,)),
        (standardize, "std", (3,), (2,)),
        (unstandardize, "mean", (3,), (2,)),
        (unstandardize, "std", (1,), (2,)),
        (unstandardize_weights, "W", (2, 2), (2, 1)),
        (unstandardize_weights, "b", (2,), (1,)),
        (unstandardize_weights, "X_mean", (1,), (2,)),
        (unstandardize_weights, "X_std", (1,), (2,)),
        (unstandardize_weights, "y_mean", (2,), (1,)),
        (unstandardize_weights, "y_std", (2,), (1,)),
    ],
    ids=lambda part: getattr(part, "__name__", str(part)),
)
def test_nothing_is_broadcast_in_silence(function, argument, shape, needed):
    arguments = CALLS[function] | {argument: np.ones(shape)}
    with pytest.raises(ValueError) as caught:
        function(**arguments)
    assert (
        str(caught.value) == f"{argument} has shape {shape}, but must be {needed} here"
    )


@pytest.mark.parametrize("value", [0.0, 3.0, 0.1, -1e200], ids=str)
@pytest.mark.parametrize("rows", [1, 2, 3, 10])
@pytest.mark.parametrize("column", [0, 1])
def test_a_feature_that_does_not_vary_is_refused(value, rows, column):
    X = (
        np.random.RandomState(0).standard_normal((rows, 2))
        if rows > 1
        else np.full((1, 2), value)
    )
    X[:, column] = (
        value  # 0.1 three times has a standard deviation of 1e-17, not of zero
    )
    match = (
        r"^column \d does not vary \(every row is .+\), so it has no scale: drop it, or"
    )
    with pytest.raises(ValueError, match=match) as caught:
        mean_and_std(X)
    assert (
        f"column {column if rows > 1 else 0} does not vary (every row is {value:g})"
        in str(caught.value)
    )


@pytest.mark.parametrize("std", [[0.0, 1.0], [1.0, 0.0], [1.0, -1.0]], ids=str)
def test_a_std_that_is_not_positive_is_refused(std):
    match = r"^std is \[.+\], but must be positive: try mean_and_std\(X_train\)$"
    with pytest.raises(ValueError, match=match):
        standardize(X3, MEAN, np.array(std))


@pytest.mark.parametrize(
    ("name", "function", "values"),
    [
        ("Z", standardize, {"std": [1.0, 1e-308], "X": [[0.0, 10.0]]}),
        ("X", unstandardize, {"std": [1e308, 1.0], "Z": [[10.0, 0.0]]}),
        ("W_unscaled", unstandardize_weights, {"y_std": [1e308], "X_std": [0.1, 0.1]}),
        (
            "b_unscaled",
            unstandardize_weights,
            {"y_mean": [1.7e308], "X_mean": [-1e308, 0.0]},
        ),
    ],
    ids=lambda part: getattr(part, "__name__", None),
)
def test_results_that_overflow_are_reported(name, function, values):
    arguments = CALLS[function] | {
        key: np.array(value) for key, value in values.items()
    }
    match = f"^{name} is too large for float64: rescale the data"
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match=match):
        function(**arguments)


@pytest.mark.parametrize("unit", [2.0**-1060, 1e-200, 1e154, 1e300, 1.5e308])
def test_mean_and_std_neither_over_nor_underflow(unit):
    # Squares of these numbers are beyond float64.
    for values, mean, std in (([0, 1], 0.5, 0.5), ([-1, 1], 0, 1)):
        X = unit * np.array(values, dtype=float).reshape(-1, 1)
        np.testing.assert_allclose(mean_and_std(X), [[mean * unit], [std * unit]])


@pytest.mark.parametrize("argument", ["X_std", "y_std"])
@pytest.mark.parametrize("value", [0.0, -1.0])
def test_weights_are_not_unstandardized_by_what_is_no_scale(argument, value):
    one = np.ones(1)
    scales = dict.fromkeys(("b", "X_mean", "X_std", "y_mean", "y_std"), one)
    with pytest.raises(ValueError, match=f"^{argument} is .* but must be positive"):
        unstandardize_weights(np.ones((1, 1)), **scales | {argument: one * value})


@pytest.mark.parametrize("noise", [1, 1 + 2e-16, 1 - 2e-16])
def test_a_column_that_only_rounding_varies_does_not_vary(noise):
    X = np.array([[0.3 * noise], [0.1 + 0.2], [0.3]])
    with pytest.raises(
        ValueError, match=r"^column 0 does not vary \(every row is 0\.3\)"
    ):
        mean_and_std(X)


def test_a_large_mean_costs_the_standard_deviation_no_digits():
    # x = 1.7e9 + k / 2²⁰ is exact; k = 0 ... n - 1 has the variance (n² - 1) / 12.
    steps = np.arange(100_000.0).reshape(-1, 1)
    mean, std = mean_and_std(np.hstack([1.7e9 + steps / 2**20, steps]))
    expected = ((100_000**2 - 1) / 12) ** 0.5
    assert std[0] * 2**20 == pytest.approx(expected, rel=1e-6)
    assert mean[0] - 1.7e9 == pytest.approx(99_999 / 2**21, abs=3e-7)
    assert std[1] == pytest.approx(expected, rel=1e-14)
