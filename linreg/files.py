"""Rows and moments in files: read a table in chunks, keep what a stream has summed up."""

import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from linreg.checks import Count, checked
from linreg.moments import Moments, RowMoments, check_moments


def check_path(name: str, value: Any) -> Path:
    """Take the path of a file, as text too. Raises TypeError for anything else."""
    if not isinstance(value, (str, os.PathLike)):
        kind = type(value).__name__
        raise TypeError(f"{name} is a {kind}, not a path: try a text or a Path")
    return Path(value)


def check_row_number(name: str, value: Any) -> int:
    """Take the number of a row. Raises TypeError for what is not an integer."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(
            f"{name} is {value!r}, not a whole number: try an int such as 0"
        )
    return int(value)


FilePath = Annotated[Path, check_path]
RowNumber = Annotated[int, check_row_number]


@contextmanager
def guard_reading(path: Path, advice: str) -> Iterator[None]:
    """Say in every error while a file is read which one it is, and how to write it."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}: is its folder right?")
    try:
        yield
    except (
        *(TypeError, ValueError, LookupError, EOFError, OSError),
        *(zipfile.BadZipFile, zlib.error),
    ) as error:
        raise ValueError(f"{path} is of another kind, or damaged: {advice}") from error


@checked()
def read_chunks(
    path: FilePath, chunk_size: Count, start: RowNumber = 0
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Read a table in a .npy file, a few rows at a time, from row `start` on.

    The last column is y. The file is mapped, not loaded: only one chunk is in memory.
    Yields X (chunk_size, D) and y (chunk_size, 1); the last chunk may be shorter.
    Raises ValueError unless the file holds a float64 table of at least two columns, and
    enough rows to start where it should.
    """
    with guard_reading(path, "write the table with np.save(path, table)"):
        table = np.lib.format.open_memmap(path, mode="r")
    refuse_other_tables(path, table, start)
    rows = np.asarray(table)  # mapped still: what is read is what is looked at
    starts = range(start, len(table), chunk_size)
    chunks = (np.asarray(rows[k : k + chunk_size], dtype=np.float64) for k in starts)
    return ((chunk[:, :-1], chunk[:, -1:]) for chunk in chunks)


def refuse_other_tables(path: Path, table: np.ndarray, start: int) -> None:
    """Raise ValueError for anything but a float64 table in which a row can be found."""
    if table.ndim != 2 or table.shape[1] < 2 or table.dtype.newbyteorder("=") != float:
        raise ValueError(
            f"{path} holds {table.dtype} of shape {table.shape}, but needs a table of "
            f"float64 with y as its last column: try np.hstack([X, y]).astype(float)"
        )
    if not 0 <= start <= len(table):
        raise ValueError(f"{path} has {len(table)} rows: none to start at row {start}")


@checked()
def save_moments(path: FilePath, moments: RowMoments) -> None:
    """Keep moments in a .npz file, from which a stream can go on with every digit.

    The file is written whole or not at all, whenever this is interrupted.
    Raises FileNotFoundError if its folder is missing, IsADirectoryError for a folder.
    """
    refuse_missing_folder(path)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        np.savez(file, **moments._asdict())
    part.replace(path)


def refuse_missing_folder(path: Path) -> None:
    """Raise FileNotFoundError or IsADirectoryError unless a file can be put there."""
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder: name a file in it")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent}: make it first")


@checked()
def load_moments(path: FilePath) -> Moments:
    """Read back what save_moments has kept.

    Raises ValueError if the file is not one of its own, or damaged.
    """
    with (
        guard_reading(path, "save_moments writes what is needed"),
        path.open("rb") as file,
    ):
        kept = np.load(file)
        num_rows, *arrays = (kept[field] for field in Moments._fields)
        return check_moments(path.name, Moments(int(num_rows), *arrays))
