"""Steps on a few rows agree with whole training, with PyTorch, and with counting."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from linreg.mini_batches import deal_batches, train_on_batches
from linreg.scratch import gradients, predict, train

SEEDS = st.integers(0, 2**31)
X2, Y2 = np.array([[-1.0], [1.0]]), np.array([[0.0], [3.0]])
CALL = {
    "X_train": X2,
    "y_train": Y2,
    "X_val": X2,
    "y_val": Y2,
    "W": np.zeros((1, 1)),
    "b": np.zeros(1),
    "learning_rate": 0.1,
    "num_epochs": 2,
    "batch_size": 1,
}


def small_call(**changes):
    """Train on two points, with some of the arguments changed."""
    rng = changes.pop("rng", np.random.RandomState(0))
    return train_on_batches(**CALL | changes, rng=rng)


# Dealing


@given(SEEDS, st.integers(1, 60), st.data())
def test_every_row_is_in_exactly_one_batch(seed, num_rows, data):
    batch_size = data.draw(st.integers(1, num_rows))
    batches = deal_batches(num_rows, batch_size, np.random.RandomState(seed))
    assert sorted(np.concatenate(batches).tolist()) == list(range(num_rows))
    assert {len(batch) for batch in batches[:-1]} <= {batch_size}
    assert 1 <= len(batches[-1]) <= batch_size


def test_the_generator_decides_the_order_and_goes_on():
    rng, again = np.random.RandomState(1), np.random.RandomState(1)
    first = np.concatenate(deal_batches(50, 7, rng))
    assert first.tolist() == np.concatenate(deal_batches(50, 7, again)).tolist()
    assert first.tolist() != np.concatenate(deal_batches(50, 7, rng)).tolist()
    assert first.tolist() != list(range(50))


def test_each_row_comes_first_equally_often():
    # 4,000 deals: a share of 1/4 strays by 0.7 %, so 3 % is four times that.
    rng = np.random.RandomState(2)
    firsts = [deal_batches(4, 2, rng)[0][0] for _ in range(4000)]
    assert abs(np.bincount(firsts) / 4000 - 0.25).max() < 0.03


def test_a_batch_larger_than_the_data_is_refused():
    with pytest.raises(
        ValueError, match=r"^batch_size is 3, but there are 2 rows: .+ 2$"
    ):
        small_call(batch_size=3)


@pytest.mark.parametrize("argument", ["num_rows", "batch_size"])
def test_bad_counts_are_refused_when_dealing(argument, bad_count):
    arguments = {"num_rows": 4, "batch_size": 2} | {argument: bad_count.value}
    with pytest.raises(bad_count.error, match=f"^{argument} {bad_count.match}"):
        deal_batches(**arguments, rng=np.random.RandomState(0))


# Training


@given(SEEDS, st.integers(1, 3))
def test_one_batch_of_all_rows_is_the_training_from_scratch(
    make_data, seed, num_features
):
    X, y = make_data(seed, 20, num_features)
    start = np.zeros((num_features, 1)), np.zeros(1)
    W, b, history = train(X, y, X, y, *start, 0.01, 20)
    W_batch, b_batch, batch_history = train_on_batches(
        X, y, X, y, *start, 0.01, 20, 20, np.random.RandomState(seed)
    )
    np.testing.assert_allclose(W_batch, W, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(b_batch, b, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(batch_history["train"], history["train"], rtol=1e-9)
    np.testing.assert_allclose(batch_history["val"], history["val"], rtol=1e-9)


@given(SEEDS, st.integers(1, 12))
def test_pytorch_walks_the_same_steps_on_the_same_batches(make_data, seed, batch_size):
    X, y = make_data(seed, 12, 2)
    X_val, y_val = make_data(seed + 1, 5, 2)
    W, b, history = train_on_batches(
        X,
        y,
        X_val,
        y_val,
        np.ones((2, 1)),
        np.ones(1),
        0.01,
        3,
        batch_size,
        np.random.RandomState(seed),
    )
    model = nn.Linear(2, 1, dtype=torch.float64)
    nn.init.ones_(model.weight)
    nn.init.ones_(model.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    rows = TensorDataset(torch.from_numpy(X), torch.from_numpy(y))
    rng = np.random.RandomState(seed)
    for _ in range(3):
        batches = deal_batches(12, batch_size, rng)
        for X_batch, y_batch in DataLoader(rows, batch_sampler=batches):
            optimizer.zero_grad()
            nn.MSELoss()(model(X_batch), y_batch).backward()
            optimizer.step()
    np.testing.assert_allclose(W.T, model.weight.detach(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(b, model.bias.detach(), rtol=1e-9, atol=1e-12)
    with torch.no_grad():
        loss = nn.MSELoss()(model(torch.from_numpy(X_val)), torch.from_numpy(y_val))
    assert history["val"][-1] == pytest.approx(loss.item())


@given(SEEDS)
def test_batches_of_equal_size_average_to_the_whole_gradient(make_data, seed):
    X, y = make_data(seed, 12, 2)
    y_pred = predict(X, np.ones((2, 1)), np.ones(1))
    batches = deal_batches(12, 4, np.random.RandomState(seed))
    parts = [gradients(X[rows], y_pred[rows], y[rows])[0] for rows in batches]
    np.testing.assert_allclose(np.mean(parts, axis=0), gradients(X, y_pred, y)[0])


def test_two_steps_by_hand():
    # In either order: on (1, 3) the error is -3, so W and b rise by 0.1 · 2 · 3 = 0.6;
    # on (-1, 0) with W = b = 0.6 the error is 0. On (-1, 0) first nothing happens.
    W, b, history = small_call(num_epochs=1)
    assert W.item() == pytest.approx(0.6) and b.item() == pytest.approx(0.6)
    assert history["train"] == [pytest.approx(9 / 2), pytest.approx(1.8**2 / 2)]
    assert history["val"] == history["train"]


def test_what_is_passed_in_stays_as_it_is():
    arrays = {name: np.copy(value) for name, value in CALL.items() if np.ndim(value)}
    small_call()
    for name, array in arrays.items():
        np.testing.assert_array_equal(CALL[name], array)


def test_noise_that_ends_a_little_above_a_good_start_is_no_divergence(make_data):
    X, y = make_data(0, 40, 1)
    best, *_ = np.linalg.lstsq(np.hstack([X, np.ones((40, 1))]), y)
    _, _, history = train_on_batches(
        X, y, X, y, best[:1], best[1], 0.05, 5, 1, np.random.RandomState(0)
    )
    assert history["train"][-1] > history["train"][0]


@pytest.mark.parametrize("num_epochs", [1, 3, 2000])
def test_divergence_is_reported(num_epochs):
    X = np.array([[10.0], [-10.0]])
    with pytest.raises(
        FloatingPointError,
        match=r"^training diverged at epoch \d+: .+ smaller learning_rate than 1, or st",
    ):
        small_call(X_train=X, learning_rate=1.0, num_epochs=num_epochs)


def test_data_too_large_to_begin_with_is_not_called_divergence():
    with pytest.raises(FloatingPointError, match=r"^(loss|y_pred) is too large"):
        small_call(y_train=Y2 * 1e300)


@pytest.mark.parametrize("argument", ["X_train", "y_train", "X_val", "y_val", "W", "b"])
def test_bad_arrays_are_refused(argument, bad_array):
    with pytest.raises(bad_array.error, match=rf"^\w+ {bad_array.match}"):
        small_call(**{argument: bad_array.spoil(CALL[argument])})


def test_bad_learning_rates_are_refused(bad_number):
    with pytest.raises(bad_number.error, match=f"^learning_rate {bad_number.match}"):
        small_call(learning_rate=bad_number.value)


@pytest.mark.parametrize("argument", ["num_epochs", "batch_size"])
def test_bad_counts_are_refused(argument, bad_count):
    with pytest.raises(bad_count.error, match=f"^{argument} {bad_count.match}"):
        small_call(**{argument: bad_count.value})


@pytest.mark.parametrize("rng", [None, 0, np.random.default_rng(0), np.random])
def test_bad_generators_are_refused(rng):
    with pytest.raises(TypeError, match=r"^rng is a \w+: try np\.random\.RandomState"):
        small_call(rng=rng)


def test_features_that_differ_are_refused():
    with pytest.raises(ValueError, match=r"^X_val has shape \(2, 2\), but must be"):
        small_call(X_val=np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"^y_train has shape"):
        small_call(y_train=np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"^X_train has 2 rows but y_train has 3"):
        small_call(y_train=np.ones((3, 1)))


@pytest.mark.parametrize("argument", ["X_val", "y_val"])
@pytest.mark.parametrize("size", [1e160, 1e200])
def test_validation_data_too_large_is_not_blamed_on_the_learning_rate(argument, size):
    with pytest.raises(
        FloatingPointError, match=r"^loss on X_val is too large for flo"
    ):
        small_call(**{argument: size * (1 + Y2)})


def test_counts_of_numpy_do_not_overflow():
    batches = deal_batches(300, np.uint8(200), np.random.RandomState(0))
    assert [len(rows) for rows in batches] == [200, 100]
    _, _, history = small_call(num_epochs=np.uint8(255), batch_size=np.uint8(1))
    assert len(history["train"]) == 256


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_a_learning_rate_of_another_precision_is_made_float64(kind, make_data):
    X, y = make_data(0, 20, 1)
    start = np.zeros((1, 1)), np.zeros(1)
    found, expected = (
        train_on_batches(X, y, X, y, *start, rate, 3, 7, np.random.RandomState(0))
        for rate in (kind(0.1), float(kind(0.1)))
    )
    assert found[0].dtype == np.float64 and found[0].item() == expected[0].item()
