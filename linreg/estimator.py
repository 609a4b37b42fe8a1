"""The model from scratch as a scikit-learn estimator, for pipelines and searches."""

import warnings
from importlib.util import find_spec
from typing import Any, Self

import numpy as np

if find_spec("sklearn") is None:
    raise ModuleNotFoundError(
        'linreg.estimator needs scikit-learn: pip install "linreg[lessons]"'
    )
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted, validate_data

from linreg.checks import Array, to_float64
from linreg.convergence import curvature
from linreg.scaling import is_constant, mean_and_std, standardize, unstandardize_weights
from linreg.scratch import LEARNING_RATE, NUM_EPOCHS, gradients, predict, train

TOLERANCE = 0.01  # of a weight, where X and y are standardized


def refuse_lossy(**values: Any) -> None:
    """Raise TypeError for what scikit-learn would turn into wrong numbers in silence."""
    for name, value in values.items():
        fix = to_float64(name, value)
        lossy = "np.ma." in fix or "timedelta64" in fix  # masked values, missing times
        if lossy or getattr(value, "requires_grad", False):
            raise TypeError(f"{name} would lose what its type says: try {fix}")


def warn_if_not_converged(distance: float, num_epochs: int) -> None:
    """Warn if some weight is not close to that of least squares."""
    if distance > TOLERANCE:
        warnings.warn(
            f"after {num_epochs} epochs a standardized weight is still {distance:.2g} "
            f"from least squares: it has not converged, so increase num_epochs or "
            f"learning_rate, or drop collinear columns",
            ConvergenceWarning,
            stacklevel=3,
        )


def standardize_varying(X: Array) -> tuple[Array, Array, Array]:
    """Standardize columns; a constant column, which teaches nothing, becomes zero.

    Shapes: X (N, D); result Z (N, D), and mean and std (D,), of a constant itself and 1.
    """
    varying = ~is_constant(X)
    mean, std, Z = X[0].copy(), np.ones(X.shape[1]), np.zeros(X.shape)
    if varying.any():
        mean[varying], std[varying] = mean_and_std(X[:, varying])
        Z[:, varying] = standardize(X[:, varying], mean[varying], std[varying])
    return Z, mean, std


class GradientDescentRegressor(RegressorMixin, BaseEstimator):
    """Linear regression by gradient descent, in the form that scikit-learn expects.

    Standardizes X and y by itself, so any units will do, and starts at zero.
    After fit: coef_ (D,), intercept_, n_iter_, the number of epochs, and history_, the
    losses as train returns them.
    """

    def __init__(
        self, learning_rate: float = LEARNING_RATE, num_epochs: int = NUM_EPOCHS
    ) -> None:
        self.learning_rate = learning_rate
        self.num_epochs = num_epochs

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Learn W and b from X (N, D) and y (N,).

        Warns with ConvergenceWarning if the last gradient, divided by the curvature,
        leaves a weight away from least squares.
        Raises FloatingPointError if the learning rate is too large for the data.
        """
        refuse_lossy(X=X, y=y)
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        Z, *X_scale = standardize_varying(X)
        target, *y_scale = standardize_varying(y.astype(float).reshape(-1, 1))
        W, b = np.zeros((X.shape[1], 1)), np.zeros(1)
        W, b, self.history_ = train(
            Z, target, Z, target, W, b, self.learning_rate, self.num_epochs
        )
        self.n_iter_ = len(self.history_["train"]) - 1
        dW, _ = gradients(Z, predict(Z, W, b), target)
        step = np.linalg.lstsq(curvature(Z)[:-1, :-1], dW, rcond=None)[0]
        warn_if_not_converged(abs(step).max(), self.n_iter_)
        W, b = unstandardize_weights(W, b, *X_scale, *y_scale)
        self.coef_, self.intercept_ = W.ravel(), b.item()
        return self

    def predict(self, X: np.ndarray) -> Array:
        """Predict for X (N, D); returns (N,)."""
        check_is_fitted(self)
        refuse_lossy(X=X)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        W, b = np.array(self.coef_).reshape(-1, 1), np.array([self.intercept_])
        return predict(X, W, b).ravel()
