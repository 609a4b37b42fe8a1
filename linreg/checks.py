"""Checks at the door: annotations say what a function takes, `checked` holds calls to it.

In a shape a letter stands for one size within a call: N rows, M other rows, D features.
"""

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import wraps
from inspect import signature
from typing import Annotated, Any, ParamSpec, TypeVar, get_type_hints

import numpy as np
from numpy.typing import NDArray

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
History = dict[str, list[float]]

# Inside `descent` all arrays have been checked, and calls go straight through.
CHECKED = ContextVar("CHECKED", default=False)
FLOAT64 = np.dtype(np.float64)


def as_count(name: str, value: Any) -> int:
    """Take a whole number from 1 up, NumPy's too, as an int that can't overflow.

    Raises TypeError for what is not an integer, ValueError for one below 1.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(
            f"{name} is {value!r}, not a whole number: try an int such as 100"
        )
    if value < 1:
        raise ValueError(f"{name} is {value}, but must be at least 1")
    return int(value)


def as_positive(name: str, value: Any) -> float:
    """Take a finite number above zero, of any precision, as a float64.

    Raises TypeError for what is not a number, ValueError for a number out of range.
    """
    numbers = (int, float, np.integer, np.floating)
    if isinstance(value, bool) or not isinstance(value, numbers):
        raise TypeError(f"{name} is {value!r}, not a number: try a float such as 0.1")
    if not math.ulp(0.0) <= value <= sys.float_info.max:
        raise ValueError(f"{name} is {value}, but must be positive and finite")
    return float(value)


def as_level(name: str, value: Any) -> float:
    """Take a share between 0 and 1. Raises as as_positive does, and for 1 or more."""
    level = as_positive(name, value)
    if level >= 1:
        raise ValueError(f"{name} is {value}, but must be below 1: try 0.95")
    return level


def as_rng(name: str, value: Any) -> np.random.RandomState:
    """Take a random generator. Raises TypeError for anything else, a bare seed too."""
    if not isinstance(value, np.random.RandomState):
        kind = type(value).__name__
        raise TypeError(f"{name} is a {kind}: try np.random.RandomState(1234)")
    return value


def as_scales(name: str, value: np.ndarray) -> np.ndarray:
    """Take standard deviations. Raises ValueError unless all are positive."""
    if (value <= 0).any():
        raise ValueError(
            f"{name} is {value}, but must be positive: try mean_and_std(X_train)"
        )
    return value


Array = NDArray[np.float64]
Inputs = Annotated[Array, "N D"]
Targets = Annotated[Array, "N 1"]
NewInputs = Annotated[Array, "M D"]
NewTargets = Annotated[Array, "M 1"]
Weights = Annotated[Array, "D 1"]
Bias = Annotated[Array, "1"]
Means = Annotated[Array, "D"]
Scales = Annotated[Array, "D", as_scales]
TargetMean = Annotated[Array, "1"]
TargetScale = Annotated[Array, "1", as_scales]
Square = Annotated[Array, "K K"]
Count = Annotated[int, as_count]
Positive = Annotated[float, as_positive]
Level = Annotated[float, as_level]
Rng = Annotated[np.random.RandomState, as_rng]


def is_finite(value: Any) -> bool:
    """Look for NaN and infinity; only if the squares overflow, value by value."""
    return math.isfinite(np.vdot(value, value)) or bool(np.isfinite(value).all())


def to_float64(name: str, value: Any) -> str:
    """Write the code that makes float64 of a value and loses nothing in silence."""
    parts = value if isinstance(value, (list, tuple)) else ()
    if any(isinstance(part, np.ma.MaskedArray) for part in (value, *parts)):
        return f"np.ma.array({name}, dtype=float).filled(np.nan)"
    if hasattr(value, "toarray"):  # sparse
        return f"{name}.toarray()"
    if hasattr(value, "detach"):  # a tensor
        return f"{name}.detach().cpu().double().numpy()"
    kind, array = "", name if isinstance(value, np.ndarray) else f"np.array({name})"
    with suppress(ValueError):  # rows of different lengths
        kind = np.asarray(value).dtype.kind
    if kind == "M":  # as a float a missing time would be a number like any other
        return f"({array} - {array}[0]) / np.timedelta64(1, 's')"
    if kind == "m":
        return f"{array} / np.timedelta64(1, 's')"
    if kind == "c":
        return f"np.hstack([{array}.real, {array}.imag])"
    if type(value) is np.ndarray:
        return f"{name}.astype(float)"
    return f"np.array({name}, dtype=float)"


def check_array(
    name: str, array: Any, shape: tuple[str, ...], sizes: dict[str, tuple[int, str]]
) -> None:
    """Refuse anything but a NumPy array of finite float64 numbers in the right shape.

    `sizes` holds the size of each letter, and the argument that it comes from.
    Raises TypeError for another type, ValueError if misshapen, empty, NaN or infinite.
    """
    if type(array) is not np.ndarray:
        kind, fix = type(array).__name__, to_float64(name, array)
        raise TypeError(f"{name} is a {kind}, not a NumPy array: try {fix}")
    if array.dtype != FLOAT64:
        fix = to_float64(name, array)
        raise TypeError(f"{name} holds {array.dtype}, not float64: try {fix}")
    if array.size == 0:
        raise ValueError(
            f"{name} is empty, shape {array.shape}: it needs at least one number"
        )
    if array.ndim != 2 == len(shape):
        columns = "-1, 1" if array.ndim < 2 else f"{len(array)}, -1"
        raise ValueError(
            f"{name} has shape {array.shape}, but needs rows and columns: "
            f"try {name}.reshape({columns})"
        )
    for letter, size in zip(shape, (*array.shape, 1), strict=False):
        known, owner = sizes.setdefault(letter, (size, name))
        if known != size and letter in "NM" and array.ndim == len(shape):
            raise ValueError(
                f"{owner} has {known} rows but {name} has {size}: "
                f"each sample needs one row in both"
            )
    needed = tuple([sizes[letter][0] for letter in shape])
    if array.shape != needed:
        raise ValueError(f"{name} has shape {array.shape}, but must be {needed} here")
    if not is_finite(array):
        row = np.argwhere(~np.isfinite(array))[0][0]
        raise ValueError(
            f"{name} has NaN or infinity in row {row}: remove or replace it"
        )


def check_result(name: str, result: Any) -> None:
    """Refuse to hand on a result with NaN or infinity. Raises FloatingPointError."""
    if not is_finite(result):
        raise FloatingPointError(
            f"{name} is too large for float64: rescale the data, "
            f"for example by choosing other units"
        )


def checked(
    *results: str,
) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Hold calls of a function to its annotations, and its results to being finite.

    `results` are the names of what the function returns, for errors.
    """

    def decorate(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        body: Callable[..., Any] = function
        names = tuple(signature(body).parameters)
        hints = get_type_hints(body, include_extras=True)
        rules: list[tuple[str, Any]] = [
            (name, tuple(mark.split()) if isinstance(mark, str) else mark)
            for name in names
            for mark in getattr(hints.get(name), "__metadata__", ())
        ]
        rules.sort(
            key=lambda rule: rule[1] in (("M", "D"), ("M", "1"))
        )  # new rows last

        @wraps(body)
        def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            if CHECKED.get():
                return function(*args, **kwargs)
            named: dict[str, Any] = dict(zip(names, args, strict=False)) | kwargs
            if len(named) < len(args) + len(kwargs):
                return function(*args, **kwargs)  # Python says which one is too many
            sizes = {"1": (1, "")}
            with np.errstate(over="ignore", invalid="ignore"):  # errors, not warnings
                for name, rule in rules:
                    if name in named and type(rule) is tuple:
                        check_array(name, named[name], rule, sizes)
                    elif name in named:
                        named[name] = rule(name, named[name])
                value: Result = body(**named)
                several: Any = value if len(results) > 1 else (value,)
                for name, result in zip(results, several, strict=False):
                    check_result(name, result)
            return value

        return call

    return decorate


def refuse_divergence(history: History, learning_rate: float, limit: float) -> None:
    """Raise FloatingPointError unless the last loss is finite and within the limit."""
    start, loss = history["train"][0], history["train"][-1]
    check_result("loss", start)  # before any step the data is at fault
    if not loss <= limit:
        raise FloatingPointError(
            f"training diverged at epoch {len(history['train']) - 1}: the loss rose "
            f"from {start:.3g} to {loss:.3g}; try a smaller learning_rate than "
            f"{learning_rate:g}, or standardize X"
        )
    check_result("loss on X_val", history["val"][-1])


@contextmanager
def descent(
    history: History, learning_rate: float, y: np.ndarray | None = None
) -> Iterator[None]:
    """Hold an epoch of training on checked arrays to finite losses.

    With y, the targets, the loss must not rise above its start by more than rounding,
    as it never does in full-batch gradient descent at a stable learning rate.
    Raises FloatingPointError if training diverged.
    """
    before = CHECKED.set(True)
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # errors, not warnings
            yield
    finally:
        CHECKED.reset(before)
    limit, start = sys.float_info.max, history["train"][0]
    if y is not None and not history["train"][-1] <= start < math.inf:
        rounding = 1e-9 * start**0.5 + 1e-12 * float(np.linalg.norm(y)) / len(y) ** 0.5
        limit = (start**0.5 + rounding) ** 2
    refuse_divergence(history, learning_rate, limit)


def refuse_too_few_rows(num_rows: int, num_features: int, bias: int = 1) -> None:
    """Raise ValueError unless there are as many rows as weights, and one for a bias."""
    if num_rows < num_features + bias:
        raise ValueError(
            f"{num_rows} rows are too few for {num_features} weights"
            f"{' and a bias' * bias}: add rows, drop columns, or use ridge"
        )


def refuse_no_sample_left(num_rows: int, num_features: int, bias: int = 1) -> None:
    """Raise ValueError unless there are more rows than weights, and one for a bias."""
    if num_rows <= num_features + bias:
        raise ValueError(
            f"{num_rows} rows are all used up by {num_features} weights"
            f"{' and a bias' * bias}: add rows"
        )
