"""Least squares at once agrees with arithmetic, exact fractions and libraries."""

from fractions import Fraction

import numpy as np
import pytest
import sklearn.linear_model
from hypothesis import given
from hypothesis import strategies as st

from linreg.closed_form import least_squares, normal_equations, triangle
from linreg.scaling import centre, column_means
from linreg.scratch import gradients, predict

SEEDS = st.integers(0, 2**32 - 1)
SAMPLES = st.integers(8, 30)
FEATURES = st.integers(1, 4)
SHIFTS = st.sampled_from([0.0, 1.0, 1e3, 1e8])  # in standard deviations of X

X3 = np.array([[0.0], [1.0], [2.0]])
Y3 = np.array([[1.0], [2.0], [4.0]])
CALLS = {function: {"X": X3, "y": Y3} for function in (normal_equations, least_squares)}
BOTH = pytest.mark.parametrize("solve", CALLS, ids=lambda function: function.__name__)
COLLINEAR = r"column \d of X.* is .*collinear with the others and the constant"


def exact_least_squares(X, y):
    """Solve AᵀA θ = Aᵀy in fractions, by Gauss and Jordan: no rounding anywhere."""
    rows = [[*map(Fraction, row), Fraction(1)] for row in X.tolist()]
    targets = [Fraction(target) for target in y[:, 0].tolist()]
    system = [
        [
            sum(row[i] * other for row, other in zip(rows, column, strict=True))
            for column in (*zip(*rows, strict=True), targets)
        ]
        for i in range(len(rows[0]))
    ]
    for i in range(len(system)):
        system[i] = [value / system[i][i] for value in system[i]]
        for k in range(len(system)):
            if k != i:
                factor = system[k][i]
                system[k] = [
                    value - factor * pivot
                    for value, pivot in zip(system[k], system[i], strict=True)
                ]
    return np.array([float(row[-1]) for row in system])


def relative_error(solution, exact):
    W, b = solution
    return np.linalg.norm(np.append(W, b) - exact) / np.linalg.norm(exact)


# The best weights


@BOTH
def test_three_points_by_hand(solve):
    # x̄ = 1 and ȳ = 7/3, so W = (-1 · -4/3 + 0 + 1 · 5/3) / (1 + 0 + 1) = 3/2 and
    # b = 7/3 - 3/2 · 1.
    W, b = solve(X3, Y3)
    np.testing.assert_allclose(W, [[3 / 2]])
    np.testing.assert_allclose(b, [5 / 6])


@BOTH
@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES)
def test_libraries_find_the_same(make_data, solve, seed, num_samples, num_features):
    X, y = make_data(seed, num_samples, num_features)
    W, b = solve(X, y)
    assert (W.shape, b.shape) == ((num_features, 1), (1,))
    model = sklearn.linear_model.LinearRegression().fit(X, y)
    np.testing.assert_allclose(W, model.coef_.T, atol=1e-8)
    np.testing.assert_allclose(b, model.intercept_, atol=1e-8)
    A = np.hstack([X, np.ones((num_samples, 1))])
    solution = np.linalg.lstsq(A, y, rcond=None)[0]
    np.testing.assert_allclose(np.vstack([W, b]), solution, atol=1e-8)


@BOTH
@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES)
def test_no_step_leads_further_down(make_data, solve, seed, num_samples, num_features):
    X, y = make_data(seed, num_samples, num_features)
    for gradient in gradients(X, predict(X, *solve(X, y)), y):
        np.testing.assert_allclose(gradient, 0, atol=1e-9)


@BOTH
@given(seed=SEEDS, num_features=FEATURES)
def test_as_many_rows_as_numbers_are_fitted_exactly(
    make_data, solve, seed, num_features
):
    X, y = make_data(seed, num_features + 1, num_features)
    if np.linalg.cond(np.hstack([X, np.ones((len(X), 1))])) < 1e3:
        np.testing.assert_allclose(predict(X, *solve(X, y)), y, atol=1e-6)


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES)
def test_exact_fractions_say_the_same(make_data, seed, num_samples, num_features):
    X, y = make_data(seed, num_samples, num_features)
    exact = exact_least_squares(X, y)
    assert relative_error(least_squares(X, y), exact) < 1e-12
    assert relative_error(normal_equations(X, y), exact) < 1e-10


@BOTH
@given(
    seed=SEEDS,
    num_features=FEATURES,
    shift=st.floats(-1e3, 1e3),
    scale=st.floats(-100, 100),
)
def test_shift_and_scale_of_y_carry_through(
    make_data, solve, seed, num_features, shift, scale
):
    X, y = make_data(seed, 20, num_features)
    W, b = solve(X, y)
    W_new, b_new = solve(X, shift + scale * y)
    np.testing.assert_allclose(W_new, scale * W, atol=1e-8)
    np.testing.assert_allclose(b_new, shift + scale * b, atol=1e-8)


@BOTH
@given(seed=SEEDS, num_features=FEATURES)
def test_the_order_of_rows_does_not_matter(make_data, solve, seed, num_features):
    X, y = make_data(seed, 20, num_features)
    order = np.random.RandomState(seed).permutation(20)
    for result, reordered in zip(solve(X, y), solve(X[order], y[order]), strict=True):
        np.testing.assert_allclose(reordered, result, atol=1e-9)


@BOTH
def test_a_constant_y_has_no_slope(solve):
    W, b = solve(X3, np.full((3, 1), 0.1))
    np.testing.assert_allclose(W, 0, atol=1e-15)
    np.testing.assert_allclose(b, 0.1)


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES, shift=SHIFTS)
def test_column_means_are_numpy_s(make_data, seed, num_samples, num_features, shift):
    X = make_data(seed, num_samples, num_features)[0] + shift
    means = column_means(X)
    assert means.shape == (num_features,)
    np.testing.assert_allclose(means, X.mean(axis=0), atol=1e-14)


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES)
def test_the_triangle_holds_all_products_of_the_columns(
    make_data, seed, num_samples, num_features
):
    data = np.hstack(make_data(seed, num_samples, num_features))
    R = triangle(centre(data))
    np.testing.assert_array_equal(R, np.triu(R))
    covariance = np.cov(data.T, bias=True)
    np.testing.assert_allclose(R.T @ R, num_samples * covariance, atol=1e-9)


@pytest.mark.parametrize("nearness", [1, 1e-3], ids=["Cholesky", "blocks"])
@pytest.mark.parametrize("num_samples", [3999, 4000, 12_345])
def test_the_triangle_is_that_of_a_qr_decomposition_of_all_rows(
    make_data, num_samples, nearness
):
    data = np.hstack(make_data(0, num_samples, 3))
    data[:, 1] = data[:, 0] + nearness * data[:, 1]
    R = triangle(centre(data))
    np.testing.assert_array_equal(R, np.triu(R))
    whole = np.linalg.qr(data - data.mean(axis=0), mode="r")
    np.testing.assert_allclose(abs(R), abs(whole), rtol=1e-10, atol=1e-8)


@given(seed=SEEDS, num_features=FEATURES, shift=SHIFTS)
def test_centred_columns_have_the_mean_zero(make_data, seed, num_features, shift):
    X = make_data(seed, 20, num_features)[0] + shift
    before = X.copy()
    np.testing.assert_allclose(column_means(centre(X)), 0, atol=1e-15)
    np.testing.assert_allclose(centre(X), X - X.mean(axis=0), atol=1e-7)
    np.testing.assert_array_equal(X, before)


# Hard cases


def test_nearly_equal_columns_cost_the_normal_equations_twice_the_digits(make_data):
    X, y = make_data(0, 10, 2)
    X[:, 1] = X[:, 0] + 1e-10 * X[:, 1]
    assert 1e10 < np.linalg.cond(np.hstack([X, np.ones((10, 1))])) < 1e11
    exact = exact_least_squares(X, y)
    assert relative_error(least_squares(X, y), exact) < 1e-5
    A = np.hstack([X, np.ones((10, 1))])
    blind = np.linalg.solve(A.T @ A, A.T @ y)
    assert relative_error((blind[:-1], blind[-1]), exact) > 0.1
    with pytest.raises(ValueError, match=COLLINEAR):
        normal_equations(X, y)


@given(seed=SEEDS, digits=st.floats(2, 6), num_samples=SAMPLES)
def test_least_squares_keeps_the_digits_that_the_data_leave(
    make_data, seed, digits, num_samples
):
    X, y = make_data(seed, num_samples, 2)
    X[:, 1] = X[:, 0] + 10**-digits * X[:, 1]
    exact = exact_least_squares(X, y)
    assert relative_error(least_squares(X, y), exact) < 1e-12 * 10**digits


@given(seed=SEEDS, num_features=FEATURES)
def test_a_far_shift_of_X_leaves_the_slopes(make_data, seed, num_features):
    X, y = make_data(seed, 20, num_features)
    X = X + 1e8  # rounded, so that the line is that of the rounded X
    W, b = least_squares(X, y)
    W_near, _ = least_squares(X - 1e8, y)
    np.testing.assert_allclose(W, W_near, rtol=1e-7, atol=1e-7)
    line = X @ W_near + np.mean(y - X @ W_near)
    np.testing.assert_allclose(X @ W + b, line, atol=1e-5)  # X @ W is near 1e8


@given(seed=SEEDS, exponents=st.lists(st.integers(-150, 150), min_size=1, max_size=4))
def test_the_units_of_the_columns_do_not_matter(make_data, seed, exponents):
    X, y = make_data(seed, 20, len(exponents))
    W, b = least_squares(X, y)
    scales = 10.0 ** np.array(exponents)
    W_scaled, b_scaled = least_squares(X * scales, y)
    np.testing.assert_allclose(W_scaled * scales[:, None], W, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(b_scaled, b, atol=1e-9)


@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1e200, 1e300])
def test_even_squares_beyond_float64_do_not_stop_least_squares(scale):
    W, b = least_squares(scale * X3, Y3)
    np.testing.assert_allclose(W * scale, [[3 / 2]])
    np.testing.assert_allclose(b, [5 / 6])
    W, b = least_squares(X3, scale * Y3)
    np.testing.assert_allclose(W / scale, [[3 / 2]])
    np.testing.assert_allclose(b / scale, [5 / 6])


def test_squares_too_small_for_the_normal_equations_are_reported():
    match = (
        "^AᵀA keeps fewer than four digits .+ or tiny: use least_squares, or drop it$"
    )
    with pytest.raises(ValueError, match=match):
        normal_equations(1e-200 * np.hstack([X3, X3**2]), Y3)


# Data that do not decide


DEPENDENCIES = {
    "a constant": lambda X, rng: np.full(len(X), rng.standard_normal()),
    "zeros": lambda X, rng: np.zeros(len(X)),
    "a copy": lambda X, rng: X[:, 0],
    "other units": lambda X, rng: 1.8 * X[:, 0] + 32,
    "a sum": lambda X, rng: X.sum(axis=1),
    "the remaining share": lambda X, rng: 1 - X.sum(axis=1),
    "any mixture": lambda X, rng: X @ rng.standard_normal(X.shape[1]),
}


@BOTH
@pytest.mark.parametrize("dependency", DEPENDENCIES.values(), ids=DEPENDENCIES)
@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES, shift=SHIFTS)
def test_collinear_columns_are_refused(
    make_data, solve, dependency, seed, num_samples, num_features, shift
):
    rng = np.random.RandomState(seed)
    X, y = make_data(seed, num_samples, num_features)
    X = (X + shift) * 10 ** rng.uniform(-3, 3, num_features)
    X = np.column_stack([X, dependency(X, rng)])[:, rng.permutation(num_features + 1)]
    with pytest.raises(ValueError, match=COLLINEAR):
        solve(X, y)


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES, shift=SHIFTS)
def test_columns_that_vary_on_their_own_are_not_refused(
    make_data, seed, num_samples, num_features, shift
):
    X, y = make_data(seed, num_samples, num_features)
    least_squares(X + shift, y)


def test_a_far_shift_is_too_much_for_the_normal_equations(make_data):
    X, y = make_data(0, 8, 4)
    with pytest.raises(ValueError, match=r"^AᵀA keeps fewer than four"):
        normal_equations(X + 1e8, y)


@BOTH
@pytest.mark.parametrize("num_samples", [3, 1000, 100_000])
def test_a_constant_is_named_however_its_mean_is_rounded(make_data, solve, num_samples):
    X, y = make_data(0, num_samples, 2)
    X[:, 1] = 0.1
    with pytest.raises(ValueError, match=r"column 1 of X.* is .*collinear"):
        solve(X, y)


@BOTH
@given(seed=SEEDS, num_features=FEATURES, data=st.data())
def test_too_few_rows_are_refused(make_data, solve, seed, num_features, data):
    num_samples = data.draw(st.integers(1, num_features))
    X, y = make_data(seed, num_samples, num_features)
    match = rf"^{num_samples} rows are too few for {num_features} weights and a bias: "
    with pytest.raises(ValueError, match=match):
        solve(X, y)


# Input that is refused


@BOTH
def test_inputs_stay_as_they_are(solve):
    arguments = {name: value.copy() for name, value in CALLS[solve].items()}
    solve(**arguments)
    for name, value in CALLS[solve].items():
        np.testing.assert_array_equal(arguments[name], value)


@BOTH
@pytest.mark.parametrize("argument", ["X", "y"])
def test_bad_arrays_are_refused(solve, argument, bad_array):
    arguments = CALLS[solve] | {argument: bad_array.spoil(CALLS[solve][argument])}
    with pytest.raises(bad_array.error, match=f"^{argument} {bad_array.match}"):
        solve(**arguments)


@BOTH
@pytest.mark.parametrize(
    ("shape", "match"),
    [
        ((4, 1), "^X has 3 rows but y has 4: each sample needs one row in both$"),
        ((3, 2), r"^y has shape \(3, 2\), but must be \(3, 1\) here$"),
    ],
    ids=["rows", "columns"],
)
def test_shapes_that_do_not_fit_are_refused(solve, shape, match):
    with pytest.raises(ValueError, match=match):
        solve(X3, np.ones(shape))


@pytest.mark.parametrize(
    ("name", "solve", "X", "y"),
    [
        ("AᵀA", normal_equations, 1e200 * X3, Y3),
        ("W", normal_equations, 1e10 * X3, 1e300 * Y3),
        ("W", normal_equations, 1e-120 * X3, 1e200 * Y3),
        ("a column of X", least_squares, np.array([[1e308], [1.7e308], [0.0]]), Y3),
        ("b", least_squares, X3, np.array([[1e308], [1.7e308], [0.0]])),
        ("W", least_squares, 1e-200 * X3, 1e200 * Y3),
        ("b", least_squares, 1e12 + X3, 1e299 * Y3),
    ],
    ids=lambda part: getattr(part, "__name__", None),
)
def test_results_that_overflow_are_reported(name, solve, X, y):
    match = f"^{name} is too large for float64: rescale the data"
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match=match):
        solve(X, y)


# Large means and small spreads


@pytest.mark.parametrize("offset", [1e8, 1e12])
def test_the_normal_equations_refuse_what_a_far_mean_has_cost(offset):
    X = offset + np.linspace(0, 10, 50).reshape(-1, 1)
    with pytest.raises(ValueError, match=r"^AᵀA keeps fewer than four digits of the"):
        normal_equations(X, 2 * (X - offset))
    W, b = least_squares(X, 2 * (X - offset))
    assert W.item() == pytest.approx(2, rel=1e-12)
    assert b.item() == pytest.approx(-2 * offset, rel=1e-12)


@given(seed=SEEDS, digits=st.floats(0, 9), num_samples=SAMPLES)
def test_what_the_normal_equations_answer_has_four_digits(
    make_data, seed, digits, num_samples
):
    X, y = make_data(seed, num_samples, 2)
    X[:, 1] = X[:, 0] + 10**-digits * X[:, 1]
    try:
        solution = normal_equations(X, y)
    except ValueError as error:
        assert "AᵀA keeps fewer than four digits" in str(error)
    else:
        assert relative_error(solution, exact_least_squares(X, y)) < 1e-4


@pytest.mark.parametrize(
    ("first", "step", "num_samples"),
    [(1.7e9, 1e-6, 10**6), (1e9, 2.0**-23, 1000), (-1e15, 1.0, 100)],
)
def test_a_spread_of_many_roundings_is_a_spread(first, step, num_samples):
    X = first + step * np.arange(float(num_samples)).reshape(-1, 1)
    W, _ = least_squares(X, 3 * (X - first))
    assert W.item() == pytest.approx(3, rel=1e-12)


def test_a_spread_of_a_few_roundings_is_none(make_data):
    X, y = make_data(0, 100, 2)
    X[:, 1] = np.where(np.arange(100) % 2, 0.3, 0.1 + 0.2)
    assert len(set(X[:, 1])) == 2
    with pytest.raises(ValueError, match=r"^column 1 of X is collinear"):
        least_squares(X, y)


@pytest.mark.parametrize("seed", range(8))
def test_of_columns_that_are_equally_to_blame_the_first_is_named(seed):
    rng = np.random.RandomState(seed)
    kind = rng.permutation(np.repeat(range(3), 60))
    dummies = (kind[:, np.newaxis] == range(3)).astype(float)
    other, y = rng.rand(180, 1), rng.rand(180, 1)
    for X, first in (
        (dummies, 0),
        (np.hstack([other, dummies]), 1),
        (np.hstack([other, y, y]), 1),
    ):
        with pytest.raises(ValueError, match=f"^column {first} of X is collinear"):
            least_squares(X, y)
