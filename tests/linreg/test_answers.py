"""Answers say what statsmodels and scikit-learn compute, in words a reader can check."""

import re

import numpy as np
import pytest
from designs import design_of
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp, ttest_rel
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.preprocessing import StandardScaler
from statsmodels.regression.linear_model import OLS

from linreg.answers import (
    between,
    coefficient_sentences,
    effects,
    in_digits,
    prediction_sentence,
)
from linreg.comparison import (
    STRENGTHS,
    compare_errors,
    error_sentences,
    is_clear,
    paired_t,
)
from linreg.design_matrix import design_matrix
from linreg.tables import read_table


@pytest.fixture
def springs(tmp_path):
    """Two springs that stretch by 3.5 mm for each gram, one of them 10 mm longer."""
    path = tmp_path / "springs.csv"
    lines = ["mass (g),wire,new,length"]
    for k in range(40):
        wire = "brass" if k % 3 else "steel"
        noise = 1 if k % 4 < 2 else -1  # the same for new springs and old ones
        length = 3.5 * k + 10 * (wire == "steel") + noise
        lines.append(f"{k},{wire},{'yes' if k % 2 else 'no'},{length:.2f} mm")
    path.write_text("\n".join(lines) + "\n")
    return design_matrix(read_table(path), "length", ["mass (g)", "wire", "new"])


def with_ones(X):
    return np.hstack([np.ones((len(X), 1)), X])


def test_sentences_say_what_goes_with_what(springs):
    theirs = OLS(springs.y[:, 0], with_ones(springs.X)).fit()
    mass, wire, new = coefficient_sentences(springs)
    low, high = theirs.conf_int()[1]
    assert mass == (
        f"One g more of mass goes with {theirs.params[1]:.3f} mm more length, between "
        f"{low:.3f} and {high:.3f} mm more (95%), the other columns held."
    )
    assert wire.startswith("wire = steel, beside brass, goes with ")
    assert " mm more length, between " in wire
    low, high = theirs.conf_int()[3]
    assert low < 0 < high
    assert new.startswith("new = yes, beside no, goes with ")
    assert new.endswith(" (95%), the other columns held: which way is not clear.")
    assert re.search(r"between 0\.\d+ mm (less|more) and 0\.\d+ mm (less|more) \(", new)
    assert "(99%)" in coefficient_sentences(springs, 0.99)[0]


def test_a_day_comes_later(tmp_path):
    path = tmp_path / "days.csv"
    noise = np.random.RandomState(3).standard_normal(20)
    days = [f"2021-03-{k + 1:02},{k + e:.3f}" for k, e in enumerate(noise)]
    path.write_text("\n".join(["day,y", *days]))
    (sentence,) = coefficient_sentences(design_matrix(read_table(path), "y", ["day"]))
    assert sentence.startswith("One day later in 'day' goes with ")


def test_a_feature_alone_holds_no_others():
    rng = np.random.RandomState(2)
    x, noise = rng.standard_normal((2, 30))
    (sentence,) = coefficient_sentences(design_of(-5 * x + noise, x=x))
    assert sentence.startswith("One unit more of x goes with ") and sentence.endswith(
        " (95%)."
    )
    assert re.search(
        r"goes with \d\.\d+ less y, between \d\.\d+ and \d\.\d+ less", sentence
    )


@given(seed=st.integers(0, 2**32 - 1), level=st.floats(0.5, 0.999))
def test_effects_are_those_of_statsmodels(seed, level):
    x, z, noise = np.random.RandomState(seed).standard_normal((3, 25))
    design = design_of(x + noise * (2 + z), x=x, z=z, kind=list("abcde" * 5))
    theirs = OLS(design.y[:, 0], with_ones(design.X)).fit()
    robust = theirs.get_robustcov_results("HC3", use_t=True)
    for k, effect in enumerate(effects(design, level), start=1):
        assert effect.name == design.names[k - 1]
        np.testing.assert_allclose(
            effect[1:],
            [
                theirs.params[k],
                *theirs.conf_int(1 - level)[k],
                *robust.conf_int(1 - level)[k],
            ],
            rtol=1e-6,
            atol=1e-9,
        )


def test_what_is_given_exactly_needs_no_estimate():
    x, z = np.random.RandomState(3).standard_normal((2, 20))
    design = design_of(x + z, x=x, z=z)
    for answer in (
        effects,
        lambda design: prediction_sentence(design, {"x": 1, "z": 2}),
    ):
        with pytest.raises(
            ValueError, match=r"^the features together give the target exactly, so"
        ):
            answer(design)
    for answer in (
        coefficient_sentences,
        lambda design: prediction_sentence(design, {"a": 1, "z": 2}),
    ):
        with pytest.raises(
            ValueError, match=r"^'a' gives the target exactly, so there"
        ):
            answer(design_of(2 * x, a=x, z=z))
    assert effects(design_of(1e9 + x, z=z))  # a large mean hides no noise


@pytest.mark.parametrize(
    ("value", "reach", "words"),
    [
        (3.4123, 0.31, "3.41"),
        (3.4123, 3.1, "3.4"),
        (34123.4, 310.0, "34,120"),
        (1234567.0, 12.0, "1,234,567"),
        (0.5, 0.5, "0.50"),
        (0.00012, 0.00001, "0.000120"),
        (1.2345e-9, 1e-9, "1.2e-09"),
        (1.2345e12, 1e10, "1.234e+12"),
        (2.00012344e13, 2e8, "2.000123e+13"),
        (0.001000123, 2e-7, "0.00100012"),
        (1 + 2e-14, 2e-14, "1.00000000000002"),
        (1e-3, 1e12, "0.001"),
        (0.0, 1e12, "0"),
        (-0.04, 1.0, "0.0"),
        (-0.4, 12.0, "0"),
        (-1e-12, 1e-9, "-1e-12"),
    ],
)
def test_numbers_have_the_digits_that_their_interval_knows(value, reach, words):
    assert in_digits(value, reach) == words


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (3.1, 3.7, "between 3.10 and 3.70 mm more"),
        (-3.7, -3.1, "between 3.10 and 3.70 mm less"),
        (-1.0, 2.0, "between 1.0 mm less and 2.0 mm more"),
        (-2.0, 1.0, "between 1.0 mm more and 2.0 mm less"),
    ],
)
def test_intervals_of_differences_in_words(low, high, words):
    assert between(low, high, "mm") == words


def test_a_prediction_has_an_interval(springs):
    theirs = OLS(springs.y[:, 0], with_ones(springs.X)).fit()
    frame = theirs.get_prediction([[1, 20, 1, 0]]).summary_frame(alpha=0.1)
    expected = [frame[name].item() for name in ("mean", "obs_ci_lower", "obs_ci_upper")]
    sentence = prediction_sentence(
        springs, {"mass (g)": 20, "wire": "steel", "new": "no"}, 0.9
    )
    about, low, high = (f"{value:.1f}" for value in expected)
    assert sentence == (
        f"length: about {about} mm. The 90% prediction interval goes from {low} to {high}."
    )
    x, noise = np.random.RandomState(4).standard_normal((2, 30))
    plain = prediction_sentence(design_of(x + noise, x=x), {"x": 0})
    assert re.fullmatch(
        r"y: about -?\d\.\d+\. The 95% prediction interval goes from .* to .*\.", plain
    )


def test_where_spread_is_unequal_sentences_say_so():
    rng = np.random.RandomState(4)
    x, noise = rng.standard_normal((2, 60))
    design = design_of(x + (1 + 2 * abs(x)) * noise, x=x)
    theirs = OLS(design.y[:, 0], with_ones(design.X)).fit()
    robust = theirs.get_robustcov_results("HC3", use_t=True).conf_int()[1]
    (sentence,) = coefficient_sentences(design, unequal=True)
    ends = [f"{abs(end):.2f}" for end in robust]
    assert all(end in sentence for end in ends), (sentence, ends)
    assert "(95%, robust)" in sentence
    plain = prediction_sentence(design, {"x": 0})
    assert prediction_sentence(design, {"x": 0}, unequal=True) == (
        f"{plain} It takes the spread for equal, which is in doubt."
    )


# Errors on rows not seen before


def parts_of(num_rows, rng):
    order = rng.permutation(num_rows)
    return np.split(order, [num_rows // 2, 3 * num_rows // 4])


@pytest.mark.parametrize("seed", range(4))
def test_errors_are_those_of_scikit_learn(seed):
    rng = np.random.RandomState(seed)
    X, noise = rng.standard_normal((60, 8)), rng.standard_normal(60)
    y = X[:, 0] + 2 * noise
    design = design_of(y, **{f"x{k}": column for k, column in enumerate(X.T)})
    train, val, test = parts_of(60, rng)
    rest = np.concatenate([train, val])

    def errors(model, fitted, tried):
        scaler = StandardScaler().fit(X[fitted])
        model.fit(scaler.transform(X[fitted]), y[fitted])
        missed = model.predict(scaler.transform(X[tried])) - y[tried]
        return np.mean(missed**2) ** 0.5, np.mean(abs(missed))

    # Theirs minimizes Σe² + αΣW², ours Σe²/N + λ/2 ΣW².
    models = {s: lambda n, s=s: Ridge(alpha=s * n / 2) for s in STRENGTHS}
    models[0.0] = lambda n: LinearRegression()
    best = min(models, key=lambda s: errors(models[s](len(train)), train, val)[0])
    expected = {
        "mean": (
            np.mean((y[test] - y[rest].mean()) ** 2) ** 0.5,
            np.mean(abs(y[test] - y[rest].mean())),
        ),
        "least squares": errors(LinearRegression(), rest, test),
    }
    if best:
        expected[f"ridge, λ = {best:g}"] = errors(models[best](len(rest)), rest, test)
    found = compare_errors(design, train, val, test, test)
    assert [row["model"] for row in found] == list(expected)
    assert {row["rows"] for row in found} == {len(test)}
    pairs = [(row["RMSE"], row["MAE"]) for row in found]
    np.testing.assert_allclose(pairs, list(expected.values()))


def test_both_ends_happen_ridge_that_helps_and_ridge_that_does_not():
    named = set()
    for seed in range(12):
        rng = np.random.RandomState(seed)
        X, noise = rng.standard_normal((40, 12)), rng.standard_normal(40)
        for y in (noise, X.sum(axis=1) + 0.01 * noise):
            design = design_of(y, **{f"x{k}": column for k, column in enumerate(X.T)})
            errors = compare_errors(design, *parts_of(40, rng), np.arange(10))
            named.add(len(errors))
            told = error_sentences(errors, "y")[1]
            assert told.startswith(
                "Ridge did not help"
                if len(errors) == 2
                else "Ridge was best on the val"
            )
    assert named == {2, 3}


def test_levels_that_no_training_row_has_are_not_predicted():
    rng = np.random.RandomState(5)
    x, noise = rng.standard_normal((2, 30))
    kind = ["a"] * 12 + ["b"] * 12 + ["c"] * 6
    design = design_of(x + noise, x=x, kind=kind)
    train, val = np.arange(0, 24, 2), np.arange(1, 24, 2)
    rows = np.array([24, 25, 3])
    errors = compare_errors(design, train, val, rows, rows)
    assert errors[0]["rows"] == errors[0]["blocks"] == 1
    with pytest.raises(
        ValueError, match=r"^every row to test on has a level that no row"
    ):
        compare_errors(design, train, val, np.arange(24, 30), np.arange(6))


def test_features_that_vary_in_no_training_row_get_a_sentence():
    x = np.array([1.0] * 24 + [1.0, 2, 3, 4, 5, 6])
    design = design_of(np.arange(30.0) % 7, x=x)
    with pytest.raises(
        ValueError, match=r"^no feature varies: choose one that differs"
    ):
        parts = np.split(np.arange(30), [20, 24])
        compare_errors(design, *parts, np.arange(6))


def test_errors_in_sentences():
    sizes = {"rows": 1200, "blocks": 1200}
    mean = {"model": "mean", **sizes, "RMSE": 4.0, "MAE": 1.0, "t": 2.5, "p": 0.01}
    line = mean | {"model": "least squares", "RMSE": 3.0, "t": 0.0, "p": 1.0}
    told = error_sentences([mean, line], "wage")
    assert told[0] == (
        "On 1,200 rows not seen before, always predicting the training mean misses wage "
        "by 4 (RMSE); the line, by 3, 25% less."
    )
    assert told[1] == "Ridge did not help on the validation rows, so it is left out."
    nothing = error_sentences([mean | {"RMSE": 0.0}, line | {"RMSE": 0.0}], "wage")
    assert nothing[0].endswith("by 0, clearly more.")
    alike = mean | {"RMSE": 0.0, "t": 0.0, "p": 1.0}
    nothing = error_sentences([alike, line | {"RMSE": 0.0}], "wage")
    assert nothing[0].endswith(
        "by 0. No gain over the mean can be told from these rows."
    )
    large = {"RMSE": 2120.4}
    one = {"rows": 1, "blocks": 1, "p": 1.0}
    told = error_sentences([mean | large | one, line | {"RMSE": 276.0} | one], "wage")[
        0
    ]
    assert told == (
        "On 1 row not seen before, always predicting the training mean misses wage by "
        "2,120 (RMSE); the line, by 276, 87% less, which may be chance."
    )
    tiny = error_sentences([mean | {"RMSE": 4.126e-9}, line | {"RMSE": 3e12}], "wage")[
        0
    ]
    assert "by 4.13e-09 (RMSE); the line, by 3e+12, clearly more." in tiny
    worse = line | {"RMSE": 4.0}
    ridge = line | {"model": "ridge, λ = 0.1", "RMSE": 2.0, "t": -2.5, "p": 0.01}
    told = error_sentences([mean | {"p": 0.2}, worse, ridge], "wage")
    assert told[0].endswith("by 4. No gain over the mean can be told from these rows.")
    assert told[1] == (
        "Ridge was best on the validation rows (ridge, λ = 0.1). On the test rows it "
        "misses by 2, least squares by 4: clearly less."
    )
    for p, blocks, verdict in (
        (0.04, 10, "clearly more"),
        (0.06, 10, "too close to tell"),
        (0.001, 9, "too close to tell"),
    ):
        other = ridge | {"RMSE": 3.7, "t": 2.1, "p": p, "blocks": blocks}
        said = error_sentences([mean, line, other], "wage")
        assert said[1].endswith(f"by 3: {verdict}.")


@pytest.mark.parametrize("num_blocks", [10, 40])
def test_models_that_predict_alike_are_rarely_told_apart(num_blocks):
    rng, told = np.random.RandomState(6), []
    for _ in range(300):
        # Both miss by noise of their own; what a block's rows share counts once.
        shared = np.repeat(rng.standard_normal((2, num_blocks)), 5, axis=1)
        one, other = shared[:, :, np.newaxis] + 0.3 * rng.standard_normal(
            (2, 5 * num_blocks, 1)
        )
        _, p = paired_t(one, other, np.repeat(np.arange(num_blocks), 5))
        told.append(is_clear({"blocks": num_blocks, "p": p}))
    assert np.mean(told) < 0.09  # 5% if the sums were normal


def test_a_line_that_helps_is_never_said_not_to():
    said = set()
    for seed in range(40):
        rng = np.random.RandomState(seed)
        x, noise = rng.standard_normal((2, 60))
        design = design_of(0.4 * x + noise, x=x, other=rng.standard_normal(60))
        train, val, test = np.split(rng.permutation(60), [38, 48])
        errors = compare_errors(design, train, val, test, test)
        told = error_sentences(errors, "y")[0]
        assert "don't help" not in told
        said.add(told[-25:])
    assert said >= {
        " less, which may be chance."[-25:],
        "an be told from these rows."[-25:],
    }


def test_two_models_are_compared_row_by_row():
    rng = np.random.RandomState(3)
    for scale in (1.0, 1e-180, 1e180):
        one, other = rng.standard_normal((2, 25, 1))
        theirs = ttest_rel(one**2, other**2)
        t, p = theirs.statistic.item(), theirs.pvalue.item()
        rows, found = np.arange(25), (scale * one, scale * other)
        assert paired_t(*found, rows) == pytest.approx((t, p))
        assert paired_t(*found[::-1], 7 - rows) == pytest.approx((-t, p))
        blocks = np.array([3, 9, 9, 3, 40] * 5)
        difference = (one**2 - other**2)[:, 0]
        sums = [difference[blocks == block].sum() for block in (3, 9, 40)]
        theirs = ttest_1samp(sums, 0)
        expected = theirs.statistic, theirs.pvalue
        assert paired_t(*found, blocks) == pytest.approx(expected)
    nothing, ones = np.zeros((5, 1)), np.ones((5, 1))
    for same in ((nothing, nothing), (ones, nothing), (ones[:1], nothing[:1])):
        assert paired_t(*same, np.arange(len(same[0]))) == (0, 1)
    assert paired_t(one, other, np.zeros(25, dtype=int)) == (0, 1)
