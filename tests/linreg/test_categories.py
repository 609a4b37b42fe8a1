"""Categories become columns that statsmodels' formulas and scikit-learn make, too."""

import numpy as np
import pytest
from patsy import dmatrix
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures

from linreg.categories import indicators, interactions

WIRES = np.array(["steel", "brass", "copper", "steel", "brass"])
LEVELS = ["brass", "copper", "steel"]


def test_the_reference_level_has_no_column():
    expected = [[0, 1], [0, 0], [1, 0], [0, 1], [0, 0]]
    np.testing.assert_array_equal(indicators(WIRES, LEVELS), expected)


@pytest.mark.parametrize("seed", range(5))
def test_indicators_are_those_of_scikit_learn_and_of_patsy(seed):
    rng = np.random.RandomState(seed)
    levels = [f"level {k}" for k in range(rng.randint(2, 7))]
    values = rng.choice(levels, 40)
    encoder = OneHotEncoder(categories=[levels], drop="first", sparse_output=False)
    coded = indicators(values, levels)
    np.testing.assert_array_equal(coded, encoder.fit_transform(values.reshape(-1, 1)))
    by_formula = dmatrix(
        "C(values, levels=levels)", {"values": values, "levels": levels}
    )
    np.testing.assert_array_equal(coded, np.asarray(by_formula)[:, 1:])


def test_the_first_of_the_levels_is_the_reference_whatever_the_alphabet_says():
    coded = indicators(WIRES, ["steel", "copper", "brass"])
    np.testing.assert_array_equal(coded[0], [0, 0])
    np.testing.assert_array_equal(coded[1], [0, 1])


def test_a_level_that_no_row_has_keeps_its_column():
    coded = indicators(np.array(["brass", "steel"]), LEVELS)
    np.testing.assert_array_equal(coded, [[0, 0], [0, 1]])


def test_a_value_that_is_no_level_is_named_with_its_row():
    with pytest.raises(
        ValueError, match=r"^row 3 of values is 'zinc', which is none of"
    ):
        indicators(np.array(["brass", "steel", "brass", "zinc", "tin"]), LEVELS)
    for value in ("", "Brass", "brass ", "nan"):
        with pytest.raises(ValueError, match=r"which is none of the levels"):
            indicators(np.array(["steel", value]), LEVELS)


@pytest.mark.parametrize("make", [np.array, set, iter, dict.fromkeys, tuple])
def test_levels_are_a_list(make):
    with pytest.raises(TypeError, match=r"^levels is a \w+, not a list: try sorted\("):
        indicators(WIRES, make(LEVELS))


def test_masked_values_are_refused():
    masked = np.ma.array(WIRES, mask=[0, 1, 0, 0, 0])
    with pytest.raises(TypeError, match=r"^values holds MaskedArray, not strings: try"):
        indicators(masked, LEVELS)


@pytest.mark.parametrize(
    ("values", "error", "match"),
    [
        (["brass"], TypeError, r"^values holds list, not strings: try np\.array\("),
        (np.array([1, 2]), TypeError, r"^values holds int64, not strings"),
        (np.array(["brass", None]), TypeError, r"^values holds object, not strings"),
        (np.array([b"brass"]), TypeError, r"^values holds \|S5, not strings"),
        (WIRES.reshape(-1, 1), ValueError, r"^values has shape \(5, 1\), .*ravel"),
        (WIRES[:0], ValueError, r"^values is empty: it needs at least one value"),
    ],
    ids=["list", "integers", "objects", "bytes", "column", "empty"],
)
def test_values_that_are_not_a_flat_array_of_strings_are_refused(values, error, match):
    with pytest.raises(error, match=match):
        indicators(values, LEVELS)


@pytest.mark.parametrize(
    ("levels", "error", "match"),
    [
        (["brass"], ValueError, r"^levels is \['brass'\]: .* at least two levels"),
        ([], ValueError, r"^levels is \[\]: .* at least two levels"),
        (["brass", "steel", "brass"], ValueError, r"^levels lists 'brass' twice"),
        (["brass", 3], TypeError, r"^levels holds 3, not a string: try str\(3\)"),
    ],
    ids=["one", "none", "twice", "number"],
)
def test_levels_that_compare_nothing_are_refused(levels, error, match):
    with pytest.raises(error, match=match):
        indicators(WIRES, levels)


@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (1, 4)], ids=str)
def test_interactions_are_the_products_that_scikit_learn_forms(shape):
    rng = np.random.RandomState(sum(shape))
    X, Z = (rng.standard_normal((9, columns)) for columns in shape)
    products = PolynomialFeatures(2, interaction_only=True, include_bias=False)
    everything = products.fit_transform(np.hstack([X, Z]))
    wanted = [f"x{j} x{len(X.T) + k}" for j in range(shape[0]) for k in range(shape[1])]
    where = [list(products.get_feature_names_out()).index(name) for name in wanted]
    np.testing.assert_allclose(interactions(X, Z), everything[:, where])


def test_interactions_refuses(bad_array):
    good = np.array([[1.0], [2.0], [3.0]])
    with pytest.raises(bad_array.error, match=f"^X {bad_array.match}"):
        interactions(bad_array.spoil(good), good)
    with pytest.raises(bad_array.error, match=f"^Z {bad_array.match}"):
        interactions(good, bad_array.spoil(good))
    with pytest.raises(ValueError, match=r"^X has 3 rows but Z has 2"):
        interactions(good, good[:2])
    with pytest.raises(FloatingPointError, match=r"is too large for float64"):
        interactions(1e200 * good, 1e200 * good)
