"""Descent on moments takes the steps of descent on rows, or says that it can't."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.moment_descent import moments_gradients, moments_loss, train_on_moments
from linreg.moments import measure
from linreg.scratch import gradients, mean_squared_error, predict, train
from linreg.streaming import measure_stream

SEEDS = st.integers(0, 2**31)
X2, Y2 = np.array([[-1.0], [1.0]]), np.array([[0.0], [3.0]])
START = np.zeros((1, 1)), np.zeros(1)
TOO_SMALL = r"^the loss is too small beside the data .+: standardize X and y, or use tr"


def critical_rate(X):
    """Find 2 / λ: λ is the largest eigenvalue of the loss's second derivative."""
    return len(X) / np.linalg.norm(np.hstack([X, np.ones((len(X), 1))]), ord=2) ** 2


def both(X, y, X_val, y_val, *arguments):
    """Train on moments and on rows."""
    moments = measure(X, y), measure(X_val, y_val)
    on_moments = train_on_moments(*moments, *arguments)
    return on_moments, train(X, y, X_val, y_val, *arguments)


def agree(on_moments, on_rows):
    """Compare W, b and both histories to ten digits."""
    for found, expected in zip(on_moments[:2], on_rows[:2], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    for name in ("train", "val"):
        found, expected = on_moments[2][name], on_rows[2][name]
        np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_one_step_by_hand():
    # At zero the errors are 0 and -3: J = 9/2, ∂J/∂W = ∂J/∂b = -3; then 0.3 and 0.3,
    # where ŷ = 0 and 0.6, and J = 2.4²/2.
    moments = measure(X2, Y2)
    W, b, history = train_on_moments(moments, moments, *START, 0.1, 1)
    assert W.item() == pytest.approx(0.3) and b.item() == pytest.approx(0.3)
    assert history["train"] == [pytest.approx(4.5), pytest.approx(2.4**2 / 2)]
    assert history["val"] == history["train"]


@given(SEEDS, st.integers(1, 4), st.floats(0.01, 0.95), st.floats(-3, 3))
def test_the_steps_and_losses_are_those_of_train(
    make_data, seed, num_features, fraction, offset
):
    X, y = make_data(seed, 60, num_features)
    X_val, y_val = make_data(seed + 1, 20, num_features)
    W = np.random.RandomState(seed).standard_normal((num_features, 1))
    rate = fraction * critical_rate(X + offset)
    agree(*both(X + offset, y, X_val, y_val, W, np.ones(1), rate, 100))


@given(SEEDS, st.floats(0, 9), st.floats(-9, 0), st.floats(-3, 3))
def test_ten_digits_of_every_loss_or_a_word(make_data, seed, far, noise, size):
    """Wherever the rows are, and however well the line fits them."""
    X, y = make_data(seed, 60, 2)
    errors = y - X @ np.linalg.lstsq(X, y)[0]
    y = X @ np.ones((2, 1)) + 10**noise * errors
    X = 10**size * (X + 10**far)
    call = (X, y, X, y, np.ones((2, 1)), np.ones(1), 0.9 * critical_rate(X), 50)
    try:
        on_moments, on_rows = both(*call)
    except ValueError as error:
        assert "the loss is too small beside the data" in str(error)
    else:
        agree(on_moments, on_rows)


@given(SEEDS)
def test_chunks_make_no_difference(make_data, seed):
    X, y = make_data(seed, 60, 2)
    pieces = list(itertools.pairwise([0, 11, 40, 60]))
    moments = measure_stream((X[k:end], y[k:end]) for k, end in pieces)
    start = np.zeros((2, 1)), np.zeros(1)
    found = train_on_moments(moments, moments, *start, 0.1, 50)
    agree(found, train(X, y, X, y, *start, 0.1, 50))


@given(SEEDS, st.integers(1, 3))
def test_loss_and_gradients_are_those_of_rows(make_data, seed, num_features):
    X, y = make_data(seed, 30, num_features)
    W, b = np.random.RandomState(seed).standard_normal((num_features, 1)), np.ones(1)
    y_pred, moments = predict(X, W, b), measure(X, y)
    found = moments_loss(moments, W, b), *moments_gradients(moments, W, b)
    expected = mean_squared_error(y_pred, y), *gradients(X, y_pred, y)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


def test_what_is_passed_in_stays_as_it_is(make_data):
    X, y = make_data(0, 30, 2)
    moments, W, b = measure(X, y), np.ones((2, 1)), np.ones(1)
    copies = [np.copy(part) for part in moments]
    train_on_moments(moments, moments, W, b, 0.1, 5)
    for part, copy in zip(moments, copies, strict=True):
        np.testing.assert_array_equal(part, copy)
    assert (W == 1).all() and (b == 1).all()


# What is refused


def test_a_perfect_fit_is_refused_once_its_loss_is_rounding():
    moments = measure(X2, 3 * X2)
    _, _, history = train_on_moments(moments, moments, *START, 0.1, 10)
    assert history["train"][-1] < history["train"][0]
    with pytest.raises(ValueError, match=TOO_SMALL):
        train_on_moments(moments, moments, *START, 0.1, 500)
    best = np.array([[3.0]]), np.zeros(1)
    with pytest.raises(ValueError, match=TOO_SMALL):
        train_on_moments(moments, moments, *best, 0.1, 1)


@pytest.mark.parametrize("num_epochs", [2, 100, 5000])
def test_divergence_is_reported(num_epochs):
    moments = measure(10 * X2, Y2)
    match = (
        r"^training diverged at epoch 1: the loss rose .+ a smaller learning_rate th"
    )
    with pytest.raises(FloatingPointError, match=match):
        train_on_moments(moments, moments, *START, 1.0, num_epochs)


def test_a_large_validation_set_is_not_blamed_on_the_learning_rate():
    large = measure(1e150 * X2, Y2)
    W = np.full((1, 1), 1e10)
    with pytest.raises(FloatingPointError, match=r"^loss on X_val is too large for fl"):
        train_on_moments(measure(X2, Y2), large, W, np.zeros(1), 0.1, 2)


CALL = {
    "train": measure(X2, Y2),
    "val": measure(X2, Y2),
    "W": START[0],
    "b": START[1],
    "learning_rate": 0.1,
    "num_epochs": 2,
}


@pytest.mark.parametrize("argument", ["train", "val"])
def test_other_moments_are_refused(argument):
    match = r"^the rows before have 2 features, but these have 1$"
    wide = measure(np.eye(3)[:, :2], np.ones((3, 1)))
    with pytest.raises(ValueError, match=match):
        train_on_moments(**CALL | {argument: wide})
    with pytest.raises(
        TypeError, match=rf"^{argument} is a \w+, not moments: try meas"
    ):
        train_on_moments(**CALL | {argument: X2})


@pytest.mark.parametrize("argument", ["W", "b"])
def test_bad_arrays_are_refused(argument, bad_array):
    with pytest.raises(bad_array.error, match=rf"^{argument} {bad_array.match}"):
        train_on_moments(**CALL | {argument: bad_array.spoil(CALL[argument])})


def test_bad_learning_rates_are_refused(bad_number):
    with pytest.raises(bad_number.error, match=f"^learning_rate {bad_number.match}"):
        train_on_moments(**CALL | {"learning_rate": bad_number.value})


def test_bad_counts_are_refused(bad_count):
    with pytest.raises(bad_count.error, match=f"^num_epochs {bad_count.match}"):
        train_on_moments(**CALL | {"num_epochs": bad_count.value})


def test_counts_of_numpy_do_not_overflow(make_data):
    moments = measure(*make_data(0, 30, 1))
    many = {"train": moments, "val": moments, "num_epochs": np.uint8(255)}
    _, _, history = train_on_moments(**CALL | many)
    assert len(history["train"]) == 256
