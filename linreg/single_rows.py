"""Single rows: how far each lies from the line, and how much it alone moves the line."""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri, stdtr

from linreg.checks import Array, Bias, Inputs, Targets, Weights, checked
from linreg.scaling import EPSILON
from linreg.scratch import predict
from linreg.uncertainty import leverage, standardized_residuals


@checked("distance")
def cooks_distance(X: Inputs, y: Targets, W: Weights, b: Bias) -> Array:
    """Cook's distance: how far all predictions move if a row is left out.

        r² h / (1 - h) / (D + 1)

    r are the standardized residuals, h the leverages. Shape: (N,).
    Source: Cook, Technometrics 19 (1977).
    """
    h = leverage(X, X)
    r = standardized_residuals(X, y, W, b)[:, 0]
    return np.asarray(r**2 * h / (1 - h) / (X.shape[1] + 1))


@checked("t", "p")
def outlier_test(X: Inputs, y: Targets, W: Weights, b: Bias) -> tuple[Array, Array]:
    """Test of each row: does the line of all others miss it by more than noise can be?

        t = r √((N - D - 2) / (N - D - 1 - r²))
        p = min(1, N P(|T| ≥ |t|))

    r are the standardized residuals, t the externally studentized ones, T of Student's t
    distribution with N - D - 2 degrees of freedom; N is Bonferroni's, as each row is
    tried. Returns t = 0 and p = 1 where the other rows leave no freedom. Shapes: (N,).
    Source: Beckman and Trussell, Journal of the American Statistical Association 69 (1974).
    """
    r = standardized_residuals(X, y, W, b)[:, 0]
    freedom = len(X) - X.shape[1] - 2
    if freedom < 1:
        return np.zeros(len(X)), np.ones(len(X))
    left = np.maximum(freedom + 1 - r**2, (freedom + 1) * EPSILON)  # at least rounding
    t = np.asarray(r * (freedom / left) ** 0.5)
    return t, np.minimum(1, 2 * len(X) * stdtr(freedom, -abs(t)))


class ResidualFacts(NamedTuple):
    """What plots of residuals show, a number for each row: shapes (N,)."""

    y_pred: Array
    standardized: Array
    quantile: Array  # that a normal residual of its rank would have
    leverage: Array
    distance: Array


@checked()
def residual_facts(X: Inputs, y: Targets, W: Weights, b: Bias) -> ResidualFacts:
    """Predictions, standardized residuals, normal quantiles, leverages, Cook's distances.

        quantile = Φ⁻¹((rank - 3/8) / (N + 1/4))

    Raises as standardized_residuals does.
    Source: Blom, Statistical Estimates and Transformed Beta-Variables (1958).
    """
    standardized = standardized_residuals(X, y, W, b)[:, 0]
    rank = np.argsort(np.argsort(standardized)) + 1
    quantile = np.asarray(ndtri((rank - 3 / 8) / (len(X) + 1 / 4)))
    y_pred, h = predict(X, W, b)[:, 0], leverage(X, X)
    distance = cooks_distance(X, y, W, b)
    return ResidualFacts(y_pred, standardized, quantile, h, distance)
