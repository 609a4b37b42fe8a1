"""A stream keeps four digits of what NIST has certified, or refuses and says so."""

import numpy as np
import pytest
from test_nist import read, wampler

from linreg.moments import measure
from linreg.stream_uncertainty import (
    stream_noise_std,
    stream_r_squared,
    stream_standard_errors,
)
from linreg.streaming import measure_stream, solve

# Digits of the worst weight and the worst standard error: measured, less one.
DIGITS = {
    "Norris": (12, 9),
    "Pontius": (10, 7),
    "Longley": (10, 11),
    "Wampler1": (5, None),  # a perfect fit: its noise is refused
    "Wampler2": (8, None),
    "Wampler3": (5, 9),
    "Wampler4": (5, 9),
    "Wampler5": (5, 9),
}


def certified(name):
    return wampler(int(name[-1])) if name[-1] in "245" else read(name)


def streamed(given, chunk_size):
    starts = range(0, len(given.y), chunk_size)
    rows = (slice(start, start + chunk_size) for start in starts)
    return measure_stream((given.X[part], given.y[part]) for part in rows)


@pytest.mark.parametrize("chunk_size", [5, 1000])
@pytest.mark.parametrize(("name", "digits"), DIGITS.items(), ids=DIGITS)
def test_a_stream_keeps_certified_digits(name, digits, chunk_size):
    given = certified(name)
    moments = streamed(given, chunk_size)
    W, b = solve(moments)
    np.testing.assert_allclose(np.append(b, W), given.weights, rtol=10.0 ** -digits[0])
    assert stream_r_squared(moments) == pytest.approx(given.r_squared, abs=1e-9)
    if digits[1] is None:
        with pytest.raises(
            ValueError, match=r"^the line fits so well .+ use noise_std"
        ):
            stream_noise_std(moments)
    else:
        rtol = 10.0 ** -digits[1]
        assert stream_noise_std(moments) == pytest.approx(given.noise_std, rel=rtol)
        W_error, b_error = stream_standard_errors(moments)
        np.testing.assert_allclose(np.append(b_error, W_error), given.errors, rtol=rtol)


@pytest.mark.parametrize("chunk_size", [5, 1000])
def test_filip_is_refused_with_what_to_use_instead(chunk_size):
    match = r"is nearly collinear with the others: drop it, use least_squares on rows"
    with pytest.raises(ValueError, match=match):
        solve(streamed(read("Filip"), chunk_size))


def test_units_of_nist_do_not_matter():
    given = read("Longley")
    sizes = 10.0 ** np.array([-9, 9, 0, 3, -3, 6])
    W, _ = solve(measure(given.X * sizes, given.y))
    np.testing.assert_allclose(W[:, 0] * sizes, given.weights[1:], rtol=1e-10)
