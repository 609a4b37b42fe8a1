"""Errors on rows not seen before: of the mean, of least squares, and of ridge."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from linreg.checks import Array
from linreg.closed_form import least_squares
from linreg.design_matrix import Design
from linreg.feature_coding import given_by_others, refuse_nothing_left
from linreg.regularization import ridge
from linreg.scaling import (
    is_constant,
    mean_and_std,
    root_sum_of_squares,
    standardize,
)
from linreg.scratch import predict
from linreg.splits import Rows
from linreg.words import counted

STRENGTHS = (0.001, 0.01, 0.03, 0.1, 0.3, 1.0)  # of ridge, where X is standardized
FEW_BLOCKS = 10  # fewer say too little
CHANCE_LEFT = 0.05  # that equal models differ so much


def misses(y_pred: Array, y: Array) -> tuple[float, float]:
    """Root mean squared error and mean absolute error, in the unit of y."""
    missed = y_pred - y
    rmse = root_sum_of_squares(missed) / len(y) ** 0.5
    return float(rmse), float(np.mean(abs(missed)))


def paired_t(missed: Array, other_missed: Array, blocks: Rows) -> tuple[float, float]:
    """Mean difference of two models' squared errors, in standard errors, and its p-value.

    t = mean(d) / (std(d) / √B), where d are the sums of the differences in B blocks. It is
    negative for a model that misses less, and 0 where the sums do not vary.
    """
    largest = max(abs(missed).max(), abs(other_missed).max()) or 1.0
    difference = (missed / largest) ** 2 - (other_missed / largest) ** 2
    sums = np.bincount(np.unique(blocks, return_inverse=True)[1], difference[:, 0])
    spread = float(sums.std(ddof=1)) if len(sums) > 1 else 0.0
    if not spread:
        return 0.0, 1.0
    t = float(sums.mean()) / spread * len(sums) ** 0.5
    return t, 2 * float(stdtr(len(sums) - 1, -abs(t)))


def refuse_all_new(is_known: NDArray[np.bool_]) -> None:
    """Raise ValueError if every row has a level that the training rows lack."""
    if not is_known.any():
        raise ValueError(
            "every row to test on has a level that no row to train on has: split by "
            "rows, or leave that category out"
        )


def prepare(
    design: Design, train: Rows, test: Rows
) -> tuple[Array, Array, Array, NDArray[np.bool_]]:
    """Standardized Z and y to train on and Z_test, by the training rows alone.

    Test rows with a level that is new to them are left out, and so are columns that
    don't vary in them. The last says which test rows are left.
    """
    X, X_test = design.X[train], design.X[test]
    frozen, kept = is_constant(X), ~given_by_others(X)
    is_known = (X_test[:, frozen] == X[0, frozen]).all(axis=1)
    refuse_all_new(is_known)
    refuse_nothing_left(int(kept.sum()))
    mean, std = mean_and_std(X[:, kept])
    Z, Z_test = (
        standardize(part[:, kept], mean, std) for part in (X, X_test[is_known])
    )
    return Z, design.y[train], Z_test, is_known


def predict_rows(Z: Array, y: Array, Z_test: Array, strength: float) -> Array:
    """Predict rows by ridge, or by least squares if its strength is zero."""
    W, b = ridge(Z, y, strength) if strength else least_squares(Z, y)
    return predict(Z_test, W, b)


def best_strength(design: Design, train: Rows, val: Rows) -> float:
    """Strength of ridge that misses validation rows least; 0 if that is least squares."""
    Z, y, Z_val, is_known = prepare(design, train, val)
    y_val = design.y[val][is_known]
    strengths = [0.0, *STRENGTHS]
    found = [misses(predict_rows(Z, y, Z_val, s), y_val)[0] for s in strengths]
    return strengths[int(np.argmin(found))]


def compare_errors(
    design: Design, train: Rows, val: Rows, test: Rows, blocks: Rows
) -> list[dict[str, Any]]:
    """Errors on test rows: of the mean, of least squares, and of ridge if it helps.

    The strength of ridge is chosen on the validation rows; then every model is fitted to
    these and the training rows. RMSE and MAE are in the unit of the target; t and p
    compare squared errors with those of least squares, by the blocks of the test rows.
    """
    rest = np.sort(np.concatenate([train, val]))
    Z, y, Z_test, is_known = prepare(design, rest, test)
    y_test, blocks = design.y[test][is_known], blocks[is_known]
    strength = best_strength(design, train, val)
    models: dict[str, Array] = {
        "mean": np.full_like(y_test, y.mean()),
        "least squares": predict_rows(Z, y, Z_test, 0.0),
    }
    if strength:
        models[f"ridge, λ = {strength:g}"] = predict_rows(Z, y, Z_test, strength)
    usual = models["least squares"] - y_test
    sizes = {"rows": len(y_test), "blocks": len(np.unique(blocks))}
    errors = []
    for name, y_pred in models.items():
        (rmse, mae), (t, p) = (
            misses(y_pred, y_test),
            paired_t(y_pred - y_test, usual, blocks),
        )
        errors.append(
            {"model": name, **sizes, "RMSE": rmse, "MAE": mae, "t": t, "p": p}
        )
    return errors


def in_three_digits(value: float) -> str:
    """Write a number to three digits: 2,120 or 0.0312, and 3e+12 where it is far off."""
    return f"{float(f'{value:.3g}'):,.6g}"


def is_clear(error: dict[str, Any]) -> bool:
    """Tell if a model's squared errors differ from least squares' by more than chance."""
    return bool(error["blocks"] >= FEW_BLOCKS and error["p"] <= CHANCE_LEFT)


def error_sentences(errors: list[dict[str, Any]], target: str) -> list[str]:
    """Say how far predictions miss rows that no fit has seen, beside predicting the mean."""
    mean, ours, *others = errors
    verdict = ". No gain over the mean can be told from these rows"
    if ours["RMSE"] < mean["RMSE"]:
        verdict = f", {100 - 100 * ours['RMSE'] / mean['RMSE']:.0f}% less"
        verdict += ", which may be chance" * (not is_clear(mean))
    elif is_clear(mean):
        verdict = ", clearly more"
    told = (
        f"On {counted(ours['rows'], 'row')} not seen before, always predicting the training "
        f"mean misses {target} by {in_three_digits(mean['RMSE'])} (RMSE); the line, by "
        f"{in_three_digits(ours['RMSE'])}{verdict}."
    )
    ridge_said = "Ridge did not help on the validation rows, so it is left out."
    for other in others:
        beside = "less" if other["t"] < 0 else "more"
        verdict = f"clearly {beside}" if is_clear(other) else "too close to tell"
        ridge_said = (
            f"Ridge was best on the validation rows ({other['model']}). On the test rows "
            f"it misses by {in_three_digits(other['RMSE'])}, least squares by "
            f"{in_three_digits(ours['RMSE'])}: {verdict}."
        )
    return [told, ridge_said]
