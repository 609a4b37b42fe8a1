"""How sure we are of a fitted line, provided that the noise has one spread everywhere."""

import numpy as np
from scipy.special import stdtrit

from linreg.checks import check_matrices, check_positive, check_results, check_shape
from linreg.closed_form import triangle
from linreg.scratch import predict


def r_squared(y_pred: np.ndarray, y: np.ndarray) -> float:
    """Say which share of the variance of y is explained.

        R² = 1 - Σ(y - ŷ)² / Σ(y - ȳ)²

    Shapes: ŷ and y (N, 1).
    Raises ValueError if y does not vary.
    """
    check_matrices(y_pred=y_pred, y=y)
    check_shape((len(y), 1), y_pred=y_pred, y=y)
    missed, total = np.sum((y - y_pred) ** 2), np.sum((y - y.mean()) ** 2)
    if y.max() == y.min() or total == 0:
        raise ValueError("y does not vary, so there is no variance to explain")
    share = float(1 - missed / total)
    check_results(total=total, share=share)
    return share


def noise_std(X: np.ndarray, y: np.ndarray, W: np.ndarray, b: np.ndarray) -> float:
    """Estimate the spread of the noise from what the line misses.

        s² = Σ(y - ŷ)² / (N - D - 1)

    One sample less for each number that was fitted: they have bent the line toward
    the noise.
    Shapes: X (N, D), y (N, 1), W (D, 1), b (1,).
    Raises ValueError if no sample is left.
    """
    check_matrices(X=X, y=y)
    check_shape((len(X), 1), y=y)
    missed = np.sum((y - predict(X, W, b)) ** 2)
    s = float(np.sqrt(missed / degrees_of_freedom(X)))
    check_results(s=s)
    return s


def degrees_of_freedom(X: np.ndarray) -> int:
    """Count the samples beyond those that D weights and a bias use up: N - D - 1.

    Raises ValueError if no sample is left.
    """
    check_matrices(X=X)
    left: int = len(X) - X.shape[1] - 1
    if left < 1:
        raise ValueError(
            f"{len(X)} rows are all used up by {X.shape[1]} weights and a bias: add rows"
        )
    return left


def leverage(X_new: np.ndarray, X: np.ndarray) -> np.ndarray:
    """Measure how far out rows lie.

        h = 1/N + (x - x̄)(XᵀX)⁻¹(x - x̄)ᵀ

    Here X is centred. If the rows belong to X, h is their pull on their own prediction.
    Shapes: X_new (M, D), X (N, D); h (M,).
    Raises ValueError if a column follows from others.
    """
    check_matrices(X_new=X_new)
    check_matrices(X=X)
    check_shape((len(X_new), X.shape[1]), X_new=X_new)
    X_mean = X.mean(axis=0)
    R = triangle(X, X.shape[1])  # (D, D)
    distances = (X_new - X_mean) @ np.linalg.inv(R)  # (M, D)
    h: np.ndarray = 1 / len(X) + np.sum(distances**2, axis=1)
    check_results(h=h)
    return h


def standard_errors(
    X: np.ndarray, y: np.ndarray, W: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Say how far weights scatter from sample to sample.

        s √(diag((XᵀX)⁻¹))

    Here X is centred. The bias is the prediction at X = 0, so its standard error is
    s √h there.
    Shapes: X (N, D), y (N, 1), W (D, 1), b (1,); the results like W and b.
    """
    s = noise_std(X, y, W, b)
    R = triangle(X, X.shape[1])  # (D, D)
    W_error = s * np.hypot.reduce(np.linalg.inv(R), axis=1).reshape(-1, 1)
    b_error = s * np.sqrt(leverage(np.zeros((1, X.shape[1])), X))
    check_results(W_error=W_error, b_error=b_error)
    return W_error, b_error


def critical_value(X: np.ndarray, level: float) -> float:
    """Say how many standard errors to go each way: the t quantile of N - D - 1 degrees.

    The level is a share, such as 0.95. Source: Student, Biometrika 6 (1908).
    Raises ValueError for a level that is not between 0 and 1.
    """
    check_positive(level=level)
    if level >= 1:
        raise ValueError(f"level is {level}, but must be below 1: try 0.95")
    return -float(stdtrit(degrees_of_freedom(X), (1 - level) / 2))


def confidence_intervals(
    X: np.ndarray, y: np.ndarray, W: np.ndarray, b: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Bracket each weight and the bias by t standard errors.

        W ± t · W_error
        b ± t · b_error

    Shapes: X (N, D), y (N, 1), W (D, 1), b (1,); results (D, 2) and (2,): low, high.
    """
    W_error, b_error = standard_errors(X, y, W, b)
    t = critical_value(X, level)
    W_interval = np.hstack([W - t * W_error, W + t * W_error])
    b_interval = np.hstack([b - t * b_error, b + t * b_error])
    check_results(W_interval=W_interval, b_interval=b_interval)
    return W_interval, b_interval


def prediction_intervals(
    X_new: np.ndarray,
    X: np.ndarray,
    y: np.ndarray,
    W: np.ndarray,
    b: np.ndarray,
    level: float,
) -> np.ndarray:
    """Bracket one new measurement at each row.

        ŷ ± t · s √(1 + h)

    The 1 stands for the noise of the measurement, h for our doubt about the line.
    Shapes: X_new (M, D), X (N, D), y (N, 1), W (D, 1), b (1,); result (M, 2): low, high.
    """
    h = leverage(X_new, X).reshape(-1, 1)  # (M, 1)
    reach = critical_value(X, level) * noise_std(X, y, W, b) * np.sqrt(1 + h)
    y_pred = predict(X_new, W, b)
    interval = np.hstack([y_pred - reach, y_pred + reach])
    check_results(interval=interval)
    return interval


def standardized_residuals(
    X: np.ndarray, y: np.ndarray, W: np.ndarray, b: np.ndarray
) -> np.ndarray:
    """Put all residuals on one scale.

        (y - ŷ) / (s √(1 - h))

    A far-out sample pulls the line toward itself; √(1 - h) makes up for that.
    Shapes: X (N, D), y (N, 1), W (D, 1), b (1,); result (N, 1).
    Raises ValueError if the line has no choice but to go through a sample.
    """
    s = noise_std(X, y, W, b)
    h = leverage(X, X).reshape(-1, 1)
    pinned = np.flatnonzero(h > 1 - 1e-10)
    if pinned.size:
        raise ValueError(
            f"row {pinned[0]} fixes a weight by itself, so it has no residual: "
            f"drop it, or drop the column that only it varies in"
        )
    size = np.max(abs(X) @ abs(W) + abs(b))
    if s <= 100 * np.finfo(float).eps * size:  # rounding, no noise
        raise ValueError("the line goes through every sample: there are no residuals")
    residuals: np.ndarray = (y - predict(X, W, b)) / (s * np.sqrt(1 - h))
    return residuals
