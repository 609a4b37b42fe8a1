"""Make the lesson's data and split it into train, validation and test sets."""

import math

import numpy as np

from linreg.checks import check_count, check_matrices, check_positive, check_rng

SEED = 1234
NUM_SAMPLES = 50
SLOPE = 3.5
NOISE_LOW = -10.0
NOISE_HIGH = 20.0
TRAIN_SIZE = 0.70
VAL_SIZE = 0.15
TEST_SIZE = 0.15


def generate_data(
    num_samples: int, rng: np.random.RandomState
) -> tuple[np.ndarray, np.ndarray]:
    """Draw points that scatter around a line.

        y = SLOPE · X + noise

    The noise is uniform between NOISE_LOW and NOISE_HIGH, in the units of y.
    Returns X, the numbers 0, 1, 2, ..., and y, both of shape (num_samples, 1).
    """
    check_count(num_samples=num_samples)
    check_rng(rng)
    X = np.arange(num_samples, dtype=float).reshape(-1, 1)
    noise = rng.uniform(NOISE_LOW, NOISE_HIGH, size=(num_samples, 1))
    y = SLOPE * X + noise
    return X, y


def train_val_test_split(
    X: np.ndarray,
    y: np.ndarray,
    train_size: float,
    val_size: float,
    test_size: float,
    rng: np.random.RandomState,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Shuffle the rows and cut them in three: to train on, to tune on, to test on once.

    The sizes are fractions of the N rows and sum to 1; a cut that falls within a row is
    rounded down. Returns X_train, X_val, X_test, y_train, y_val, y_test.
    Raises ValueError if the fractions don't sum to 1 or leave a set empty.
    """
    check_matrices(X=X, y=y)
    check_rng(rng)
    check_positive(train_size=train_size, val_size=val_size, test_size=test_size)
    total = train_size + val_size + test_size
    if not math.isclose(total, 1):
        raise ValueError(
            f"train_size, val_size and test_size sum to {total:.12g}, but must sum to 1"
        )
    indices = list(range(len(X)))
    rng.shuffle(indices)
    # 0.29 * 100 is 28.999999999999996; the small number keeps that row.
    train_end = math.floor(train_size * len(X) + 1e-9)
    val_end = math.floor((train_size + val_size) * len(X) + 1e-9)
    train = indices[:train_end]
    val = indices[train_end:val_end]
    test = indices[val_end:]
    for name, rows in {"train": train, "val": val, "test": test}.items():
        if not rows:
            raise ValueError(
                f"the {name} set is empty: {len(X)} rows are too few for {name}_size, "
                f"so add rows or make {name}_size larger"
            )
    return X[train], X[val], X[test], y[train], y[val], y[test]
