"""Least squares from a stream of rows, in a fixed amount of memory."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import numpy as np

from linreg.checks import Bias, Inputs, Targets, Weights, checked, refuse_too_few_rows
from linreg.moments import Moments, RowMoments, check_moments, measure, merge
from linreg.scaling import EPSILON


def check_earlier_moments(name: str, value: Any) -> Moments | None:
    """Take moments, or None where there are none yet."""
    return None if value is None else check_moments(name, value)


EarlierMoments = Annotated[Moments | None, check_earlier_moments]


@checked()
def measure_stream(
    chunks: Iterable[tuple[Inputs, Targets]], moments: EarlierMoments = None
) -> Moments:
    """Moments of all rows of a stream, of which one chunk at a time is in memory.

    Goes on from `moments`, if an earlier stream has left them. N may differ from chunk
    to chunk. Raises ValueError if there are no rows at all.
    """
    for chunk in chunks:
        with chunk_after(moments):
            new = measure(*chunk)
            moments = merge(moments, new) if moments else new
    if moments is None:
        raise ValueError("the stream is empty: it needs at least one chunk")
    return moments


@contextmanager
def chunk_after(moments: Moments | None) -> Iterator[None]:
    """Say in every error after which row the chunk comes that is to blame."""
    seen = moments.num_rows if moments else 0
    try:
        yield
    except (TypeError, ValueError, FloatingPointError) as error:
        kind = type(error)
        raise kind(f"in the chunk after row {seen}: {error}") from error


def correlate(moments: Moments) -> tuple[np.ndarray, np.ndarray]:
    """Lengths of the centred columns, and the correlations between them.

    Shapes: lengths (D, 1), correlations (D, D). Raises as solve does.
    """
    refuse_too_few_rows(moments.num_rows, len(moments.X_mean))
    lengths = np.sqrt(moments.XX.diagonal()).reshape(-1, 1)
    refuse_constant_column(moments, lengths)
    correlations = moments.XX / lengths / lengths.T
    refuse_near_collinear(correlations)
    return lengths, correlations


def refuse_constant_column(moments: Moments, lengths: np.ndarray) -> None:
    """Raise ValueError for a column that varies by rounding alone."""
    rounding = 4 * EPSILON * moments.num_rows**0.5 * abs(moments.X_mean)
    for column in np.flatnonzero(lengths[:, 0] <= rounding):
        raise ValueError(
            f"column {column} of X is constant, so its weight could be anything: "
            f"drop it, or use ridge"
        )


def refuse_near_collinear(correlations: np.ndarray) -> None:
    """Raise ValueError if the sums keep fewer than four digits of the weights.

    They keep those of float64, less those of the condition number.
    """
    spreads, mixtures = np.linalg.eigh(correlations)
    if spreads[0] < 4e-12:
        raise ValueError(
            f"column {abs(mixtures[:, 0]).round(6).argmax()} of X is nearly collinear "
            f"with the others: drop it, use least_squares on rows in memory, or use ridge"
        )


@checked("W", "b")
def solve(moments: RowMoments) -> tuple[Weights, Bias]:
    """Solve the normal equations of the centred columns, scaled to correlations.

        XX W = Xy
        b = ȳ - x̄W

    Raises ValueError if columns are so nearly collinear that the sums keep fewer than
    four digits of W; least_squares keeps more, but needs all rows at once.
    """
    lengths, correlations = correlate(moments)
    W = np.linalg.solve(correlations, moments.Xy / lengths) / lengths
    b = moments.y_mean - moments.X_mean @ W
    return W, b
