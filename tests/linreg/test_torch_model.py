"""PyTorch and NumPy are the same model: from one start they walk the same steps."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from linreg.scratch import predict, train
from linreg.torch_model import LinearRegression, train_model

SEEDS = st.integers(0, 2**31)
FEATURES = st.integers(1, 4)
TENSORS = ("X_train", "y_train", "X_val", "y_val")


def float64(numbers):
    return torch.tensor(numbers, dtype=torch.float64)


def new_model(num_features=1, seed=0):
    return LinearRegression(num_features, torch.Generator().manual_seed(seed))


def model_at(W, b):
    """Return the model with these weights."""
    model = new_model(len(W))
    model.load_state_dict(
        {"linear.weight": torch.tensor(W.T), "linear.bias": torch.tensor(b)}
    )
    return model


def weights(seed, num_features):
    rng = np.random.RandomState(seed)
    return rng.standard_normal((num_features, 1)), rng.standard_normal(1)


def critical_rate(X):
    """Find 2 / λ: λ is the largest eigenvalue of the loss's second derivative."""
    return len(X) / np.linalg.norm(np.hstack([X, np.ones((len(X), 1))]), ord=2) ** 2


def data(seed, num_features, make_data):
    """Draw a training set and another set to validate on."""
    return *make_data(seed, 20, num_features), *make_data(seed + 1, 5, num_features)


def small_call(model=None, learning_rate=0.1, num_epochs=2, optimizer=None, **changes):
    """Train on two points, with some of the arguments changed."""
    model = model or new_model()
    X, y = float64([[-1], [1]]), float64([[0], [3]])
    tensors = dict(zip(TENSORS, (X, y, X.clone(), y.clone()), strict=True)) | changes
    optimizer = optimizer or torch.optim.SGD(model.parameters(), lr=0.1)
    if isinstance(optimizer, torch.optim.Optimizer):  # past the optimizer's own checks
        optimizer.param_groups[0]["lr"] = learning_rate
    return train_model(model, optimizer, **tensors, num_epochs=num_epochs)


# The model


@given(seed=SEEDS)
def test_weights_start_small_and_the_bias_at_zero(seed):
    # Of 10 000 draws the standard deviation strays by 0.7 %, the mean by 0.0001.
    linear = new_model(10_000, seed).linear
    assert linear.weight.dtype == linear.bias.dtype == torch.float64
    assert linear.weight.shape == (1, 10_000)
    assert linear.bias.tolist() == [0.0]
    assert abs(linear.weight.mean()) < 0.001
    assert 0.009 < linear.weight.std() < 0.011


@given(seed=SEEDS, num_features=FEATURES)
def test_the_generator_decides_the_weights(seed, num_features):
    first, second, other = (
        new_model(num_features, s).linear for s in (seed, seed, seed + 1)
    )
    assert torch.equal(first.weight, second.weight)
    assert not torch.equal(first.weight, other.weight)


@given(seed=SEEDS, num_features=FEATURES)
def test_both_models_predict_the_same(make_data, seed, num_features):
    X, _ = make_data(seed, 20, num_features)
    W, b = weights(seed, num_features)
    y_pred = model_at(W, b)(torch.tensor(X)).detach().numpy()
    np.testing.assert_allclose(y_pred, predict(X, W, b), atol=1e-12)


def test_bad_numbers_of_features_are_refused(bad_count):
    with pytest.raises(bad_count.error, match=f"^num_features {bad_count.match}"):
        LinearRegression(bad_count.value, torch.Generator())


# Training


@given(seed=SEEDS, num_features=FEATURES, fraction=st.floats(0.01, 0.9))
def test_numpy_and_pytorch_agree_after_every_step(
    make_data, seed, num_features, fraction
):
    arrays = data(seed, num_features, make_data)
    tensors = [torch.tensor(array) for array in arrays]
    rate = fraction * critical_rate(arrays[0])
    W, b = weights(seed, num_features)
    model = model_at(W, b)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    for _ in range(10):
        W, b, _ = train(*arrays, W, b, rate, 1)
        train_model(model, optimizer, *tensors, 1)
        np.testing.assert_allclose(model.linear.weight.detach().T, W, atol=1e-12)
        np.testing.assert_allclose(model.linear.bias.detach(), b, atol=1e-12)


@given(seed=SEEDS, num_features=FEATURES, num_epochs=st.integers(1, 30))
def test_numpy_and_pytorch_have_the_same_history(
    make_data, seed, num_features, num_epochs
):
    arrays = data(seed, num_features, make_data)
    tensors = [torch.tensor(array) for array in arrays]
    rate = 0.5 * critical_rate(arrays[0])
    W, b = weights(seed, num_features)
    model = model_at(W, b)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    history = train_model(model, optimizer, *tensors, num_epochs)
    W, b, expected = train(*arrays, W, b, rate, num_epochs)
    assert history.keys() == expected.keys()
    for name, losses in expected.items():
        assert len(losses) == num_epochs + 1
        np.testing.assert_allclose(history[name], losses, rtol=1e-9)
    np.testing.assert_allclose(model.linear.weight.detach().T, W, atol=1e-12)


@given(seed=SEEDS, num_features=FEATURES)
def test_training_twice_gives_the_same_and_leaves_the_data_alone(
    make_data, seed, num_features
):
    tensors = [torch.tensor(array) for array in data(seed, num_features, make_data)]
    copies = [tensor.clone() for tensor in tensors]

    def run():
        model = new_model(num_features, seed)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        return train_model(model, optimizer, *tensors, 5), model.linear.weight.tolist()

    assert run() == run()
    assert all(map(torch.equal, tensors, copies))


@given(seed=SEEDS, num_features=FEATURES, offset=st.floats(-1e3, 1e3))
def test_rounding_at_the_optimum_is_not_divergence(
    make_data, seed, num_features, offset
):
    X, y = make_data(seed, 20, num_features)
    y = y + offset
    solution = np.linalg.lstsq(np.hstack([X, np.ones((20, 1))]), y, rcond=None)[0]
    model = model_at(solution[:-1], solution[-1])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.9 * critical_rate(X))
    train_model(model, optimizer, *map(torch.tensor, (X, y, X, y)), 10)
    np.testing.assert_allclose(model.linear.weight.detach().T, solution[:-1], atol=1e-9)


def test_nothing_moves_when_the_loss_is_zero():
    zeros = float64([[0], [0]])
    model = model_at(np.zeros((1, 1)), np.zeros(1))
    history = small_call(model, y_train=zeros, y_val=zeros)
    assert history == {"train": [0.0] * 3, "val": [0.0] * 3}
    assert model.linear.weight.item() == model.linear.bias.item() == 0


@given(seed=SEEDS, num_features=FEATURES, factor=st.floats(1.05, 5))
def test_training_that_ends_above_its_start_is_reported(
    make_data, seed, num_features, factor
):
    X, y = make_data(seed, 20, num_features)
    design = np.hstack([X, np.ones((20, 1))])
    solution = np.linalg.lstsq(design, y, rcond=None)[0]
    steepest = np.linalg.svd(design)[2][0]
    model = model_at(solution[:-1] + steepest[:-1, None], solution[-1] + steepest[-1])
    optimizer = torch.optim.SGD(model.parameters(), lr=factor * critical_rate(X))
    match = (
        r"^training diverged at epoch 60: the loss rose from \S+ to \S+; try a smaller "
        r"learning_rate than \S+, or standardize X$"
    )
    with pytest.raises(FloatingPointError, match=match):
        train_model(model, optimizer, *map(torch.tensor, (X, y, X, y)), 60)


@pytest.mark.parametrize(("epoch", "learning_rate"), [(1, 1e200), (2, 1e100)])
def test_a_loss_that_overflows_names_the_epoch(epoch, learning_rate):
    match = rf"^training diverged at epoch {epoch}: the loss rose from .+ to inf; try a"
    with pytest.raises(FloatingPointError, match=match):
        small_call(learning_rate=learning_rate, num_epochs=5)


HUGE = {
    "y_train": ({"y_train": float64([[0], [1e200]])}, "loss"),
    "y_val": ({"y_val": float64([[0], [1e200]])}, "loss on X_val"),
    "X_val": ({"X_val": float64([[0], [1e200]])}, "loss on X_val"),
    "X_val, seen once W is not 0": (
        {"X_val": float64([[0], [1e170]]), "model": None},
        "loss on X_val",
    ),
}


@pytest.mark.parametrize(("changes", "what"), HUGE.values(), ids=HUGE)
def test_data_too_large_is_not_blamed_on_the_learning_rate(changes, what):
    if "model" in changes:
        changes = changes | {"model": model_at(np.zeros((1, 1)), np.zeros(1))}
    with pytest.raises(FloatingPointError, match=f"^{what} is too large for float64"):
        small_call(**changes)


# Input that is refused


BAD_TENSORS = {
    "list": (
        [[1.0], [2.0]],
        TypeError,
        r"is a list, not a tensor: try torch\.from_numpy\(",
    ),
    "array": (
        np.ones((2, 1)),
        TypeError,
        r"is a ndarray, not a tensor: try torch\.from_numpy\(",
    ),
    "none": (None, TypeError, r"is a NoneType, not a tensor: try torch\.from_numpy\("),
    "float32": (
        torch.ones(2, 1),
        TypeError,
        r"holds torch\.float32, not float64: try .+\.double",
    ),
    "int32": (
        torch.ones(2, 1).int(),
        TypeError,
        r"holds torch\.int32, not float64: try .+\.double",
    ),
    "complex": (
        torch.ones(2, 1) + 1j,
        TypeError,
        r"holds torch\.complex64, not float64: try torch\.hstack\(\[.+real, .+double",
    ),
    "sparse": (
        torch.eye(2, dtype=torch.float64).to_sparse(),
        TypeError,
        r"is a sparse tensor: try \w+\.to_dense\(\)$",
    ),
    "with a gradient": (
        torch.ones(2, 1, dtype=torch.float64, requires_grad=True),
        TypeError,
        r"needs a gradient, but is data: try \w+\.detach\(\)$",
    ),
    "nan": (
        float64([[1], [np.nan]]),
        ValueError,
        r"has NaN or infinity in row 1: remove or",
    ),
    "infinity": (
        float64([[-np.inf], [1]]),
        ValueError,
        r"has NaN or infinity in row 0: remove or",
    ),
    "empty": (
        float64([[]]),
        ValueError,
        r"is empty, shape \(1, 0\): it needs at least one number",
    ),
    "0-d": (
        float64(1),
        ValueError,
        r"has shape \(\), but .+: try \w+\.reshape\(-1, 1\)",
    ),
    "1-d": (
        float64([1, 2]),
        ValueError,
        r"has shape \(2,\), but .+: try \w+\.reshape\(-1, 1\)",
    ),
    "3-d": (
        float64([[[1]], [[2]]]),
        ValueError,
        r"has shape \(2, 1, 1\), but .+\.reshape\(2, -1\)",
    ),
}


@pytest.mark.parametrize("argument", TENSORS)
@pytest.mark.parametrize(
    ("value", "error", "match"), BAD_TENSORS.values(), ids=BAD_TENSORS
)
def test_bad_tensors_are_refused(argument, value, error, match):
    model = new_model()
    before = model.linear.weight.tolist()
    with pytest.raises(error, match=f"^{argument} {match}"):
        small_call(model, **{argument: value})
    assert model.linear.weight.tolist() == before  # refused before the first step


@pytest.mark.parametrize("name", ["train", "val"])
def test_shapes_that_do_not_fit_are_refused(name):
    rows = (
        rf"^X_{name} has 2 rows but y_{name} has 3: each sample needs one row in both$"
    )
    with pytest.raises(ValueError, match=rows):
        small_call(**{f"y_{name}": float64([[0], [1], [2]])})
    columns = rf"^y_{name} has shape \(2, 2\), but must be \(2, 1\) here$"
    with pytest.raises(ValueError, match=columns):
        small_call(**{f"y_{name}": float64([[0, 1], [2, 3]])})


def test_bad_learning_rates_are_refused(bad_number):
    with pytest.raises(bad_number.error, match=f"^learning_rate {bad_number.match}"):
        small_call(learning_rate=bad_number.value)


def test_bad_numbers_of_epochs_are_refused(bad_count):
    with pytest.raises(bad_count.error, match=f"^num_epochs {bad_count.match}"):
        small_call(num_epochs=bad_count.value)


def test_a_generator_of_its_own_is_asked_for():
    match = r"^generator is a int: try torch\.Generator\(\)\.manual_seed\(1234\)$"
    with pytest.raises(TypeError, match=match):
        LinearRegression(1, 1234)


@pytest.mark.parametrize("optimizer", [torch.optim.Adam, torch.optim.SGD])
def test_a_small_rise_from_the_best_start_is_not_called_divergence(
    optimizer, make_data
):
    X, y = make_data(0, 20, 2)
    solution = np.linalg.lstsq(np.hstack([X, np.ones((20, 1))]), y, rcond=None)[0]
    model = model_at(solution[:-1], solution[-1])
    decaying = optimizer(model.parameters(), lr=0.01, weight_decay=0.1)
    history = train_model(model, decaying, *map(torch.tensor, (X, y, X, y)), 3)
    assert history["train"][-1] > history["train"][0]


# Models and optimizers that don't fit


class Changed(torch.nn.Module):
    """The lesson's model, but its forward ends in another step."""

    def __init__(self, last):
        super().__init__()
        self.model, self.last = new_model(), last

    def forward(self, X):
        return self.last(self.model(X))


CHANGED = {
    "squeezed": (torch.squeeze, ValueError, r"shape \(2,\), but must .+ \(2, 1\)"),
    "flat": (torch.ravel, ValueError, r"shape \(2,\), but must return .+ \(2, 1\)"),
    "a mean": (torch.mean, ValueError, r"returns torch\.float64 of shape \(\), but"),
    "one row": (lambda y_pred: y_pred[:1], ValueError, r"of shape \(1, 1\), but must"),
    "two columns": (lambda y_pred: y_pred.expand(2, 2), ValueError, r"shape \(2, 2\)"),
    "float32": (torch.Tensor.float, ValueError, r"returns torch\.float32 of shape"),
    "a list": (torch.Tensor.tolist, TypeError, r"forward returns a list, not a tensor"),
    "detached": (torch.Tensor.detach, ValueError, r"^autograd records nothing: train"),
    "a multiplication that doesn't fit": (
        lambda y_pred: y_pred @ y_pred,
        ValueError,
        r"^the model doesn't accept X of shape \(2, 1\) on cpu: .*shapes",
    ),
}


@pytest.mark.parametrize(("last", "error", "match"), CHANGED.values(), ids=CHANGED)
def test_a_forward_that_returns_something_else_is_refused(last, error, match):
    model = Changed(last)
    before = model.model.linear.weight.item()
    with pytest.raises(error, match=match):
        small_call(model)
    assert model.model.linear.weight.item() == before  # refused before the first step


def test_a_row_of_its_own_is_no_way_around():
    """Of one row a mean has the right shape for training, but not for validation."""
    model = Changed(lambda y_pred: y_pred.mean(dim=0, keepdim=True))
    one = float64([[1]])
    with pytest.raises(ValueError, match=r"of shape \(1, 1\), but must .+ \(2, 1\)"):
        small_call(model, X_train=one, y_train=one)


def test_a_model_for_other_features_is_refused():
    match = r"^the model doesn't accept X of shape \(2, 1\) on cpu: .*shapes"
    with pytest.raises(ValueError, match=match):
        small_call(new_model(3))


@pytest.mark.parametrize("name", ["X_train", "X_val"])
def test_all_data_has_the_same_features(name):
    match = r"^X_val has shape \(2, \d\), but must be \(2, \d\) here$"
    with pytest.raises(ValueError, match=match):
        small_call(**{name: float64([[1, 2], [3, 4]])})


def test_a_model_of_float32_is_told_how_to_change():
    model = torch.nn.Linear(1, 1)
    match = (
        r"^model holds weight as torch\.float32, not float64: try model\.double\(\)$"
    )
    with pytest.raises(TypeError, match=match):
        small_call(model)
    assert len(small_call(model.double())["train"]) == 3  # the fix works


def test_what_is_no_model_or_optimizer_is_refused():
    with pytest.raises(
        TypeError, match=r"^model is a function, not a torch\.nn\.Module"
    ):
        small_call(small_call, optimizer=torch.optim.SGD(new_model().parameters()))
    with pytest.raises(TypeError, match=r"^optimizer is a str: try torch\.optim\.SGD"):
        small_call(optimizer="Adam")


def test_an_optimizer_that_measures_more_than_once_is_refused():
    model = new_model()
    optimizer = torch.optim.LBFGS(model.parameters())
    match = r"^optimizer is LBFGS, which measures .+ a step: try one .+ SGD or Adam$"
    with pytest.raises(TypeError, match=match):
        small_call(model, optimizer=optimizer)


OTHER_PARAMETERS = {
    "of another model": lambda model: new_model().parameters(),
    "of both": lambda model: [*model.parameters(), *new_model().parameters()],
    "the weight alone": lambda model: [model.linear.weight],
}


@pytest.mark.parametrize("parameters", OTHER_PARAMETERS.values(), ids=OTHER_PARAMETERS)
@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_an_optimizer_of_other_parameters_is_refused(kind, parameters):
    model = new_model()
    optimizer = getattr(torch.optim, kind)(parameters(model))
    match = rf"^the optimizer must hold .+: try torch\.optim\.{kind}\(model\.param"
    with pytest.raises(ValueError, match=match):
        small_call(model, optimizer=optimizer)


def test_a_frozen_parameter_may_be_in_the_optimizer_or_not():
    for kept in ("weight", None):
        model = new_model()
        model.linear.bias.requires_grad = False
        parameters = [model.linear.weight] if kept else model.parameters()
        small_call(model, optimizer=torch.optim.SGD(parameters))
        assert model.linear.bias.item() == 0 != model.linear.weight.item()


def test_a_model_with_nothing_to_train_is_refused():
    model = new_model()
    optimizer = torch.optim.SGD(model.parameters())
    for parameter in model.parameters():
        parameter.requires_grad = False
    with pytest.raises(ValueError, match=r"^the optimizer must hold the model's train"):
        small_call(model, optimizer=optimizer)


def test_training_without_autograd_is_refused():
    with torch.no_grad(), pytest.raises(ValueError, match=r"^autograd records nothing"):
        small_call()


def test_counts_of_numpy_do_not_overflow():
    assert len(small_call(num_epochs=np.uint8(255))["train"]) == 256
