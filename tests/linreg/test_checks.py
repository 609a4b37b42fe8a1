"""Good input passes; of bad input the checks say what is wrong and what to try."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from linreg.checks import (
    assume_finite,
    check_array,
    check_count,
    check_matrices,
    check_positive,
    check_results,
    check_shape,
)

FINITE = st.floats(allow_nan=False, allow_infinity=False)
NOT_FINITE = st.sampled_from([np.nan, np.inf, -np.inf])
COLUMN = np.array([[1.0], [2.0], [3.0]])


@given(array=hnp.arrays(float, hnp.array_shapes(min_dims=0), elements=FINITE))
def test_every_array_of_finite_float64_passes(array):
    before = array.copy()
    check_array("X", array)
    check_shape(array.shape, X=array)
    np.testing.assert_array_equal(array, before)


@given(data=st.data(), shape=hnp.array_shapes(min_dims=1, max_dims=3), bad=NOT_FINITE)
def test_the_row_that_is_not_finite_is_named(data, shape, bad):
    array = np.zeros(shape)
    place = data.draw(st.tuples(*[st.integers(0, length - 1) for length in shape]))
    array[place] = bad
    with pytest.raises(
        ValueError, match=rf"^X has NaN or infinity in row {place[0]}: remove or"
    ):
        check_array("X", array)


def test_the_first_of_several_bad_rows_is_named():
    with pytest.raises(ValueError, match=r"in row 1: remove or replace it$"):
        check_array("X", np.array([[0.0, 0.0], [0.0, np.inf], [np.nan, 0.0]]))


def test_a_single_nan_has_no_row():
    with pytest.raises(
        ValueError, match=r"^X has NaN or infinity: remove or replace it$"
    ):
        check_array("X", np.array(np.nan))


def test_check_matrices_refuses(bad_array):
    with pytest.raises(bad_array.error, match=f"^y {bad_array.match}"):
        check_matrices(X=COLUMN, y=bad_array.spoil(COLUMN))


def test_check_shape_refuses(bad_array):
    with pytest.raises(bad_array.error, match=f"^W {bad_array.match}"):
        check_shape((3, 1), W=bad_array.spoil(COLUMN))


@pytest.mark.parametrize(
    "X",
    [
        pytest.param([[1.0], [2.0]], id="list"),
        pytest.param(((1, 2), (3, 4)), id="tuple"),
        pytest.param(COLUMN.view(np.matrix), id="matrix"),
        pytest.param(np.array([[1], [2]]), id="integers"),
        pytest.param(np.array([[1], [2]], dtype=object), id="objects"),
        pytest.param(np.array([["1.5"], ["2"]]), id="strings-of-numbers"),
        pytest.param(np.array([[1.0], [2.0]], dtype=np.float32), id="float32"),
        pytest.param(np.array([[1.0], [2.0]], dtype=">f8"), id="other-byte-order"),
        pytest.param(np.array(5.0), id="0-d"),
        pytest.param(np.array([1.0, 2.0]), id="1-d"),
        pytest.param(np.ones((4, 3, 2)), id="3-d"),
    ],
)
def test_the_fix_in_the_message_works(X):
    with pytest.raises((TypeError, ValueError), match="try ") as caught:
        check_matrices(X=X)
    fix = str(caught.value).split("try ")[1]
    check_matrices(X=eval(fix, {"np": np, "X": X}))


@pytest.mark.parametrize(
    ("shape", "fix"),
    [
        ((), r"try X\.reshape\(-1, 1\)$"),
        ((3,), r"try X\.reshape\(-1, 1\)$"),
        ((4, 3, 2), r"try X\.reshape\(4, -1\)$"),
    ],
    ids=str,
)
def test_samples_stay_rows_when_a_matrix_is_reshaped(shape, fix):
    with pytest.raises(ValueError, match=r"needs rows and columns: " + fix):
        check_matrices(X=np.ones(shape))


def test_matrices_may_differ_in_columns_but_not_in_rows():
    check_matrices(X=np.ones((35, 2)), y=np.ones((35, 1)))
    with pytest.raises(
        ValueError, match=r"^X has 35 rows but y has 7: each sample needs one row"
    ):
        check_matrices(X=np.ones((35, 1)), y=np.ones((7, 1)))
    with pytest.raises(
        ValueError, match=r"^X has 35 rows but w has 36: each sample needs one row"
    ):
        check_matrices(X=np.ones((35, 1)), y=np.ones((35, 1)), w=np.ones((36, 1)))


@pytest.mark.parametrize("shape", [(2, 1), (1, 3), (3,), (3, 1, 1)], ids=str)
def test_check_shape_names_both_shapes(shape):
    expected = rf"^W has shape \({str(shape)[1:-1]}\), but must be \(3, 1\) here$"
    with pytest.raises(ValueError, match=expected):
        check_shape((3, 1), b=np.ones((3, 1)), W=np.ones(shape))


@pytest.mark.parametrize(
    "value",
    [0.1, 1, 5e-324, 1.7e308, np.float32(0.1), np.float64(0.1), np.int64(2)],
    ids=repr,
)
def test_positive_numbers_pass(value):
    check_positive(learning_rate=value)


def test_check_positive_refuses(bad_number):
    with pytest.raises(bad_number.error, match=f"^learning_rate {bad_number.match}"):
        check_positive(other=1.0, learning_rate=bad_number.value)


@pytest.mark.parametrize("value", [1, 100, np.int64(1), np.uint8(255)], ids=repr)
def test_whole_numbers_from_one_up_pass(value):
    check_count(num_epochs=value)


def test_check_count_refuses(bad_count):
    with pytest.raises(bad_count.error, match=f"^num_epochs {bad_count.match}"):
        check_count(other=1, num_epochs=bad_count.value)


@given(result=hnp.arrays(float, (2, 2), elements=FINITE), loss=FINITE)
def test_finite_results_pass(result, loss):
    check_results(result=result, loss=loss)


@given(bad=NOT_FINITE, row=st.integers(0, 2))
def test_results_that_are_not_finite_are_reported(bad, row):
    result = COLUMN.copy()
    result[row] = bad
    for value in (result, float(bad), np.float64(bad)):
        with pytest.raises(
            FloatingPointError, match=r"^dW is too large for float64: rescale the"
        ):
            check_results(W=COLUMN, dW=value)


# For arrays that have been looked through


def test_what_is_assumed_to_be_finite_is_not_searched_until_the_loop_ends():
    bad = np.array([[np.nan]])
    with pytest.raises(KeyError), assume_finite():
        check_matrices(X=bad)
        raise KeyError
    with pytest.raises(ValueError, match=r"^X has NaN or infinity in row 0: "):
        check_matrices(X=bad)


def test_all_else_is_still_checked_where_numbers_are_assumed_to_be_finite():
    with assume_finite():
        with pytest.raises(TypeError, match=r"^X holds int64, not float64"):
            check_array("X", np.ones((1, 1), dtype=np.int64))
        with pytest.raises(ValueError, match=r"^X is empty, shape \(0, 1\)"):
            check_array("X", COLUMN[:0])
        with pytest.raises(FloatingPointError, match=r"^dW is too large for float64"):
            check_results(dW=np.array([[np.nan]]))
