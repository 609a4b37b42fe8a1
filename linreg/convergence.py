"""When gradient descent converges, how fast, and when it diverges: curvature decides."""

import numpy as np

from linreg.checks import Inputs, Means, Positive, Square, checked


@checked("H")
def curvature(X: Inputs) -> Square:
    """Hessian of the mean squared error: its second derivatives by W and b.

        H = 2/N · AᵀA, A = [X, 1]

    It does not depend on y. Shape: H (D + 1, D + 1), the bias last.
    """
    A = np.hstack([X, np.ones((len(X), 1))])  # (N, D + 1)
    return 2 / len(X) * (A.T @ A)


@checked("rate")
def largest_stable_rate(X: Inputs) -> float:
    """Learning rate above which gradient descent diverges.

        α_max = 2 / κ_max

    κ_max is the largest curvature, that is, the largest eigenvalue of H.
    """
    return float(2 / np.linalg.eigvalsh(curvature(X))[-1])


@checked("factors")
def contraction_factors(X: Inputs, learning_rate: Positive) -> Means:
    """Factors by which one step of gradient descent shrinks the error of the weights.

        1 - ακ

    One for each eigenvector of H, from the flattest direction to the steepest.
    A negative factor overshoots the minimum; beyond ±1 gradient descent diverges.
    Shape: (D + 1,).
    """
    return np.asarray(1 - learning_rate * np.linalg.eigvalsh(curvature(X)))
