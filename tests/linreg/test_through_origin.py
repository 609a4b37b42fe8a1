"""A line through the origin agrees with statsmodels, and refuses what has no answer."""

import numpy as np
import pytest
import statsmodels.api
from hypothesis import given
from hypothesis import strategies as st

from linreg.through_origin import (
    least_squares_through_origin,
    r_squared_through_origin,
    standard_errors_through_origin,
)


@given(
    seed=st.integers(0, 2**32 - 1),
    num_samples=st.integers(8, 30),
    num_features=st.integers(1, 4),
)
def test_statsmodels_finds_the_same(make_data, seed, num_samples, num_features):
    X, y = make_data(seed, num_samples, num_features)
    W = least_squares_through_origin(X, y)
    theirs = statsmodels.api.OLS(y, X).fit()
    np.testing.assert_allclose(W[:, 0], theirs.params, rtol=1e-8, atol=1e-10)
    error = standard_errors_through_origin(X, y, W)
    np.testing.assert_allclose(error[:, 0], theirs.bse, rtol=1e-8)
    share = r_squared_through_origin(X @ W, y)
    assert share == pytest.approx(theirs.rsquared, abs=1e-10)


def test_a_constant_column_has_a_weight_where_there_is_no_bias():
    W = least_squares_through_origin(np.ones((3, 1)), np.array([[1.0], [2.0], [6.0]]))
    assert W.item() == pytest.approx(3)  # the mean of y


def test_what_has_no_answer_is_refused(make_data):
    X, y = make_data(0, 5, 2)
    with pytest.raises(
        ValueError, match=r"^column \d of X is collinear with the others,"
    ):
        least_squares_through_origin(np.hstack([X, X[:, :1] - 2 * X[:, 1:]]), y)
    with pytest.raises(
        ValueError, match=r"^1 rows are too few for 2 weights: add rows"
    ):
        least_squares_through_origin(X[:1], y[:1])
    with pytest.raises(ValueError, match=r"^2 rows are all used up by 2 weights: add"):
        standard_errors_through_origin(X[:2], y[:2], np.ones((2, 1)))
    with pytest.raises(ValueError, match=r"^y is zero everywhere, so there is nothing"):
        r_squared_through_origin(y, 0 * y)
