"""Variance inflation factors are those of statsmodels, and widen intervals by their root."""

import numpy as np
import pytest
from statsmodels.stats.outliers_influence import variance_inflation_factor

from linreg.closed_form import least_squares
from linreg.collinearity import variance_inflation
from linreg.uncertainty import standard_errors


@pytest.mark.parametrize("seed", range(5))
def test_the_factors_are_those_of_statsmodels(seed):
    rng = np.random.RandomState(seed)
    X = rng.standard_normal((30, 4)) @ rng.uniform(-1, 1, (4, 4)) + rng.uniform(
        -9, 9, 4
    )
    A = np.hstack([X, np.ones((len(X), 1))])
    expected = [variance_inflation_factor(A, j) for j in range(X.shape[1])]
    np.testing.assert_allclose(variance_inflation(X), expected, rtol=1e-9)


def test_a_single_feature_is_not_inflated():
    X = np.array([[1.0], [2.0], [4.0]])
    np.testing.assert_allclose(variance_inflation(X), [1.0])


def test_the_factor_does_not_depend_on_units_or_origin(make_data):
    X, _ = make_data(3, 40, 3)
    moved = X * np.array([1e-6, 1.0, 1e9]) + np.array([5.0, -3.0, 1e9])
    np.testing.assert_allclose(
        variance_inflation(moved), variance_inflation(X), rtol=1e-6
    )


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e160, 1e300])
def test_no_unit_is_too_large_or_too_small_for_the_factors(make_data, scale):
    X, _ = make_data(3, 30, 3)
    expected = variance_inflation(X)
    np.testing.assert_allclose(variance_inflation(X * scale), expected, rtol=1e-9)
    mixed = X * np.array([scale, 1, 1 / scale])
    np.testing.assert_allclose(variance_inflation(mixed), expected, rtol=1e-9)


def test_a_standard_error_grows_by_the_root_of_the_factor():
    rng = np.random.RandomState(0)
    Q, _ = np.linalg.qr(np.hstack([np.ones((50, 1)), rng.standard_normal((50, 2))]))
    apart, noise = Q[:, 1:], rng.standard_normal((50, 1))
    alike = apart @ np.array([[1.0, 0.9], [0.0, 0.19**0.5]])  # correlation 0.9
    errors = []
    for X in (apart, alike):
        y = X @ np.array([[1.0], [2.0]]) + noise
        errors.append(standard_errors(X, y, *least_squares(X, y))[0])
    factor = (1 / (1 - 0.9**2)) ** 0.5
    np.testing.assert_allclose(errors[1] / errors[0], factor, rtol=1e-9)
    np.testing.assert_allclose(variance_inflation(alike), factor**2)


def test_collinear_features_are_refused(bad_array):
    X = np.array([[1.0, 2.0], [2.0, 4.0], [4.0, 8.0], [5.0, 10.0]])
    with pytest.raises(ValueError, match=r"column \d of X"):
        variance_inflation(X)
    with pytest.raises(bad_array.error, match=f"^X {bad_array.match}"):
        variance_inflation(bad_array.spoil(np.array([[1.0], [2.0], [3.0]])))
