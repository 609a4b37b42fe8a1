"""When gradient descent arrives, how fast, and when it flies apart: curvature decides."""

import numpy as np

from linreg.checks import check_matrices, check_positive, check_results


def curvature(X: np.ndarray) -> np.ndarray:
    """Measure how steeply the loss curves in every direction.

        H = 2/N · AᵀA, A = [X, 1]

    H is the matrix of second derivatives (Hessian) by W and b; it does not depend on y.
    Shapes: X (N, D); H (D + 1, D + 1), the bias last.
    """
    check_matrices(X=X)
    A = np.hstack([X, np.ones((len(X), 1))])  # (N, D + 1)
    H: np.ndarray = 2 / len(X) * (A.T @ A)
    check_results(H=H)
    return H


def largest_stable_rate(X: np.ndarray) -> float:
    """Find the learning rate above which gradient descent diverges.

        α_max = 2 / κ_max

    κ_max is the largest curvature, that is, the largest eigenvalue of H.
    """
    return float(2 / np.linalg.eigvalsh(curvature(X))[-1])


def contraction_factors(X: np.ndarray, learning_rate: float) -> np.ndarray:
    """Say what one step leaves of the distance to the best weights.

        1 - ακ

    One factor for each principal direction of H, from the flattest to the steepest.
    Negative steps over the valley; beyond ±1 gradient descent diverges.
    Shapes: X (N, D); result (D + 1,).
    """
    check_positive(learning_rate=learning_rate)
    factors: np.ndarray = 1 - learning_rate * np.linalg.eigvalsh(curvature(X))
    check_results(factors=factors)
    return factors
