"""The model from scratch as a scikit-learn estimator, for pipelines and searches."""

import warnings
from typing import Self

import numpy as np

from linreg.checks import Inputs, Targets, check_result, checked, to_float64
from linreg.scaling import is_constant, mean_and_std, standardize, unstandardize_weights
from linreg.scratch import LEARNING_RATE, NUM_EPOCHS, gradients, predict, train

try:
    from sklearn.base import BaseEstimator, RegressorMixin
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.utils.validation import check_is_fitted, validate_data
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        'linreg.estimator needs scikit-learn: pip install "linreg[lessons]"'
    ) from error

TOLERANCE = 1e-3  # of the gradient, where X and y are standardized


def refuse_masked(**arrays: object) -> None:
    """Raise TypeError for masked arrays: scikit-learn would uncover what is masked."""
    for name, array in arrays.items():
        if isinstance(array, np.ma.MaskedArray):
            fix = to_float64(name, array)
            raise TypeError(f"{name} has masked values, which are missing: try {fix}")


def warn_if_not_converged(slope: float, num_epochs: int) -> None:
    """Warn if the gradient that is left is not small."""
    if slope > TOLERANCE:
        warnings.warn(
            f"after {num_epochs} epochs the gradient is still {slope:.2g}, more than "
            f"{TOLERANCE:g}: the weights have not converged; increase num_epochs or "
            f"learning_rate, or drop collinear columns",
            ConvergenceWarning,
            stacklevel=3,
        )


class GradientDescentRegressor(RegressorMixin, BaseEstimator):
    """Linear regression by gradient descent, in the form that scikit-learn expects.

    Standardizes X and y by itself, so any units will do, and starts at zero.
    After fit: coef_ (D,), intercept_, n_iter_, the epochs that were run, and history_,
    the losses as train returns them.
    """

    def __init__(
        self, learning_rate: float = LEARNING_RATE, num_epochs: int = NUM_EPOCHS
    ) -> None:
        self.learning_rate = learning_rate
        self.num_epochs = num_epochs

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Learn W and b from X (N, D) and y (N,).

        Warns with ConvergenceWarning if the last gradient is not small.
        Raises FloatingPointError if the learning rate is too large for the data.
        """
        refuse_masked(X=X, y=y)
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        y = y.astype(float).reshape(-1, 1)
