"""On public tables of many kinds every number is that of statsmodels, from the file on."""

import csv
from importlib import import_module

import numpy as np
import pytest
import sklearn.datasets
from pandas.api.types import is_numeric_dtype
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.diagnostic import het_breuschpagan
from statsmodels.stats.outliers_influence import (
    OLSInfluence,
    variance_inflation_factor,
)
from statsmodels.stats.stattools import durbin_watson as durbin_watson_of_statsmodels

from linreg.answers import effects
from linreg.closed_form import least_squares
from linreg.collinearity import variance_inflation
from linreg.comparison import compare_errors
from linreg.design_matrix import design_matrix
from linreg.diagnosis import diagnose
from linreg.hypotheses import f_test, p_values
from linreg.questions import questions
from linreg.residual_tests import (
    durbin_watson,
    koenker_test,
    reset_test,
)
from linreg.single_rows import cooks_distance
from linreg.splits import blocks_of, split_rows
from linreg.tables import read_table
from linreg.uncertainty import centred_residuals, r_squared, standard_errors


def of_statsmodels(name):
    return import_module(f"statsmodels.datasets.{name}").load_pandas().data


def of_scikit_learn(name, **options):
    data = getattr(sklearn.datasets, f"load_{name}")(as_frame=True, **options)
    frame = data.frame
    if name == "iris":  # a category by name
        frame["target"] = data.target_names[frame["target"]]
        frame = frame.rename(columns={"target": "species"})
    return frame


GERMAN = {"sep": ";", "decimal": ","}
TABS = {"sep": "\t", "encoding": "utf-16"}
QUOTED = {"sep": "|", "quoting": csv.QUOTE_ALL}
TABLES = {  # how it is written, and what is chosen by default
    "diabetes": (lambda: of_scikit_learn("diabetes", scaled=False), {}, "target"),
    "iris": (lambda: of_scikit_learn("iris"), GERMAN, "petal width (cm)"),
    "wine": (lambda: of_scikit_learn("wine"), TABS, "target"),
    "breast cancer": (lambda: of_scikit_learn("breast_cancer"), QUOTED, "target"),
    "linnerud": (lambda: of_scikit_learn("linnerud"), GERMAN, "Pulse"),
    "longley": (lambda: of_statsmodels("longley"), GERMAN, "POP"),
    "stackloss": (lambda: of_statsmodels("stackloss"), TABS, "ACIDCONC"),
    "grunfeld": (lambda: of_statsmodels("grunfeld"), {}, "capital"),
    "macrodata": (lambda: of_statsmodels("macrodata"), QUOTED, "realint"),
    "fair": (lambda: of_statsmodels("fair"), TABS, "affairs"),
    "co2": (lambda: of_statsmodels("co2").reset_index(), GERMAN, "co2"),
    "statecrime": (lambda: of_statsmodels("statecrime").reset_index(), {}, "urban"),
    "scotland": (lambda: of_statsmodels("scotland"), QUOTED, "COUTAX_FEMALEUNEMP"),
    "star98": (lambda: of_statsmodels("star98"), GERMAN, "PERSPEN_PTRATIO_PCTAF"),
    "fertility": (lambda: of_statsmodels("fertility"), {}, "2011"),
}


@pytest.fixture(params=TABLES, scope="module")
def public(request, tmp_path_factory):
    """Return a public table as pandas has it, and as we read it from pandas' file."""
    load, dialect, target = TABLES[request.param]
    frame, path = load(), tmp_path_factory.mktemp("public") / "table.csv"
    frame.to_csv(path, index=False, **dialect)
    return frame, read_table(path), target


@pytest.fixture(scope="module")
def design(public):
    """Return the design that is suggested, for which statsmodels has an answer, too."""
    _, table, _ = public
    asked = questions(table)
    return design_matrix(table, asked["target"]["chosen"], asked["features"]["chosen"])


@pytest.fixture(scope="module")
def theirs(design):
    return OLS(design.y[:, 0], np.hstack([np.ones((len(design.X), 1)), design.X])).fit()


@pytest.fixture(scope="module")
def line(design):
    return design.X, design.y, *least_squares(design.X, design.y)


def test_every_cell_is_read_as_it_was(public):
    frame, table, _ = public
    assert list(table.columns) == list(frame.columns)
    for name, column in table.columns.items():
        series = frame[name]
        if is_numeric_dtype(series) and series.notna().any():
            np.testing.assert_array_equal(column.values, series.to_numpy(dtype=float))
        elif "datetime" in str(series.dtype):
            days = series.to_numpy().astype("M8[s]").astype(float) / 86400
            np.testing.assert_array_equal(column.values, days)
        elif series.notna().any():
            words = series.str.strip().to_numpy(dtype=str)  # some are "Kansas "
            np.testing.assert_array_equal(column.values, words)


def test_the_target_is_one_that_makes_sense(public):
    _, table, target = public
    assert questions(table)["target"]["chosen"] == target


def test_coefficients_and_intervals(design, theirs):
    robust = theirs.get_robustcov_results("HC3", use_t=True)
    expected = np.column_stack([theirs.params, theirs.conf_int(), robust.conf_int()])[
        1:
    ]
    found = np.array([effect[1:] for effect in effects(design)])
    reach = np.ptp(expected[:, 1:3], axis=1, keepdims=True)  # what digits mean beside
    np.testing.assert_allclose(found / reach, expected / reach, atol=1e-7)


def test_standard_errors_tests_and_r_squared(line, theirs):
    X, y, W, b = line
    np.testing.assert_allclose(
        standard_errors(*line)[0][:, 0], theirs.bse[1:], rtol=1e-7
    )
    np.testing.assert_allclose(
        p_values(*line)[0][:, 0], theirs.pvalues[1:], rtol=1e-5, atol=1e-200
    )
    F, p = f_test(X, y, list(range(X.shape[1])))
    assert F == pytest.approx(theirs.fvalue, rel=1e-7)
    assert p == pytest.approx(theirs.f_pvalue, rel=1e-5, abs=1e-200)
    assert r_squared(X @ W + b, y) == pytest.approx(theirs.rsquared, rel=1e-9)


def test_numbers_behind_the_warnings(line, theirs):
    A = theirs.model.exog
    np.testing.assert_allclose(
        koenker_test(*line), het_breuschpagan(theirs.resid, A)[:2], rtol=1e-5
    )
    residual = centred_residuals(*line)
    expected = durbin_watson_of_statsmodels(theirs.resid)
    assert durbin_watson(residual) == pytest.approx(expected, rel=1e-6)
    distance = OLSInfluence(theirs).cooks_distance[0]
    np.testing.assert_allclose(cooks_distance(*line), distance, rtol=1e-4, atol=1e-9)
    if A.shape[1] > 2:
        some = range(1, min(A.shape[1], 5))
        expected = [variance_inflation_factor(A, k) for k in some]
        found = variance_inflation(line[0])[: len(expected)]
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    # Any shift and scale of ŷ spans the same; large powers would cost statsmodels digits.
    z = (theirs.fittedvalues - theirs.fittedvalues.mean()) / theirs.fittedvalues.std()
    full = OLS(theirs.model.endog, np.column_stack([A, z**2, z**3])).fit()
    expected = full.compare_f_test(theirs)[:2]
    np.testing.assert_allclose(reset_test(*line[:2]), expected, rtol=1e-5, atol=1e-9)


def test_the_rest_runs_through(public, design):
    _, table, _ = public
    chosen = {name: question["chosen"] for name, question in questions(table).items()}
    parts = split_rows(design, chosen)
    errors = compare_errors(design, *parts, blocks_of(design, parts[-1], chosen))
    assert all(0 < row["MAE"] <= row["RMSE"] for row in errors)
    assert all(np.isfinite(finding.number) for finding in diagnose(design))
