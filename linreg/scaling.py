"""Put features on one scale, and take what was learned back to the data's units."""

import numpy as np

from linreg.checks import check_matrices, check_results, check_shape


def mean_and_std(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Measure where each column lies and how far it spreads.

        μ = Σx / N
        σ² = Σ(x - μ)² / N

    Shapes: X (N, D); mean and std (D,), in the units of X.
    Raises ValueError for a column that does not vary.
    """
    check_matrices(X=X)
    with np.errstate(over="ignore", invalid="ignore"):  # reported below
        mean, std = X.mean(axis=0), X.std(axis=0)
    constant = np.flatnonzero((X.max(axis=0) == X.min(axis=0)) | (std == 0))
    if constant.size:
        column = constant[0]
        raise ValueError(
            f"column {column} does not vary (every row is {X[0, column]:g}), "
            f"so it has no scale: drop it, or give it more rows"
        )
    check_results(mean=mean, std=std)
    return mean, std


def check_scale(size: int, **scales: np.ndarray) -> None:
    """Refuse a standard deviation that is not one positive number for each column.

    Raises what `check_shape` does, and ValueError for a number that is not positive.
    """
    check_shape((size,), **scales)
    for name, scale in scales.items():
        if (scale <= 0).any():
            raise ValueError(
                f"{name} is {scale}, but must be positive: try mean_and_std(X_train)"
            )


def standardize(X: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """Measure each value in standard deviations from the mean.

        z = (x - μ) / σ

    Shapes: X (N, D), mean and std (D,), result (N, D) without units.
    """
    check_matrices(X=X)
    check_shape((X.shape[1],), mean=mean)
    check_scale(X.shape[1], std=std)
    Z: np.ndarray = (X - mean) / std
    check_results(Z=Z)
    return Z


def unstandardize(Z: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """Undo standardize.

        x = μ + σz

    Shapes: Z (N, D), mean and std (D,), result (N, D) in the units of mean and std.
    """
    check_matrices(Z=Z)
    check_shape((Z.shape[1],), mean=mean)
    check_scale(Z.shape[1], std=std)
    X: np.ndarray = mean + std * Z
    check_results(X=X)
    return X


def unstandardize_weights(
    W: np.ndarray,
    b: np.ndarray,
    X_mean: np.ndarray,
    X_std: np.ndarray,
    y_mean: np.ndarray,
    y_std: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Rewrite a line fitted to standardized data in the data's own units.

        W' = W · σ_y / σ_X
        b' = μ_y + σ_y · b - μ_X W'

    Shapes: X_mean and X_std (D,), y_mean and y_std (1,);
    W and W' (D, 1), b and b' (1,).
    """
    check_matrices(W=W)
    check_shape((len(W), 1), W=W)
    check_shape((len(W),), X_mean=X_mean)
    check_shape((1,), b=b, y_mean=y_mean)
    check_scale(len(W), X_std=X_std)
    check_scale(1, y_std=y_std)
    W_unscaled = W * y_std / X_std.reshape(-1, 1)
    b_unscaled = y_mean + y_std * b - X_mean @ W_unscaled
    check_results(W_unscaled=W_unscaled, b_unscaled=b_unscaled)
    return W_unscaled, b_unscaled
