"""Gradient descent that never looks at rows: their moments are all it needs."""

import numpy as np

from linreg.checks import (
    Bias,
    Count,
    History,
    Positive,
    Weights,
    checked,
    descent,
)
from linreg.moments import Moments, RowMoments, refuse_other_features
from linreg.scaling import EPSILON


def mean_error(moments: Moments, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Mean of the errors, Σ(ŷ - y) / N = x̄W + b - ȳ; shape (1,)."""
    error: np.ndarray = moments.X_mean @ W + b - moments.y_mean
    return error


def moments_loss(moments: Moments, W: np.ndarray, b: np.ndarray) -> float:
    """Mean squared error: the mean error squared, plus the variance of the errors.

    J = (yy - 2WᵀXy + WᵀXX W) / N + (x̄W + b - ȳ)²
    """
    squares = moments.yy - W.T @ (2 * moments.Xy - moments.XX @ W)
    loss = (squares / moments.num_rows + mean_error(moments, W, b) ** 2).item()
    refuse_rounded_loss(moments, W, b, loss)
    return float(loss)


def refuse_rounded_loss(
    moments: Moments, W: np.ndarray, b: np.ndarray, loss: float
) -> None:
    """Raise ValueError if rounding reaches the first ten digits of a loss."""
    _, X_mean, y_mean, XX, _, yy, *_ = moments
    squares = (XX.diagonal() @ W**2 + yy).item() / moments.num_rows
    means = (abs(X_mean) @ abs(W) + abs(b) + abs(y_mean)).item()
    if EPSILON * (squares + 2 * means * max(loss, 0) ** 0.5) > 1e-10 * loss:
        raise ValueError(
            f"the loss is too small beside the data for its digits to be in the "
            f"moments ({loss:.3g}): standardize X and y, or use train on the rows"
        )


def moments_gradients(
    moments: Moments, W: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of the mean squared error with respect to W and b.

        ∂J/∂W = 2/N · (XX W - Xy) + x̄ᵀ ∂J/∂b
        ∂J/∂b = 2 (x̄W + b - ȳ)

    Shapes: dW (D, 1), db (1,).
    """
    db = 2 * mean_error(moments, W, b)
    dW = 2 / moments.num_rows * (moments.XX @ W - moments.Xy)
    return dW + np.outer(moments.X_mean, db), db


@checked("W", "b")
def train_on_moments(
    train: RowMoments,
    val: RowMoments,
    W: Weights,
    b: Bias,
    learning_rate: Positive,
    num_epochs: Count,
) -> tuple[Weights, Bias, History]:
    """Train by full-batch gradient descent on moments: the same steps as train's.

        W ← W - α ∂J/∂W, b ← b - α ∂J/∂b

    An epoch costs D², however many rows the moments are from. The history is train's.
    Raises FloatingPointError if training diverged; ValueError if the moments keep fewer
    than ten digits of a training loss, because the line fits nearly perfectly, or
    because the means are large.
    """
    refuse_other_features(train, len(W))
    refuse_other_features(val, len(W))
    history: History = {"train": [], "val": []}
    size = np.sqrt(train.yy.item() / train.num_rows + train.y_mean**2)
    for epoch in range(num_epochs + 1):
        with descent(history, learning_rate, size):
            history["train"].append(moments_loss(train, W, b))
            history["val"].append(moments_loss(val, W, b))
            if epoch < num_epochs:  # the last round only measures
                dW, db = moments_gradients(train, W, b)
                W, b = W - learning_rate * dW, b - learning_rate * db
    return W, b, history
