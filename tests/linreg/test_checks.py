"""Good input passes; of bad input the checks say what is wrong and what to try."""

import inspect
import pickle
from typing import Annotated

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from linreg.checks import (
    Array,
    Bias,
    Count,
    Inputs,
    Level,
    Means,
    NewInputs,
    Positive,
    Rng,
    Scales,
    Square,
    Targets,
    Weights,
    checked,
    descent,
    refuse_divergence,
    refuse_no_sample_left,
    refuse_too_few_rows,
    to_float64,
)
from linreg.scratch import gradients, predict

FINITE = st.floats(allow_nan=False, allow_infinity=False)
NOT_FINITE = st.sampled_from([np.nan, np.inf, -np.inf])
COLUMN = np.array([[1.0], [2.0], [3.0]])
RNG = np.random.RandomState(0)


@checked("X", "y")
def fit(X: Inputs, y: Targets) -> tuple[Inputs, Targets]:
    """Stand for a function of data; hands back what it has taken."""
    return X, y


@checked("value")
def take(
    count: Count = 1, rate: Positive = 1.0, level: Level = 0.5, rng: Rng = RNG
) -> float:
    """Stand for a function of options; adds them up."""
    assert (type(count), type(rate), type(level)) == (int, float, float)
    return count + rate + level


@checked("x")
def result(x: object) -> object:
    """Stand for a function whose result is anything."""
    return x


# What a function keeps, though it is checked


def test_a_checked_function_looks_like_itself():
    assert str(inspect.signature(predict)).startswith("(X: ")
    assert list(inspect.signature(gradients).parameters) == ["X", "y_pred", "y"]
    assert predict.__doc__.startswith("Predict the targets")
    assert predict.__module__ == "linreg.scratch"
    assert pickle.loads(pickle.dumps(predict)) is predict


def test_arguments_are_passed_as_python_passes_them():
    assert take() == take(1, 1) == take(rate=1.0, count=1) == 2.5
    assert take(2, level=0.25) == 3.25
    for wrong in (
        lambda: take(1, 1.0, 0.5, RNG, 3),
        lambda: take(1, count=1),
        lambda: take(counts=1),
        lambda: fit(COLUMN),
    ):
        with pytest.raises(TypeError, match=r"^(take|fit)\(\) "):
            wrong()


# Arrays


@given(
    array=hnp.arrays(float, hnp.array_shapes(min_dims=2, max_dims=2), elements=FINITE)
)
def test_every_matrix_of_finite_float64_passes_untouched(array):
    before = array.copy()
    y = array[:, :1]
    assert fit(array, y)[0] is array
    np.testing.assert_array_equal(array, before)


@given(data=st.data(), shape=hnp.array_shapes(min_dims=2, max_dims=2), bad=NOT_FINITE)
def test_the_row_that_is_not_finite_is_named(data, shape, bad):
    array = np.zeros(shape)
    row, column = (data.draw(st.integers(0, length - 1)) for length in shape)
    array[row, column] = bad
    array[row:, -1] = bad
    with pytest.raises(
        ValueError, match=rf"^X has NaN or infinity in row {row}: remove or replace it$"
    ):
        fit(array, np.ones((shape[0], 1)))


@pytest.mark.parametrize("argument", ["X", "y"])
def test_bad_matrices_are_refused(argument, bad_array):
    arguments = {"X": COLUMN, "y": COLUMN}
    arguments[argument] = bad_array.spoil(COLUMN)
    with pytest.raises(bad_array.error, match=f"^{argument} {bad_array.match}"):
        fit(**arguments)


TIMES = np.array([["2020-01-01"], ["2020-01-03"]], dtype="datetime64[D]")
DAY = 86_400.0


@pytest.mark.parametrize(
    ("X", "expected"),
    [
        ([[1.0], [2.0]], [[1], [2]]),
        (((1, 2), (3, 4)), [[1, 2], [3, 4]]),
        (COLUMN.view(np.matrix), COLUMN),
        (np.array([[1], [2]]), [[1], [2]]),
        (np.array([[1], [2]], dtype=object), [[1], [2]]),
        (np.array([["1.5"], ["2"]]), [[1.5], [2]]),
        (np.array([[1.0], [2.0]], dtype=np.float32), [[1], [2]]),
        (np.array([[1.0], [2.0]], dtype=">f8"), [[1], [2]]),
        (np.array([1.0, 2.0]), [[1], [2]]),
        (np.array(5.0), [[5]]),
        (np.arange(24.0).reshape(4, 3, 2), np.arange(24.0).reshape(4, 6)),
        (pd.DataFrame({"a": [1, 2]}), [[1], [2]]),
        (scipy.sparse.csr_array([[1.0], [0.0]]), [[1], [0]]),
        (scipy.sparse.csr_matrix([[1.0], [0.0]]), [[1], [0]]),
        (torch.ones((2, 1)), [[1], [1]]),
        (torch.ones((2, 1), requires_grad=True), [[1], [1]]),
        (torch.ones((2, 1), dtype=torch.bfloat16), [[1], [1]]),
        (np.ma.masked_array([[1.0], [2.0]]), [[1], [2]]),
        (TIMES, [[0], [2 * DAY]]),
        (TIMES.tolist(), None),
        ([[time] for time in TIMES[:, 0]], [[0], [2 * DAY]]),
        (pd.DataFrame({"a": TIMES[:, 0].astype("datetime64[s]")}), [[0], [2 * DAY]]),
        (TIMES - TIMES[0], [[0], [2 * DAY]]),
        (np.array([[1 + 2j], [3]]), [[1, 2], [3, 0]]),
        ([[1 + 2j], [3]], [[1, 2], [3, 0]]),
    ],
    ids=lambda part: None if isinstance(part, list) else type(part).__name__,
)
def test_the_fix_in_the_message_works(X, expected):
    with pytest.raises((TypeError, ValueError), match="try ") as caught:
        fit(X, COLUMN)
    fix = str(caught.value).split("try ")[1]
    if expected is None:  # dates of Python's own: no conversion is known, none is made
        with pytest.raises(TypeError):
            eval(fix, {"np": np, "X": X})
    else:
        fixed = eval(fix, {"np": np, "X": X})
        np.testing.assert_array_equal(fit(fixed, fixed[:, :1].copy())[0], expected)


GAP = np.array([["2020-01-01"], ["NaT"]], dtype="datetime64[s]")


@pytest.mark.parametrize(
    "X",
    [
        np.ma.masked_array([[1.0], [9e9]], [[0], [1]]),
        np.ma.masked_array([[1], [9]], [[0], [1]]),
        [np.ma.masked_array([1.0], [0]), np.ma.masked_array([9e9], [1])],
        GAP,
        list(GAP),
        pd.DataFrame({"a": GAP[:, 0]}),
        GAP - GAP[0],
    ],
    ids=["masked", "integers", "list of masked", "NaT", "list", "frame", "durations"],
)
def test_the_fix_uncovers_nothing_that_is_missing(X):
    with pytest.raises(TypeError, match="try ") as caught:
        fit(X, COLUMN[:2])
    fixed = eval(str(caught.value).split("try ")[1], {"np": np, "X": X})
    with pytest.raises(ValueError, match=r"^X has NaN or infinity in row 1: remove or"):
        fit(fixed, COLUMN[:2])


def test_rows_of_different_lengths_have_no_fix_that_goes_wrong():
    fix = to_float64("X", [[1.0], [1.0, 2.0]])
    assert fix == "np.array(X, dtype=float)"


# Shapes


@checked()
def shapes(
    X_new: NewInputs, X: Inputs, W: Weights, b: Bias, std: Scales, H: Square
) -> None:
    """Take every kind of shape."""


SHAPES = {
    "X_new": (2, 3),
    "X": (4, 3),
    "W": (3, 1),
    "b": (1,),
    "std": (3,),
    "H": (5, 5),
}


@pytest.mark.parametrize(
    ("argument", "shape", "needed"),
    [
        ("X_new", (2, 2), (2, 3)),
        ("W", (2, 1), (3, 1)),
        ("W", (3, 2), (3, 1)),
        ("W", (1, 3), (3, 1)),
        ("b", (3,), (1,)),
        ("b", (1, 1), (1,)),
        ("b", (), (1,)),
        ("std", (1,), (3,)),
        ("std", (3, 1), (3,)),
        ("std", (), (3,)),
        ("H", (5, 4), (5, 5)),
    ],
    ids=str,
)
def test_both_shapes_are_named(argument, shape, needed):
    shapes(*map(np.ones, SHAPES.values()))
    arguments = {name: np.ones(size) for name, size in SHAPES.items()}
    with pytest.raises(ValueError) as caught:
        shapes(**arguments | {argument: np.ones(shape)})
    assert (
        str(caught.value) == f"{argument} has shape {shape}, but must be {needed} here"
    )


def test_the_first_array_sets_a_size_that_nothing_else_knows():
    @checked()
    def means(mean: Means) -> None:
        """Take a size of its own."""

    means(np.ones(7))
    with pytest.raises(ValueError, match=r"^mean has shape \(\), but must be \(1,\)"):
        means(np.array(1.0))


def test_samples_stay_rows_when_a_matrix_is_reshaped():
    for shape, fix in (((), "-1, 1"), ((3,), "-1, 1"), ((4, 3, 2), "4, -1")):
        with pytest.raises(ValueError) as caught:
            fit(np.ones(shape), COLUMN)
        message = str(caught.value)
        assert message.endswith(f"needs rows and columns: try X.reshape({fix})")


def test_matrices_need_the_same_rows():
    with pytest.raises(
        ValueError,
        match=r"^X has 35 rows but y has 7: each sample needs one row in both$",
    ):
        fit(np.ones((35, 2)), np.ones((7, 1)))


@pytest.mark.parametrize("bad", [0.0, -1.0])
def test_a_scale_must_be_positive(bad):
    arguments = {name: np.ones(size) for name, size in SHAPES.items()}
    match = r"^std is \[.+\], but must be positive: try mean_and_std\(X_train\)$"
    with pytest.raises(ValueError, match=match):
        shapes(**arguments | {"std": np.array([1.0, bad, 1.0])})


# Numbers


@pytest.mark.parametrize(
    "value",
    [
        0.1,
        1,
        5e-324,
        1.7e308,
        np.float32(0.1),
        np.float16(0.1),
        np.int8(2),
        np.uint8(2),
    ],
    ids=repr,
)
def test_positive_numbers_are_taken_as_float64(value):
    assert take(rate=value) == 1.5 + float(value)


@pytest.mark.parametrize("value", [1, 100, np.int64(1), np.uint8(255)], ids=repr)
def test_whole_numbers_are_taken_as_int(value):
    assert take(value) == int(value) + 1.5


def test_numbers_of_a_small_type_cannot_overflow_inside():
    @checked()
    def product(left: Count, right: Count, rate: Positive) -> float:
        return left * right * rate

    assert product(np.int32(10**9), np.int32(10), np.float16(2)) == 2e10
    assert product(np.uint8(200), np.uint8(200), np.float32(0.1)) == pytest.approx(
        4000, rel=1e-7
    )


def test_bad_numbers_are_refused(bad_number):
    with pytest.raises(bad_number.error, match=f"^rate {bad_number.match}"):
        take(rate=bad_number.value)
    with pytest.raises(bad_number.error, match=f"^level {bad_number.match}"):
        take(level=bad_number.value)


@pytest.mark.parametrize("value", [10**400, np.longdouble("1e-400"), 1e-400], ids=str)
def test_numbers_that_no_float64_can_hold_are_refused(value):
    with pytest.raises(
        ValueError, match=r"^rate is .+, but must be positive and finite"
    ):
        take(rate=value)


def test_bad_counts_are_refused(bad_count):
    with pytest.raises(bad_count.error, match=f"^count {bad_count.match}"):
        take(bad_count.value)


@pytest.mark.parametrize("value", [1.0, 95])
def test_a_level_is_below_one(value):
    with pytest.raises(
        ValueError, match=rf"^level is {value}, but must be below 1: try"
    ):
        take(level=value)


@pytest.mark.parametrize("rng", [1234, None, np.random], ids=["seed", "none", "module"])
def test_a_generator_is_asked_for(rng):
    with pytest.raises(
        TypeError, match=r"^rng is a \w+: try np\.random\.RandomState\(1234\)$"
    ):
        take(rng=rng)


# Results


@given(value=hnp.arrays(float, (2, 2), elements=FINITE), loss=FINITE)
def test_finite_results_pass(value, loss):
    assert result(value) is value
    assert result(loss) == loss


@given(bad=NOT_FINITE, row=st.integers(0, 2))
def test_results_that_are_not_finite_are_reported_by_their_names(bad, row):
    @checked("W", "dW")
    def two(X: Array) -> tuple[Array, Array]:
        return COLUMN, X

    spoiled = COLUMN.copy()
    spoiled[row] = bad
    match = "is too large for float64: rescale the data, for example by choosing other"
    for value in (spoiled, float(bad), np.float64(bad)):
        with pytest.raises(FloatingPointError, match=f"^x {match}"):
            result(value)
    with pytest.raises(FloatingPointError, match=f"^dW {match}"):
        two(spoiled)


def test_an_overflow_is_an_error_and_no_warning():
    with pytest.raises(FloatingPointError, match=r"^y_pred is too large for float64"):
        predict(1e200 * COLUMN, np.array([[1e200]]), np.zeros(1))


def test_other_modules_can_add_kinds_of_their_own():
    def as_even(name, value):
        if value % 2:
            raise ValueError(f"{name} is odd")
        return value // 2

    @checked()
    def half(number: Annotated[int, as_even]) -> int:
        return number

    assert half(4) == 2
    with pytest.raises(ValueError, match=r"^number is odd$"):
        half(number=3)


# Training


def history(*losses, val=1.0):
    return {"train": list(losses), "val": [val] * len(losses)}


def test_calls_within_a_descent_go_straight_through_until_it_ends():
    bad = np.array([[np.nan]])
    with descent(history(1.0), 0.1):
        assert np.isnan(fit(bad, bad)[0])
    with pytest.raises(KeyError), descent(history(1.0), 0.1):
        raise KeyError
    with pytest.raises(ValueError, match=r"^X has NaN or infinity in row 0: "):
        fit(bad, bad)


@pytest.mark.parametrize("loss", [np.nan, np.inf])
def test_a_loss_that_is_not_finite_is_divergence(loss):
    match = (
        rf"^training diverged at epoch 2: the loss rose from 2 to {loss}; "
        r"try a smaller learning_rate than 0\.1, or standardize X$"
    )
    with (
        pytest.raises(FloatingPointError, match=match),
        descent(history(2, 3, loss), 0.1),
    ):
        pass


def test_with_targets_a_loss_may_rise_by_rounding_only():
    y = np.array([[1e6], [-1e6]])
    with (
        descent(history(1.0, 1.0 + 1e-9), 0.1, y),
        descent(history(0.0, 1e-13), 0.1, y),
    ):
        pass
    for losses in ((1.0, 1.001), (0.0, 1e-11)):
        with (
            pytest.raises(FloatingPointError, match=r"^training diverged at epoch 1: "),
            descent(history(*losses), 0.1, y),
        ):
            pass


def test_a_first_loss_that_is_not_finite_is_the_fault_of_the_data():
    with (
        pytest.raises(
            FloatingPointError, match=r"^loss is too large for float64: rescale"
        ),
        descent(history(np.inf), 0.1, COLUMN),
    ):
        pass


def test_a_huge_validation_set_is_not_blamed_on_the_learning_rate():
    with pytest.raises(
        FloatingPointError, match=r"^loss on X_val is too large for float"
    ):
        refuse_divergence(history(2.0, 1.0, val=np.inf), 0.1, 2.0)


def test_rows_are_counted():
    refuse_too_few_rows(3, 2)
    refuse_too_few_rows(2, 2, bias=0)
    refuse_no_sample_left(4, 2)
    refuse_no_sample_left(3, 2, bias=0)
    for refuse, rows, bias, message in (
        (refuse_too_few_rows, 2, 1, "2 rows are too few for 2 weights and a bias: add"),
        (refuse_too_few_rows, 1, 0, "1 rows are too few for 2 weights: add rows, drop"),
        (
            refuse_no_sample_left,
            3,
            1,
            "3 rows are all used up by 2 weights and a bias:",
        ),
        (refuse_no_sample_left, 2, 0, "2 rows are all used up by 2 weights: add rows"),
    ):
        with pytest.raises(ValueError, match=f"^{message}"):
            refuse(rows, 2, bias)
