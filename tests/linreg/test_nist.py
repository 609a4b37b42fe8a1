"""Least squares keeps the digits that NIST has certified, or refuses and says so.

The data sets are in the folder nist, which states their origin. Powers are formed in
float64, as a user would. Digits are those of the worst coefficient.
"""

import re
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import scipy.linalg
import sklearn.linear_model
import statsmodels.api

from linreg.closed_form import least_squares, normal_equations
from linreg.scratch import predict
from linreg.through_origin import (
    least_squares_through_origin,
    r_squared_through_origin,
    standard_errors_through_origin,
)
from linreg.uncertainty import noise_std, r_squared, standard_errors

FOLDER = Path(__file__).parent / "nist"
DEGREES = {
    "Norris": 1,
    "Pontius": 2,
    "Longley": 1,
    "Wampler1": 5,
    "Wampler2": 5,
    "Wampler3": 5,
    "Wampler4": 5,
    "Wampler5": 5,
    "Filip": 10,
}


class Certified(NamedTuple):
    X: np.ndarray
    y: np.ndarray
    weights: np.ndarray  # the intercept first
    errors: np.ndarray
    noise_std: float
    r_squared: float


def read(name):
    """Read one file: data as its first lines say, powers of x as the model asks."""
    lines = (FOLDER / f"{name}.dat").read_text().splitlines()
    text = "\n".join(lines)
    certified = [
        [float(number) for number in match]
        for match in re.findall(r"^ +B\d+ +([-\d.]\S*) +([\d.]\S*)", text, re.MULTILINE)
    ]
    first, last = map(int, re.search(r"Data +\(lines (\d+) to (\d+)", text).groups())
    table = np.array([line.split() for line in lines[first - 1 : last]], dtype=float)
    X = np.hstack([table[:, 1:] ** k for k in range(1, DEGREES[name] + 1)])
    return Certified(
        X,
        table[:, :1].copy(),
        *np.array(certified).T,
        float(re.search(r"Residual\s+Standard Deviation +(\S+)", text)[1]),
        float(re.search(r"R-Squared +(\S+)", text)[1]),
    )


def wampler(number):
    """Make the sets of Wampler that are not in the folder from those that are.

    Wampler4 and 5 have 100 and 10,000 times the noise of Wampler3, and the same
    weights; y of Wampler2 is 1 + x/10 + (x/10)² + ... + (x/10)⁵, without noise.
    """
    if number == 2:
        clean = read("Wampler1")
        x = clean.X[:, :1]
        y = ((x + 10) * 10**4 + 10**3 * x**2 + 100 * x**3 + 10 * x**4 + x**5) / 10**5
        return clean._replace(
            y=y, weights=0.1 ** np.arange(6), errors=np.zeros(6), noise_std=0
        )
    clean, noisy = read("Wampler1"), read("Wampler3")
    times = {4: 100, 5: 10_000}[number]
    y = clean.y + times * (noisy.y - clean.y)
    ratio = 1 / (1 + (1 / noisy.r_squared - 1) * times**2)
    return Certified(
        clean.X, y, noisy.weights, times * noisy.errors, times * noisy.noise_std, ratio
    )


def load(name):
    return (
        wampler(int(name[-1]))
        if name in {"Wampler2", "Wampler4", "Wampler5"}
        else read(name)
    )


def digits(values, certified):
    """Count the correct digits of the worst value, 15 at most."""
    values, certified = np.ravel(values), np.ravel(certified)
    with np.errstate(divide="ignore"):
        wrong = abs(values - certified) / np.where(certified, abs(certified), 1)
        return float(np.clip(-np.log10(wrong), 0, 15).min())


def intercept_first(W, b):
    return np.append(b, W)


def libraries(X, y):
    """Solve the same by four libraries; yield the coefficients, the intercept first."""
    A = np.hstack([np.ones((len(X), 1)), X])
    yield np.linalg.lstsq(A, y, rcond=None)[0]
    yield np.linalg.lstsq(A, y, rcond=0)[0]
    for driver in ("gelsd", "gelsy"):
        yield scipy.linalg.lstsq(A, y, lapack_driver=driver)[0]
    model = sklearn.linear_model.LinearRegression().fit(X, y[:, 0])
    yield np.append(model.intercept_, model.coef_)
    for method in ("pinv", "qr"):
        yield statsmodels.api.OLS(y, A).fit(method=method).params


@pytest.mark.parametrize("name", DEGREES)
def test_least_squares_is_within_a_digit_of_the_best_library_or_better(name):
    nist = load(name)
    ours = digits(intercept_first(*least_squares(nist.X, nist.y)), nist.weights)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # statsmodels says that columns are collinear
        best = max(digits(theirs, nist.weights) for theirs in libraries(nist.X, nist.y))
    assert ours >= best - 1
    assert ours >= 5.5


@pytest.mark.parametrize("name", DEGREES)
def test_standard_errors_and_the_rest_are_certified(name):
    nist = load(name)
    W, b = least_squares(nist.X, nist.y)
    errors = intercept_first(*standard_errors(nist.X, nist.y, W, b))
    if nist.noise_std == 0:  # Wampler1 and 2: what is left is rounding
        assert noise_std(nist.X, nist.y, W, b) < 1e-14 * abs(nist.y).max()
        assert errors.max() < 1e-9 * abs(nist.weights).max()
    else:
        assert digits(errors, nist.errors) >= 7
        assert digits(noise_std(nist.X, nist.y, W, b), nist.noise_std) >= 7
    assert digits(r_squared(predict(nist.X, W, b), nist.y), nist.r_squared) >= 9


@pytest.mark.parametrize("name", [name for name in DEGREES if name != "Filip"])
def test_the_normal_equations_keep_four_digits(name):
    nist = load(name)
    solution = intercept_first(*normal_equations(nist.X, nist.y))
    assert digits(solution, nist.weights) > 4


def test_the_normal_equations_refuse_filip():
    nist = load("Filip")
    match = r"^AᵀA keeps fewer than four digits of the weight .+: use least_squares, or"
    with pytest.raises(ValueError, match=match):
        normal_equations(nist.X, nist.y)


# Through the origin: certified values of NIST's NoInt1 and NoInt2
NO_INTERCEPT = {
    "NoInt1": (
        np.arange(60.0, 71.0),
        np.arange(130.0, 141.0),
        (2.07438016528926, 0.165289256198347e-01, 0.999365492298663),
    ),
    "NoInt2": (
        np.array([4.0, 5.0, 6.0]),
        np.array([3.0, 4.0, 4.0]),
        (0.727272727272727, 0.420827318078432e-01, 0.993348115299335),
    ),
}


@pytest.mark.parametrize(
    ("x", "y", "certified"), NO_INTERCEPT.values(), ids=NO_INTERCEPT
)
def test_a_line_through_the_origin_is_certified(x, y, certified):
    X, y = x.reshape(-1, 1), y.reshape(-1, 1)
    W = least_squares_through_origin(X, y)
    error = standard_errors_through_origin(X, y, W)
    for value, expected in zip(
        (W, error, r_squared_through_origin(X @ W, y)), certified, strict=True
    ):
        assert digits(value, expected) > 13
