"""What every function asks of its input: an error names the problem and the fix."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

ASSUME_FINITE = ContextVar("ASSUME_FINITE", default=False)


@contextmanager
def assume_finite() -> Iterator[None]:
    """Spare arrays the search for NaN and infinity: for a loop whose arrays passed it.

    Results are still checked, so that nothing gets past.
    """
    before = ASSUME_FINITE.set(True)
    try:
        yield
    finally:
        ASSUME_FINITE.reset(before)


def check_array(name: str, array: np.ndarray) -> None:
    """Refuse anything but a NumPy array of finite float64 numbers.

    Raises TypeError for another type, ValueError if empty, NaN or infinite.
    """
    if type(array) is not np.ndarray:
        kind = type(array).__name__
        raise TypeError(
            f"{name} is a {kind}, not a NumPy array: try np.array({name}, dtype=float)"
        )
    if array.dtype != np.float64:
        raise TypeError(
            f"{name} holds {array.dtype}, not float64: try {name}.astype(float)"
        )
    if array.size == 0:
        raise ValueError(
            f"{name} is empty, shape {array.shape}: it needs at least one number"
        )
    if not ASSUME_FINITE.get() and not np.isfinite(array).all():
        row = np.argwhere(~np.isfinite(array))[0][:1]
        where = f" in row {row[0]}" if row.size else ""
        raise ValueError(f"{name} has NaN or infinity{where}: remove or replace it")


def check_matrices(**matrices: np.ndarray) -> None:
    """Refuse anything but matrices that have one row for each sample.

    Shapes: every matrix (N, its own number of columns), all with the same N.
    Raises what `check_array` does, and ValueError for other shapes.
    """
    for name, matrix in matrices.items():
        check_array(name, matrix)
        if matrix.ndim != 2:
            columns = "-1, 1" if matrix.ndim < 2 else f"{len(matrix)}, -1"
            raise ValueError(
                f"{name} has shape {matrix.shape}, but needs rows and columns: "
                f"try {name}.reshape({columns})"
            )
    first, *others = matrices
    for name in others:
        if len(matrices[name]) != len(matrices[first]):
            raise ValueError(
                f"{first} has {len(matrices[first])} rows but {name} has "
                f"{len(matrices[name])}: each sample needs one row in both"
            )


def check_shape(shape: tuple[int, ...], **arrays: np.ndarray) -> None:
    """Refuse an array whose shape is not exactly the one that the formula needs.

    Raises what `check_array` does, and ValueError for another shape.
    """
    for name, array in arrays.items():
        check_array(name, array)
        if array.shape != shape:
            raise ValueError(
                f"{name} has shape {array.shape}, but must be {shape} here"
            )


def check_positive(**values: float) -> None:
    """Refuse anything but finite numbers above zero.

    Raises TypeError for what is not a number, ValueError for a number out of range.
    """
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(
            value, (int, float, np.integer, np.floating)
        ):
            raise TypeError(
                f"{name} is {value!r}, not a number: try a float such as 0.1"
            )
        if not 0 < value <= np.finfo(float).max:
            raise ValueError(f"{name} is {value}, but must be positive and finite")


def check_count(**counts: int) -> None:
    """Refuse anything but whole numbers from 1 up.

    Raises TypeError for what is not an integer, ValueError for one below 1.
    """
    for name, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, (int, np.integer)):
            raise TypeError(
                f"{name} is {count!r}, not a whole number: try an int such as 100"
            )
        if count < 1:
            raise ValueError(f"{name} is {count}, but must be at least 1")


def check_rng(rng: np.random.RandomState) -> None:
    """Refuse anything but a random generator of its own.

    Raises TypeError for another type.
    """
    if not isinstance(rng, np.random.RandomState):
        kind = type(rng).__name__
        raise TypeError(f"rng is a {kind}: try np.random.RandomState(1234)")


def check_training(
    X_train: np.ndarray,
    y_train: np.ndarray,
    X_val: np.ndarray,
    y_val: np.ndarray,
    W: np.ndarray,
    b: np.ndarray,
    learning_rate: float,
    num_epochs: int,
) -> None:
    """Refuse what training cannot begin with.

    Shapes: X (N, D) and y (N, 1), for training and validation, W (D, 1), b (1,).
    Raises what the checks above raise, for the first argument that is wrong.
    """
    check_matrices(X_train=X_train, y_train=y_train)
    check_matrices(X_val=X_val, y_val=y_val)
    check_shape((len(X_val), X_train.shape[1]), X_val=X_val)
    check_shape((len(X_train), 1), y_train=y_train)
    check_shape((len(X_val), 1), y_val=y_val)
    check_shape((X_train.shape[1], 1), W=W)
    check_shape((1,), b=b)
    check_positive(learning_rate=learning_rate)
    check_count(num_epochs=num_epochs)


def check_results(**results: np.ndarray | float) -> None:
    """Refuse to hand on a result that is too large for float64.

    Raises FloatingPointError for NaN or infinity.
    """
    for name, result in results.items():
        if not np.isfinite(result).all():
            raise FloatingPointError(
                f"{name} is too large for float64: rescale the data, "
                f"for example with standardize"
            )
