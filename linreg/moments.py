"""Moments of rows: their means and centred products, all that least squares needs."""

from typing import Annotated, Any, NamedTuple

import numpy as np

from linreg.checks import (
    Array,
    Count,
    Inputs,
    Means,
    TargetMean,
    Targets,
    Weights,
    checked,
)
from linreg.closed_form import column_means

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
def check_moments(
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


def as_moments(name: str, value: Any) -> Moments:
    """Take moments. Raises TypeError for anything else, ValueError if misshapen."""
    if not isinstance(value, Moments):
        kind = type(value).__name__
        raise TypeError(f"{name} is a {kind}, not moments: try measure(X, y)")
    check_moments(*value)
    return value


RowMoments = Annotated[Moments, as_moments]


def products(X: np.ndarray, y: np.ndarray) -> Moments:
    """Centre the sums of products instead of the rows: Σ(x - x̄)² = Σx² - N x̄²."""
    num_rows, X_mean, y_mean = len(X), column_means(X), column_means(y)
    XX = X.T @ X - num_rows * np.outer(X_mean, X_mean)
    Xy = X.T @ y - num_rows * np.outer(X_mean, y_mean)
    yy = y.T @ y - num_rows * np.outer(y_mean, y_mean)
    return Moments(num_rows, X_mean, y_mean, XX, Xy, yy, 0 * X_mean, 0 * y_mean)


@checked(*Moments._fields)
def measure(X: Inputs, y: Targets) -> Moments:
    """Means of the rows, and sums of products of the columns less their means.

        XX = Σ(x - x̄)ᵀ(x - x̄), Xy = Σ(x - x̄)ᵀ(y - ȳ), yy = Σ(y - ȳ)²

    A mean larger than the spread would cost digits: it is subtracted from the rows
    first. What is left of their means then is what rounding took from the first ones.
    Raises FloatingPointError if a square is too large or too small for float64.
    """
    moments = products(X, y)
    _, X_mean, y_mean, XX, _, yy, *_ = moments
    spreads = np.append(XX.diagonal(), yy)
    if not (len(X) * np.append(X_mean, y_mean) ** 2 <= spreads).all():
        centred = products(X - X_mean, y - y_mean)
        rests = {"X_rest": centred.X_mean, "y_rest": centred.y_mean}
        moments = centred._replace(X_mean=X_mean, y_mean=y_mean, **rests)
    refuse_vanishing("X", X, moments.XX)
    refuse_vanishing("y", y, moments.yy)
    return moments


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
