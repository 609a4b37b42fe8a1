"""The same loss with a penalty on large weights: L2 regularization, or ridge."""

import numpy as np

from linreg.checks import (
    Array,
    Bias,
    Inputs,
    Positive,
    Targets,
    Weights,
    check_result,
    checked,
)
from linreg.scaling import EPSILON, centre, column_means
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


def refuse_tiny_penalty(R: Array, num_rows: int) -> None:
    """Raise ValueError if collinear columns differ by rounding more than by penalty."""
    check_result("a column of X", R)
    shares = np.linalg.svd(R / np.hypot.reduce(R), compute_uv=False)
    if shares[-1] <= (16 + num_rows**0.5) * EPSILON:
        raise ValueError(
            "columns of X are collinear, and l2_lambda is too small beside them to share "
            "their weight out: try a larger one, or standardize X"
        )


@checked("W", "b")
def ridge(X: Inputs, y: Targets, l2_lambda: Positive) -> tuple[Weights, Bias]:
    """Ridge regression: the weights where the gradient of the L2 loss is zero.

        (2/N · XᵀX + λI) W = 2/N · Xᵀy
        b = ȳ - x̄W

    Here X and y are centred. That is least squares with D more samples, √(λN/2) · I
    with targets 0, whose squared residuals are the penalty. By QR decomposition, with
    these rows first, so that units cost no digits.
    Raises ValueError if l2_lambda is so small that rounding hides it.
    Source: Hoerl and Kennard, Technometrics 12 (1970), with λN/2 in place of their k.
    """
    penalty = (l2_lambda * len(X) / 2) ** 0.5 * np.eye(X.shape[1])
    A = np.vstack([penalty, centre(X)])  # (D + N, D)
    target = np.vstack([np.zeros((X.shape[1], 1)), centre(y)])  # (D + N, 1)
    R = np.asarray(np.linalg.qr(np.hstack([A, target]), mode="r"))  # A = QR
    refuse_tiny_penalty(R[:-1, :-1], len(X))
    W = np.linalg.solve(
        R[:-1, :-1], R[:-1, -1:]
    )  # the last column of R holds Qᵀ target
    b = column_means(y) - column_means(X) @ W
    return W, b
