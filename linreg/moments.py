"""Moments of rows: their means and centred products, all that least squares needs."""

from typing import Annotated, Any, NamedTuple

import numpy as np

from linreg.checks import (
    Array,
    Count,
    Means,
    TargetMean,
    Weights,
    check_array,
    checked,
    is_finite,
)

SMALLEST_SQUARE = 1e-290  # float64 keeps fewer digits of numbers below 1e-307


class Moments(NamedTuple):
    """Means of the columns, and sums over the rows of products of centred columns.

    Shapes: X_mean (D,), y_mean (1,); XX (D, D), Xy (D, 1), yy (1, 1). X_rest (D,) and
    y_rest (1,) are what float64 rounds off the means.
    """

    num_rows: int
    X_mean: np.ndarray
    y_mean: np.ndarray
    XX: np.ndarray
    Xy: np.ndarray
    yy: np.ndarray
    X_rest: np.ndarray
    y_rest: np.ndarray


@checked()
def check_parts(
    num_rows: Count,
    X_mean: Means,
    y_mean: TargetMean,
    XX: Annotated[Array, "D D"],
    Xy: Weights,
    yy: Annotated[Array, "1 1"],
    X_rest: Means,
    y_rest: TargetMean,
) -> None:
    """Refuse moments whose parts don't fit together."""


def check_moments(name: str, value: Any) -> Moments:
    """Take moments. Raises TypeError for anything else, ValueError if misshapen."""
    if not isinstance(value, Moments):
        kind = type(value).__name__
        raise TypeError(f"{name} is a {kind}, not moments: try measure(X, y)")
    check_parts(*value)
    return value


RowMoments = Annotated[Moments, check_moments]


def products(X: np.ndarray, y: np.ndarray) -> Moments:
    """Moments from one product AᵀA of the matrix A = [X, y, 1], centred afterwards.

    Σ(x - x̄)² = Σx² - N x̄². Blocks of A stay in the processor's cache.
    """
    num_rows, gram = len(X), np.zeros(())
    for first in range(0, num_rows, 10_000):
        rows = slice(first, first + 10_000)
        A = np.hstack([X[rows], y[rows], np.ones((len(X[rows]), 1))])
        gram = gram + A.T @ A
    mean = gram[-1, :-1] / num_rows
    centred = gram[:-1, :-1] - num_rows * np.outer(mean, mean)
    (XX, Xy), yy = np.split(centred[:-1], [-1], axis=1), centred[-1:, -1:]
    return Moments(
        num_rows, mean[:-1], mean[-1:], XX, Xy, yy, 0 * mean[:-1], 0 * mean[-1:]
    )


@checked(*Moments._fields)
def measure(X: Array, y: Array) -> Moments:
    """Means of the rows, and sums of products of the columns less their means.

        XX = Σ(x - x̄)ᵀ(x - x̄), Xy = Σ(x - x̄)ᵀ(y - ȳ), yy = Σ(y - ȳ)²

    A mean larger than the spread would cost digits: it is subtracted from the rows
    first. What is left of their means then is what rounding took from the first ones.
    Shapes: X (N, D), y (N, 1).
    Raises FloatingPointError if a square is too large or too small for float64.
    """
    check_rows(X, y)
    moments = products(X, y)
    _, X_mean, y_mean, XX, _, yy, *_ = moments
    spreads = np.append(XX.diagonal(), yy)
    if not (len(X) * np.append(X_mean, y_mean) ** 2 <= spreads).all():
        rest = products(X - X_mean, y - y_mean)
        sums, rests = (rest.XX, rest.Xy, rest.yy), (rest.X_mean, rest.y_mean)
        moments = Moments(len(X), X_mean, y_mean, *sums, *rests)
    refuse_not_finite(X, y, moments)
    refuse_vanishing("X", X, moments.XX)
    refuse_vanishing("y", y, moments.yy)
    return moments


def check_rows(X: Any, y: Any) -> None:
    """Refuse anything but X (N, D) and y (N, 1), without a look at all numbers."""
    if not (
        type(X) is type(y) is np.ndarray
        and X.dtype == y.dtype == np.float64
        and X.ndim == 2
        and X.size > 0
        and y.shape == (len(X), 1)
    ):
        check_numbers(X, y)


def check_numbers(X: Any, y: Any) -> None:
    """Refuse anything but finite X (N, D) and y (N, 1)."""
    sizes = {"1": (1, "")}
    check_array("X", X, ("N", "D"), sizes)
    check_array("y", y, ("N", "1"), sizes)


def refuse_not_finite(X: np.ndarray, y: np.ndarray, moments: Moments) -> None:
    """Look for NaN and infinity in the rows only if their sums are not finite."""
    if not (is_finite(moments.XX) and is_finite(moments.yy)):
        check_numbers(X, y)


def refuse_vanishing(name: str, columns: np.ndarray, products: np.ndarray) -> None:
    """Raise FloatingPointError for a column that varies, but whose squares are zero."""
    for column in np.flatnonzero(products.diagonal() < SMALLEST_SQUARE):
        spread = np.ptp(columns[:, column])
        if spread > 0:
            raise FloatingPointError(
                f"column {column} of {name} varies too little to be squared in "
                f"float64: multiply it, for example by {min(1 / spread, 1e300):.0e}"
            )


def shifted(
    mean: np.ndarray, rest: np.ndarray, change: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Add to a mean, and say what float64 rounds off.

    Source: Dekker, Numerische Mathematik 18 (1971).
    """
    change = change + rest
    total = mean + change
    return total, change - (total - mean)


@checked(*Moments._fields)
def merge(left: RowMoments, right: RowMoments) -> Moments:
    """Moments of two sets of rows together: within the sets, plus between them.

        XX = XX_1 + XX_2 + n₁n₂/(n₁ + n₂) · δᵀδ

    δ is the row of distances between the two means; Xy and yy are merged alike.
    Raises ValueError if they differ in their number of features.
    Source: Chan, Golub and LeVeque, The American Statistician 37 (1983).
    """
    refuse_other_features(left, len(right.X_mean))
    num_rows = left.num_rows + right.num_rows
    share = right.num_rows / num_rows
    between = left.num_rows * share
    X_shift = right.X_mean - left.X_mean + (right.X_rest - left.X_rest)
    y_shift = right.y_mean - left.y_mean + (right.y_rest - left.y_rest)
    X_mean, X_rest = shifted(left.X_mean, left.X_rest, share * X_shift)
    y_mean, y_rest = shifted(left.y_mean, left.y_rest, share * y_shift)
    XX = left.XX + right.XX + between * np.outer(X_shift, X_shift)
    Xy = left.Xy + right.Xy + between * np.outer(X_shift, y_shift)
    yy = left.yy + right.yy + between * np.outer(y_shift, y_shift)
    return Moments(num_rows, X_mean, y_mean, XX, Xy, yy, X_rest, y_rest)


def refuse_other_features(moments: Moments, num_features: int) -> None:
    """Raise ValueError for another number of features than the moments have."""
    if num_features != len(moments.X_mean):
        raise ValueError(
            f"the rows before have {len(moments.X_mean)} features, but these have "
            f"{num_features}"
        )
