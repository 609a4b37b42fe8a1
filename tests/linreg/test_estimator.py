"""The estimator is one to scikit-learn, and finds the least-squares line."""

import os
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

from linreg.closed_form import least_squares
from linreg.convergence import largest_stable_rate
from linreg.estimator import GradientDescentRegressor
from linreg.scaling import mean_and_std, standardize
from linreg.scratch import LEARNING_RATE, NUM_EPOCHS

EARLY = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SEEDS = st.integers(0, 2**32 - 1)
FEATURES = st.integers(1, 3)

# Some checks of scikit-learn run only where the array API was enabled before SciPy is
# imported, hence a process of its own. There, too, a warning is an error, and a check
# that is skipped is one.
SCIKIT_LEARN_CHECKS = """
import warnings

import pandas  # one check is skipped without it
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import check_estimator

from linreg.estimator import GradientDescentRegressor

warnings.simplefilter("error")
warnings.simplefilter("ignore", ConvergenceWarning)  # the data of some are collinear
results = check_estimator(GradientDescentRegressor())
assert len(results) > 40, len(results)
assert {result["status"] for result in results} == {"passed"}
"""


@pytest.fixture
def line():
    """One feature, far from standardized, and the line 7 - 2x with a little noise."""
    rng = np.random.RandomState(1234)
    X = 100 + 5 * rng.standard_normal((40, 1))
    return X, 7 - 2 * X[:, 0] + 0.1 * rng.standard_normal(40)


# What scikit-learn asks for


def test_all_checks_of_scikit_learn_pass():
    run = subprocess.run(
        [sys.executable, "-c", SCIKIT_LEARN_CHECKS],
        env=os.environ
        | {"SCIPY_ARRAY_API": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def test_the_defaults_are_those_of_the_lesson():
    parameters = {"learning_rate": LEARNING_RATE, "num_epochs": NUM_EPOCHS}
    assert GradientDescentRegressor().get_params() == parameters


@EARLY
def test_a_clone_has_the_parameters_but_not_the_fit(line):
    model = GradientDescentRegressor(learning_rate=0.2, num_epochs=7).fit(*line)
    copy = clone(model)
    assert copy.get_params() == {"learning_rate": 0.2, "num_epochs": 7}
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        copy.predict(line[0])


def test_a_pickle_predicts_the_same(line):
    model = GradientDescentRegressor().fit(*line)
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.predict(line[0]), model.predict(line[0]))
    assert copy.history_ == model.history_


def test_names_of_columns_are_remembered(line):
    X, y = pd.DataFrame(line[0], columns=["height"]), pd.Series(line[1])
    model = GradientDescentRegressor().fit(X, y)
    assert model.feature_names_in_.tolist() == ["height"]
    assert model.n_features_in_ == 1
    expected = GradientDescentRegressor().fit(*line).predict(line[0])
    np.testing.assert_array_equal(model.predict(X), expected)
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(X.rename(columns={"height": "width"}))


def test_a_pipeline_can_hold_it():
    x = np.linspace(-3, 5, 50)
    y = 1 - 2 * x + 0.5 * x**2
    powers = PolynomialFeatures(2, include_bias=False)
    model = make_pipeline(powers, GradientDescentRegressor(0.5, 500))
    model.fit(x.reshape(-1, 1), y)
    np.testing.assert_allclose(model[-1].coef_, [-2, 0.5], atol=1e-6)
    assert model[-1].intercept_ == pytest.approx(1, abs=1e-6)
    assert model.score(x.reshape(-1, 1), y) == pytest.approx(1)


def test_the_constant_column_of_a_pipeline_is_harmless(line):
    model = make_pipeline(PolynomialFeatures(1), GradientDescentRegressor())
    expected = GradientDescentRegressor().fit(*line).predict(line[0])
    np.testing.assert_allclose(model.fit(*line).predict(line[0]), expected)


def test_cross_validation_scores_it(line):
    scores = cross_val_score(GradientDescentRegressor(), *line, cv=4)
    assert scores.shape == (4,)
    assert (scores > 0.99).all()


@EARLY
def test_a_search_picks_the_better_learning_rate(line):
    grid = {"learning_rate": [1e-4, 0.1], "num_epochs": [50]}
    search = GridSearchCV(GradientDescentRegressor(), grid, cv=3).fit(*line)
    assert search.best_params_ == {"learning_rate": 0.1, "num_epochs": 50}


# What it learns


@given(seed=SEEDS, num_features=FEATURES)
def test_enough_epochs_find_the_least_squares_line(make_data, seed, num_features):
    X, y = make_data(seed, 50, num_features)
    model = GradientDescentRegressor(0.4, 400).fit(X, y[:, 0])
    W, b = least_squares(X, y)
    assert model.coef_.shape == (num_features,)
    assert isinstance(model.intercept_, float)
    np.testing.assert_allclose(model.coef_, W[:, 0], atol=1e-7)
    assert model.intercept_ == pytest.approx(b.item(), abs=1e-7)
    y_pred = model.predict(X)
    assert y_pred.shape == (50,)
    np.testing.assert_allclose(y_pred, (X @ W + b)[:, 0], atol=1e-6)


@EARLY
@given(seed=SEEDS, exponents=st.lists(st.integers(-100, 100), min_size=1, max_size=3))
def test_any_units_will_do(make_data, seed, exponents):
    X, y = make_data(seed, 30, len(exponents))
    scales = 10.0 ** np.array(exponents)
    plain = GradientDescentRegressor().fit(X, y[:, 0])
    scaled = GradientDescentRegressor().fit((X + 3) * scales, 1e3 * y[:, 0])
    y_pred = scaled.predict((X + 3) * scales) / 1e3
    np.testing.assert_allclose(y_pred, plain.predict(X), atol=1e-8)
    np.testing.assert_allclose(scaled.history_["train"], plain.history_["train"])


@EARLY
@given(seed=SEEDS, num_epochs=st.integers(1, 20))
def test_the_history_starts_at_the_variance_and_falls(make_data, seed, num_epochs):
    X, y = make_data(seed, 30, 2)
    model = GradientDescentRegressor(num_epochs=num_epochs).fit(X, y[:, 0])
    losses = model.history_["train"]
    assert len(losses) == num_epochs + 1
    assert losses[0] == pytest.approx(1)  # of standardized y
    assert (np.diff(losses) < 0).all()
    assert model.history_["val"] == losses
    assert losses[-1] == pytest.approx(1 - model.score(X, y[:, 0]))


@EARLY
@given(seed=SEEDS)
def test_the_same_data_give_the_same_model_and_stay_as_they_are(make_data, seed):
    X, y = make_data(seed, 20, 2)
    X_copy, y_copy = X.copy(), y[:, 0].copy()
    first = GradientDescentRegressor().fit(X_copy, y_copy)
    second = GradientDescentRegressor().fit(X_copy, y_copy)
    first.predict(X_copy)
    np.testing.assert_array_equal(first.coef_, second.coef_)
    assert first.intercept_ == second.intercept_
    assert first.history_ == second.history_
    np.testing.assert_array_equal(X_copy, X)
    np.testing.assert_array_equal(y_copy, y[:, 0])


@EARLY
def test_a_second_fit_forgets_the_first(line):
    X, y = line
    model = GradientDescentRegressor().fit(np.hstack([X, X**2]), -y)
    np.testing.assert_array_equal(
        model.fit(X, y).predict(X), GradientDescentRegressor().fit(X, y).predict(X)
    )
    assert model.n_features_in_ == 1


def test_integers_and_lists_are_taken_too():
    X, y = [[1], [2], [3]], [2, 4, 6]
    model = GradientDescentRegressor().fit(X, y)
    np.testing.assert_allclose(model.predict([[4]]), [8])
    X = np.array(X, dtype=np.float32)
    np.testing.assert_allclose(model.fit(X, np.array(y)).predict(X), y)


# Data that do not vary


@pytest.mark.parametrize("constant", [0.0, 0.1, 1 / 3, 1e9])
@pytest.mark.parametrize("num_samples", [6, 8, 49, 1000])
def test_a_constant_feature_teaches_nothing(make_data, num_samples, constant):
    # The mean of many 0.1 is not quite 0.1: divided by such a spread, rounding would
    # become a feature.
    X, y = make_data(0, num_samples, 2)
    with_constant = np.insert(X, 1, constant, axis=1)
    model = GradientDescentRegressor().fit(with_constant, y[:, 0])
    plain = GradientDescentRegressor().fit(X, y[:, 0])
    np.testing.assert_allclose(model.coef_, np.insert(plain.coef_, 1, 0), atol=1e-12)
    assert model.intercept_ == pytest.approx(plain.intercept_)


@pytest.mark.parametrize("constant", [0.0, 0.1, 1 / 3, -1e9])
def test_a_constant_y_is_learned(make_data, constant):
    X, _ = make_data(0, 49, 2)
    model = GradientDescentRegressor().fit(X, np.full(49, constant))
    np.testing.assert_allclose(model.coef_, 0, atol=1e-15)
    assert model.intercept_ == pytest.approx(constant)
    assert max(model.history_["train"]) < 1e-9


def test_one_sample_is_its_own_line():
    model = GradientDescentRegressor().fit([[3.0, 4.0]], [5.0])
    assert model.coef_.tolist() == [0, 0]
    assert model.predict([[0.0, 9.0]]).tolist() == [5]


# What is refused


def test_to_predict_before_fit_is_refused(line):
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        GradientDescentRegressor().predict(line[0])


@EARLY
@given(seed=SEEDS, num_features=FEATURES)
def test_the_learning_rate_is_bounded_by_the_curvature(make_data, seed, num_features):
    X, y = make_data(seed, 30, num_features)
    limit = largest_stable_rate(standardize(X, *mean_and_std(X)))
    GradientDescentRegressor(0.99 * limit, 50).fit(X, y[:, 0])
    match = r"^training diverged at epoch \d+: .+; try a smaller learning_rate "
    with pytest.raises(FloatingPointError, match=match):
        GradientDescentRegressor(1.2 * limit, 500).fit(X, y[:, 0])


def test_bad_learning_rates_are_refused_at_fit(line, bad_number):
    model = GradientDescentRegressor(learning_rate=bad_number.value)
    with pytest.raises(bad_number.error, match=f"^learning_rate {bad_number.match}"):
        model.fit(*line)


def test_bad_numbers_of_epochs_are_refused_at_fit(line, bad_count):
    model = GradientDescentRegressor(num_epochs=bad_count.value)
    with pytest.raises(bad_count.error, match=f"^num_epochs {bad_count.match}"):
        model.fit(*line)


@pytest.mark.parametrize(
    ("X", "y", "match"),
    [
        ([[1.0], [np.nan]], [1.0, 2.0], "^Input X contains NaN"),
        ([[1.0], [2.0]], [1.0, np.inf], "^Input y contains infinity"),
        ([[1.0], [2.0]], [1.0], "inconsistent numbers of samples"),
        ([1.0, 2.0], [1.0, 2.0], "^Expected 2D array, got 1D array instead"),
        ([[1.0], [2.0]], [[1.0, 2.0], [3.0, 4.0]], "^y should be a 1d array"),
    ],
    ids=["nan", "infinity", "rows", "1-d", "two targets"],
)
def test_bad_data_are_refused(X, y, match):
    with pytest.raises(ValueError, match=match):
        GradientDescentRegressor().fit(X, y)


def test_other_features_than_those_of_fit_are_refused(line):
    model = GradientDescentRegressor().fit(*line)
    with pytest.raises(ValueError, match=r"X has 2 features, but .+ is expecting 1"):
        model.predict(np.zeros((3, 2)))


@pytest.mark.parametrize("unit", [1e-200, 1e200, 1e300])
def test_numbers_whose_squares_are_beyond_float64_are_scaled_like_others(line, unit):
    X, y = line
    expected = GradientDescentRegressor().fit(X, y)
    model = GradientDescentRegressor().fit(unit * X, y)
    np.testing.assert_allclose(unit * model.coef_, expected.coef_, rtol=1e-9)
    model = GradientDescentRegressor().fit(X, unit * y)
    np.testing.assert_allclose(model.coef_ / unit, expected.coef_, rtol=1e-9)


@pytest.mark.parametrize(
    ("name", "X", "y"),
    [
        ("Z", [[-1.7e308], [1.7e308], [1.7e308]], [1.0, 2.0, 3.0]),
        ("W_unscaled", [[-1e-160], [1e-160]], [-1e150, 1e150]),
    ],
)
def test_results_that_overflow_are_reported(name, X, y):
    match = f"^{name} is too large for float64: rescale the data"
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match=match):
        GradientDescentRegressor().fit(X, y)


def test_predictions_that_overflow_are_reported(line):
    model = GradientDescentRegressor().fit(*line)
    match = "^y_pred is too large for float64: rescale the data"
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match=match):
        model.predict([[1.7e308]])


# What would go wrong in silence


@pytest.mark.parametrize("correlation", [0.99, 0.999, 0.99999])
def test_weights_that_have_not_arrived_are_reported(correlation):
    rng = np.random.RandomState(0)
    x, other = rng.standard_normal((2, 400))
    X = np.column_stack([x, correlation * x + (1 - correlation**2) ** 0.5 * other])
    y = X @ [3.01, -2.01]
    with pytest.warns(ConvergenceWarning, match=r"^after 100 epochs a .+ still \d"):
        model = GradientDescentRegressor().fit(X, y)
    assert model.n_iter_ == 100
    assert abs(model.coef_ - [3.01, -2.01]).max() > 0.5


def test_enough_epochs_are_enough(line):
    model = GradientDescentRegressor(num_epochs=np.uint8(200)).fit(*line)
    assert model.n_iter_ == 200


@pytest.mark.parametrize("fill", [0.1 + 0.2, 0.3, 45.0**10])
def test_a_column_that_only_rounding_varies_is_a_constant(make_data, fill):
    X, y = make_data(0, 200, 1)
    constant = np.full((200, 1), fill)
    constant[::2] *= 1 + np.finfo(float).eps
    model = GradientDescentRegressor().fit(np.hstack([X, constant]), y[:, 0])
    plain = GradientDescentRegressor().fit(X, y[:, 0])
    assert model.coef_[1] == 0
    assert model.predict([[1.0, fill]]) == pytest.approx(plain.predict([[1.0]]))


def test_a_target_that_only_rounding_varies_is_a_constant(make_data):
    y = np.where(np.arange(200) % 2, 0.1 + 0.2, 0.3)
    model = GradientDescentRegressor().fit(make_data(0, 200, 2)[0], y)
    assert model.coef_.tolist() == [0, 0]
    assert model.intercept_ == pytest.approx(0.3)


TIMES = np.array(["2020-01-01", "NaT", "2020-01-03"], dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("X", "fix"),
    [
        (np.ma.masked_array([[1.0], [2.0], [9e9]], [[0], [0], [1]]), "np.ma.array"),
        (TIMES.reshape(-1, 1), "timedelta64"),
        (pd.DataFrame({"day": TIMES.astype("datetime64[s]")}), "timedelta64"),
        ((TIMES - TIMES[0]).reshape(-1, 1), "timedelta64"),
        (torch.ones((3, 1), requires_grad=True), "detach"),
    ],
    ids=["masked", "times", "frame of times", "durations", "tensor"],
)
def test_what_a_type_says_is_not_lost(X, fix):
    y = np.array([1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match=rf"^X would lose what its type says: .*{fix}"):
        GradientDescentRegressor().fit(X, y)
    model = GradientDescentRegressor().fit([[1.0], [2.0], [3.0]], y)
    with pytest.raises(TypeError, match=rf"^X would lose what its type says: .*{fix}"):
        model.predict(X)


def test_masked_targets_are_not_uncovered():
    y = np.ma.masked_array([1.0, 2.0, 9e9], [0, 0, 1])
    with pytest.raises(TypeError, match=r"^y would lose .+: try np\.ma\.array\(y, "):
        GradientDescentRegressor().fit([[1.0], [2.0], [3.0]], y)
