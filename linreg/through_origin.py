"""Regression through the origin: a line without a bias."""

import numpy as np

from linreg.checks import (
    Array,
    Inputs,
    Targets,
    Weights,
    checked,
    refuse_no_sample_left,
    refuse_too_few_rows,
)
from linreg.closed_form import refine, refuse_collinear, triangle
from linreg.scaling import root_sum_of_squares


@checked("W")
def least_squares_through_origin(X: Inputs, y: Targets) -> Weights:
    """Solve least squares for ŷ = XW, without a bias.

        RᵀR W = Xᵀy

    As least_squares does, but X and y stay as they are, not centred.
    Raises ValueError if columns of X are collinear, or there are too few rows.
    """
    refuse_too_few_rows(len(X), X.shape[1], bias=0)
    R = triangle(X)  # (D, D)
    refuse_collinear(X, R, constant="")
    return refine(X, y, R)


@checked("W_error")
def standard_errors_through_origin(X: Inputs, y: Targets, W: Weights) -> Weights:
    """Standard errors of the weights of a line through the origin.

        s √(diag((XᵀX)⁻¹)), s² = Σ(y - ŷ)² / (N - D)

    Raises ValueError if columns of X are collinear, or no sample is left.
    """
    num_rows, num_features = X.shape
    refuse_no_sample_left(num_rows, num_features, bias=0)
    R = triangle(X)
    refuse_collinear(X, R, constant="")
    s = root_sum_of_squares(y - X @ W) / (num_rows - num_features) ** 0.5
    return np.asarray(s * np.hypot.reduce(np.linalg.inv(R), axis=1).reshape(-1, 1))


def refuse_zero_targets(y: Array) -> None:
    """Raise ValueError if y is zero everywhere."""
    if not y.any():
        raise ValueError("y is zero everywhere, so there is nothing to explain")


@checked("share")
def r_squared_through_origin(y_pred: Targets, y: Targets) -> float:
    """Coefficient of determination of a line through the origin.

        R² = 1 - Σ(y - ŷ)² / Σy²

    The total is taken about zero, where a line without a bias starts, not about the
    mean; so it can't be compared with r_squared.
    Raises ValueError if y is zero everywhere.
    Source: NIST, Statistical Reference Datasets, NoInt1.
    """
    refuse_zero_targets(y)
    missed, total = root_sum_of_squares(y - y_pred), root_sum_of_squares(y)
    ratio = missed / total
    return 1 - ratio * ratio
