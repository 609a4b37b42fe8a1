"""The price on large weights agrees with scikit-learn, autograd and arithmetic."""

from fractions import Fraction

import numpy as np
import pytest
import sklearn.linear_model
import torch
from hypothesis import given
from hypothesis import strategies as st

from linreg.regularization import l2_gradients, l2_loss, ridge
from linreg.scratch import predict

SEEDS = st.integers(0, 2**32 - 1)
SAMPLES = st.integers(1, 30)  # fewer samples than features, too
FEATURES = st.integers(1, 4)
LAMBDAS = st.floats(1e-3, 100)

X2 = np.array([[1.0], [2.0]])
Y2 = np.array([[1.0], [3.0]])
W2 = np.array([[2.0]])
CALLS = {
    l2_loss: {"y_pred": X2, "y": Y2, "W": W2, "l2_lambda": 0.5},
    l2_gradients: {"X": X2, "y_pred": X2, "y": Y2, "W": W2, "l2_lambda": 0.5},
    ridge: {"X": X2, "y": Y2, "l2_lambda": 0.5},
}


def weights(seed, num_features):
    rng = np.random.RandomState(seed)
    return rng.standard_normal((num_features, 1)), rng.standard_normal(1)


def test_loss_and_gradients_by_hand():
    # Errors 0, -1: J = 1 / 2 + 0.5 / 2 · 2², ∂J/∂W = -1 · 2 + 0.5 · 2, ∂J/∂b = -1.
    assert l2_loss(X2, Y2, W2, 0.5) == 1.5
    dW, db = l2_gradients(X2, X2, Y2, W2, 0.5)
    assert dW.tolist() == [[-1.0]]
    assert db.tolist() == [-1.0]


def test_every_weight_has_its_price():
    # Without errors only λ/2 · (1² + 2² + 3²) is left.
    assert l2_loss(X2, X2, np.array([[1.0], [-2.0], [3.0]]), 0.1) == pytest.approx(0.7)


def exact_ridge(X, y, l2_lambda):
    """Weights of ridge for two features, in fractions, so without any rounding."""
    rows = [[Fraction(v) for v in row] for row in np.hstack([X, y]).tolist()]
    means = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    rows = [[v - m for v, m in zip(row, means, strict=True)] for row in rows]
    penalty = Fraction(l2_lambda) * len(rows) / 2
    a, b, c, u, v = (
        sum(row[i] * row[j] for row in rows)
        for i, j in ((0, 0), (0, 1), (1, 1), (0, 2), (1, 2))
    )
    a, c = a + penalty, c + penalty
    determinant = a * c - b * b
    weights = (u * c - v * b) / determinant, (v * a - u * b) / determinant
    return [[float(weight)] for weight in weights]


@pytest.mark.parametrize("l2_lambda", [1e-8, 1e-3, 1.0, 1e20, 1e40])
@pytest.mark.parametrize("unit", [1e-20, 1e-12, 1e-6, 1.0, 1e8, 1e12])
def test_neither_units_nor_a_large_penalty_cost_ridge_digits(
    make_data, unit, l2_lambda
):
    X, y = make_data(2, 20, 2)
    X = X * np.array([unit, 1.0])
    expected = exact_ridge(X, y, l2_lambda)
    np.testing.assert_allclose(ridge(X, y, l2_lambda)[0], expected, rtol=1e-13)


def test_ridge_by_hand():
    # Centred, X is -1/2, 1/2 and y is -1, 1: (1/2 + 1/2) W = 1, so W = 1 and
    # b = 2 - 1.5 · 1.
    W, b = ridge(X2, Y2, 0.5)
    np.testing.assert_allclose(W, [[1.0]])
    np.testing.assert_allclose(b, [0.5])


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES, l2_lambda=LAMBDAS)
def test_loss_and_gradients_match_autograd(
    make_data, seed, num_samples, num_features, l2_lambda
):
    X, y = make_data(seed, num_samples, num_features)
    W, b = weights(seed, num_features)
    y_pred = predict(X, W, b)
    W_, b_ = torch.tensor(W, requires_grad=True), torch.tensor(b, requires_grad=True)
    loss = torch.nn.functional.mse_loss(torch.tensor(X) @ W_ + b_, torch.tensor(y))
    loss = loss + l2_lambda / 2 * torch.linalg.vector_norm(W_) ** 2
    loss.backward()
    np.testing.assert_allclose(l2_loss(y_pred, y, W, l2_lambda), loss.item())
    dW, db = l2_gradients(X, y_pred, y, W, l2_lambda)
    np.testing.assert_allclose(dW, W_.grad, atol=1e-11)
    np.testing.assert_allclose(db, b_.grad, atol=1e-11)


@given(seed=SEEDS, num_features=FEATURES, l2_lambda=LAMBDAS)
def test_a_step_is_a_pytorch_step_with_weight_decay(
    make_data, seed, num_features, l2_lambda
):
    X, y = make_data(seed, 20, num_features)
    W, b = weights(seed, num_features)
    model = torch.nn.Linear(num_features, 1, dtype=torch.float64)
    model.load_state_dict({"weight": torch.tensor(W.T), "bias": torch.tensor(b)})
    groups = [
        {"params": model.weight, "weight_decay": l2_lambda},
        {"params": model.bias},
    ]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    torch.nn.functional.mse_loss(model(torch.tensor(X)), torch.tensor(y)).backward()
    optimizer.step()
    dW, db = l2_gradients(X, predict(X, W, b), y, W, l2_lambda)
    np.testing.assert_allclose(W - 0.1 * dW, model.weight.detach().T, atol=1e-11)
    np.testing.assert_allclose(b - 0.1 * db, model.bias.detach(), atol=1e-11)


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES, l2_lambda=LAMBDAS)
def test_ridge_agrees_with_scikit_learn(
    make_data, seed, num_samples, num_features, l2_lambda
):
    # Ridge sums the squared errors where the lesson averages, with α in place of λ/2.
    X, y = make_data(seed, num_samples, num_features)
    model = sklearn.linear_model.Ridge(alpha=num_samples * l2_lambda / 2).fit(
        X, y[:, 0]
    )
    W, b = ridge(X, y, l2_lambda)
    assert (W.shape, b.shape) == ((num_features, 1), (1,))
    np.testing.assert_allclose(W[:, 0], model.coef_, atol=1e-9)
    np.testing.assert_allclose(b[0], model.intercept_, atol=1e-9)


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES, l2_lambda=LAMBDAS)
def test_ridge_is_the_bottom_of_the_loss(
    make_data, seed, num_samples, num_features, l2_lambda
):
    X, y = make_data(seed, num_samples, num_features)
    W, b = ridge(X, y, l2_lambda)
    for gradient in l2_gradients(X, predict(X, W, b), y, W, l2_lambda):
        np.testing.assert_allclose(gradient, 0, atol=1e-9)
    W_step, b_step = weights(seed, num_features)
    W_other, b_other = W + W_step, b + b_step
    bottom = l2_loss(predict(X, W, b), y, W, l2_lambda)
    assert bottom < l2_loss(predict(X, W_other, b_other), y, W_other, l2_lambda)


@given(
    seed=SEEDS, num_samples=st.integers(3, 30), num_features=FEATURES, l2_lambda=LAMBDAS
)
def test_a_higher_price_buys_smaller_weights(
    make_data, seed, num_samples, num_features, l2_lambda
):
    X, y = make_data(seed, num_samples, num_features)
    W, _ = ridge(X, y, l2_lambda)
    W_dear, b_dear = ridge(X, y, 2 * l2_lambda)
    assert np.linalg.norm(W_dear) < np.linalg.norm(W)
    W_dear, b_dear = ridge(X, y, 1e12)
    np.testing.assert_allclose(W_dear, 0, atol=1e-6)
    np.testing.assert_allclose(b_dear[0], y.mean(), atol=1e-6)


@given(seed=SEEDS, num_features=FEATURES)
def test_a_price_near_zero_leaves_least_squares(make_data, seed, num_features):
    X, y = make_data(seed, 30, num_features)
    W, b = ridge(X, y, 1e-12)
    solution = np.linalg.lstsq(np.hstack([X, np.ones((30, 1))]), y, rcond=None)[0]
    np.testing.assert_allclose(np.vstack([W, b]), solution, atol=1e-8)


@given(
    seed=SEEDS,
    num_features=FEATURES,
    l2_lambda=LAMBDAS,
    shift=st.floats(-1e3, 1e3),
    scale=st.floats(-100, 100),
)
def test_shift_and_scale_of_y_carry_through(
    make_data, seed, num_features, l2_lambda, shift, scale
):
    X, y = make_data(seed, 20, num_features)
    W, b = ridge(X, y, l2_lambda)
    W_new, b_new = ridge(X, shift + scale * y, l2_lambda)
    np.testing.assert_allclose(W_new, scale * W, atol=1e-8)
    np.testing.assert_allclose(b_new, shift + scale * b, atol=1e-8)


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES, l2_lambda=LAMBDAS)
def test_the_order_of_rows_does_not_matter(
    make_data, seed, num_samples, num_features, l2_lambda
):
    X, y = make_data(seed, num_samples, num_features)
    order = np.random.RandomState(seed).permutation(num_samples)
    for result, reordered in zip(
        ridge(X, y, l2_lambda), ridge(X[order], y[order], l2_lambda), strict=True
    ):
        np.testing.assert_allclose(reordered, result, atol=1e-9)


@given(seed=SEEDS, l2_lambda=LAMBDAS)
def test_equal_columns_share_the_slope(make_data, seed, l2_lambda):
    X, y = make_data(seed, 20, 1)
    W, _ = ridge(np.hstack([X, X]), y, l2_lambda)
    np.testing.assert_allclose(W[0], W[1])


@pytest.mark.parametrize("function", CALLS, ids=lambda function: function.__name__)
def test_inputs_stay_as_they_are(function):
    arguments = {name: np.copy(value) for name, value in CALLS[function].items()}
    function(**arguments | {"l2_lambda": 0.5})
    for name, value in CALLS[function].items():
        np.testing.assert_array_equal(arguments[name], value)


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        (function, argument)
        for function, arguments in CALLS.items()
        for argument in arguments
        if argument != "l2_lambda"
    ],
    ids=lambda part: getattr(part, "__name__", part),
)
def test_bad_arrays_are_refused(function, argument, bad_array):
    arguments = CALLS[function] | {argument: bad_array.spoil(CALLS[function][argument])}
    with pytest.raises(bad_array.error, match=f"^{argument} {bad_array.match}"):
        function(**arguments)


@pytest.mark.parametrize("function", CALLS, ids=lambda function: function.__name__)
def test_bad_prices_are_refused(function, bad_number):
    with pytest.raises(bad_number.error, match=f"^l2_lambda {bad_number.match}"):
        function(**CALLS[function] | {"l2_lambda": bad_number.value})


@pytest.mark.parametrize(
    ("function", "argument", "shape", "match"),
    [
        (
            l2_loss,
            "y",
            (3, 1),
            r"^y_pred has 2 rows but y has 3: each sample needs one row",
        ),
        (l2_loss, "y", (2, 2), r"^y has shape \(2, 2\), but must be \(2, 1\) here$"),
        (
            l2_gradients,
            "y",
            (3, 1),
            r"^X has 2 rows but y has 3: each sample needs one row",
        ),
        (
            l2_gradients,
            "W",
            (2, 1),
            r"^W has shape \(2, 1\), but must be \(1, 1\) here$",
        ),
        (
            l2_gradients,
            "W",
            (1, 2),
            r"^W has shape \(1, 2\), but must be \(1, 1\) here$",
        ),
        (
            ridge,
            "y",
            (3, 1),
            r"^X has 2 rows but y has 3: each sample needs one row in both$",
        ),
        (ridge, "y", (2, 2), r"^y has shape \(2, 2\), but must be \(2, 1\) here$"),
    ],
    ids=lambda part: getattr(part, "__name__", None),
)
def test_shapes_that_do_not_fit_are_refused(function, argument, shape, match):
    with pytest.raises(ValueError, match=match):
        function(**CALLS[function] | {argument: np.ones(shape)})


@pytest.mark.parametrize(
    ("name", "function", "values"),
    [
        ("loss", l2_loss, {"W": [[1e200]]}),
        ("loss", l2_loss, {"y_pred": [[1e200], [0.0]]}),
        ("dW", l2_gradients, {"W": [[1e308]]}),
        (
            "a column of X",
            ridge,
            {"X": [[1e308], [1.7e308], [-1.7e308]], "y": [[0.0]] * 3},
        ),
        ("b", ridge, {"y": [[1e308], [1.7e308]]}),
        ("b", ridge, {"X": [[1e12], [1e12 + 1]], "y": [[-1e299], [1e299]]}),
    ],
    ids=lambda part: getattr(part, "__name__", None),
)
def test_results_that_overflow_are_reported(name, function, values):
    arrays = {key: np.array(value) for key, value in values.items()}
    arguments = CALLS[function] | arrays | {"l2_lambda": 10.0}
    match = f"^{name} is too large for float64: rescale the data"
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match=match):
        function(**arguments)


def test_ridge_on_collinear_features_with_hardly_any_price_is_least_squares():
    column = np.arange(6.0).reshape(-1, 1)
    X, y = np.hstack([column, column + 0.1, 3 * column]), 2 * column + 1
    W, b = ridge(X, y, 1e-14)
    # Of all exact solutions the shortest: along (1, 1, 3), whose square is 11.
    shortest = 2 / 11 * np.array([[1.0], [1.0], [3.0]])
    assert W == pytest.approx(shortest, abs=1e-6)
    assert X @ W + b == pytest.approx(y)


def test_ridge_of_enormous_features_is_computed_all_the_same():
    X, y = np.array([[-1e200], [1e200]]), np.array([[-1.0], [1.0]])
    assert ridge(X, y, 1e-9)[0] == pytest.approx(np.array([[1e-200]]))


@pytest.mark.parametrize("exponents", [(10, 0), (0, 10), (-8, 12), (150, -150)])
def test_ridge_in_other_units_is_ridge(make_data, exponents):
    # A penalty that the columns hardly feel must not drop one of them.
    X, y = make_data(0, 200, 2)
    scales = 10.0 ** np.array(exponents)
    W, b = ridge(X * scales, y, 1e-12 * scales.min() ** 2)
    free = np.linalg.lstsq(np.hstack([X, np.ones((200, 1))]), y, rcond=None)[0]
    np.testing.assert_allclose(W * scales.reshape(-1, 1), free[:-1], rtol=1e-8)
    np.testing.assert_allclose(b, free[-1], rtol=1e-8)


def test_ridge_takes_nanoseconds_since_1970_beside_a_standard_normal_feature():
    rng = np.random.RandomState(0)
    times = 1.7e18 + 1e9 * np.arange(1000.0)
    X = np.column_stack([times, rng.standard_normal(1000)])
    y = (1.99 * X[:, 1] + 1e-12 * (times - 1.7e18)).reshape(-1, 1)
    W, _ = ridge(X, y, 1e-9)
    np.testing.assert_allclose(W, [[1e-12], [1.99]], rtol=1e-8)


def test_a_penalty_that_rounding_hides_is_refused(make_data):
    X, y = make_data(0, 20, 1)
    match = r"^columns of X are collinear, and l2_lambda is too small .+: try a larger"
    with pytest.raises(ValueError, match=match):
        ridge(np.hstack([X, 3 * X]), y, 1e-40)
