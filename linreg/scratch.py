"""Linear regression from scratch: predict, measure, differentiate, train."""

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
)

LEARNING_RATE = 1e-1
NUM_EPOCHS = 100


@checked("W", "b")
def initialize_weights(num_features: Count, rng: Rng) -> tuple[Weights, Bias]:
    """Draw small random weights, and start without a bias.

        W = 0.01 · N(0, 1)
        b = 0

    Shapes: W (D, 1), b (1,).
    """
    W = 0.01 * rng.standard_normal((num_features, 1))
    b = np.zeros(1)
    return W, b


@checked("y_pred")
def predict(X: Inputs, W: Weights, b: Bias) -> Targets:
    """Predict the targets with the linear model, ŷ = XW + b."""
    return X @ W + b  # (N, D) @ (D, 1) + (1,) is (N, 1)


@checked("loss")
def mean_squared_error(y_pred: Targets, y: Targets) -> float:
    """Mean squared error, J = Σ(ŷ - y)² / N, in the units of y squared."""
    return float(np.mean((y_pred - y) ** 2))


@checked("dW", "db")
def gradients(X: Inputs, y_pred: Targets, y: Targets) -> tuple[Weights, Bias]:
    """Gradients of the mean squared error with respect to W and b.

        ∂J/∂W = 2/N · Xᵀ(ŷ - y)
        ∂J/∂b = 2/N · Σ(ŷ - y)

    Shapes: dW (D, 1), db (1,).
    """
    error = y_pred - y
    dW = 2 / len(X) * (X.T @ error)  # (D, N) @ (N, 1) is (D, 1)
    db = 2 / len(X) * error.sum(axis=0)  # (1,)
    return dW, db


@checked("W", "b")
def train(
    X_train: Inputs,
    y_train: Targets,
    X_val: NewInputs,
    y_val: NewTargets,
    W: Weights,
    b: Bias,
    learning_rate: Positive,
    num_epochs: Count,
) -> tuple[Weights, Bias, History]:
    """Train by full-batch gradient descent: W ← W - α ∂J/∂W, b ← b - α ∂J/∂b.

    The history is {"train": losses, "val": losses}; entry k was measured after k
    updates. The W and b passed in stay as they are.
    Raises FloatingPointError if the training loss rises above where it started.
    """
    history: History = {"train": [], "val": []}
    for epoch in range(num_epochs + 1):
        with descent(history, learning_rate, y_train):
            y_pred = predict(X_train, W, b)  # step 2
            loss = mean_squared_error(y_pred, y_train)  # step 3
            history["train"].append(loss)
            history["val"].append(mean_squared_error(predict(X_val, W, b), y_val))
            if epoch < num_epochs:  # the last round only measures
                dW, db = gradients(X_train, y_pred, y_train)  # step 4
                W = W - learning_rate * dW  # step 5
                b = b - learning_rate * db
    return W, b, history
