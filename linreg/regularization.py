"""The same loss with a penalty on large weights: L2 regularization, or ridge."""

import numpy as np

from linreg.checks import Bias, Inputs, Positive, Targets, Weights, checked
from linreg.scratch import gradients, mean_squared_error

L2_LAMBDA = 1e-2


@checked("loss")
def l2_loss(y_pred: Targets, y: Targets, W: Weights, l2_lambda: Positive) -> float:
    """Mean squared error with an L2 penalty, J = Σ(ŷ - y)² / N + λ/2 · ΣW².

    The bias has no penalty: it only sets the level of ŷ.
    """
    return mean_squared_error(y_pred, y) + l2_lambda / 2 * float(np.sum(W**2))


@checked("dW", "db")
def l2_gradients(
    X: Inputs, y_pred: Targets, y: Targets, W: Weights, l2_lambda: Positive
) -> tuple[Weights, Bias]:
    """Gradients of the loss with an L2 penalty: every weight is pulled toward zero.

        ∂J/∂W = 2/N · Xᵀ(ŷ - y) + λW
        ∂J/∂b = 2/N · Σ(ŷ - y)

    Shapes: dW (D, 1), db (1,).
    """
    dW, db = gradients(X, y_pred, y)
    return dW + l2_lambda * W, db


@checked("W", "b")
def ridge(X: Inputs, y: Targets, l2_lambda: Positive) -> tuple[Weights, Bias]:
    """Ridge regression: the weights where the gradient of the L2 loss is zero.

        (2/N · XᵀX + λI) W = 2/N · Xᵀy
        b = ȳ - x̄W

    Here X and y are centred. That is least squares with D more samples, √(λN/2) · I
    with targets 0, whose squared residuals are the penalty.
    Source: Hoerl and Kennard, Technometrics 12 (1970), with λN/2 in place of their k.
    """
    X_mean, y_mean = X.mean(axis=0), y.mean(axis=0)
    penalty = (l2_lambda * len(X) / 2) ** 0.5 * np.eye(X.shape[1])
    A = np.vstack([X - X_mean, penalty])  # (N + D, D)
    target = np.vstack([y - y_mean, np.zeros((X.shape[1], 1))])  # (N + D, 1)
    R = np.asarray(np.linalg.qr(np.hstack([A, target]), mode="r"))  # (D + 1, D + 1)
    W = np.linalg.solve(R[:-1, :-1], R[:-1, -1:])
    b = y_mean - X_mean @ W
    return W, b
