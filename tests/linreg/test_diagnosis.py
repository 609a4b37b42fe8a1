"""Each warning comes where it must, agrees with statsmodels, and rarely cries wolf."""

from collections import Counter

import numpy as np
import pytest
from designs import design_of
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, f, norm
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.diagnostic import (
    acorr_breusch_godfrey,
    het_breuschpagan,
    linear_reset,
)
from statsmodels.stats.outliers_influence import (
    OLSInfluence,
    variance_inflation_factor,
)
from statsmodels.stats.stattools import durbin_watson as durbin_watson_of_statsmodels

from linreg.closed_form import least_squares
from linreg.diagnosis import (
    diagnose,
    find_curvature,
    find_memory,
    find_unequal_spread,
)
from linreg.residual_tests import (
    breusch_godfrey_test,
    durbin_watson,
    koenker_test,
    reset_test,
)
from linreg.row_warnings import find_extrapolation, find_influence, find_outlier
from linreg.single_rows import cooks_distance, outlier_test, residual_facts
from linreg.table_warnings import (
    find_collinearity,
    find_duplicates,
    find_few_rows,
    find_leak,
    find_two_values,
    fit_line,
)

SEEDS = st.integers(0, 2**32 - 1)
SAMPLES = st.integers(12, 40)
FEATURES = st.integers(1, 4)


def clean(rng, num_rows=60):
    """Draw a table that is as least squares assumes: two numbers, a category, noise."""
    x, z, noise = rng.standard_normal((3, num_rows))
    return {
        "x": x,
        "z": z,
        "kind": list(rng.choice(["a", "b"], num_rows)),
    }, x - z + noise


# Tests of residuals


@pytest.fixture(scope="module")
def results(make_data):
    """Return a function that draws a line, ours and that of statsmodels."""

    def draw(seed, num_samples, num_features):
        X, y = make_data(seed, num_samples, num_features)
        A = np.hstack([np.ones((len(X), 1)), X])
        return (X, y, *least_squares(X, y)), OLS(y[:, 0], A).fit()

    return draw


@pytest.mark.filterwarnings("ignore:acorr_breusch_godfrey currently:FutureWarning")
@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES)
def test_the_tests_are_those_of_statsmodels(results, seed, num_samples, num_features):
    line, theirs = results(seed, num_samples, num_features)
    exog = theirs.model.exog
    reset = linear_reset(theirs, power=3, test_type="fitted", use_f=True)
    np.testing.assert_allclose(
        reset_test(*line[:2]), [reset.fvalue, reset.pvalue], rtol=1e-4, atol=1e-9
    )
    np.testing.assert_allclose(
        koenker_test(*line), het_breuschpagan(theirs.resid, exog)[:2], rtol=1e-6
    )
    np.testing.assert_allclose(
        breusch_godfrey_test(*line),
        acorr_breusch_godfrey(theirs, nlags=1)[:2],
        rtol=1e-6,
        atol=1e-12,
    )
    np.testing.assert_allclose(
        durbin_watson(theirs.resid.reshape(-1, 1)),
        durbin_watson_of_statsmodels(theirs.resid),
    )
    expected = OLSInfluence(theirs).cooks_distance[0]
    np.testing.assert_allclose(cooks_distance(*line), expected, rtol=1e-6)
    expected = theirs.outlier_test(method="bonf")
    np.testing.assert_allclose(outlier_test(*line), expected.T[[0, 2]], rtol=1e-6)


@given(seed=SEEDS, num_samples=SAMPLES, num_features=FEATURES)
def test_the_facts_of_residuals_are_those_of_statsmodels(
    results, seed, num_samples, num_features
):
    line, theirs = results(seed, num_samples, num_features)
    facts, influence = residual_facts(*line), OLSInfluence(theirs)
    np.testing.assert_allclose(facts.y_pred, theirs.fittedvalues)
    np.testing.assert_allclose(facts.leverage, influence.hat_matrix_diag)
    expected = influence.resid_studentized_internal
    np.testing.assert_allclose(facts.standardized, expected, rtol=1e-6)
    np.testing.assert_array_equal(facts.distance, cooks_distance(*line))
    ranks = np.array([(expected <= one).sum() for one in expected])
    shares = (ranks - 3 / 8) / (num_samples + 1 / 4)
    np.testing.assert_allclose(facts.quantile, norm.ppf(shares))


def test_cooks_distance_is_how_far_predictions_move(make_data):
    X, y = make_data(1, 9, 2)
    W, b = least_squares(X, y)
    s2 = np.sum((y - X @ W - b) ** 2) / (9 - 3)
    for row, distance in enumerate(cooks_distance(X, y, W, b)):
        W_less, b_less = least_squares(*(np.delete(A, row, axis=0) for A in (X, y)))
        moved = X @ W + b - X @ W_less - b_less
        assert distance == pytest.approx(np.sum(moved**2) / 3 / s2)


def test_a_row_beside_an_exact_line_is_an_outlier_beyond_measure():
    X = np.arange(9.0).reshape(-1, 1)
    y = 2 * X + np.eye(9)[:, [4]]
    t, p = outlier_test(X, y, *least_squares(X, y))
    assert abs(t).argmax() == p.argmin() == 4 and np.isfinite(t).all() and p[4] < 1e-20
    X, y = (
        X[:3],
        np.array([[0.0], [1], [0]]),
    )  # without a row nothing measures the noise
    t, p = outlier_test(X, y, *least_squares(X, y))
    assert (t == 0).all() and (p == 1).all()


def test_where_nothing_is_left_no_test_finds_anything():
    X = np.arange(6.0)[:, np.newaxis]
    y = 2 * X + 1
    assert koenker_test(X, y, *least_squares(X, y)) == (0, 1)
    assert breusch_godfrey_test(X, y, *least_squares(X, y)) == (0, 1)
    for nothing in (np.zeros((5, 1)), np.ones((1, 1))):
        told = "^memory shows only in two residuals or more, not all of them 0$"
        with pytest.raises(ValueError, match=told):
            durbin_watson(nothing)


def test_durbin_watson_by_hand():
    e = np.array([[1.0], [-1.0], [1.0], [-1.0]])
    assert durbin_watson(e) == pytest.approx(
        3
    )  # three steps of 2² over four squares of 1
    assert durbin_watson(1e-200 * e) == pytest.approx(3)


def test_reset_has_nothing_to_say_of_two_levels():
    X = np.array([[0.0], [1.0]] * 6)  # where ŷ has two values, powers add nothing
    y = X + np.arange(12.0).reshape(-1, 1) % 5
    assert reset_test(X, y) == (0, 1)
    assert reset_test(np.arange(4.0).reshape(-1, 1), y[:4]) == (0, 1)  # nor of few rows


def test_the_p_values_are_spread_evenly_where_nothing_is_wrong():
    rng, runs = np.random.RandomState(1234), 250
    p = np.empty((runs, 3))
    for k in range(runs):
        X, y = rng.standard_normal((60, 2)), rng.standard_normal((60, 1))
        line = X, y, *least_squares(X, y)
        p[k] = (
            reset_test(X, y)[1],
            koenker_test(*line)[1],
            breusch_godfrey_test(*line)[1],
        )
    for share in (0.05, 0.2, 0.5):
        reach = 4 * (share * (1 - share) / runs) ** 0.5
        np.testing.assert_allclose((p < share).mean(axis=0), share, atol=reach + 0.03)


# Each warning: where it must come, with its number, and where it must not


def found(design, search, *more):
    return search(fit_line(design), *more)


def test_a_clean_table_has_no_warning():
    features, y = clean(np.random.RandomState(5))
    assert diagnose(design_of(y, **features)) == []


def test_curvature_is_found():
    rng = np.random.RandomState(1)
    x, noise = rng.uniform(0, 10, 80), rng.standard_normal(80)
    bent, straight = (design_of(y, x=x) for y in (x**2 + noise, x + noise))
    finding = found(bent, find_curvature)
    expected = linear_reset(
        OLS(bent.y, np.hstack([np.ones((80, 1)), bent.X])).fit(),
        3,
        "fitted",
        use_f=True,
    )
    assert finding.number == pytest.approx(expected.pvalue, rel=1e-4, abs=1e-12)
    assert finding.sentence.startswith("The relation may bend: squares and cubes")
    told = "Unequal spread or a single wild row does this, too."
    assert finding.sentence.endswith(told)
    assert found(straight, find_curvature) is None


def test_a_parabola_without_noise_bends_too():
    x = np.arange(12.0)
    finding = found(design_of(x**2, x=x), find_curvature)
    assert finding.number < 1e-12 and "explain 100% of what" in finding.sentence


def test_squares_that_do_not_vary_show_no_spread():
    x = np.array([0.0, 0, 1, 1])  # the residuals are 1 and -1
    X, y = x.reshape(-1, 1), np.array([[1.0], [-1], [1], [-1]])
    assert koenker_test(X, y, *least_squares(X, y)) == (0, 1)


def test_curvature_too_small_to_matter_is_not_said():
    rng = np.random.RandomState(2)
    x, noise = rng.standard_normal((2, 20_000))
    design = design_of(x + 0.05 * x**2 + noise, x=x)
    assert reset_test(design.X, design.y)[1] < 1e-6
    assert found(design, find_curvature) is None


def test_unequal_spread_is_found():
    rng = np.random.RandomState(3)
    x, noise = rng.uniform(1, 10, 100), rng.standard_normal(100)
    wedge, even = (design_of(x + e, x=x) for e in (x * noise, noise))
    finding = found(wedge, find_unequal_spread)
    theirs = OLS(wedge.y[:, 0], np.hstack([np.ones((100, 1)), wedge.X])).fit()
    expected = het_breuschpagan(theirs.resid, theirs.model.exog)[1]
    assert finding.number == pytest.approx(expected)
    ratio = theirs.HC3_se[1] / theirs.bse[1]
    assert finding.sentence.endswith(f"That of 'x' is {ratio:.2g} times as wide.")
    assert found(even, find_unequal_spread) is None


def test_a_bend_is_not_called_unequal_noise_or_memory_for_sure():
    rng = np.random.RandomState(3)
    x, noise = np.sort(rng.exponential(size=150)), rng.standard_normal(150)
    bend = design_of(x + x**2 + 0.3 * noise, x=x)  # of noise as large everywhere
    spread = found(bend, find_unequal_spread).sentence
    assert "unequal noise, or a wrong shape. If the shape is right" in spread
    memory = found(bend, find_memory, np.arange(150)).sentence
    assert memory.endswith("In sorted rows a bend does this.")


def test_collinearity_is_found():
    rng = np.random.RandomState(4)
    x, near, z, noise = rng.standard_normal((4, 60))
    design = design_of(x + noise, x=x, near=x + 0.1 * near, z=z)
    finding = found(design, find_collinearity)
    A = np.hstack([np.ones((60, 1)), design.X])
    expected = max(variance_inflation_factor(A, k) for k in (1, 2, 3))
    assert finding.number == pytest.approx(expected)
    assert finding.sentence.startswith("Other features nearly give ")
    assert found(design_of(x + noise, x=x, near=near, z=z), find_collinearity) is None


def test_levels_of_one_category_are_always_related_and_not_named():
    kind = (
        ["a"] * 4 + ["b"] * 48 + ["c"] * 48
    )  # of "b" and "c" the sum nearly always is 1
    x, noise = np.random.RandomState(5).standard_normal((2, 100))
    design = design_of(noise, kind=["z", *kind[1:]], x=x)
    assert found(design, find_collinearity) is None


def test_a_row_that_decides_alone_is_found():
    rng = np.random.RandomState(6)
    x, noise = rng.standard_normal((2, 30))
    far, y = x.copy(), x + noise
    far[7], y[7] = 9, -9
    finding = found(design_of(y, x=far), find_influence)
    A = np.column_stack([np.ones(30), far])
    distance = OLSInfluence(OLS(y, A).fit()).cooks_distance[0]
    assert finding.number == pytest.approx(distance[7])
    assert finding.sentence.startswith("Line 9 of the file decides much alone")
    assert f"edge of their {100 * f.cdf(distance[7], 2, 28):.3g}%" in finding.sentence
    assert found(design_of(x + noise, x=x), find_influence) is None


@pytest.mark.parametrize("sign", [1, -1])
def test_a_row_far_from_the_line_is_found(sign):
    rng = np.random.RandomState(6)
    x, noise = np.arange(40.0), rng.standard_normal(40)
    y = x + noise
    y[20] += sign * 200  # in the middle, so it does not turn the line
    finding = found(design_of(y, x=x), find_outlier)
    theirs = OLS(y, np.column_stack([np.ones(40), x])).fit().outlier_test()
    assert finding.number == pytest.approx(theirs[20, 0])
    assert finding.sentence.startswith("Line 22 of the file lies far from the line: ")
    assert "after Bonferroni's correction" in finding.sentence
    assert "outlier" in [one.name for one in diagnose(design_of(y, x=x))]
    assert found(design_of(x + noise, x=x), find_outlier) is None


def test_of_equal_ones_the_first_is_named_whatever_rounding_says():
    named = Counter()
    for seed in range(40):
        rng = np.random.RandomState(seed)
        x, near, noise = rng.standard_normal((3, 20))
        # Mirrored, so that the last two rows are alike: lines 42 and 43.
        y = x + 0.1 * noise
        both, far = np.concatenate([x, -x, [6, -6]]), np.append(y, -y)
        design = design_of(np.append(far, [-6, 6]), x=both)
        named[found(design, find_influence).sentence[:8]] += 1
        middle = np.concatenate([x, -x, [0.3, -0.3]])
        design = design_of(np.append(far, [9, -9]), x=middle)
        named[found(design, find_outlier).sentence[:8]] += 1
        design = design_of(noise, a=x, b=x + 0.1 * near)
        named[found(design, find_collinearity).sentence.split()[4]] += 1
    assert named == {"Line 42 ": 80, "'a'": 40}


@pytest.mark.parametrize("values", [[0.0, 1.0], [1.0, 2.0], [-1.0, 1.0]])
def test_a_target_of_two_values_is_said(values):
    rng = np.random.RandomState(7)
    x, noise = rng.standard_normal((2, 60))
    y = np.where(x + noise > 0, values[1], values[0])
    finding = found(design_of(y, x=x), find_two_values)
    assert finding.number == np.mean(y == values[1])
    assert "logistic regression is the usual tool" in finding.sentence
    assert f"share: how likely {values[1]:g} is" in finding.sentence
    assert "two values" in [one.name for one in diagnose(design_of(y, x=x))]
    assert found(design_of(x + noise, x=x), find_two_values) is None


def test_few_rows_are_said_in_the_right_number():
    x = np.arange(9.0)
    finding = found(design_of(x % 4, x=x), find_few_rows)
    assert finding.sentence.startswith(
        "There are 9 rows for 1 coefficient and an inter"
    )


def test_too_few_rows_are_found():
    rng = np.random.RandomState(7)
    for rows, expected in ((19, 19 / 2), (20, None)):  # a slope and an intercept
        x, noise = rng.standard_normal((2, rows))
        finding = found(design_of(noise, x=x), find_few_rows)
        assert (finding and finding.number) == expected


def test_copies_of_rows_are_found():
    rng = np.random.RandomState(8)
    x, y = rng.standard_normal((2, 40))
    again = np.concatenate([np.arange(40), [3, 5, 5]])
    finding = found(design_of(y[again], x=x[again]), find_duplicates)
    assert finding.number == 3 and finding.sentence.startswith("3 rows equal another")
    one = found(design_of(y[again[:41]], x=x[again[:41]]), find_duplicates)
    assert one.sentence.startswith(
        "1 row equals another in every column: is it a copy?"
    )
    assert found(design_of(y, x=x), find_duplicates) is None


def test_a_number_of_the_row_hides_no_copy():
    rng = np.random.RandomState(8)
    x, y = rng.standard_normal((2, 40))
    again = np.concatenate([np.arange(40), [3]])
    design = design_of(y[again], x=x[again], row=np.arange(41.0))
    assert found(design, find_duplicates).number == 1
    shuffled = design_of(y[again], x=x[again], id=7.0 + rng.permutation(41))
    assert found(shuffled, find_duplicates).number == 1


@pytest.mark.parametrize("count", [100, 3000])
def test_rows_alike_by_chance_are_no_copies(count):
    rng = np.random.RandomState(9)
    x, y = rng.randint(0, 4, (2, count)).astype(float)
    kind = list(rng.choice(["a", "b"], count))
    assert found(design_of(y, x=x, kind=kind), find_duplicates) is None
    related = design_of(y + x, x=x, square=x**2, kind=kind)
    assert found(related, find_duplicates) is None


def test_a_feature_that_gives_the_target_away_is_found():
    rng = np.random.RandomState(10)
    x, a, b, noise = rng.standard_normal((4, 50))
    for features, y, words in (
        ({"x": x, "twice": 2 * (x + noise)}, x + noise, "'twice'"),
        ({"a": a, "b": b}, a + b, "together"),
        ({"a": a, "b": b.round(3)}, (a + b).round(3), "together"),
    ):
        (finding,) = diagnose(design_of(y, **features))
        assert finding.name == "leak" and f"({words})" in finding.sentence
        assert 0 <= finding.number < 1e-5
    assert found(design_of(x + 0.1 * noise, x=x), find_leak) is None


def test_residuals_that_remember_are_found():
    rng = np.random.RandomState(11)
    x, steps = rng.standard_normal((2, 80))
    memory = np.zeros(80)
    for k in range(1, 80):
        memory[k] = 0.8 * memory[k - 1] + steps[k]
    design, order = design_of(x + memory, x=x), np.arange(80)
    finding = found(design, find_memory, order)
    theirs = OLS(design.y[:, 0], np.column_stack([np.ones(80), x])).fit()
    assert finding.number == pytest.approx(durbin_watson_of_statsmodels(theirs.resid))
    assert finding.sentence.startswith("A residual resembles the one before it ")
    assert "intervals may be too narrow" in finding.sentence
    shuffled = rng.permutation(80)
    assert found(design, find_memory, shuffled) is None
    again = design_of((x + memory)[shuffled], x=x[shuffled])
    assert found(again, find_memory, np.argsort(shuffled)) == finding
    assert [one.name for one in diagnose(again, np.argsort(shuffled))] == ["memory"]


def test_residuals_that_alternate_are_not_called_alike():
    rng = np.random.RandomState(11)
    x, noise = rng.standard_normal((2, 80))
    design = design_of(x + 3 * (-1.0) ** np.arange(80) + noise, x=x)
    finding = found(design, find_memory, np.arange(80))
    assert finding.number > 3
    assert finding.sentence.startswith("A residual opposes the one before it (Durbin-W")
    assert "intervals can't be trusted" in finding.sentence
    assert not {"resembles", "narrow", "wide"} & set(finding.sentence.split())


@pytest.mark.parametrize("sign", [1, -1])
def test_rows_sorted_by_the_target_remember_nothing(sign):
    rng = np.random.RandomState(12)
    x, noise = rng.standard_normal((2, 80))
    order = np.argsort(sign * (x + noise))
    design = design_of((x + noise)[order], x=x[order])
    assert (
        breusch_godfrey_test(design.X, design.y, *least_squares(design.X, design.y))[1]
        < 0.01
    )
    assert found(design, find_memory, np.arange(80)) is None


def test_extrapolation_is_found():
    rng = np.random.RandomState(13)
    x, noise = rng.standard_normal((2, 60))
    design = design_of(x, x=x, near=x + 0.1 * noise)
    A = np.column_stack([np.ones(60), design.X])
    hat = np.linalg.inv(A.T @ A)
    largest = np.einsum("ij,jk,ik->i", A, hat, A).max()
    for row, words in (
        ([9.0, 9.0], "'x' was between"),
        ([-1.5, 1.5], "no row combines such values"),
    ):
        finding = find_extrapolation(design, np.array([row]))
        a = np.array([1.0, *row])
        assert finding.number == pytest.approx(a @ hat @ a / largest)
        assert words in finding.sentence
    assert find_extrapolation(design, np.array([[0.5, 0.5]])) is None


# How often they come where nothing is wrong


@pytest.mark.parametrize("num_rows", [20, 60])
def test_on_clean_tables_each_warning_comes_about_once_in_a_hundred(num_rows):
    rng, runs = np.random.RandomState(1234), 150
    counts = Counter()
    for _ in range(runs):
        features, y = clean(rng, num_rows)
        counts.update(one.name for one in diagnose(design_of(y, **features)))
    assert counts.pop("few rows", 0) == (runs if num_rows == 20 else 0)
    # At rates of 1.5 % each and 3.5 % together more than this is chance of 1 in 1,000.
    assert max(counts.values(), default=0) <= 8, counts
    assert counts.total() <= 14, counts


def test_the_thresholds_are_those_of_the_distributions(make_data):
    X, y = make_data(3, 50, 3)
    line = X, y, *least_squares(X, y)
    LM, p = koenker_test(*line)
    assert p == pytest.approx(chi2.sf(LM, 3))
    LM, p = breusch_godfrey_test(*line)
    assert p == pytest.approx(chi2.sf(LM, 1))
