"""Tests of hypotheses: is a weight zero, are several, and what if there are many tests?"""

from typing import Annotated, Any

import numpy as np
from scipy.special import fdtrc, stdtr

from linreg.checks import Array, Bias, Inputs, Targets, Weights, checked
from linreg.closed_form import least_squares, triangle
from linreg.scaling import centre
from linreg.uncertainty import (
    degrees_of_freedom,
    noise_std,
    refuse_no_noise,
    standard_errors,
)


def check_columns(name: str, value: Any) -> list[int]:
    """Take the numbers of some columns, each once, as a list of ints.

    Raises TypeError for what is not a list of whole numbers, ValueError for none,
    for a number below zero, and for one that comes twice.
    """
    is_list = isinstance(value, (list, tuple, range, np.ndarray))
    columns: list[Any] = list(value) if is_list else []
    numbers = [k for k in columns if type(k) is int or isinstance(k, np.integer)]
    if not is_list or len(numbers) < len(columns):
        raise TypeError(
            f"{name} is {value!r}, not a list of column numbers: try one such as [0, 2]"
        )
    if not columns:
        raise ValueError(f"{name} is empty: name the columns whose weights are tested")
    if min(columns) < 0 or len(set(columns)) < len(columns):
        raise ValueError(f"{name} is {value}: count from 0, and name each column once")
    return [int(k) for k in columns]


def check_p_values(name: str, value: np.ndarray) -> np.ndarray:
    """Take p-values. Raises ValueError unless all are between 0 and 1."""
    if (value < 0).any() or (value > 1).any():
        raise ValueError(
            f"{name} holds {value.min():g} to {value.max():g}, but must be between 0 and 1"
        )
    return value


Columns = Annotated[list[int], check_columns]
PValues = Annotated[Array, "K", check_p_values]


@checked("W_p", "b_p")
def p_values(X: Inputs, y: Targets, W: Weights, b: Bias) -> tuple[Weights, Bias]:
    """p-values of the coefficients, each against zero (two-sided t tests).

        t = W / W_error
        p = P(|T| ≥ |t|), T of Student's t distribution, N - D - 1 degrees of freedom

    W and b are those of least_squares. Raises ValueError if no sample is left to
    measure the noise with, or if the line goes through every sample.
    """
    degrees = degrees_of_freedom(X)
    refuse_no_noise(noise_std(X, y, W, b), X, y, W)
    W_error, b_error = standard_errors(X, y, W, b)
    return 2 * stdtr(degrees, -abs(W / W_error)), 2 * stdtr(degrees, -abs(b / b_error))


@checked("F", "p")
def f_test(X: Inputs, y: Targets, columns: Columns) -> tuple[float, float]:
    """F test of nested models: are the weights of these q columns all zero?

        F = (SSE without them - SSE with them) / q / s²
        p = P(F distribution with q and N - D - 1 degrees of freedom ≥ F)

    SSE is the sum of squared residuals, s that of noise_std.
    Raises ValueError for a column that X lacks, and as p_values does.
    """
    refuse_other_columns(columns, X.shape[1])
    W, b = least_squares(X, y)
    s = noise_std(X, y, W, b)
    refuse_no_noise(s, X, y, W)
    kept = [k for k in range(X.shape[1]) if k not in columns]
    R = triangle(centre(np.hstack([X[:, kept + columns], y])))
    gained = R[len(kept) : -1, -1] / s  # the square is what a column takes off SSE
    F = float(np.sum(gained**2)) / len(columns)
    return F, float(fdtrc(len(columns), degrees_of_freedom(X), F))


def refuse_other_columns(columns: list[int], num_features: int) -> None:
    """Raise ValueError for a column that is not there."""
    if max(columns) >= num_features:
        raise ValueError(
            f"there is no column {max(columns)}: X has columns 0 to {num_features - 1}"
        )


@checked("adjusted")
def holm(p: PValues) -> PValues:
    """Holm's correction of p-values for K tests at once.

        adjusted p₍ₖ₎ = max over j ≤ k of min(1, (K - j + 1) p₍ⱼ₎), p₍₁₎ ≤ p₍₂₎ ≤ ...

    Rejecting where it is at most α makes one or more false rejections with a
    probability of at most α, however the tests depend on each other.
    Source: Holm, Scandinavian Journal of Statistics 6 (1979).
    """
    order = np.argsort(p)
    factors = np.arange(len(p), 0, -1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * p[order]), 1)
    return adjusted
