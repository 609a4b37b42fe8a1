"""When samples don't deserve equal trust: noise of unequal size, and wild points."""

from typing import Annotated, NoReturn

import numpy as np

from linreg.checks import (
    Array,
    Bias,
    Inputs,
    Positive,
    Targets,
    Weights,
    checked,
    refuse_too_few_rows,
)
from linreg.closed_form import least_squares, refuse_collinear
from linreg.scaling import centre, column_means
from linreg.scratch import predict
from linreg.uncertainty import (
    centred_residuals,
    degrees_of_freedom,
    leverage,
    refuse_pinned,
    triangle_inverse,
)

MAX_ROUNDS = 1000


def check_sample_weights(name: str, value: np.ndarray) -> np.ndarray:
    """Take sample weights. Raises ValueError unless all are positive."""
    if (value <= 0).any():
        row = int(np.argmin(value))
        raise ValueError(
            f"{name} is {value[row, 0]} in row {row}, but must be positive: "
            f"leave out a row that should not count"
        )
    return value


SampleWeights = Annotated[Array, "N 1", check_sample_weights]


@checked("W_error", "b_error")
def robust_standard_errors(
    X: Inputs, y: Targets, W: Weights, b: Bias
) -> tuple[Weights, Bias]:
    """Heteroscedasticity-consistent standard errors of the coefficients (HC3).

        √(diag(P V Pᵀ)), V = diag(e² / (1 - h)²), P = (AᵀA)⁻¹Aᵀ, A = [X, 1]

    e are the residuals, h the leverages. W and b are those of least_squares.
    Raises ValueError if a row fixes a weight by itself.
    Source: Davidson and MacKinnon, Estimation and Inference in Econometrics (1993),
    chapter 16, after the jackknife of MacKinnon and White, J. Econometrics 29 (1985).
    """
    refuse_too_few_rows(*X.shape)
    h = leverage(X, X).reshape(-1, 1)
    refuse_pinned(h.ravel())
    left_out = centred_residuals(X, y, W, b) / (
        1 - h
    )  # as if the row had been left out
    inverse = triangle_inverse(X)
    W_shares = centre(X) @ inverse @ inverse.T  # (N, D): of each target in each weight
    b_shares = 1 / len(X) - W_shares @ column_means(X)[:, None]  # (N, 1)
    W_error = np.hypot.reduce(W_shares * left_out).reshape(-1, 1)
    return W_error, np.hypot.reduce(b_shares * left_out)


def weighted_triangle(X: Array, y: Array, shares: Array) -> tuple[Array, Array]:
    """Weighted means of the columns of [X, y], and R of the weighted deviations.

    Shapes: (D + 1,) and (D + 1, D + 1). Raises ValueError for collinear columns.
    """
    refuse_too_few_rows(*X.shape)
    A, root = np.hstack([X, y]), np.sqrt(shares)
    mean = np.sum(shares * A, axis=0) / np.sum(shares)
    R = np.asarray(np.linalg.qr(root * (A - mean), mode="r"))
    refuse_collinear(root * X, R[:-1, :-1])
    return mean, R


@checked("W", "b")
def weighted_least_squares(
    X: Inputs, y: Targets, sample_weights: SampleWeights
) -> tuple[Weights, Bias]:
    """Weighted least squares, solved by QR decomposition.

        minimize Σ w (y - ŷ)²

    w are the sample weights, of which only the ratios matter.
    Raises ValueError for collinear columns or too few rows.
    Source: Aitken, Proceedings of the Royal Society of Edinburgh 55 (1936).
    """
    mean, R = weighted_triangle(X, y, sample_weights / sample_weights.max())
    W = np.asarray(np.linalg.solve(R[:-1, :-1], R[:-1, -1:]))
    return W, mean[-1:] - mean[:-1] @ W


@checked("W_error", "b_error")
def weighted_standard_errors(
    X: Inputs, y: Targets, sample_weights: SampleWeights
) -> tuple[Weights, Bias]:
    """Standard errors of the coefficients of weighted least squares.

        s √(diag((Aᵀ V A)⁻¹)), V = diag(w), A = [X, 1]
        s² = Σ w (y - ŷ)² / (N - D - 1)

    They are right if the noise of a sample has variance σ² / w.
    Raises ValueError for collinear columns, or if no sample is left.
    """
    shares = sample_weights / sample_weights.max()
    mean, R = weighted_triangle(X, y, shares)
    s = abs(R[-1, -1]) / degrees_of_freedom(X) ** 0.5
    inverse = np.linalg.inv(R[:-1, :-1])
    W_error = s * np.hypot.reduce(inverse, axis=1).reshape(-1, 1)
    b_error = s * np.hypot.reduce([np.sum(shares) ** -0.5, *(mean[:-1] @ inverse)])
    return W_error, np.array([b_error])


def refuse_unconverged(threshold: float) -> NoReturn:
    """Raise ValueError, since the rounds of reweighting have not converged."""
    raise ValueError(
        f"Huber's loss with threshold {threshold:g} did not converge in {MAX_ROUNDS} "
        f"rounds: try a larger threshold"
    )


@checked("W", "b")
def huber_regression(
    X: Inputs, y: Targets, threshold: Positive
) -> tuple[Weights, Bias]:
    """Regression with Huber's loss, by iteratively reweighted least squares.

        minimize Σ ρ(y - ŷ)
        ρ(e) = e² / 2 if |e| ≤ threshold, else threshold · (|e| - threshold / 2)

    The threshold has the unit of y. Raises ValueError if the rounds don't converge.
    Source: Huber, Annals of Mathematical Statistics 35 (1964).
    """
    # Beside a large level residuals would be rounded; a wild sample moves no median.
    X_level, y_level = np.median(X, axis=0), np.median(y, axis=0)
    U, v = X - X_level, y - y_level
    residual = v - predict(U, *least_squares(U, v))
    for _ in range(MAX_ROUNDS):
        # e² times threshold / |e| has the slope of threshold · |e|.
        sample_weights = threshold / np.maximum(abs(residual), threshold)
        W, b = weighted_least_squares(U, v, sample_weights)
        before, residual = residual, v - predict(U, W, b)
        if np.max(abs(residual - before)) <= 1e-9 * threshold:
            return W, b + y_level - X_level @ W
    refuse_unconverged(threshold)
