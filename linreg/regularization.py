"""The same loss with a price on large weights: L2 regularization, or ridge."""

import numpy as np

from linreg.checks import check_matrices, check_positive, check_results, check_shape
from linreg.scratch import gradients, mean_squared_error

L2_LAMBDA = 1e-2


def l2_loss(
    y_pred: np.ndarray, y: np.ndarray, W: np.ndarray, l2_lambda: float
) -> float:
    """Add the price of the weights to the loss.

        J = Σ(ŷ - y)² / N + λ/2 · ΣW²

    Shapes: ŷ and y (N, 1), W (D, 1).
    The bias costs nothing: it only sets the level of ŷ.
    """
    check_positive(l2_lambda=l2_lambda)
    check_matrices(W=W)
    check_shape((len(W), 1), W=W)
    loss = mean_squared_error(y_pred, y) + l2_lambda / 2 * float(np.sum(W**2))
    check_results(loss=loss)
    return loss


def l2_gradients(
    X: np.ndarray, y_pred: np.ndarray, y: np.ndarray, W: np.ndarray, l2_lambda: float
) -> tuple[np.ndarray, np.ndarray]:
    """Pull every weight toward zero, and leave the bias as it is.

        ∂J/∂W = 2/N · Xᵀ(ŷ - y) + λW
        ∂J/∂b = 2/N · Σ(ŷ - y)

    Shapes: X (N, D), ŷ and y (N, 1), W (D, 1); dW (D, 1), db (1,).
    """
    check_positive(l2_lambda=l2_lambda)
    dW, db = gradients(X, y_pred, y)
    check_shape((X.shape[1], 1), W=W)
    dW = dW + l2_lambda * W
    check_results(dW=dW)
    return dW, db


def ridge(
    X: np.ndarray, y: np.ndarray, l2_lambda: float
) -> tuple[np.ndarray, np.ndarray]:
    """Find the weights where the gradient of the L2 loss is zero, without any steps.

        (2/N · XᵀX + λI) W = 2/N · Xᵀy
        b = ȳ - x̄W

    Here X and y are centred. That is least squares with D more samples, √(λN/2) · I
    with targets 0, whose errors are the price.
    Shapes: X (N, D), y (N, 1); W (D, 1), b (1,).
    Source: Hoerl and Kennard, Technometrics 12 (1970), with λN/2 in place of their k.
    """
    check_positive(l2_lambda=l2_lambda)
    check_matrices(X=X, y=y)
    check_shape((len(X), 1), y=y)
    X_mean, y_mean = X.mean(axis=0), y.mean(axis=0)
    price = (l2_lambda * len(X) / 2) ** 0.5 * np.eye(X.shape[1])
    X_priced = np.vstack([X - X_mean, price])  # (N + D, D)
    y_priced = np.vstack([y - y_mean, np.zeros((X.shape[1], 1))])  # (N + D, 1)
    check_results(X_priced=X_priced, y_priced=y_priced)
    W = np.linalg.lstsq(X_priced, y_priced, rcond=None)[0]
    b = y_mean - X_mean @ W
    check_results(W=W, b=b)
    return W, b
