"""Put features on one scale, and take what was learned back to the data's units."""

import numpy as np
from numpy.typing import NDArray

from linreg.checks import (
    Array,
    Bias,
    Inputs,
    Means,
    Scales,
    TargetMean,
    TargetScale,
    Weights,
    checked,
)

EPSILON = np.finfo(float).eps


def column_means(X: Array) -> Array:
    """Mean of each column, x̄ = Σx / N, as a product with a row of ones.

    Several times as fast as X.mean(axis=0) if X is narrow.
    Shapes: X (N, D); result (D,).
    """
    return np.asarray(np.ones(len(X)) @ X / len(X))


def centre(X: Array) -> Array:
    """Deviations from the mean of each column, x - x̄.

    They are taken from the first row before, so that a large mean costs no digits.
    """
    X_centred: Array = X - X[0]
    X_centred -= column_means(X_centred)
    return X_centred


def binary_unit(X: Array) -> Array:
    """Power of two near the largest value of each column.

    Divided by it, no square over- or underflows, and no digit changes.
    Shapes: X (N, D), result (D,).
    """
    return np.asarray(2.0 ** (np.frexp(abs(X).max(axis=0))[1] - 1))


def root_sum_of_squares(X: Array) -> float:
    """Length √Σx² of all numbers in one column, though their squares may overflow."""
    unit = binary_unit(X)
    return float(unit[0] * np.sqrt(np.sum((X / unit) ** 2)))


@checked()
def is_constant(X: Inputs) -> NDArray[np.bool_]:
    """Which columns vary by rounding alone, as 0.3 does beside 0.1 + 0.2.

        max x - min x ≤ 8 ε max|x|

    Shapes: X (N, D), result (D,).
    """
    low, high = X.min(axis=0), X.max(axis=0)
    return np.asarray(high - low <= 8 * EPSILON * np.maximum(-low, high))


def refuse_constant(X: Array) -> None:
    """Raise ValueError for a column that does not vary."""
    columns = np.flatnonzero(is_constant(X))
    if columns.size:
        raise ValueError(
            f"column {columns[0]} does not vary (every row is {X[0, columns[0]]:g}), "
            f"so it has no scale: drop it, or give it more rows"
        )


@checked("mean", "std")
def mean_and_std(X: Inputs) -> tuple[Means, Scales]:
    """Mean and standard deviation of each column, in the units of X.

        μ = Σx / N
        σ² = Σ(x - μ)² / N

    Raises ValueError for a column that does not vary by more than rounding.
    """
    refuse_constant(X)
    unit = binary_unit(X)
    mean = (X / unit).mean(axis=0)
    mean += (X / unit - mean).mean(axis=0)  # what rounding took from the first sum
    std = np.sqrt(np.mean((X / unit - mean) ** 2, axis=0))
    return unit * mean, unit * std


@checked("Z")
def standardize(X: Inputs, mean: Means, std: Scales) -> Inputs:
    """Standard score of each value, z = (x - μ) / σ, which has no units."""
    return (X - mean) / std


@checked("X")
def unstandardize(Z: Inputs, mean: Means, std: Scales) -> Inputs:
    """Undo standardize: x = μ + σz, in the units of mean and std."""
    return mean + std * Z


@checked("W_unscaled", "b_unscaled")
def unstandardize_weights(
    W: Weights,
    b: Bias,
    X_mean: Means,
    X_std: Scales,
    y_mean: TargetMean,
    y_std: TargetScale,
) -> tuple[Weights, Bias]:
    """Weights and bias in the data's own units, from those of standardized data.

        W' = W · σ_y / σ_X
        b' = μ_y + σ_y · b - μ_X W'

    Shapes: W and W' (D, 1), b and b' (1,).
    """
    W_unscaled = W * y_std / X_std.reshape(-1, 1)
    b_unscaled = y_mean + y_std * b - X_mean @ W_unscaled
    return W_unscaled, b_unscaled
