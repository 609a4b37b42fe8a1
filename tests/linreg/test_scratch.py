"""Prediction, loss, gradients and training agree with arithmetic and libraries."""

import numpy as np
import pytest
import sklearn.linear_model
import sklearn.metrics
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from linreg.data import (
    NUM_SAMPLES,
    SEED,
    TEST_SIZE,
    TRAIN_SIZE,
    VAL_SIZE,
    generate_data,
    train_val_test_split,
)
from linreg.scaling import mean_and_std, standardize, unstandardize_weights
from linreg.scratch import (
    LEARNING_RATE,
    NUM_EPOCHS,
    gradients,
    initialize_weights,
    mean_squared_error,
    predict,
    train,
)

SEEDS = st.integers(0, 2**32 - 1)
SAMPLES = st.integers(6, 30)
FEATURES = st.integers(1, 4)

X2 = np.array([[1.0], [2.0]])
Y2 = np.array([[1.0], [3.0]])
W0, B0 = np.zeros((1, 1)), np.zeros(1)
CALLS = {
    predict: {"X": X2, "W": W0, "b": B0},
    mean_squared_error: {"y_pred": X2, "y": Y2},
    gradients: {"X": X2, "y_pred": X2, "y": Y2},
    train: {
        "X_train": X2,
        "y_train": Y2,
        "X_val": np.array([[3.0]]),
        "y_val": np.array([[4.0]]),
        "W": W0,
        "b": B0,
        "learning_rate": 0.1,
        "num_epochs": 1,
    },
}


def weights(seed, num_features):
    rng = np.random.RandomState(seed)
    return rng.standard_normal((num_features, 1)), rng.standard_normal(1)


def least_squares(X, y):
    solution = np.linalg.lstsq(np.hstack([X, np.ones((len(X), 1))]), y, rcond=None)[0]
    return solution[:-1], solution[-1]


def steepest(X):
    """Find the critical learning rate 2 / λ, and the direction (W, b) it belongs to.

    λ, the largest eigenvalue of the loss's second derivative 2/N · AᵀA with A = [X 1],
    is 2/N times the square of A's largest singular value.
    """
    _, singular, directions = np.linalg.svd(np.hstack([X, np.ones((len(X), 1))]))
    return len(X) / singular[0] ** 2, directions[0][:-1, None], directions[0][-1:]


# What the original lesson printed


@pytest.fixture(scope="module")
def lesson():
    """Run the seed lesson, with one generator for all draws, in the seed's order."""
    rng = np.random.RandomState(SEED)
    X, y = generate_data(NUM_SAMPLES, rng)
    parts = train_val_test_split(X, y, TRAIN_SIZE, VAL_SIZE, TEST_SIZE, rng)
    X_scale, y_scale = mean_and_std(parts[0]), mean_and_std(parts[3])
    X_train, X_val, X_test = (standardize(part, *X_scale) for part in parts[:3])
    y_train, y_val, y_test = (standardize(part, *y_scale) for part in parts[3:])
    step_3 = mean_squared_error(predict(X_train, *initialize_weights(1, rng)), y_train)
    W, b = initialize_weights(1, rng)
    W, b, history = train(
        X_train, y_train, X_val, y_val, W, b, LEARNING_RATE, NUM_EPOCHS
    )
    return {
        "step 3": step_3,
        "losses": history["train"],
        "train MSE": mean_squared_error(predict(X_train, W, b), y_train),
        "test MSE": mean_squared_error(predict(X_test, W, b), y_test),
        "equation": unstandardize_weights(W, b, *X_scale, *y_scale),
    }


def test_the_seed_lesson_is_reproduced(lesson):
    # Printed by the original: "Linear regression - Made With ML", Goku Mohandas, 2021.
    assert f"{lesson['step 3']:.2f}" == "0.99"
    losses = [f"{loss:.3f}" for loss in lesson["losses"][:NUM_EPOCHS:10]]
    assert losses == ["0.990", "0.039"] + ["0.028"] * 8
    assert f"{lesson['train MSE']:.2f}" == "0.03"
    assert f"{lesson['test MSE']:.2f}" == "0.01"
    W, b = lesson["equation"]
    assert f"y = {W.item():.1f}X + {b.item():.1f}" == "y = 3.4X + 7.8"


# Step 1: weights


@given(seed=SEEDS)
def test_weights_start_small_and_the_bias_at_zero(seed):
    # Of 10 000 draws the standard deviation strays by 0.7 %, the mean by 0.0001.
    W, b = initialize_weights(10_000, np.random.RandomState(seed))
    assert W.shape == (10_000, 1)
    assert b.tolist() == [0.0]
    assert abs(W.mean()) < 0.001
    assert 0.009 < W.std() < 0.011


@given(seed=SEEDS, num_features=FEATURES)
def test_the_generator_alone_decides_the_weights(seed, num_features):
    first, second = (
        initialize_weights(num_features, np.random.RandomState(seed)) for _ in "ab"
    )
    np.testing.assert_array_equal(first[0], second[0])
    assert first[0].shape == (num_features, 1)


def test_bad_numbers_of_features_are_refused(bad_count):
    with pytest.raises(bad_count.error, match=f"^num_features {bad_count.match}"):
        initialize_weights(bad_count.value, np.random.RandomState(0))


# Steps 2 to 4: prediction, loss, gradients


def test_one_step_by_hand():
    # ŷ = 0, 0, so errors are -1, -3:
    # J = (1 + 9) / 2, ∂J/∂W = 2/2 · (-1 · 1 - 3 · 2), ∂J/∂b = 2/2 · (-1 - 3).
    y_pred = predict(X2, W0, B0)
    assert y_pred.tolist() == [[0.0], [0.0]]
    assert mean_squared_error(y_pred, Y2) == 5.0
    dW, db = gradients(X2, y_pred, Y2)
    assert dW.tolist() == [[-7.0]]
    assert db.tolist() == [-4.0]


def test_predict_weighs_each_column():
    X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    y_pred = predict(X, np.array([[1.0], [10.0], [100.0]]), np.array([0.5]))
    assert y_pred.tolist() == [[321.5], [654.5]]


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES)
def test_predictions_and_loss_agree_with_scikit_learn(
    make_data, seed, num_samples, num_features
):
    X, y = make_data(seed, num_samples, num_features)
    model = sklearn.linear_model.LinearRegression().fit(X, y)
    y_pred = predict(X, model.coef_.T, model.intercept_)
    np.testing.assert_allclose(y_pred, model.predict(X))
    loss = sklearn.metrics.mean_squared_error(y, y_pred)
    np.testing.assert_allclose(mean_squared_error(y_pred, y), loss)


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES)
def test_gradients_match_finite_differences(make_data, seed, num_samples, num_features):
    X, y = make_data(seed, num_samples, num_features)
    W, b = weights(seed, num_features)
    dW, db = gradients(X, predict(X, W, b), y)

    def slope(W_step, b_step):
        there = mean_squared_error(predict(X, W + W_step, b + b_step), y)
        back = mean_squared_error(predict(X, W - W_step, b - b_step), y)
        return (there - back) / 2e-3

    steps = 1e-3 * np.eye(num_features)[:, :, None]
    np.testing.assert_allclose(dW[:, 0], [slope(step, 0) for step in steps], atol=1e-8)
    np.testing.assert_allclose(db[0], slope(0, np.array([1e-3])), atol=1e-8)


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES)
def test_gradients_match_autograd(make_data, seed, num_samples, num_features):
    X, y = make_data(seed, num_samples, num_features)
    W, b = weights(seed, num_features)
    dW, db = gradients(X, predict(X, W, b), y)
    W, b = torch.tensor(W, requires_grad=True), torch.tensor(b, requires_grad=True)
    loss = torch.nn.functional.mse_loss(torch.tensor(X) @ W + b, torch.tensor(y))
    loss.backward()
    np.testing.assert_allclose(dW, W.grad, atol=1e-12)
    np.testing.assert_allclose(db, b.grad, atol=1e-12)


# Steps 5 and 6: training


def test_one_epoch_by_hand():
    # W = 0.1 · 7, b = 0.1 · 4; ŷ = 1.1, 1.8 and, for the validation point, 2.5.
    W, b, history = train(**CALLS[train])
    np.testing.assert_allclose(W, [[0.7]])
    np.testing.assert_allclose(b, [0.4])
    np.testing.assert_allclose(history["train"], [5, (0.1**2 + 1.2**2) / 2])
    np.testing.assert_allclose(history["val"], [16, 1.5**2])


@given(seed=SEEDS, num_features=FEATURES, fraction=st.floats(0.01, 0.9))
def test_history_entry_k_is_the_loss_after_k_updates(
    make_data, seed, num_features, fraction
):
    X, y = make_data(seed, 20, num_features)
    X_val, y_val = make_data(seed, 5, num_features)
    start, rate = weights(seed, num_features), fraction * steepest(X)[0]
    *_, history = train(X, y, X_val, y_val, *start, rate, 4)
    assert [len(losses) for losses in history.values()] == [5, 5]
    for k in range(5):
        W, b = train(X, y, X_val, y_val, *start, rate, k)[:2] if k else start
        for name, x, target in (("train", X, y), ("val", X_val, y_val)):
            loss = sklearn.metrics.mean_squared_error(target, x @ W + b)
            np.testing.assert_allclose(history[name][k], loss)


@given(seed=SEEDS, num_features=FEATURES)
def test_training_depends_on_its_arguments_alone_and_leaves_them(
    make_data, seed, num_features
):
    arrays = *make_data(seed, 20, num_features), *make_data(seed, 5, num_features)
    arrays = *arrays, *weights(seed, num_features)
    copies = [array.copy() for array in arrays]
    rate = 0.5 * steepest(arrays[0])[0]
    W, b, history = train(*arrays, rate, 10)
    for array, copy in zip(arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)
    W_again, b_again, history_again = train(*copies, rate, 10)
    np.testing.assert_array_equal(W, W_again)
    np.testing.assert_array_equal(b, b_again)
    assert history == history_again


@given(seed=SEEDS, num_features=FEATURES)
def test_validation_data_do_not_influence_the_weights(make_data, seed, num_features):
    X, y = make_data(seed, 20, num_features)
    start, rate = weights(seed, num_features), 0.5 * steepest(X)[0]
    W, b, _ = train(X, y, X, y, *start, rate, 10)
    W_other, b_other, _ = train(
        X, y, *make_data(seed, 5, num_features), *start, rate, 10
    )
    np.testing.assert_array_equal(W, W_other)
    np.testing.assert_array_equal(b, b_other)


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES)
def test_the_order_of_rows_does_not_matter(make_data, seed, num_samples, num_features):
    X, y = make_data(seed, num_samples, num_features)
    W, b = weights(seed, num_features)
    rate = 0.5 * steepest(X)[0]
    order = np.random.RandomState(seed).permutation(num_samples)

    def results(X, y):
        y_pred = predict(X, W, b)
        trained = train(X, y, X, y, W, b, rate, 10)[:2]
        return mean_squared_error(y_pred, y), *gradients(X, y_pred, y), *trained

    for result, reordered in zip(
        results(X, y), results(X[order], y[order]), strict=True
    ):
        np.testing.assert_allclose(reordered, result, atol=1e-12)


@given(
    seed=SEEDS,
    num_features=FEATURES,
    shift=st.floats(-1e3, 1e3),
    scale=st.one_of(st.floats(0.01, 100), st.floats(-100, -0.01)),
)
def test_shift_and_scale_of_y_carry_through(
    make_data, seed, num_features, shift, scale
):
    X, y = make_data(seed, 20, num_features)

    def line(y):
        X_scale, y_scale = mean_and_std(X), mean_and_std(y)
        Z, z = standardize(X, *X_scale), standardize(y, *y_scale)
        W, b, _ = train(
            Z, z, Z, z, np.zeros((num_features, 1)), B0, 0.5 * steepest(Z)[0], 10
        )
        return unstandardize_weights(W, b, *X_scale, *y_scale)

    W, b = line(y)
    W_new, b_new = line(shift + scale * y)
    np.testing.assert_allclose(W_new, scale * W, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(b_new, shift + scale * b, rtol=1e-6, atol=1e-9)


@settings(max_examples=15)
@given(seed=SEEDS, num_samples=st.integers(50, 70), num_features=FEATURES)
def test_training_finds_the_least_squares_line(
    make_data, seed, num_samples, num_features
):
    X, y = make_data(seed, num_samples, num_features)
    start, rate = weights(seed, num_features), 0.5 * steepest(X)[0]
    W, b, _ = train(X, y, X, y, *start, rate, 500)
    W_best, b_best = least_squares(X, y)
    np.testing.assert_allclose(W, W_best, atol=1e-7)
    np.testing.assert_allclose(b, b_best, atol=1e-7)
    residuals = y - predict(X, W, b)
    np.testing.assert_allclose(residuals.sum(), 0, atol=1e-5)
    np.testing.assert_allclose(
        X.T @ residuals, 0, atol=1e-5
    )  # orthogonal to every column


# How far a step may go


@given(seed=SEEDS, num_features=FEATURES, fraction=st.floats(0.001, 0.999))
def test_the_loss_never_rises_below_the_critical_rate(
    make_data, seed, num_features, fraction
):
    X, y = make_data(seed, 20, num_features)
    start, rate = weights(seed, num_features), fraction * steepest(X)[0]
    losses = np.array(train(X, y, X, y, *start, rate, 50)[2]["train"])
    assert (losses[1:] <= losses[:-1] * (1 + 1e-9)).all()
    assert losses[-1] < losses[0]


@given(seed=SEEDS, num_features=FEATURES, factor=st.floats(1.05, 5))
def test_divergence_is_reported_above_the_critical_rate(
    make_data, seed, num_features, factor
):
    X, y = make_data(seed, 20, num_features)
    critical, W_step, b_step = steepest(X)
    W, b = least_squares(X, y)
    match = r"^training diverged at epoch 1: the loss rose from \S+ to \S+; try a"
    with pytest.raises(FloatingPointError, match=match):
        train(X, y, X, y, W + W_step, b + b_step, factor * critical, 50)


def test_the_named_epoch_is_the_first_above_the_start():
    # The columns are centred and orthogonal, so J = 2 w₁² + w₂² / 2, and each step of
    # 0.6 multiplies w₁ by 1 - 0.6 · 4 = -1.4 and w₂ by 1 - 0.6 · 1 = 0.4.
    # The loss falls, then rises.
    X = np.array([[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    y = np.zeros((4, 1))
    W = np.array([[0.1], [10.0]])
    expected = [2 * (0.1 * 1.4**k) ** 2 + (10 * 0.4**k) ** 2 / 2 for k in range(13)]
    assert expected[11] < expected[0] < expected[12]
    history = train(X, y, X, y, W, B0, 0.6, 11)[2]
    np.testing.assert_allclose(history["train"], expected[:12])
    match = r"^training diverged at epoch 12: the loss rose from 50 to 64\.\d; try a"
    with pytest.raises(FloatingPointError, match=match):
        train(X, y, X, y, W, B0, 0.6, 100)


@given(seed=SEEDS, num_features=FEATURES, offset=st.floats(-1e3, 1e3))
def test_rounding_at_the_optimum_is_not_divergence(
    make_data, seed, num_features, offset
):
    X, y = make_data(seed, 20, num_features)
    W, b = least_squares(X, y + offset)
    rate = 0.9 * steepest(X)[0]
    W_after, b_after, _ = train(X, y + offset, X, y, W, b, rate, 30)
    np.testing.assert_allclose(W_after, W, atol=1e-9)
    np.testing.assert_allclose(b_after, b, atol=1e-9)


def test_nothing_moves_when_the_loss_is_zero():
    zeros = np.zeros((2, 1))
    W, b, history = train(X2, zeros, X2, zeros, W0, B0, 0.1, 2)
    assert (W, b) == (0, 0)
    assert history == {"train": [0.0] * 3, "val": [0.0] * 3}


def test_raw_data_explode_at_the_lesson_rate():
    X, y = generate_data(NUM_SAMPLES, np.random.RandomState(SEED))
    match = r"^training diverged at epoch 1: .+; try .+ than 0\.1, or standardize X$"
    with pytest.raises(FloatingPointError, match=match):
        train(X, y, X, y, W0, B0, LEARNING_RATE, NUM_EPOCHS)


@pytest.mark.parametrize(
    "changes",
    [
        {"learning_rate": 1e200},
        {"X_train": 1e120 * X2, "y_train": 1e120 * Y2},
        {"learning_rate": 1.7e308},
    ],
    ids=["rate", "X_train", "weights"],
)
def test_overflow_in_training_names_the_epoch_and_warns_of_nothing_else(changes):
    match = r"^training diverged at epoch 1: .+ to inf; try .+ or standardize X$"
    with pytest.raises(FloatingPointError, match=match):
        train(**CALLS[train] | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"y_train": 1e200 * Y2},
        {"y_val": np.array([[1e200]])},
        {"W": np.array([[1e308]]), "X_val": np.array([[1e308]])},
    ],
    ids=["y_train", "y_val", "X_val"],
)
def test_data_too_large_for_a_first_loss_is_not_blamed_on_the_learning_rate(changes):
    match = r"^loss( on X_val)? is too large for float64: rescale the data"
    with pytest.raises(FloatingPointError, match=match):
        train(**CALLS[train] | changes)


def test_a_validation_set_that_grows_too_large_is_not_blamed_on_the_learning_rate():
    changes = {"X_val": np.array([[1e160]]), "num_epochs": 5}
    match = r"^loss on X_val is too large for float64: rescale the data"
    with pytest.raises(FloatingPointError, match=match):
        train(**CALLS[train] | changes)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.longdouble])
def test_a_learning_rate_of_another_precision_loses_no_digits(kind):
    rate = kind(0.1)
    W, b, _ = train(**CALLS[train] | {"learning_rate": rate, "num_epochs": 50})
    expected = train(**CALLS[train] | {"learning_rate": float(rate), "num_epochs": 50})
    assert W.dtype == b.dtype == np.float64
    assert (W, b) == expected[:2]


def test_divergence_is_seen_however_far_y_lies_from_zero():
    X = np.array([[-1.0], [1.0]])
    y = np.array([[1e6 - 1], [1e6 + 1]])
    W, b = np.array([[1.1]]), np.array([1e6])
    with pytest.raises(FloatingPointError, match=r"^training diverged at epoch 1:"):
        train(X, y, X, y, W, b, 1.1, 30)


def test_epochs_of_a_small_integer_type_are_all_run():
    history = train(**CALLS[train] | {"num_epochs": np.uint8(255)})[2]
    assert len(history["train"]) == 256


@pytest.mark.parametrize("rng", [1234, None, np.random], ids=["seed", "none", "module"])
def test_a_generator_of_its_own_is_asked_for(rng):
    match = r"^rng is a \w+: try np\.random\.RandomState\(1234\)$"
    with pytest.raises(TypeError, match=match):
        initialize_weights(1, rng)


@pytest.mark.parametrize(
    ("name", "function", "values"),
    [
        ("y_pred", predict, {"X": [[1e200]], "W": [[1e200]]}),
        ("y_pred", predict, {"X": [[1e308, 1e308]], "W": [[1.0], [1.0]]}),
        ("loss", mean_squared_error, {"y_pred": [[1e200], [0.0]]}),
        (
            "loss",
            mean_squared_error,
            {"y_pred": [[1e308], [0.0]], "y": [[-1e308], [0.0]]},
        ),
        ("dW", gradients, {"X": [[1e200], [0.0]], "y_pred": [[1e200], [0.0]]}),
        ("db", gradients, {"X": [[0.0], [0.0]], "y_pred": [[1e308], [1e308]]}),
    ],
    ids=["product", "sum", "square", "difference", "dW", "db"],
)
def test_results_that_overflow_are_reported(name, function, values):
    arguments = CALLS[function] | {
        key: np.array(value) for key, value in values.items()
    }
    match = f"^{name} is too large for float64: rescale the data"
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match=match):
        function(**arguments)


# Input that is refused


@pytest.mark.parametrize("function", CALLS, ids=lambda function: function.__name__)
def test_inputs_stay_as_they_are(function):
    arguments = {name: np.copy(value) for name, value in CALLS[function].items()}
    if function is train:
        arguments |= {"learning_rate": 0.1, "num_epochs": 1}
    function(**arguments)
    for name, value in CALLS[function].items():
        np.testing.assert_array_equal(arguments[name], value)


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        (function, argument)
        for function, arguments in CALLS.items()
        for argument, value in arguments.items()
        if isinstance(value, np.ndarray)
    ],
    ids=lambda part: getattr(part, "__name__", part),
)
def test_bad_arrays_are_refused(function, argument, bad_array):
    arguments = CALLS[function] | {argument: bad_array.spoil(CALLS[function][argument])}
    name = r"\w+" if function is train else argument  # train hands its arrays on
    with pytest.raises(bad_array.error, match=f"^{name} {bad_array.match}"):
        function(**arguments)


def test_bad_learning_rates_are_refused(bad_number):
    with pytest.raises(bad_number.error, match=f"^learning_rate {bad_number.match}"):
        train(**CALLS[train] | {"learning_rate": bad_number.value})


def test_bad_numbers_of_epochs_are_refused(bad_count):
    with pytest.raises(bad_count.error, match=f"^num_epochs {bad_count.match}"):
        train(**CALLS[train] | {"num_epochs": bad_count.value})


@pytest.mark.parametrize(
    ("function", "argument", "shape", "match"),
    [
        (predict, "W", (2, 1), r"^W has shape \(2, 1\), but must be \(1, 1\) here$"),
        (predict, "W", (1, 2), r"^W has shape \(1, 2\), but must be \(1, 1\) here$"),
        (predict, "b", (2,), r"^b has shape \(2,\), but must be \(1,\) here$"),
        (
            mean_squared_error,
            "y",
            (3, 1),
            r"^y_pred has 2 rows but y has 3: each sample needs",
        ),
        (
            mean_squared_error,
            "y",
            (2, 2),
            r"^y has shape \(2, 2\), but must be \(2, 1\) here$",
        ),
        (
            mean_squared_error,
            "y_pred",
            (2, 2),
            r"^y_pred has shape \(2, 2\), but must be \(2, 1",
        ),
        (
            gradients,
            "X",
            (3, 1),
            r"^X has 3 rows but y_pred has 2: each sample needs one row",
        ),
        (
            gradients,
            "y",
            (3, 1),
            r"^X has 2 rows but y has 3: each sample needs one row in both$",
        ),
        (gradients, "y", (2, 2), r"^y has shape \(2, 2\), but must be \(2, 1\) here$"),
        (
            gradients,
            "y_pred",
            (2, 2),
            r"^y_pred has shape \(2, 2\), but must be \(2, 1\) here$",
        ),
        (
            train,
            "y_train",
            (3, 1),
            r"has 2 rows but \w+ has 3: each sample needs one row in both",
        ),
        (
            train,
            "y_val",
            (3, 1),
            r"has 1 rows but \w+ has 3: each sample needs one row in both",
        ),
        (train, "X_val", (1, 2), r"has shape \(1, \d\), but must be \(\d, 1\) here"),
        (train, "W", (2, 1), r"^W has shape \(2, 1\), but must be \(1, 1\) here$"),
    ],
    ids=lambda part: getattr(part, "__name__", None),
)
def test_shapes_that_do_not_fit_are_refused(function, argument, shape, match):
    with pytest.raises(ValueError, match=match):
        function(**CALLS[function] | {argument: np.ones(shape)})
