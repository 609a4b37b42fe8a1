"""What moments say about uncertainty is what rows in memory say, and what statsmodels says."""

import itertools

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from linreg.closed_form import least_squares
from linreg.moments import measure
from linreg.scratch import predict
from linreg.stream_uncertainty import (
    stream_confidence_intervals,
    stream_leverage,
    stream_noise_std,
    stream_prediction_intervals,
    stream_r_squared,
    stream_standard_errors,
)
from linreg.streaming import measure_stream
from linreg.uncertainty import (
    confidence_intervals,
    leverage,
    noise_std,
    prediction_intervals,
    r_squared,
    standard_errors,
)

SEEDS = st.integers(0, 2**31)
PLACES = st.lists(st.integers(1, 39), max_size=8)
X3, Y3 = np.array([[0.0], [1.0], [2.0]]), np.array([[1.0], [2.0], [4.0]])


def streamed(X, y, places=(7, 20)):
    """The moments of rows that came in chunks."""
    ends = sorted({0, len(X), *places})
    return measure_stream((X[k:end], y[k:end]) for k, end in itertools.pairwise(ends))


def close(left, right, rtol=1e-9):
    for one, other in zip(left, right, strict=True):
        np.testing.assert_allclose(one, other, rtol=rtol)


# The same as elsewhere


def test_three_rows_by_hand():
    # ŷ = 5/6, 7/3, 23/6 misses by 1/6, -1/3, 1/6: squares sum to 1/6, of 14/3 in all.
    moments = streamed(X3, Y3, [1, 2])
    assert stream_r_squared(moments) == pytest.approx(1 - 1 / 28)
    assert stream_noise_std(moments) == pytest.approx(6**-0.5)  # one degree is left
    assert stream_standard_errors(moments)[0].item() == pytest.approx(12**-0.5)


@given(SEEDS, PLACES, st.integers(1, 3), st.sampled_from([0.0, 1e3]))
def test_a_stream_says_what_rows_in_memory_say(
    make_data, seed, places, num_features, offset
):
    X, y = make_data(seed, 40, num_features)
    X = X + offset
    X_new = make_data(seed + 1, 5, num_features)[0] + offset
    W, b = least_squares(X, y)
    moments = streamed(X, y, places)
    in_memory, level = (X, y, W, b), 0.9
    assert stream_r_squared(moments) == pytest.approx(
        r_squared(predict(X, W, b), y), abs=1e-10
    )
    assert stream_noise_std(moments) == pytest.approx(noise_std(*in_memory), rel=1e-9)
    close([stream_leverage(X_new, moments)], [leverage(X_new, X)])
    close(stream_standard_errors(moments), standard_errors(*in_memory))
    close(
        stream_confidence_intervals(moments, level),
        confidence_intervals(*in_memory, level),
        rtol=1e-7,  # an end of an interval may be near zero
    )
    close(
        [stream_prediction_intervals(X_new, moments, level)],
        [prediction_intervals(X_new, *in_memory, level)],
        rtol=1e-7,
    )


def test_a_stream_says_what_statsmodels_says(make_data):
    X, y = make_data(3, 40, 2)
    moments, fit = streamed(X, y), sm.OLS(y, sm.add_constant(X)).fit()
    W_error, b_error = stream_standard_errors(moments)
    np.testing.assert_allclose(np.append(b_error, W_error), fit.bse, rtol=1e-9)
    W_interval, b_interval = stream_confidence_intervals(moments, 0.95)
    np.testing.assert_allclose([b_interval, *W_interval], fit.conf_int(), rtol=1e-9)
    assert stream_r_squared(moments) == pytest.approx(fit.rsquared, rel=1e-12)


def test_a_large_mean_and_a_small_spread_keep_their_standard_errors():
    steps = np.random.RandomState(0).randint(0, 1001, size=(10_000, 1))
    y = 2.0 * steps + np.random.RandomState(1).standard_normal((10_000, 1))
    far, near = (streamed(offset + steps / 2**23, y) for offset in (1e9, 0))
    assert stream_noise_std(far) == pytest.approx(stream_noise_std(near), rel=1e-9)
    close(stream_standard_errors(far)[:1], stream_standard_errors(near)[:1])


@pytest.mark.parametrize("scale", [1e-140, 1e140])
def test_units_make_no_difference(make_data, scale):
    X, y = make_data(3, 40, 2)
    W_error, b_error = stream_standard_errors(measure(X, y))
    for X_scale, y_scale in ((scale, 1), (1, scale), (scale, scale)):
        W_scaled, b_scaled = stream_standard_errors(measure(X_scale * X, y_scale * y))
        close((W_scaled / y_scale * X_scale, b_scaled / y_scale), (W_error, b_error))


# What is refused


@pytest.mark.parametrize("noise", [0.0, 1e-7])
def test_a_fit_so_good_that_rounding_hides_the_noise_is_refused(make_data, noise):
    X, _ = make_data(0, 40, 2)
    errors = np.random.RandomState(1).standard_normal((40, 1))
    moments = streamed(X, X @ [[1.0], [2.0]] + noise * errors)
    assert stream_r_squared(moments) == pytest.approx(1, abs=1e-12)
    for ask in (stream_noise_std, stream_standard_errors):
        with pytest.raises(
            ValueError, match=r"^the line fits so well .+ use noise_std"
        ):
            ask(moments)


@given(SEEDS, st.floats(-7, 0))
def test_the_noise_has_four_digits_at_least_or_is_refused(make_data, seed, power):
    X, _ = make_data(seed, 40, 2)
    errors = np.random.RandomState(seed).standard_normal((40, 1))
    y = X @ [[1.0], [2.0]] + 10**power * errors
    try:
        s = stream_noise_std(streamed(X, y))
    except ValueError:
        assert power < -5
    else:
        assert s == pytest.approx(noise_std(X, y, *least_squares(X, y)), rel=1e-4)


def test_a_target_that_does_not_vary_is_refused(make_data):
    X, y = make_data(0, 30, 2)
    for value in (0.0, 0.1, np.array([[0.3], [0.1 + 0.2]] * 15)):
        with pytest.raises(ValueError, match=r"^y does not vary, so there is no varia"):
            stream_r_squared(streamed(X, 0 * y + value))


def test_rows_that_are_all_used_up_are_refused(make_data):
    moments = streamed(*make_data(0, 4, 3), [2])
    with pytest.raises(
        ValueError, match=r"^4 rows are all used up by 3 weights and a b"
    ):
        stream_noise_std(moments)


def test_other_features_in_new_rows_are_refused(make_data):
    moments = streamed(*make_data(0, 40, 3))
    with pytest.raises(ValueError, match=r"have 3 features, but these have 2$"):
        stream_leverage(np.ones((1, 2)), moments)
    with pytest.raises(ValueError, match=r"have 3 features, but these have 2$"):
        stream_prediction_intervals(np.ones((1, 2)), moments, 0.95)


def test_bad_levels_are_refused(make_data, bad_number):
    moments = streamed(*make_data(0, 40, 3))
    with pytest.raises(bad_number.error, match=f"^level {bad_number.match}"):
        stream_confidence_intervals(moments, bad_number.value)
    with pytest.raises(
        ValueError, match=r"^level is 1, but must be below 1: try 0\.95"
    ):
        stream_prediction_intervals(np.ones((1, 3)), moments, 1)


def test_only_moments_are_asked():
    for ask in (stream_r_squared, stream_noise_std, stream_standard_errors):
        with pytest.raises(
            TypeError, match=r"^moments is a \w+, not moments: try meas"
        ):
            ask(X3)
