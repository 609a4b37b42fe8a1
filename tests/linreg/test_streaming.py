"""Sums over chunks agree with all rows at once, with fractions, and with themselves."""

import itertools
import subprocess
import sys
import time
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.closed_form import least_squares
from linreg.streaming import (
    Moments,
    load_moments,
    measure,
    measure_stream,
    merge,
    read_chunks,
    save_moments,
    solve,
)

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


@pytest.fixture
def table(tmp_path):
    """A .npy file of 1,000 rows: two features with a large mean, and y."""
    rng = np.random.RandomState(3)
    X = rng.standard_normal((1000, 2)) + 1e4
    y = X @ [[1.0], [-2.0]] + rng.standard_normal((1000, 1))
    path = tmp_path / "table.npy"
    np.save(path, np.hstack([X, y]))
    return path


# The sums


def test_three_rows_by_hand():
    # x̄ = 1, ȳ = 7/3; products of -1, 0, 1 with themselves and with -4/3, -1/3, 5/3.
    moments = measure(X3, Y3)
    assert moments.num_rows == 3
    close(moments[1:], ([1], [7 / 3], [[2]], [[3]]))
    W, b = solve(moments)
    assert W.item() == pytest.approx(3 / 2)
    assert b.item() == pytest.approx(7 / 3 - 3 / 2)


@given(SEEDS, st.integers(2, 30), st.integers(1, 4))
def test_the_sums_are_covariances_times_rows(make_data, seed, num_rows, num_features):
    X, y = make_data(seed, num_rows, num_features)
    moments = measure(X, y)
    covariances = np.cov(np.hstack([X, y]).T, ddof=0) * num_rows
    np.testing.assert_allclose(moments.XX, covariances[:-1, :-1], atol=1e-9)
    np.testing.assert_allclose(moments.Xy, covariances[:-1, -1:], atol=1e-9)


@given(SEEDS, st.lists(st.integers(1, 39), max_size=8), st.integers(1, 4))
def test_any_chunks_give_the_answer_of_all_rows(make_data, seed, places, num_features):
    X, y = make_data(seed, 40, num_features)
    streamed = solve(measure_stream(cut(X, y, places)))
    close(streamed, lstsq(X, y), rtol=1e-8)


def test_one_row_at_a_time_is_enough(make_data):
    X, y = make_data(0, 40, 2)
    close(solve(measure_stream(cut(X, y, range(40)))), lstsq(X, y))


@given(SEEDS)
def test_merging_has_no_order(make_data, seed):
    X, y = make_data(seed, 30, 2)
    one, two, three = (measure(*part) for part in cut(X, y, [4, 19]))
    close(merge(one, two), merge(two, one))
    close(merge(merge(one, two), three), merge(one, merge(two, three)))
    close(merge(merge(three, one), two), measure(X, y))


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


def test_means_that_drift_from_chunk_to_chunk_do_no_harm(make_data):
    X, y = make_data(6, 400, 1)
    X = X + np.repeat(np.arange(8.0), 50).reshape(-1, 1) * 1e6
    streamed = solve(measure_stream(cut(X, y, range(0, 400, 50))))
    np.testing.assert_allclose(streamed[0], lstsq(X - X.mean(), y)[0], rtol=1e-6)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("power", [1, 2, 3, 4, 5, 5.4, 5.8, 6.2, 7, 8, 9, 10, 12])
def test_an_answer_has_three_digits_at_least_or_is_refused(seed, power):
    rng = np.random.RandomState(seed)
    first = rng.standard_normal((200, 1))
    X = np.hstack([first, first + 10**-power * rng.standard_normal((200, 1))])
    y = X.sum(axis=1, keepdims=True)
    try:
        W, _ = solve(measure_stream(cut(X, y, [50, 120])))
    except ValueError as error:
        assert power > 5.5
        assert "nearly follows from the others: drop it, use least_squares" in str(
            error
        )
    else:
        np.testing.assert_allclose(W, np.ones((2, 1)), atol=1e-3)


# What is refused


@pytest.mark.parametrize("offset", [0.0, 1.0, 1e8])
def test_a_constant_column_is_named(offset, make_data):
    X, y = make_data(0, 30, 2)
    X[:, 1] = offset + 0.1
    with pytest.raises(ValueError, match=r"^column 1 of X is constant"):
        solve(measure_stream(cut(X, y, [3, 11])))


def test_a_column_that_follows_from_others_is_refused(make_data):
    X, y = make_data(0, 30, 3)
    X[:, 2] = X[:, 0] - 2 * X[:, 1]
    with pytest.raises(ValueError, match=r"^column \d of X nearly follows"):
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


@pytest.mark.parametrize("argument", ["X", "y"])
def test_bad_arrays_are_refused(argument, bad_array):
    arrays = {"X": X3, "y": Y3}
    arrays[argument] = bad_array.spoil(arrays[argument])
    with pytest.raises(bad_array.error, match=rf"^{argument} {bad_array.match}"):
        measure(**arrays)


def test_numbers_too_large_to_multiply_are_reported():
    with (
        np.errstate(over="ignore"),
        pytest.raises(FloatingPointError, match=r"^XX is too large for float64"),
    ):
        measure(X3 * 1e200, Y3)
    chunks = [(X3, Y3), (X3 + 1e160, Y3)]
    with (
        np.errstate(over="ignore"),
        pytest.raises(FloatingPointError, match=r"^XX is too large"),
    ):
        measure_stream(chunks)


# Files


def test_a_file_gives_what_its_rows_give(table):
    rows = np.load(table)
    for chunk_size in (1, 7, 1000, 5000):
        chunks = list(read_chunks(table, chunk_size))
        assert {len(X) for X, _ in chunks[:-1]} <= {chunk_size}
        np.testing.assert_array_equal(np.vstack([X for X, _ in chunks]), rows[:, :-1])
        np.testing.assert_array_equal(np.vstack([y for _, y in chunks]), rows[:, -1:])
    close(
        solve(measure_stream(read_chunks(table, 64))),
        least_squares(rows[:, :-1].copy(), rows[:, -1:].copy()),
        rtol=1e-7,
    )


def test_reading_starts_where_it_is_told(table):
    (X, y), *more = read_chunks(table, 10, start=995)
    assert more == [] and len(X) == len(y) == 5
    assert list(read_chunks(table, 10, start=1000)) == []


@pytest.mark.parametrize("start", [-1, 1001])
def test_a_start_outside_the_file_is_refused(table, start):
    with pytest.raises(
        ValueError, match=rf"has 1000 rows: none to start at row {start}"
    ):
        next(read_chunks(table, 10, start=start))


@pytest.mark.parametrize(
    "array",
    [np.zeros(5), np.zeros((5, 1)), np.zeros((5, 2, 2)), np.zeros((5, 2), np.float32)],
)
def test_a_file_that_is_no_table_of_float64_is_refused(tmp_path, array):
    path = tmp_path / "other.npy"
    np.save(path, array)
    with pytest.raises(ValueError, match=r"but needs a table of float64 with y as"):
        next(read_chunks(path, 10))


def test_a_file_that_breaks_off_is_refused(table):
    table.write_bytes(table.read_bytes()[:-100])
    with pytest.raises(ValueError, match="mmap length"):
        next(read_chunks(table, 10))


def test_bad_chunk_sizes_are_refused(table, bad_count):
    with pytest.raises(bad_count.error, match=f"^chunk_size {bad_count.match}"):
        next(read_chunks(table, bad_count.value))


def test_memory_stays_flat_while_the_rows_grow_tenfold(tmp_path):
    peaks = []
    for num_rows in (20_000, 200_000):
        path = tmp_path / "rows.npy"
        rng = np.random.RandomState(0)
        np.save(path, rng.standard_normal((num_rows, 6)))
        tracemalloc.start()
        measure_stream(read_chunks(path, 1000))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0] and peaks[1] < path.stat().st_size / 20


# Interrupted


def test_what_is_saved_comes_back_with_every_bit(tmp_path, make_data):
    moments = measure(*make_data(0, 10, 3))
    save_moments(tmp_path / "moments.npz", moments)
    again = load_moments(tmp_path / "moments.npz")
    assert isinstance(again, Moments) and type(again.num_rows) is int
    for one, other in zip(moments, again, strict=True):
        np.testing.assert_array_equal(one, other)
    assert [path.name for path in tmp_path.iterdir()] == ["moments.npz"]


def test_a_crash_while_writing_leaves_the_old_file(tmp_path, make_data, monkeypatch):
    path = tmp_path / "moments.npz"
    save_moments(path, measure(*make_data(0, 10, 3)))

    def crash(file, **arrays):
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez", crash)
    with pytest.raises(OSError, match="disk full"):
        save_moments(path, measure(*make_data(1, 20, 3)))
    assert load_moments(path).num_rows == 10


@pytest.mark.parametrize("arrays", [{"a": np.ones(1)}, {"num_rows": 1, "XX": 1}])
def test_another_file_is_not_taken_for_moments(tmp_path, arrays):
    np.savez(tmp_path / "other.npz", **arrays)
    with pytest.raises(ValueError, match=r"was not written by save_moments"):
        load_moments(tmp_path / "other.npz")


KILLED = """
import sys
from pathlib import Path
from linreg.streaming import *
folder = Path(sys.argv[1])
moments = None
for chunk in read_chunks(folder / "table.npy", 10):
    moments = measure_stream([chunk], moments)
    save_moments(folder / "moments.npz", moments)
"""


def test_a_killed_stream_goes_on_to_the_identical_result(table):
    folder = table.parent
    kept = folder / "moments.npz"
    process = subprocess.Popen([sys.executable, "-c", KILLED, folder])
    while not kept.exists():
        assert process.poll() is None
        time.sleep(0.001)
    process.kill()
    process.wait()
    moments = load_moments(kept)
    assert 10 <= moments.num_rows < 1000, "killed too late to prove anything"
    rest = read_chunks(table, 10, start=moments.num_rows)
    resumed = measure_stream(rest, moments)
    undisturbed = measure_stream(read_chunks(table, 10))
    for one, other in zip(resumed, undisturbed, strict=True):
        np.testing.assert_array_equal(one, other)
