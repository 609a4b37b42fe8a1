"""How much less is known of a coefficient whose feature others can predict."""

import numpy as np
from numpy.typing import NDArray

from linreg.checks import check_matrices
from linreg.closed_form import triangle


def variance_inflation(X: NDArray[np.float64]) -> NDArray[np.float64]:
    """Variance inflation factors of the features.

        VIF_j = 1 / (1 - R_j²) = Σ(x_j - x̄_j)² · [(XᵀX)⁻¹]_jj

    R_j² is the share of the variance of feature j that the other features explain; X is
    centred in the second form. Raises ValueError if a feature is collinear with others.
    Source: Marquardt, Technometrics 12 (1970).
    """
    check_matrices(X=X)
    R = triangle(X, X.shape[1])
    return np.sum(R**2, axis=0) * np.sum(np.linalg.inv(R) ** 2, axis=1)
