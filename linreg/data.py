"""Make the lesson's data and split it into train, validation and test sets."""

import math

import numpy as np

from linreg.checks import Count, Inputs, Positive, Rng, Targets, checked

SEED = 1234
NUM_SAMPLES = 50
SLOPE = 3.5
NOISE_LOW = -10.0
NOISE_HIGH = 20.0
TRAIN_SIZE = 0.70
VAL_SIZE = 0.15
TEST_SIZE = 0.15


@checked("X", "y")
def generate_data(num_samples: Count, rng: Rng) -> tuple[Inputs, Targets]:
    """Draw points that scatter around a line, y = SLOPE · X + noise.

    The noise is uniform between NOISE_LOW and NOISE_HIGH, in the units of y.
    X is the numbers 0, 1, 2, ...; X and y have shape (num_samples, 1).
    """
    X = np.arange(num_samples, dtype=float).reshape(-1, 1)
    noise = rng.uniform(NOISE_LOW, NOISE_HIGH, size=(num_samples, 1))
    y = SLOPE * X + noise
    return X, y


def refuse_other_sum(total: float) -> None:
    """Raise ValueError unless the fractions of a split sum to 1."""
    if not math.isclose(total, 1):
        raise ValueError(
            f"train_size, val_size and test_size sum to {total:.12g}, but must sum to 1"
        )


def refuse_empty(**sets: list[int]) -> None:
    """Raise ValueError if one of the sets of a split has no rows."""
    num_rows = sum(map(len, sets.values()))
    for name, rows in sets.items():
        if not rows:
            raise ValueError(
                f"the {name} set is empty: {num_rows} rows are too few for "
                f"{name}_size, so add rows or make {name}_size larger"
            )


@checked()
def train_val_test_split(
    X: Inputs,
    y: Targets,
    train_size: Positive,
    val_size: Positive,
    test_size: Positive,
    rng: Rng,
) -> tuple[Inputs, Inputs, Inputs, Targets, Targets, Targets]:
    """Shuffle the rows and cut them in three: to train on, to tune on, to test on once.

    The sizes are fractions of the N rows and sum to 1; a cut that falls within a row is
    rounded down. Returns X_train, X_val, X_test, y_train, y_val, y_test.
    Raises ValueError if the fractions don't sum to 1 or leave a set empty.
    """
    refuse_other_sum(train_size + val_size + test_size)
    indices = list(range(len(X)))
    rng.shuffle(indices)
    # 0.29 * 100 is 28.999999999999996; the small number keeps that row.
    train_end = math.floor(train_size * len(X) + 1e-9)
    val_end = math.floor((train_size + val_size) * len(X) + 1e-9)
    train, val = indices[:train_end], indices[train_end:val_end]
    test = indices[val_end:]
    refuse_empty(train=train, val=val, test=test)
    return X[train], X[val], X[test], y[train], y[val], y[test]
