"""Sums over chunks agree with all rows at once, with fractions, and with themselves."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.moments import measure
from linreg.streaming import measure_stream, solve

SEEDS = st.integers(0, 2**32 - 1)
X3, Y3 = np.array([[0.0], [1.0], [2.0]]), np.array([[1.0], [2.0], [4.0]])


def cut(X, y, places):
    """Cut rows into chunks at some places."""
    ends = sorted({0, len(X), *places})
    for first, end in itertools.pairwise(ends):
        yield X[first:end], y[first:end]


def close(left, right, rtol=1e-9):
    for one, other in zip(left, right, strict=True):
        np.testing.assert_allclose(one, other, rtol=rtol, atol=1e-12)


def lstsq(X, y):
    """Least squares by NumPy's own solver; returns W and b."""
    A = np.hstack([X, np.ones((len(X), 1))])
    solution = np.linalg.lstsq(A, y)[0]
    return solution[:-1], solution[-1]


# The sums


@given(SEEDS, st.lists(st.integers(1, 39), max_size=8), st.integers(1, 4))
def test_any_chunks_give_the_answer_of_all_rows(make_data, seed, places, num_features):
    X, y = make_data(seed, 40, num_features)
    streamed = solve(measure_stream(cut(X, y, places)))
    close(streamed, lstsq(X, y), rtol=1e-8)


def test_one_row_at_a_time_is_enough(make_data):
    X, y = make_data(0, 40, 2)
    close(solve(measure_stream(cut(X, y, range(40)))), lstsq(X, y))


def test_whole_numbers_agree_with_fractions():
    rng = np.random.RandomState(4)
    x, y = rng.randint(-9, 10, size=(2, 50))
    n, sums = 50, [sum(map(Fraction, part.tolist())) for part in (x, y, x * x, x * y)]
    slope = (n * sums[3] - sums[0] * sums[1]) / (n * sums[2] - sums[0] ** 2)
    columns = (part.astype(float).reshape(-1, 1) for part in (x, y))
    W, b = solve(measure_stream(cut(*columns, [7, 30])))
    assert W.item() == pytest.approx(float(slope), rel=1e-13)
    assert b.item() == pytest.approx(float((sums[1] - slope * sums[0]) / n), rel=1e-13)


def test_a_large_mean_costs_no_more_digits_than_the_rounded_data_have_lost(make_data):
    X, y = make_data(5, 400, 1)
    for offset in (1e4, 1e8):
        far = X + offset
        W, _ = solve(measure_stream(cut(far, y, range(0, 400, 50))))
        exact = lstsq(far - offset, y)[0]  # the subtraction is exact here
        assert abs(W / exact - 1).max() < 1e-15 * offset + 1e-13
    x, target = far[:, 0], y[:, 0]
    plain = 400 * (x @ x) - x.sum() ** 2
    plain = (400 * (x @ target) - x.sum() * target.sum()) / plain
    assert abs(plain / exact - 1).max() > 0.01  # the sums that lose everything


@pytest.mark.parametrize("most", [1000, 100, 30])
@pytest.mark.parametrize(
    "chunk_size", [pytest.param(17, marks=pytest.mark.thorough), 1000, 100_000]
)
@pytest.mark.parametrize("offset", [1e9, -1e9])
def test_a_spread_of_a_few_roundings_of_the_mean_is_enough(most, chunk_size, offset):
    """Steps of 2⁻²³ are the finest that float64 has between 5e8 and 1e9, and exact."""
    steps = np.random.RandomState(0).randint(0, most + 1, size=(100_000, 1))
    X = offset + steps / 2**23
    chunks = cut(X, 2.0 * steps, range(0, 100_000, chunk_size))
    W, _ = solve(measure_stream(chunks))
    assert W.item() == pytest.approx(2 * 2**23, rel=1e-12)


def test_microseconds_since_1970_are_told_apart():
    ticks = np.arange(100_000.0).reshape(-1, 1)
    X, y = 1.7e9 + 1e-6 * ticks, 3 * ticks
    W, _ = solve(measure_stream(cut(X, y, range(0, 100_000, 1000))))
    exact = np.polyfit((X - 1.7e9)[:, 0], y[:, 0], 1)[0]  # the subtraction is exact
    assert W.item() == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("scale", [1e-140, 1e-70, 1e70, 1e140])
def test_units_make_no_difference(make_data, scale):
    X, y = make_data(3, 40, 2)
    W, b = solve(measure(X, y))
    for X_scale, y_scale in ((scale, 1), (1, scale), (scale, scale)):
        W_scaled, b_scaled = solve(measure(X_scale * X, y_scale * y))
        close((W_scaled / y_scale * X_scale, b_scaled / y_scale), (W, b))


def test_means_that_drift_from_chunk_to_chunk_do_no_harm(make_data):
    X, y = make_data(6, 400, 1)
    X = X + np.repeat(np.arange(8.0), 50).reshape(-1, 1) * 1e6
    streamed = solve(measure_stream(cut(X, y, range(0, 400, 50))))
    np.testing.assert_allclose(streamed[0], lstsq(X - X.mean(), y)[0], rtol=1e-6)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("power", [1, 2, 3, 4, 5, 5.4, 5.8, 6.2, 7, 8, 9, 10, 12])
def test_an_answer_has_four_digits_at_least_or_is_refused(seed, power):
    rng = np.random.RandomState(seed)
    first = rng.standard_normal((200, 1))
    X = np.hstack([first, first + 10**-power * rng.standard_normal((200, 1))])
    y = X.sum(axis=1, keepdims=True)
    try:
        W, _ = solve(measure_stream(cut(X, y, [50, 120])))
    except ValueError as error:
        assert power > 5.5
        assert "is nearly collinear with the others: drop it, use least_squares" in str(
            error
        )
    else:
        np.testing.assert_allclose(W, np.ones((2, 1)), atol=1e-4)


# What is refused


@pytest.mark.parametrize(
    "values", [0.0, 0.1, 1e8 + 0.1, 45.0**10, np.array([0.3, 0.1 + 0.2] * 15)]
)
def test_a_column_that_varies_by_rounding_alone_is_named(values, make_data):
    X, y = make_data(0, 30, 2)
    X[:, 1] = values
    with pytest.raises(ValueError, match=r"^column 1 of X is constant"):
        solve(measure_stream(cut(X, y, [3, 11])))


def test_a_column_that_follows_from_others_is_refused(make_data):
    X, y = make_data(0, 30, 3)
    X[:, 2] = X[:, 0] - 2 * X[:, 1]
    with pytest.raises(ValueError, match=r"^column \d of X is nearly collinear"):
        solve(measure(X, y))


def test_as_many_rows_as_features_are_too_few(make_data):
    with pytest.raises(ValueError, match=r"^2 rows are too few for 2 weights"):
        solve(measure(*make_data(0, 2, 2)))


def test_an_empty_stream_is_refused():
    with pytest.raises(ValueError, match=r"^the stream is empty"):
        measure_stream([])


def test_other_features_in_a_later_chunk_are_named(make_data):
    chunks = [make_data(0, 5, 2), make_data(0, 5, 3)]
    with pytest.raises(ValueError, match=r"^in the chunk after row 5: .+ 2 .+ 3$"):
        measure_stream(chunks)


def test_a_bad_value_is_found_by_its_chunk(make_data):
    X, y = make_data(0, 10, 2)
    X[7, 1] = np.nan
    with pytest.raises(ValueError, match=r"^in the chunk after row 6: X has NaN .+ 1"):
        measure_stream(cut(X, y, [3, 6]))


BAD_CHUNKS = {
    "integers": ((X3.astype(int), Y3), TypeError, r"X holds int64, not float64"),
    "too large": ((X3 * 1e200, Y3), FloatingPointError, r"XX is too large for float64"),
    "too small": ((X3 * 1e-200, Y3), FloatingPointError, r"column 0 of X varies too"),
    "too far": ((X3 + 1e160, Y3), FloatingPointError, r"XX is too large for float64"),
    "without y": ((X3,), TypeError, r"measure\(\) missing 1 required .+ 'y'$"),
    "a table": (np.ones((3, 3)), TypeError, r"measure\(\) takes 2 positional"),
    "nothing": (None, TypeError, r".+ must be an iterable, not NoneType$"),
    "other rows": ((X3, Y3[:2]), ValueError, r"X has 3 rows but y has 2"),
}


@pytest.mark.parametrize(
    ("chunk", "error", "match"), BAD_CHUNKS.values(), ids=BAD_CHUNKS
)
def test_every_error_names_the_place_of_its_chunk(chunk, error, match):
    chunks = [(X3, Y3), (X3, Y3), chunk, (X3, Y3)]
    with pytest.raises(error, match=rf"^in the chunk after row 6: .*{match}"):
        measure_stream(chunks)


def test_an_error_of_the_stream_itself_is_passed_on():
    def chunks():
        yield X3, Y3
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match=r"^the disk is gone$"):
        measure_stream(chunks())


@pytest.mark.parametrize("value", [(1, 2), X3, 0])
def test_only_moments_are_gone_on_from_or_solved(value):
    with pytest.raises(TypeError, match=r"^moments is a \w+, not moments: try measure"):
        measure_stream([(X3, Y3)], value)
    with pytest.raises(TypeError, match=r"^moments is a \w+, not moments: try measure"):
        solve(value)
