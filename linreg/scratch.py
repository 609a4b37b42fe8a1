"""Linear regression from scratch: predict, measure, differentiate, train."""

import numpy as np

from linreg.checks import (
    assume_finite,
    check_count,
    check_matrices,
    check_results,
    check_rng,
    check_shape,
    check_training,
)

LEARNING_RATE = 1e-1
NUM_EPOCHS = 100


def initialize_weights(
    num_features: int, rng: np.random.RandomState
) -> tuple[np.ndarray, np.ndarray]:
    """Start with small random weights and no bias.

        W = 0.01 · N(0, 1)
        b = 0

    Shapes: W (D, 1), b (1,).
    """
    check_count(num_features=num_features)
    check_rng(rng)
    W = 0.01 * rng.standard_normal((num_features, 1))
    b = np.zeros(1)
    return W, b


def predict(X: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Read the model's answer off its line.

        ŷ = XW + b

    Shapes: X (N, D), W (D, 1), b (1,); ŷ (N, 1).
    """
    check_matrices(X=X)
    check_shape((X.shape[1], 1), W=W)
    check_shape((1,), b=b)
    y_pred: np.ndarray = X @ W + b  # (N, D) @ (D, 1) + (1,) is (N, 1)
    check_results(y_pred=y_pred)
    return y_pred


def mean_squared_error(y_pred: np.ndarray, y: np.ndarray) -> float:
    """Average the squared distance between prediction and target.

        J = Σ(ŷ - y)² / N

    Shapes: ŷ and y (N, 1). The result is in the units of y, squared.
    """
    check_matrices(y_pred=y_pred, y=y)
    check_shape((len(y), 1), y_pred=y_pred, y=y)
    loss = float(np.mean((y_pred - y) ** 2))
    check_results(loss=loss)
    return loss


def gradients(
    X: np.ndarray, y_pred: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Say how the loss changes with each weight and with the bias.

        ∂J/∂W = 2/N · Xᵀ(ŷ - y)
        ∂J/∂b = 2/N · Σ(ŷ - y)

    Shapes: X (N, D), ŷ and y (N, 1); dW (D, 1), db (1,).
    """
    check_matrices(X=X, y_pred=y_pred, y=y)
    check_shape((len(X), 1), y_pred=y_pred, y=y)
    error = y_pred - y
    dW = 2 / len(X) * (X.T @ error)  # (D, N) @ (N, 1) is (D, 1)
    db = 2 / len(X) * error.sum(axis=0)  # (1,)
    check_results(dW=dW, db=db)
    return dW, db


def train(
    X_train: np.ndarray,
    y_train: np.ndarray,
    X_val: np.ndarray,
    y_val: np.ndarray,
    W: np.ndarray,
    b: np.ndarray,
    learning_rate: float,
    num_epochs: int,
) -> tuple[np.ndarray, np.ndarray, dict[str, list[float]]]:
    """Walk downhill by gradient descent.

        W ← W - α ∂J/∂W
        b ← b - α ∂J/∂b

    Returns W, b and the history {"train": losses, "val": losses}: entry k was
    measured after k updates, so each list has num_epochs + 1 entries.
    The W and b passed in stay as they are.
    Raises FloatingPointError if the training loss rises above where it started.
    """
    check_training(X_train, y_train, X_val, y_val, W, b, learning_rate, num_epochs)
    history: dict[str, list[float]] = {"train": [], "val": []}
    epoch = 0
    try:
        # An overflow is divergence: an error, not a warning.
        with assume_finite(), np.errstate(over="ignore", invalid="ignore"):
            y_size = np.mean(y_train**2) ** 0.5
            for epoch in range(int(num_epochs) + 1):
                y_pred = predict(X_train, W, b)  # step 2
                loss = mean_squared_error(y_pred, y_train)  # step 3
                history["train"].append(loss)
                history["val"].append(mean_squared_error(predict(X_val, W, b), y_val))
                start = history["train"][0]
                # A stable learning rate lets the loss rise by rounding only.
                rounding = 1e-9 * start**0.5 + 1e-12 * y_size
                if loss**0.5 > start**0.5 + rounding:
                    raise FloatingPointError(
                        f"the loss rose from {start:.3g} to {loss:.3g}"
                    )
                if epoch < num_epochs:  # the last round only measures
                    dW, db = gradients(X_train, y_pred, y_train)  # step 4
                    W = W - learning_rate * dW  # step 5
                    b = b - learning_rate * db
                    check_results(W=W, b=b)
    except FloatingPointError as error:
        if not history["val"]:  # no step has been taken: the data is at fault
            raise
        raise FloatingPointError(
            f"training diverged at epoch {epoch}: {error}; "
            f"try a learning_rate below {learning_rate:g}, or standardize X"
        ) from error
    return W, b, history
