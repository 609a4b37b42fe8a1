"""Files give back every row and every digit, or say what is wrong with them."""

import re
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from linreg.closed_form import least_squares
from linreg.files import load_moments, read_chunks, save_moments
from linreg.moments import Moments, measure
from linreg.streaming import measure_stream, solve


def close(left, right, rtol=1e-9):
    for one, other in zip(left, right, strict=True):
        np.testing.assert_allclose(one, other, rtol=rtol, atol=1e-12)


@pytest.fixture
def table(tmp_path):
    """A .npy file of 1,000 rows: two features with a large mean, and y."""
    rng = np.random.RandomState(3)
    X = rng.standard_normal((1000, 2)) + 1e4
    y = X @ [[1.0], [-2.0]] + rng.standard_normal((1000, 1))
    path = tmp_path / "table.npy"
    np.save(path, np.hstack([X, y]))
    return path


# Tables


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
        read_chunks(table, 10, start=start)


@pytest.mark.parametrize(
    "array",
    [np.zeros(5), np.zeros((5, 1)), np.zeros((5, 2, 2)), np.zeros((5, 2), np.float32)],
)
def test_a_file_that_is_no_table_of_float64_is_refused(tmp_path, array):
    path = tmp_path / "other.npy"
    np.save(path, array)
    with pytest.raises(ValueError, match=r"but needs a table of float64 with y as"):
        read_chunks(path, 10)


def spoil(path, how):
    """Put something else where a good file was."""
    contents = path.read_bytes()
    path.unlink()
    if how == "cut off":
        path.write_bytes(contents[:-100])
    elif how == "cut off early":
        path.write_bytes(contents[:20])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "a text":
        path.write_text("x,y\n1,2\n")
    elif how == "an archive":
        with path.open("wb") as file:
            np.savez(file, table=np.ones((3, 2)))
    elif how == "an array":
        with path.open("wb") as file:
            np.save(file, np.ones((3, 2)))
    elif how == "objects":
        with path.open("wb") as file:
            np.save(file, np.full((3, 2), None))
    elif how == "object archive":
        with path.open("wb") as file:
            np.savez(file, **dict.fromkeys(Moments._fields, np.full((3, 2), None)))
    elif how == "flipped":
        place = contents.index(b"NUMPY") + 130
        path.write_bytes(contents[:place] + b"U" + contents[place + 1 :])


@pytest.mark.parametrize(
    "how", ["cut off", "cut off early", "empty", "a text", "an archive", "objects"]
)
def test_what_is_no_table_in_an_npy_file_is_refused(table, how):
    spoil(table, how)
    match = (
        rf"^{re.escape(str(table))} is of another kind, or damaged: "
        rf"write the table with np\.save\(path, table\)$"
    )
    with pytest.raises(ValueError, match=match):
        read_chunks(table, 10)


@pytest.mark.parametrize("where", ["other.npy", "missing/table.npy", "."])
def test_a_missing_table_is_named(tmp_path, where):
    match = r"^there is no file .+: is its folder right\?$"
    with pytest.raises(FileNotFoundError, match=match):
        read_chunks(tmp_path / where, 10)


@pytest.mark.parametrize("stored", [">f8", "<f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_any_order_of_bytes_and_axes_is_read(table, stored, order):
    rows = np.load(table)
    np.save(table, np.asarray(rows, dtype=stored, order=order))
    for X, y in read_chunks(table, 300):
        assert X.dtype == y.dtype == np.float64
        measure(X, y)
    moments = measure_stream(read_chunks(table, 300))
    close(moments[:6], measure(rows[:, :-1], rows[:, -1:])[:6])


@pytest.mark.parametrize("path", [b"table.npy", 3, None])
def test_what_is_no_path_is_refused(path, make_data):
    moments = measure(*make_data(0, 10, 3))
    for call in (
        lambda: read_chunks(path, 10),
        lambda: load_moments(path),
        lambda: save_moments(path, moments),
    ):
        with pytest.raises(TypeError, match=r"^path is a \w+, not a path: try a text"):
            call()


def test_paths_may_be_texts(table, tmp_path):
    moments = measure_stream(read_chunks(str(table), 100))
    save_moments(str(tmp_path / "moments.npz"), moments)
    again = load_moments(str(tmp_path / "moments.npz"))
    np.testing.assert_array_equal(again.XX, moments.XX)


def test_counts_of_numpy_do_not_overflow(table):
    sizes = [len(X) for X, _ in read_chunks(table, np.uint8(200), start=np.uint8(100))]
    assert sizes == [200, 200, 200, 200, 100]


@pytest.mark.parametrize("start", [True, 1.0, "1", None])
def test_a_start_that_is_no_whole_number_is_refused(table, start):
    with pytest.raises(
        TypeError, match=r"^start is .+, not a whole number: try an int"
    ):
        read_chunks(table, 10, start=start)


def test_bad_chunk_sizes_are_refused(table, bad_count):
    with pytest.raises(bad_count.error, match=f"^chunk_size {bad_count.match}"):
        read_chunks(table, bad_count.value)


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


@pytest.mark.parametrize("name", ["shard.0", "shard.1", "shard", "shard.part"])
def test_files_of_similar_names_are_kept_apart(tmp_path, name, monkeypatch):
    """Of two that are written at once, neither ends up in the other's file."""
    parts = set()
    replace = Path.replace

    def note(self, target):
        parts.add(self.name)
        replace(self, target)

    monkeypatch.setattr(Path, "replace", note)
    save_moments(tmp_path / name, measure(np.eye(3), np.ones((3, 1))))
    assert parts == {name + ".part"}
    assert load_moments(tmp_path / name).num_rows == 3


def test_a_folder_is_not_written_over(tmp_path):
    moments = measure(np.ones((2, 1)), np.ones((2, 1)))
    told = rf"^{re.escape(str(tmp_path))} is a folder: name a file in it$"
    with pytest.raises(IsADirectoryError, match=told):
        save_moments(tmp_path, moments)
    assert not list(tmp_path.parent.glob("*.part"))


def test_a_missing_folder_is_named(tmp_path):
    moments = measure(np.eye(3), np.ones((3, 1)))
    with pytest.raises(
        FileNotFoundError, match=r"^there is no folder .+: make it first"
    ):
        save_moments(tmp_path / "missing" / "moments.npz", moments)


@pytest.mark.parametrize(
    "how",
    [
        *("cut off", "cut off early", "empty", "a text", "an archive", "an array"),
        *("objects", "object archive", "flipped"),
    ],
)
def test_another_file_is_not_taken_for_moments(tmp_path, how):
    path = tmp_path / "moments.npz"
    save_moments(path, measure(np.eye(3), np.ones((3, 1))))
    spoil(path, how)
    match = rf"^{re.escape(str(path))} is of another kind, or damaged: save_moments wr"
    with pytest.raises(ValueError, match=match):
        load_moments(path)


@pytest.mark.parametrize(
    "change",
    [
        {"num_rows": 0},
        {"num_rows": [1, 2]},
        {"XX": np.eye(2)},
        {"yy": np.ones(1)},
        {"Xy": np.full((3, 1), np.nan)},
    ],
)
def test_moments_that_do_not_fit_together_are_not_loaded(tmp_path, change):
    path = tmp_path / "moments.npz"
    moments = measure(np.eye(3), np.ones((3, 1)))
    np.savez(path, **moments._asdict() | change)
    with pytest.raises(
        ValueError, match=r"moments\.npz is of another kind, or damaged"
    ):
        load_moments(path)


def test_a_missing_file_of_moments_is_named(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"^there is no file .+moments\.npz: is"
    ):
        load_moments(tmp_path / "moments.npz")


def test_only_moments_are_saved(tmp_path):
    with pytest.raises(
        TypeError, match=r"^moments is a tuple, not moments: try measure"
    ):
        save_moments(tmp_path / "moments.npz", (1, 2))


KILLED = """
import sys
from pathlib import Path
from linreg.files import *
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
