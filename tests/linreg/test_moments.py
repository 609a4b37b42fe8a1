"""Moments agree with covariances, with fractions and with each other, wherever X is."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.moments import Moments, check_moments, measure, merge

SEEDS = st.integers(0, 2**32 - 1)
X3, Y3 = np.array([[0.0], [1.0], [2.0]]), np.array([[1.0], [2.0], [4.0]])


def parts(X, y, places):
    """Measure the rows between some places."""
    ends = sorted({0, len(X), *places})
    return [measure(X[k:end], y[k:end]) for k, end in itertools.pairwise(ends)]


def close(left, right, rtol=1e-9):
    """Compare all but what rounding has left of the means."""
    for one, other in zip(left[:6], right[:6], strict=True):
        np.testing.assert_allclose(one, other, rtol=rtol, atol=1e-12)


def exact(X, y):
    """The sums in fractions: XX, Xy and yy, centred."""
    columns = [[Fraction(value) for value in column] for column in np.hstack([X, y]).T]
    means = [sum(column) / len(column) for column in columns]
    return np.array(
        [
            [
                float(sum((u - s) * (v - t) for u, v in zip(one, other, strict=True)))
                for other, t in zip(columns, means, strict=True)
            ]
            for one, s in zip(columns, means, strict=True)
        ]
    )


def table_of(moments):
    """Put XX, Xy and yy in one table."""
    upper = np.hstack([moments.XX, moments.Xy])
    return np.vstack([upper, np.hstack([moments.Xy.T, moments.yy])])


# Measuring


def test_three_rows_by_hand():
    # x̄ = 1, ȳ = 7/3; products of -1, 0, 1 and -4/3, -1/3, 5/3 with each other.
    moments = measure(X3, Y3)
    assert moments.num_rows == 3
    close(moments[1:6], ([1], [7 / 3], [[2]], [[3]], [[42 / 9]]))


@given(SEEDS, st.integers(2, 30), st.integers(1, 4))
def test_the_sums_are_covariances_times_rows(make_data, seed, num_rows, num_features):
    X, y = make_data(seed, num_rows, num_features)
    covariances = np.cov(np.hstack([X, y]).T, ddof=0) * num_rows
    np.testing.assert_allclose(table_of(measure(X, y)), covariances, atol=1e-9)


FAR = [(0, 1), (1, 1), (1e3, 1), (1e9, 1e-6), (-1e9, 1e-6), (1.7e18, 1e3)]


@given(SEEDS, st.lists(st.integers(1, 39), max_size=8), st.sampled_from(FAR))
def test_no_mean_is_so_large_that_the_sums_lose_digits(make_data, seed, places, where):
    """Not even where the spread is a few units in the last place of the mean."""
    X, y = make_data(seed, 40, 2)
    offset, scale = where
    X, y = offset + scale * X, offset + y
    expected = exact(X, y)
    sizes = np.sqrt(np.outer(expected.diagonal(), expected.diagonal()))
    merged, *more = parts(X, y, places)
    for moments in more:
        merged = merge(merged, moments)
    assert (abs(table_of(merged) - expected) <= 1e-13 * sizes).all()
    X_mean = [math.fsum(column) / len(X) for column in X.T]
    assert (abs(merged.X_mean - X_mean) <= 4 * np.spacing(abs(X).max())).all()


def test_a_first_row_far_away_does_no_harm(make_data):
    X, y = make_data(1, 40, 2)
    X[0], y[0] = 1e9, -1e9
    np.testing.assert_allclose(table_of(measure(X, y)), exact(X, y), rtol=1e-12)


def test_what_the_mean_loses_is_kept():
    X = 1e9 + np.array([[0.0], [0.0], [1.0]]) / 2**23  # the mean is between two floats
    moments = measure(X, Y3)
    rest = Fraction(1, 3 * 2**23) - (Fraction(moments.X_mean.item()) - 10**9)
    assert moments.X_rest.item() == pytest.approx(float(rest), rel=1e-9)
    assert abs(rest) > 1e-9


# Merging


@given(SEEDS, st.sampled_from([0, 1e9]))
def test_merging_has_no_order(make_data, seed, offset):
    X, y = make_data(seed, 30, 2)
    X = offset + X
    one, two, three = parts(X, y, [4, 19])
    close(merge(one, two), merge(two, one))
    close(merge(merge(one, two), three), merge(one, merge(two, three)))
    close(merge(merge(three, one), two), measure(X, y))


# What is refused


@pytest.mark.parametrize("argument", ["X", "y"])
def test_bad_arrays_are_refused(argument, bad_array):
    arrays = {"X": X3, "y": Y3}
    arrays[argument] = bad_array.spoil(arrays[argument])
    with pytest.raises(bad_array.error, match=rf"^{argument} {bad_array.match}"):
        measure(**arrays)


def test_other_features_are_refused(make_data):
    left, right = measure(*make_data(0, 5, 2)), measure(*make_data(0, 5, 3))
    with pytest.raises(
        ValueError, match=r"^the rows before have 2 features, but .+ 3$"
    ):
        merge(left, right)


@pytest.mark.parametrize("value", [None, (1, 2), X3, "moments"])
def test_what_is_no_moments_is_refused(value):
    good = measure(X3, Y3)
    for name, pair in (("left", (value, good)), ("right", (good, value))):
        with pytest.raises(
            TypeError, match=rf"^{name} is a \w+, not moments: try meas"
        ):
            merge(*pair)


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"num_rows": 0}, ValueError, r"^num_rows is 0, but must be at least 1"),
        ({"num_rows": 2.5}, TypeError, r"^num_rows is 2\.5, not a whole number"),
        ({"X_mean": np.ones(2)}, ValueError, r"^XX has shape \(1, 1\), but must be"),
        ({"Xy": np.ones((2, 1))}, ValueError, r"^Xy has shape \(2, 1\), but must be"),
        ({"yy": np.ones(1)}, ValueError, r"^yy has shape \(1,\), but needs rows and"),
        ({"XX": np.array([[np.nan]])}, ValueError, r"^XX has NaN or infinity"),
        ({"y_rest": [0.0]}, TypeError, r"^y_rest is a list, not a NumPy array"),
    ],
)
def test_moments_whose_parts_do_not_fit_are_refused(change, error, match):
    with pytest.raises(error, match=match):
        check_moments("moments", measure(X3, Y3)._replace(**change))


@pytest.mark.parametrize("name", ["X", "y"])
@pytest.mark.parametrize("size", [1e-150, 1e-170, 1e-300])
def test_squares_too_small_are_no_zeros_in_silence(make_data, name, size):
    X, y = make_data(0, 20, 2)
    arrays = {"X": X, "y": y} | {name: size * {"X": X, "y": y}[name]}
    match = rf"^column 0 of {name} varies too little to be squared in float64: multiply"
    with pytest.raises(FloatingPointError, match=match) as caught:
        measure(**arrays)
    factor = float(str(caught.value).split()[-1])  # what the error says
    arrays[name] = factor * arrays[name]
    expected = exact(arrays["X"], arrays["y"])
    np.testing.assert_allclose(table_of(measure(**arrays)), expected, rtol=1e-9)


@pytest.mark.parametrize("value", [0.0, 1e-200, 0.1, 45.0**10, 1e100])
def test_a_constant_is_none_of_them(value):
    moments = measure(np.full((7, 1), value), np.full((7, 1), value))
    assert np.sqrt(abs(table_of(moments))).max() <= 1e-15 * value


def test_squares_too_large_are_reported():
    with pytest.raises(FloatingPointError, match=r"^XX is too large for float64"):
        measure(X3 * 1e200, Y3)
    with pytest.raises(FloatingPointError, match=r"^yy is too large for float64"):
        measure(X3, Y3 * 1e200)
    with pytest.raises(FloatingPointError, match=r"^XX is too large for float64"):
        merge(measure(X3, Y3), measure(X3 + 1e160, Y3))


def test_the_fields_are_what_merging_needs():
    assert Moments._fields[:6] == ("num_rows", "X_mean", "y_mean", "XX", "Xy", "yy")
