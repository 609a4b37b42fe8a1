"""Gradient descent that looks at a few rows before each step: mini-batches."""

import numpy as np

from linreg.checks import (
    assume_finite,
    check_count,
    check_results,
    check_rng,
    check_training,
)
from linreg.scratch import gradients, mean_squared_error, predict


def deal_batches(
    num_rows: int, batch_size: int, rng: np.random.RandomState
) -> list[np.ndarray]:
    """Shuffle the rows and deal them out, so that each is in exactly one batch.

    Returns the row numbers of each batch; the last may be smaller than the others.
    Raises ValueError if a batch is to be larger than the data.
    """
    check_count(num_rows=num_rows, batch_size=batch_size)
    check_rng(rng)
    if batch_size > num_rows:
        raise ValueError(
            f"batch_size is {batch_size}, but there are {num_rows} rows: "
            f"choose at most {num_rows}"
        )
    order = rng.permutation(num_rows)
    return [
        order[first : first + batch_size] for first in range(0, num_rows, batch_size)
    ]


def train_on_batches(
    X_train: np.ndarray,
    y_train: np.ndarray,
    X_val: np.ndarray,
    y_val: np.ndarray,
    W: np.ndarray,
    b: np.ndarray,
    learning_rate: float,
    num_epochs: int,
    batch_size: int,
    rng: np.random.RandomState,
) -> tuple[np.ndarray, np.ndarray, dict[str, list[float]]]:
    """Take one step for each batch; an epoch has gone once through all rows.

        W ← W - α ∂J_batch/∂W
        b ← b - α ∂J_batch/∂b

    Returns W, b and the history of the losses on all rows, as train does.
    Raises FloatingPointError if a loss is not finite, or ends above both its start and
    the variance of y, which is the loss of predicting the mean.
    """
    check_training(X_train, y_train, X_val, y_val, W, b, learning_rate, num_epochs)
    history: dict[str, list[float]] = {"train": [], "val": []}
    try:
        # An overflow is divergence: an error, not a warning.
        with assume_finite(), np.errstate(over="ignore", invalid="ignore"):
            for epoch in range(num_epochs + 1):
                loss = mean_squared_error(predict(X_train, W, b), y_train)
                history["train"].append(loss)
                history["val"].append(mean_squared_error(predict(X_val, W, b), y_val))
                if epoch < num_epochs:  # the last round only measures
                    for rows in deal_batches(len(X_train), batch_size, rng):
                        X, y = X_train[rows], y_train[rows]
                        dW, db = gradients(X, predict(X, W, b), y)
                        W, b = W - learning_rate * dW, b - learning_rate * db
                        check_results(W=W, b=b)
        start, end = history["train"][0], history["train"][-1]
        # The noise of the batches may end a little above a good start.
        if end > max(start, float(y_train.var())) * (1 + 1e-9):
            raise FloatingPointError(f"the loss ended at {end:.3g}, from {start:.3g}")
    except FloatingPointError as error:
        if not history["val"]:  # no step has been taken: the data is at fault
            raise
        raise FloatingPointError(
            f"training diverged: {error}; "
            f"try a learning_rate below {learning_rate:g}, or standardize X"
        ) from error
    return W, b, history
