"""What the tests share: data sets of any size, and input that must be refused.

A `bad_...` fixture runs its test once for each bad value. Every value comes with the
error that it deserves and the words that must name the problem and the fix.
"""

import os
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import settings

# A machine that is busy with other work is slow, not wrong: no deadline. The same few cases in
# every run, so that it says something about the change; new and many ones once a week.
settings.register_profile("linreg", deadline=None, max_examples=20, derandomize=True)
settings.register_profile("weekly", deadline=None, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "linreg"))


@pytest.fixture(scope="session")
def make_data():
    """Return a function that draws X (N, D) and y (N, 1): a line, and noise around it."""

    def draw(seed, num_samples, num_features):
        rng = np.random.RandomState(seed)
        X = rng.standard_normal((num_samples, num_features))
        slopes = rng.uniform(-3, 3, (num_features, 1))
        noise = rng.standard_normal((num_samples, 1))
        return X, X @ slopes + rng.uniform(-5, 5) + noise

    return draw


class BadArray(NamedTuple):
    spoil: Callable[[np.ndarray], Any]  # turns a good array into a bad one
    error: type[Exception]
    match: str


class BadValue(NamedTuple):
    value: Any
    error: type[Exception]
    match: str


def with_last(value):
    """Return a function that copies an array and ends it in this value."""

    def spoil(array):
        spoiled = array.copy()
        spoiled.flat[-1] = value
        return spoiled

    return spoil


def other_dimensions(array):
    return array.ravel() if array.ndim == 2 else array.reshape(-1, 1)


NOT_AN_ARRAY = r"is a \w+, not a NumPy array: try np\.array\(\w+, dtype=float\)"
MASKED = r"is a \w+, not a NumPy array: try np\.ma\.array\(\w+, dtype=float\)\.filled"
COMPLEX = r"holds complex128, not float64: try np\.hstack\(\[\w+\.real, \w+\.imag\]\)"
NOT_FLOAT64 = r"holds .+, not float64: try \w+\.astype\(float\)"
NOT_FINITE = r"has NaN or infinity in row \d+: remove or replace it"
EMPTY = r"is empty, shape \(0.*\): it needs at least one number"
NO_MATRIX = r"needs rows and columns: try \w+\.reshape"
MISSHAPEN = rf"has shape \(.*\), but ({NO_MATRIX}|must be \(.+\) here)"

BAD_ARRAYS = {
    "none": BadArray(lambda array: None, TypeError, NOT_AN_ARRAY),
    "number": BadArray(lambda array: 1.0, TypeError, NOT_AN_ARRAY),
    "list": BadArray(lambda array: array.tolist(), TypeError, NOT_AN_ARRAY),
    "masked": BadArray(np.ma.masked_array, TypeError, MASKED),
    "matrix": BadArray(lambda array: array.view(np.matrix), TypeError, NOT_AN_ARRAY),
    "integers": BadArray(lambda array: array.astype(int), TypeError, NOT_FLOAT64),
    "booleans": BadArray(lambda array: array.astype(bool), TypeError, NOT_FLOAT64),
    "float32": BadArray(lambda array: array.astype(np.float32), TypeError, NOT_FLOAT64),
    "complex": BadArray(lambda array: array.astype(complex), TypeError, COMPLEX),
    "strings": BadArray(lambda array: array.astype(str), TypeError, NOT_FLOAT64),
    "objects": BadArray(lambda array: array.astype(object), TypeError, NOT_FLOAT64),
    "nan": BadArray(with_last(np.nan), ValueError, NOT_FINITE),
    "infinity": BadArray(with_last(np.inf), ValueError, NOT_FINITE),
    "minus-infinity": BadArray(with_last(-np.inf), ValueError, NOT_FINITE),
    "empty": BadArray(lambda array: array[:0], ValueError, EMPTY),
    "0-d": BadArray(lambda array: np.array(1.0), ValueError, MISSHAPEN),
    "1-d-for-2-d": BadArray(other_dimensions, ValueError, MISSHAPEN),
    "3-d": BadArray(lambda array: array.reshape(-1, 1, 1), ValueError, MISSHAPEN),
}

OUT_OF_RANGE = r"is .+, but must be positive and finite"
NOT_A_NUMBER = r"is .+, not a number: try a float such as 0\.1"
BAD_NUMBERS = {
    "zero": BadValue(0.0, ValueError, OUT_OF_RANGE),
    "integer-zero": BadValue(0, ValueError, OUT_OF_RANGE),
    "negative": BadValue(-0.1, ValueError, OUT_OF_RANGE),
    "nan": BadValue(float("nan"), ValueError, OUT_OF_RANGE),
    "infinity": BadValue(float("inf"), ValueError, OUT_OF_RANGE),
    "minus-infinity": BadValue(float("-inf"), ValueError, OUT_OF_RANGE),
    "bool": BadValue(True, TypeError, NOT_A_NUMBER),
    "numpy-bool": BadValue(np.True_, TypeError, NOT_A_NUMBER),
    "string": BadValue("0.1", TypeError, NOT_A_NUMBER),
    "none": BadValue(None, TypeError, NOT_A_NUMBER),
    "complex": BadValue(0.1j, TypeError, NOT_A_NUMBER),
    "list": BadValue([0.1], TypeError, NOT_A_NUMBER),
    "array": BadValue(np.array([0.1]), TypeError, NOT_A_NUMBER),
}

TOO_FEW = r"is .+, but must be at least 1"
NOT_WHOLE = r"is .+, not a whole number"
BAD_COUNTS = {
    "zero": BadValue(0, ValueError, TOO_FEW),
    "negative": BadValue(-3, ValueError, TOO_FEW),
    "numpy-zero": BadValue(np.int64(0), ValueError, TOO_FEW),
    "float": BadValue(10.0, TypeError, NOT_WHOLE),
    "nan": BadValue(float("nan"), TypeError, NOT_WHOLE),
    "infinity": BadValue(float("inf"), TypeError, NOT_WHOLE),
    "bool": BadValue(True, TypeError, NOT_WHOLE),
    "string": BadValue("10", TypeError, NOT_WHOLE),
    "none": BadValue(None, TypeError, NOT_WHOLE),
    "array": BadValue(np.array([10]), TypeError, NOT_WHOLE),
}


@pytest.fixture(params=BAD_ARRAYS.values(), ids=BAD_ARRAYS.keys())
def bad_array(request):
    return request.param


@pytest.fixture(params=BAD_NUMBERS.values(), ids=BAD_NUMBERS.keys())
def bad_number(request):
    return request.param


@pytest.fixture(params=BAD_COUNTS.values(), ids=BAD_COUNTS.keys())
def bad_count(request):
    return request.param
