"""When samples don't deserve equal trust: noise of unequal size, and wild points."""

from typing import Annotated

import numpy as np

from linreg.checks import Array, Bias, Inputs, Positive, Targets, Weights, checked
from linreg.closed_form import least_squares, triangle
from linreg.scratch import predict
from linreg.uncertainty import degrees_of_freedom, leverage

MAX_ROUNDS = 1000


def as_sample_weights(name: str, value: np.ndarray) -> np.ndarray:
    """Take sample weights. Raises ValueError unless all are positive."""
    if (value <= 0).any():
        row = int(np.argmin(value))
        raise ValueError(
            f"{name} is {value[row, 0]} in row {row}, but must be positive: "
            f"leave out a row that should not count"
        )
    return value


SampleWeights = Annotated[Array, "N 1", as_sample_weights]


@checked("W_error", "b_error")
def robust_standard_errors(
    X: Inputs, y: Targets, W: Weights, b: Bias
) -> tuple[Weights, Bias]:
    """Heteroscedasticity-consistent standard errors of the coefficients (HC3).

        √diag(P diag(e² / (1 - h)²) Pᵀ), P = (AᵀA)⁻¹Aᵀ, A = [X, 1]

    e are the residuals, h the leverages. W and b are those of least_squares.
    Raises ValueError if a row fixes a weight by itself.
    Source: MacKinnon and White, Journal of Econometrics 29 (1985).
    """
    h = leverage(X, X).reshape(-1, 1)
    left_out = (y - predict(X, W, b)) / (1 - h)  # residuals from fits without the row
    inverse = np.linalg.inv(triangle(X, X.shape[1]))
    X_mean = X.mean(axis=0)
    W_shares = (X - X_mean) @ inverse @ inverse.T  # (N, D): of each target in a weight
    b_shares = 1 / len(X) - W_shares @ X_mean  # (N,)
    W_error = np.hypot.reduce(W_shares * left_out).reshape(-1, 1)
    b_error = np.hypot.reduce(b_shares.reshape(-1, 1) * left_out)
    return W_error, b_error


def weighted_triangle(
    X: np.ndarray, y: np.ndarray, sample_weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weighted means of the columns of [X, y], and R of the centred, weighted columns."""
    A = np.hstack([X, y])
    mean = np.sum(sample_weights * A, axis=0) / np.sum(sample_weights)  # (D + 1,)
    return mean, np.linalg.qr(np.sqrt(sample_weights) * (A - mean), mode="r")


@checked("W", "b")
def weighted_least_squares(
    X: Inputs, y: Targets, sample_weights: SampleWeights
) -> tuple[Weights, Bias]:
    """Weighted least squares, solved by QR decomposition.

        minimize Σ w (y - ŷ)²

    w are the sample weights; only their ratios matter. Raises ValueError for collinear
    columns. Source: Aitken, Proceedings of the Royal Society of Edinburgh 55 (1936).
    """
    mean, R = weighted_triangle(X, y, sample_weights)
    W = np.linalg.solve(R[:-1, :-1], R[:-1, -1:])
    return W, mean[-1:] - mean[:-1] @ W


@checked("W_error", "b_error")
def weighted_standard_errors(
    X: Inputs, y: Targets, sample_weights: SampleWeights
) -> tuple[Weights, Bias]:
    """Standard errors of the coefficients of weighted least squares.

        s √diag((Aᵀ diag(w) A)⁻¹), s² = Σ w (y - ŷ)² / (N - D - 1), A = [X, 1]

    They are right if the noise of a sample has variance σ² / w.
    """
    mean, R = weighted_triangle(X, y, sample_weights)
    s = abs(R[-1, -1]) / np.sqrt(degrees_of_freedom(X))
    inverse = np.linalg.inv(R[:-1, :-1])
    W_error = s * np.hypot.reduce(inverse, axis=1).reshape(-1, 1)
    at_zero = np.hypot.reduce([1 / np.sqrt(np.sum(sample_weights)), *(mean[:-1] @ inverse)])
    return W_error, s * np.array([at_zero])


@checked("W", "b")
def huber_regression(X: Inputs, y: Targets, threshold: Positive) -> tuple[Weights, Bias]:
    """Regression with Huber's loss, by iteratively reweighted least squares.

        minimize Σ ρ(y - ŷ)
        ρ(e) = e² / 2 if |e| ≤ threshold, else threshold · (|e| - threshold / 2)

    The threshold has the unit of y. Raises ValueError if the rounds don't converge.
    Source: Huber, Annals of Mathematical Statistics 35 (1964).
    """
    W, b = least_squares(X, y)
    y_pred = predict(X, W, b)
    for _ in range(MAX_ROUNDS):
        # e² times threshold / |e| has the slope of threshold · |e|.
        sample_weights = threshold / np.maximum(abs(y - y_pred), threshold)
        W, b = weighted_least_squares(X, y, sample_weights)
        y_before, y_pred = y_pred, predict(X, W, b)
        if np.max(abs(y_pred - y_before)) <= 1e-9 * threshold:
            return W, b
    raise ValueError(
        f"Huber's loss with threshold {threshold:g} did not converge in {MAX_ROUNDS} "
        f"rounds: try a larger threshold"
    )
