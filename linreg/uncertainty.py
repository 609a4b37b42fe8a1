"""How sure we are of a fitted line, provided that the noise has one spread everywhere."""

import numpy as np
from scipy.special import stdtrit

from linreg.checks import (
    Array,
    Bias,
    Inputs,
    Level,
    NewInputs,
    Targets,
    Weights,
    checked,
    refuse_no_sample_left,
    refuse_too_few_rows,
)
from linreg.closed_form import refuse_collinear, triangle
from linreg.scaling import (
    EPSILON,
    centre,
    column_means,
    is_constant,
    root_sum_of_squares,
)
from linreg.scratch import predict


def refuse_constant_targets(y: Array) -> None:
    """Raise ValueError if y does not vary."""
    if is_constant(y).any():
        raise ValueError("y does not vary, so there is no variance to explain")


@checked("share")
def r_squared(y_pred: Targets, y: Targets) -> float:
    """Coefficient of determination, the share of the variance of y that is explained.

        R² = 1 - Σ(y - ŷ)² / Σ(y - ȳ)²

    Raises ValueError if y does not vary.
    """
    refuse_constant_targets(y)
    missed, total = root_sum_of_squares(y - y_pred), root_sum_of_squares(centre(y))
    ratio = missed / total
    return 1 - ratio * ratio


@checked("residual")
def centred_residuals(X: Inputs, y: Targets, W: Weights, b: Bias) -> Targets:
    """Residuals y - ŷ, without the rounding that large means would add.

        y - ŷ = (y - ȳ) - (x - x̄)W + (ȳ - x̄W - b)

    The last bracket counts as zero if its own rounding is larger.
    """
    offset = column_means(y) - column_means(X) @ W - b
    size = abs(column_means(y)) + abs(column_means(X)) @ abs(W) + abs(b)
    offset[abs(offset) <= 8 * EPSILON * size] = 0
    return centre(y) - centre(X) @ W + offset


@checked("s")
def noise_std(X: Inputs, y: Targets, W: Weights, b: Bias) -> float:
    """Residual standard error, an estimate of the standard deviation of the noise.

        s² = Σ(y - ŷ)² / (N - D - 1)

    One sample less for each number that was fitted: they have bent the line toward
    the noise.
    Raises ValueError if no sample is left.
    """
    missed = root_sum_of_squares(centred_residuals(X, y, W, b))
    return float(missed / degrees_of_freedom(X) ** 0.5)


@checked()
def degrees_of_freedom(X: Inputs) -> int:
    """Degrees of freedom, the samples beyond those that are fitted: N - D - 1.

    Raises ValueError if no sample is left.
    """
    refuse_no_sample_left(*X.shape)
    return int(len(X) - X.shape[1] - 1)


@checked("inverse")
def triangle_inverse(X: Inputs) -> Array:
    """Inverse of the triangle R of the centred columns: (XᵀX)⁻¹ = R⁻¹(R⁻¹)ᵀ.

    Shape: (D, D). Raises ValueError if columns of X are collinear.
    """
    refuse_too_few_rows(*X.shape)
    R = triangle(centre(X))
    refuse_collinear(X, R)
    return np.asarray(np.linalg.inv(R))


@checked("h")
def leverage(X_new: NewInputs, X: Inputs) -> Array:
    """Leverage of rows: how far out they lie among those of X.

        h = 1/N + (x - x̄)(XᵀX)⁻¹(x - x̄)ᵀ

    Here X is centred. If the rows belong to X, h is their pull on their own prediction.
    Shape: h (M,).
    Raises ValueError if columns of X are collinear.
    """
    deviations = X_new - X[0] - column_means(X - X[0])  # (M, D)
    distances = deviations @ triangle_inverse(X)
    return np.asarray(1 / len(X) + np.sum(distances**2, axis=1))


@checked("W_error", "b_error")
def standard_errors(X: Inputs, y: Targets, W: Weights, b: Bias) -> tuple[Weights, Bias]:
    """Standard errors of the weights and the bias: their scatter from sample to sample.

        s √(diag((XᵀX)⁻¹))

    Here X is centred. The bias is the prediction at X = 0, so its standard error is
    s √h there.
    Shapes: like W and b.
    """
    s = noise_std(X, y, W, b)
    W_error = s * np.hypot.reduce(triangle_inverse(X), axis=1).reshape(-1, 1)
    b_error = s * np.sqrt(leverage(np.zeros((1, X.shape[1])), X))
    return W_error, b_error


@checked("t")
def critical_value(X: Inputs, level: Level) -> float:
    """Critical value: how many standard errors an interval reaches each way.

    It is the t quantile of N - D - 1 degrees of freedom, at a level such as 0.95.
    Source: Student, Biometrika 6 (1908).
    """
    return -float(stdtrit(degrees_of_freedom(X), (1 - level) / 2))


@checked("W_interval", "b_interval")
def confidence_intervals(
    X: Inputs, y: Targets, W: Weights, b: Bias, level: Level
) -> tuple[Array, Array]:
    """Confidence intervals of the weights and the bias.

        W ± t · W_error
        b ± t · b_error

    Shapes: (D, 2) and (2,): low, high.
    """
    W_error, b_error = standard_errors(X, y, W, b)
    t = critical_value(X, level)
    W_interval = np.hstack([W - t * W_error, W + t * W_error])
    b_interval = np.hstack([b - t * b_error, b + t * b_error])
    return W_interval, b_interval


@checked("interval")
def prediction_intervals(
    X_new: NewInputs, X: Inputs, y: Targets, W: Weights, b: Bias, level: Level
) -> Array:
    """Prediction intervals: each brackets one new measurement.

        ŷ ± t · s √(1 + h)

    The 1 stands for the noise of the measurement, h for our doubt about the line.
    Shape: (M, 2): low, high.
    """
    h = leverage(X_new, X).reshape(-1, 1)  # (M, 1)
    reach = critical_value(X, level) * noise_std(X, y, W, b) * np.sqrt(1 + h)
    y_pred = predict(X_new, W, b)
    return np.hstack([y_pred - reach, y_pred + reach])


def refuse_pinned(h: Array) -> None:
    """Raise ValueError for a row with all the leverage that there can be."""
    pinned = np.flatnonzero(h > 1 - 1e-10)
    if pinned.size:
        raise ValueError(
            f"row {pinned[0]} fixes a weight by itself, so it has no residual: "
            f"drop it, or drop the column that only it varies in"
        )


def refuse_no_noise(s: float, X: Array, y: Array, W: Array) -> None:
    """Raise ValueError if the residuals are nothing but rounding of X and y."""
    if s <= 2 * EPSILON * np.max(abs(y) + abs(X) @ abs(W)):
        raise ValueError("the line goes through every sample: there are no residuals")


@checked("residual")
def standardized_residuals(X: Inputs, y: Targets, W: Weights, b: Bias) -> Targets:
    """Standardized residuals: all on one scale.

        (y - ŷ) / (s √(1 - h))

    A sample of high leverage pulls the line toward itself; √(1 - h) makes up for that.
    Raises ValueError if a sample fixes a weight by itself, or there is no noise.
    """
    s, h = noise_std(X, y, W, b), leverage(X, X).reshape(-1, 1)
    refuse_pinned(h)
    refuse_no_noise(s, X, y, W)
    return centred_residuals(X, y, W, b) / (s * np.sqrt(1 - h))
