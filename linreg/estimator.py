"""The model from scratch as a scikit-learn estimator, for pipelines and searches."""

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from linreg.checks import check_results
from linreg.scaling import standardize, unstandardize_weights
from linreg.scratch import LEARNING_RATE, NUM_EPOCHS, predict, train


class GradientDescentRegressor(RegressorMixin, BaseEstimator):
    """Linear regression by gradient descent, in the form that scikit-learn expects.

    Standardizes X and y by itself, so any units will do, and starts at zero.
    After fit: coef_ (D,), intercept_, and history_, the losses as train returns them.
    """

    def __init__(
        self, learning_rate: float = LEARNING_RATE, num_epochs: int = NUM_EPOCHS
    ) -> None:
        self.learning_rate = learning_rate
        self.num_epochs = num_epochs

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Learn W and b from X (N, D) and y (N,).

        Raises FloatingPointError if the learning rate is too large for the data.
        """
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        y = y.astype(float).reshape(-1, 1)
        X_scale, y_scale = mean_and_spread(X), mean_and_spread(y)
        Z, target = standardize(X, *X_scale), standardize(y, *y_scale)
        start = np.zeros((X.shape[1], 1)), np.zeros(1)
        W, b, self.history_ = train(
            Z, target, Z, target, *start, self.learning_rate, self.num_epochs
        )
        W, b = unstandardize_weights(W, b, *X_scale, *y_scale)
        self.coef_, self.intercept_ = W.ravel(), b.item()
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Predict for X (N, D); returns (N,)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        y_pred: np.ndarray = predict(
            X, np.array(self.coef_).reshape(-1, 1), np.array([self.intercept_])
        )
        return y_pred.ravel()


def mean_and_spread(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Measure mean and standard deviation, but 1 for a constant, which teaches nothing.

    Shapes: X (N, D); mean and std (D,).
    """
    mean, std = X.mean(axis=0), X.std(axis=0)
    std[X.max(axis=0) == X.min(axis=0)] = 1
    check_results(mean=mean, std=std)
    return mean, std
