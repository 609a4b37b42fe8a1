"""Gradient descent that looks at a few rows before each step: mini-batches."""

import numpy as np

from linreg.checks import (
    Bias,
    Count,
    History,
    Inputs,
    NewInputs,
    NewTargets,
    Positive,
    Rng,
    Targets,
    Weights,
    checked,
    descent,
    refuse_divergence,
)
from linreg.scratch import gradients, mean_squared_error, predict


@checked()
def deal_batches(num_rows: Count, batch_size: Count, rng: Rng) -> list[np.ndarray]:
    """Shuffle the rows and split them into batches: each row is in exactly one.

    Returns the row numbers of each batch; the last may be smaller than the others.
    Raises ValueError if a batch is to be larger than the data.
    """
    refuse_large_batch(num_rows, batch_size)
    order = rng.permutation(num_rows)
    return [
        order[first : first + batch_size] for first in range(0, num_rows, batch_size)
    ]


def refuse_large_batch(num_rows: int, batch_size: int) -> None:
    """Raise ValueError for a batch of more rows than there are."""
    if batch_size > num_rows:
        raise ValueError(
            f"batch_size is {batch_size}, but there are {num_rows} rows: "
            f"choose at most {num_rows}"
        )


@checked("W", "b")
def train_on_batches(
    X_train: Inputs,
    y_train: Targets,
    X_val: NewInputs,
    y_val: NewTargets,
    W: Weights,
    b: Bias,
    learning_rate: Positive,
    num_epochs: Count,
    batch_size: Count,
    rng: Rng,
) -> tuple[Weights, Bias, History]:
    """Train by mini-batch gradient descent: a step for each batch, on its rows alone.

        W ← W - α ∂J_batch/∂W, b ← b - α ∂J_batch/∂b

    An epoch goes once through all rows. The history is that of train: losses on all
    rows. Raises FloatingPointError if a loss is not finite, or ends above both its
    start and the variance of y, which is the loss of predicting the mean.
    """
    history: History = {"train": [], "val": []}
    for epoch in range(num_epochs + 1):
        with descent(history, learning_rate):
            y_pred, y_pred_val = predict(X_train, W, b), predict(X_val, W, b)
            history["train"].append(mean_squared_error(y_pred, y_train))
            history["val"].append(mean_squared_error(y_pred_val, y_val))
            if epoch < num_epochs:  # the last round only measures
                for rows in deal_batches(len(X_train), batch_size, rng):
                    X, y = X_train[rows], y_train[rows]
                    dW, db = gradients(X, predict(X, W, b), y)
                    W, b = W - learning_rate * dW, b - learning_rate * db
    # The noise of the batches may end a little above a good start.
    limit = max(history["train"][0], float(y_train.var()))
    refuse_divergence(history, learning_rate, limit * (1 + 1e-9))
    return W, b, history
