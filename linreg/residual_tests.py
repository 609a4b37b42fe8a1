"""Tests of what least squares assumes, by its residuals: a line, one spread, no memory."""

import numpy as np
from scipy.special import chdtrc, fdtrc

from linreg.checks import Array, Bias, Inputs, Targets, Weights, checked
from linreg.closed_form import least_squares, triangle
from linreg.feature_coding import given_by_others
from linreg.scaling import EPSILON, centre, is_constant, root_sum_of_squares
from linreg.scratch import predict
from linreg.uncertainty import centred_residuals, r_squared


@checked("F", "p")
def reset_test(X: Inputs, y: Targets) -> tuple[float, float]:
    """RESET, the F test of whether squares and cubes of ŷ explain what the line leaves.

        F = (SSE without them - SSE with them) / 2 / s²

    SSE is the sum of squared residuals, s that of noise_std with them.
    Returns F = 0 and p = 1 where these powers are mixtures of the columns of X.
    Source: Ramsey, Journal of the Royal Statistical Society B 31 (1969).
    """
    y_pred = predict(X, *least_squares(X, y))
    z = (y_pred - y_pred.mean()) / max(abs(y_pred - y_pred.mean()).max(), 1e-300)
    A = np.hstack([X, z**2, z**3])
    A = A[:, ~given_by_others(A)]
    num_powers, freedom = A.shape[1] - X.shape[1], len(A) - A.shape[1] - 1
    if num_powers < 1 or freedom < 1:
        return 0.0, 1.0
    parts = triangle(centre(np.hstack([A, y])))[:, -1]
    left = max(abs(parts[-1]), EPSILON * np.linalg.norm(parts))  # at least rounding
    gained = float(np.sum((parts[X.shape[1] : -1] / left) ** 2))
    F = gained / num_powers * freedom
    return F, float(fdtrc(num_powers, freedom, F))


def lagrange_multiplier(A: Array, target: Array, freedom: int) -> tuple[float, float]:
    """N R² of a regression on columns A, and its p-value with χ² of some freedom.

    0 and 1 if the target does not vary.
    """
    if is_constant(target)[0]:
        return 0.0, 1.0
    kept = A[:, ~given_by_others(A)]
    share = r_squared(predict(kept, *least_squares(kept, target)), target)
    return len(A) * share, float(chdtrc(freedom, len(A) * share))


@checked("LM", "p")
def koenker_test(X: Inputs, y: Targets, W: Weights, b: Bias) -> tuple[float, float]:
    """Koenker's form of the Breusch-Pagan test: do features explain squared residuals e²?

        LM = N R²
        p = P(χ² distribution with D degrees of freedom ≥ LM)

    R² is that of a regression of e² on X. The noise need not be normal.
    Source: Koenker, Journal of Econometrics 17 (1981).
    """
    residual = centred_residuals(X, y, W, b)
    largest = abs(residual).max() or 1.0
    return lagrange_multiplier(X, (residual / largest) ** 2, X.shape[1])


@checked("LM", "p")
def breusch_godfrey_test(
    X: Inputs, y: Targets, W: Weights, b: Bias
) -> tuple[float, float]:
    """Breusch-Godfrey test: does a residual follow from that of the row before?

        LM = N R²
        p = P(χ² distribution with 1 degree of freedom ≥ LM)

    R² is that of a regression of e on X and the e of the row before, which counts as
    zero before the first row.
    Source: Breusch, Australian Economic Papers 17 (1978); Godfrey, Econometrica 46 (1978).
    """
    residual = centred_residuals(X, y, W, b)
    before = np.vstack([np.zeros((1, 1)), residual[:-1]])
    return lagrange_multiplier(np.hstack([X, before]), residual, 1)


@checked("d")
def durbin_watson(residual: Targets) -> float:
    """Durbin-Watson statistic: near 2 without memory, near 0 if neighbours are alike.

        d = Σ (e_t - e_{t-1})² / Σ e²

    Raises ValueError for a single residual, or if all are zero.
    Source: Durbin and Watson, Biometrika 37 (1950).
    """
    if len(residual) < 2 or not residual.any():
        raise ValueError(
            "memory shows only in two residuals or more, not all of them 0"
        )
    steps, size = (
        root_sum_of_squares(np.diff(residual, axis=0)),
        root_sum_of_squares(residual),
    )
    return (steps / size) ** 2
