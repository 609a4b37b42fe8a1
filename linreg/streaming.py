"""Least squares from a stream of rows, in a fixed amount of memory."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from linreg.checks import check_count, check_matrices, check_results, check_shape
from linreg.scaling import column_means


class Moments(NamedTuple):
    """All that least squares needs to know of the rows seen so far.

    Shapes: X_mean (D,), y_mean (1,); XX (D, D) and Xy (D, 1) are sums over the rows of
    products of the columns, each less its mean.
    """

    num_rows: int
    X_mean: np.ndarray
    y_mean: np.ndarray
    XX: np.ndarray
    Xy: np.ndarray


def measure(X: np.ndarray, y: np.ndarray) -> Moments:
    """Sum up one chunk of rows.

    The means are taken off first: they can be large, and what is left over small.
    Shapes: X (N, D), y (N, 1).
    """
    check_matrices(X=X, y=y)
    check_shape((len(X), 1), y=y)
    X_mean, y_mean = column_means(X), column_means(y)
    X_centred, y_centred = X - X_mean, y - y_mean
    XX, Xy = X_centred.T @ X_centred, X_centred.T @ y_centred
    check_results(XX=XX, Xy=Xy)
    return Moments(len(X), X_mean, y_mean, XX, Xy)


def merge(left: Moments, right: Moments) -> Moments:
    """Put together what two sets of rows have left, as if they had been one.

        XX = XX_1 + XX_2 + n₁n₂/(n₁ + n₂) · δᵀδ

    δ is the row of distances between the two means; Xy goes the same way.
    Raises ValueError if they differ in their number of features.
    Source: Chan, Golub and LeVeque, The American Statistician 37 (1983).
    """
    if len(left.X_mean) != len(right.X_mean):
        raise ValueError(
            f"the rows before have {len(left.X_mean)} features, but these have "
            f"{len(right.X_mean)}"
        )
    num_rows = left.num_rows + right.num_rows
    share = right.num_rows / num_rows
    X_shift, y_shift = right.X_mean - left.X_mean, right.y_mean - left.y_mean
    between = left.num_rows * share
    merged = Moments(
        num_rows,
        left.X_mean + share * X_shift,
        left.y_mean + share * y_shift,
        left.XX + right.XX + between * np.outer(X_shift, X_shift),
        left.Xy + right.Xy + between * np.outer(X_shift, y_shift),
    )
    check_results(XX=merged.XX, Xy=merged.Xy)
    return merged


def measure_stream(
    chunks: Iterable[tuple[np.ndarray, np.ndarray]], moments: Moments | None = None
) -> Moments:
    """Sum up chunk after chunk; each can be forgotten once it has been seen.

    Goes on from `moments`, if an earlier stream has left them.
    Shapes of each chunk: X (N, D), y (N, 1); N may differ from chunk to chunk.
    Raises ValueError if there are no rows at all.
    """
    for X, y in chunks:
        try:
            chunk = measure(X, y)
            moments = chunk if moments is None else merge(moments, chunk)
        except ValueError as error:
            seen = moments.num_rows if moments else 0
            raise ValueError(f"in the chunk after row {seen}: {error}") from error
    if moments is None:
        raise ValueError("the stream is empty: it needs at least one chunk")
    return moments


def solve(moments: Moments) -> tuple[np.ndarray, np.ndarray]:
    """Find the best weights from the sums alone.

        XX W = Xy
        b = ȳ - x̄W

    Shapes: W (D, 1), b (1,).
    Raises ValueError if the features are so nearly dependent that the sums keep fewer
    than about four digits of W; least_squares keeps more, but needs all rows at once.
    """
    num_rows, X_mean, y_mean, XX, Xy = moments
    if num_rows <= len(X_mean):
        raise ValueError(
            f"{num_rows} rows are too few for {len(X_mean)} weights and a bias: "
            f"add rows, drop columns, or use ridge"
        )
    sizes = np.sqrt(np.diag(XX)).reshape(-1, 1)  # (D, 1)
    rounding = 10 * np.finfo(float).eps * np.sqrt(num_rows) * abs(X_mean)
    constant = np.flatnonzero(sizes[:, 0] <= rounding)
    if constant.size:
        raise ValueError(
            f"column {constant[0]} of X is constant, so its weight could be anything: "
            f"drop it, or use ridge"
        )
    correlations = XX / (sizes @ sizes.T)
    spreads, mixtures = np.linalg.eigh(correlations)
    if spreads[0] < 1e-12:
        raise ValueError(
            f"column {abs(mixtures[:, 0]).argmax()} of X nearly follows from the others: "
            f"drop it, use least_squares on rows in memory, or use ridge"
        )
    W = np.linalg.solve(correlations, Xy / sizes) / sizes
    b = y_mean - X_mean @ W
    check_results(W=W, b=b)
    return W, b


def read_chunks(
    path: Path, chunk_size: int, start: int = 0
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Read a table in a .npy file, a few rows at a time, from row `start` on.

    The last column is y. The file is mapped, not loaded: only one chunk is in memory.
    Yields X (chunk_size, D) and y (chunk_size, 1); the last chunk may be shorter.
    Raises ValueError unless the file holds a float64 table of at least two columns, and
    enough rows to start where it should.
    """
    check_count(chunk_size=chunk_size)
    table = np.load(path, mmap_mode="r")
    if table.ndim != 2 or table.shape[1] < 2 or table.dtype != np.float64:
        raise ValueError(
            f"{path} holds {table.dtype} of shape {table.shape}, but needs a table of "
            f"float64 with y as its last column"
        )
    if not 0 <= start <= len(table):
        raise ValueError(f"{path} has {len(table)} rows: none to start at row {start}")
    for first in range(start, len(table), chunk_size):
        rows = slice(first, first + chunk_size)
        yield np.array(table[rows, :-1]), np.array(table[rows, -1:])


def save_moments(path: Path, moments: Moments) -> None:
    """Keep the sums in a .npz file, from which a stream can go on with every digit."""
    num_rows, X_mean, y_mean, XX, Xy = moments
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, num_rows=num_rows, X_mean=X_mean, y_mean=y_mean, XX=XX, Xy=Xy)
    part.replace(path)  # whole or not at all, whenever this is interrupted


def load_moments(path: Path) -> Moments:
    """Read back what save_moments has kept.

    Raises ValueError if the file is not one of its own.
    """
    with path.open("rb") as file, np.load(file) as kept:
        if set(kept) != set(Moments._fields):
            raise ValueError(
                f"{path} was not written by save_moments: it has {set(kept)}"
            )
        num_rows, *arrays = (kept[field] for field in Moments._fields)
    return Moments(int(num_rows), *arrays)
