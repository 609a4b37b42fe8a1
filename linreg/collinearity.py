"""How much less is known of a coefficient whose feature others can predict."""

import numpy as np

from linreg.checks import Array, Inputs, checked, refuse_too_few_rows
from linreg.closed_form import refuse_collinear, triangle
from linreg.scaling import binary_unit, centre


@checked("vif")
def variance_inflation(X: Inputs) -> Array:
    """Variance inflation factors of the features, VIF_j = 1 / (1 - R_j²).

    R_j² is the share of the variance of feature j that the other features explain. The
    factor is also Σ(x_j - x̄_j)² times entry j, j of (XᵀX)⁻¹, where X is centred.
    Raises ValueError if a feature is collinear with others.
    Source: Marquardt, Technometrics 12 (1970).
    """
    refuse_too_few_rows(*X.shape)
    X = X / binary_unit(X)  # the factors have no units
    R = triangle(centre(X))
    refuse_collinear(X, R)
    vif: Array = np.sum(R**2, axis=0) * np.sum(np.linalg.inv(R) ** 2, axis=1)
    return vif
