"""How sure a streamed fit is: R², noise, standard errors and intervals from moments."""

import numpy as np
from scipy.special import stdtrit

from linreg.checks import (
    Array,
    Bias,
    Level,
    NewInputs,
    Weights,
    checked,
    refuse_no_sample_left,
)
from linreg.moments import Moments, RowMoments, refuse_other_features
from linreg.scaling import EPSILON
from linreg.scratch import predict
from linreg.streaming import correlate, solve


def residual_squares(moments: Moments) -> float:
    """Residual sum of squares of the best line: yy - 2WᵀXy + WᵀXX W."""
    W, _ = solve(moments)
    squares = moments.yy - W.T @ (2 * moments.Xy - moments.XX @ W)
    return max(float(squares.item()), 0.0)  # of a perfect fit rounding is left


@checked("R²")
def stream_r_squared(moments: RowMoments) -> float:
    """Coefficient of determination of the best line, R² = 1 - Σ(y - ŷ)² / Σ(y - ȳ)².

    Raises ValueError if y does not vary, and as solve does.
    """
    refuse_constant_target(moments)
    return 1 - residual_squares(moments) / float(moments.yy.item())


def refuse_constant_target(moments: Moments) -> None:
    """Raise ValueError if y varies by rounding alone."""
    rounding = 4 * EPSILON * abs(moments.y_mean.item())
    if moments.yy.item() <= moments.num_rows * rounding**2:
        raise ValueError("y does not vary, so there is no variance to explain")


@checked("s")
def stream_noise_std(moments: RowMoments) -> float:
    """Residual standard error of the best line: s² = Σ(y - ŷ)² / (N - D - 1).

    Raises ValueError if no sample is left, or if the line fits so well that the sums
    keep fewer than four digits of s; noise_std keeps more, but needs all rows.
    """
    left, squares = freedom(moments), residual_squares(moments)
    refuse_perfect_fit(moments, squares)
    return float(np.sqrt(squares / left))


def freedom(moments: Moments) -> int:
    """Residual degrees of freedom: N - D - 1. Raises ValueError if none are left."""
    refuse_no_sample_left(moments.num_rows, len(moments.X_mean))
    return moments.num_rows - len(moments.X_mean) - 1


def refuse_perfect_fit(moments: Moments, squares: float) -> None:
    """Raise ValueError if rounding of the sums is as large as what the line misses."""
    W, _ = solve(moments)
    sizes = np.append(abs(W.T) * moments.XX.diagonal() ** 0.5, moments.yy**0.5)
    if EPSILON * sizes.sum() ** 2 >= 1e-4 * squares:
        raise ValueError(
            "the line fits so well that the sums can't tell its residuals from "
            "rounding: use noise_std and standard_errors on rows in memory"
        )


@checked("h")
def stream_leverage(X_new: NewInputs, moments: RowMoments) -> np.ndarray:
    """Leverage of rows, h = 1/N + (x - x̄) XX⁻¹ (x - x̄)ᵀ; shape (M,)."""
    refuse_other_features(moments, X_new.shape[1])
    lengths, correlations = correlate(moments)
    Z = (X_new - moments.X_mean - moments.X_rest) / lengths.T
    distances = np.sum(Z * np.linalg.solve(correlations, Z.T).T, axis=1)
    h: np.ndarray = 1 / moments.num_rows + distances
    return h


@checked("W_error", "b_error")
def stream_standard_errors(moments: RowMoments) -> tuple[Weights, Bias]:
    """Standard errors of the weights, s √diag(XX⁻¹), and of the bias, s √h at X = 0.

    Raises ValueError as stream_noise_std and solve do.
    """
    s = stream_noise_std(moments)
    lengths, correlations = correlate(moments)
    W_error = (
        s * np.sqrt(np.linalg.inv(correlations).diagonal()).reshape(-1, 1) / lengths
    )
    b_error = s * np.sqrt(stream_leverage(np.zeros_like(lengths.T), moments))
    return W_error, b_error


@checked("W_interval", "b_interval")
def stream_confidence_intervals(
    moments: RowMoments, level: Level
) -> tuple[np.ndarray, np.ndarray]:
    """Confidence intervals of the weights and the bias: t standard errors each way.

    t is the quantile of Student's distribution with N - D - 1 degrees of freedom.
    Results (D, 2) and (2,): low, high. Raises ValueError as stream_standard_errors does.
    """
    W, b = solve(moments)
    t = -stdtrit(freedom(moments), (1 - level) / 2)
    W_reach, b_reach = (t * error for error in stream_standard_errors(moments))
    W_interval = np.hstack([W - W_reach, W + W_reach])
    b_interval = np.hstack([b - b_reach, b + b_reach])
    return W_interval, b_interval


@checked("interval")
def stream_prediction_intervals(
    X_new: NewInputs, moments: RowMoments, level: Level
) -> Array:
    """Prediction intervals of one new measurement at each row: ŷ ± t s √(1 + h).

    Result (M, 2): low, high. Raises ValueError as stream_standard_errors does.
    """
    W, b = solve(moments)
    t = -stdtrit(freedom(moments), (1 - level) / 2)
    s, h = stream_noise_std(moments), stream_leverage(X_new, moments)
    y_pred, reach = predict(X_new, W, b), t * s * np.sqrt(1 + h).reshape(-1, 1)
    return np.hstack([y_pred - reach, y_pred + reach])
