"""Warnings about a table: what its columns and rows alone make doubtful, in words."""

from collections import Counter
from typing import NamedTuple

import numpy as np

from linreg.checks import Array
from linreg.closed_form import least_squares
from linreg.collinearity import variance_inflation
from linreg.design_matrix import Design
from linreg.scratch import predict
from linreg.suggestions import given_away_by, numbers_rows
from linreg.uncertainty import centred_residuals, r_squared
from linreg.words import counted

MAX_VIF = 10.0  # Marquardt, Technometrics 12 (1970)
ROWS_EACH = 10  # for a coefficient: Harrell, Regression Modeling Strategies (2001)
MOST = 100  # repeated rows that are looked at more closely
EXACT = 1e-5  # of the variance left unexplained


class Finding(NamedTuple):
    """A warning in words, the number behind it, and the lesson that explains it."""

    name: str
    sentence: str
    number: float
    lesson: str


class Fit(NamedTuple):
    """Least squares of a design: W, b, and the residuals."""

    design: Design
    W: Array
    b: Array
    residual: Array


def fit_line(design: Design) -> Fit:
    """Fit a design by least squares."""
    W, b = least_squares(design.X, design.y)
    return Fit(design, W, b, centred_residuals(design.X, design.y, W, b))


def find_leak(fit: Fit) -> Finding | None:
    """A feature that gives the target away, or features that do so together."""
    design = fit.design
    alone = given_away_by(design.X, design.y)
    left = 1 - r_squared(predict(design.X, fit.W, fit.b), design.y)
    if alone is None and left > EXACT:
        return None
    who = "together" if alone is None else repr(design.names[alone])
    sentence = (
        f"The features give the target away ({who}): they leave {max(left, 0):.2g} of its "
        f"variance. Is one of them computed from it, or known only after it?"
    )
    return Finding("leak", sentence, left, "real-data.md#split")


def find_collinearity(fit: Fit) -> Finding | None:
    """A feature that others nearly give, by its variance inflation factor.

    Levels of one category are left out: they are always related.
    """
    design = fit.design
    kinds = [design.table.columns[name].kind for name, _ in design.parts]
    vif = np.where(np.array(kinds) == "category", 1.0, variance_inflation(design.X))
    worst = int(np.argmax(vif >= 0.999999 * vif.max()))  # of equal ones the first
    if vif[worst] <= MAX_VIF:
        return None
    sentence = (
        f"Other features nearly give {design.names[worst]!r} (VIF = {vif[worst]:.3g}): its "
        f"interval is {vif[worst] ** 0.5:.2g} times as wide as if they did not."
    )
    number = float(vif[worst])
    return Finding(
        "collinearity", sentence, number, "coefficients.md#collinear-features"
    )


def find_two_values(fit: Fit) -> Finding | None:
    """A target that has but two values, as yes and no."""
    low, *middle, high = np.unique(fit.design.y).tolist()
    if middle:
        return None
    sentence = (
        f"The target is {low:g} or {high:g}, so a prediction stands for a share: how "
        f"likely {high:g} is. A line leaves {low:g} to {high:g} at its ends, and its noise "
        f"has unequal spread: logistic regression is the usual tool."
    )
    share = float(np.mean(fit.design.y == high))
    return Finding("two values", sentence, share, "problem.md#miscellaneous")


def find_few_rows(fit: Fit) -> Finding | None:
    """Fewer rows than a coefficient should have."""
    rows, columns = fit.design.X.shape
    if rows >= ROWS_EACH * (columns + 1):
        return None
    sentence = (
        f"There are {rows} rows for {counted(columns, 'coefficient')} and an intercept, "
        f"fewer than {ROWS_EACH} for each: intervals are wide, and predictions worse than "
        f"they seem."
    )
    number = rows / (columns + 1)
    return Finding("few rows", sentence, number, "coefficients.md#bias-and-variance")


def find_duplicates(fit: Fit) -> Finding | None:
    """Rows that equal others in every column, where chance would hardly make them.

    By chance more rows would differ from these in a single column than in none. Columns
    that number the rows don't count.
    """
    columns = [c for c in fit.design.table.columns.values() if not numbers_rows(c)]
    rows = Counter(zip(*(column.values.tolist() for column in columns), strict=True))
    repeated = [row for row, count in rows.items() if count > 1]
    near = alike = 0
    for row in repeated[:MOST]:
        pairs = zip(columns, row, strict=True)
        differences = sum((c.values != value).astype(int) for c, value in pairs)
        near += int(np.sum(differences == 1))
        alike += rows[row] - 1
    if alike <= near:
        return None
    copies = rows.total() - len(rows)
    asked = "s another in every column: is it a copy?"
    if copies > 1:
        asked = " another in every column: are they copies?"
    sentence = (
        f"{counted(copies, 'row')} equal{asked} Then the intervals are too narrow, and a "
        f"copy may be both trained on and tested on. Rounded values can agree by chance."
    )
    lesson = "real-data.md#rows-that-belong-together"
    return Finding("duplicates", sentence, float(copies), lesson)
