"""Answers in sentences: what goes with what, how well it predicts, what a new row will be."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from linreg.cell_values import DATES
from linreg.closed_form import least_squares
from linreg.design_matrix import Design
from linreg.new_rows import new_row
from linreg.scratch import predict
from linreg.suggestions import given_away_by
from linreg.uncertainty import (
    confidence_intervals,
    critical_value,
    noise_std,
    prediction_intervals,
)
from linreg.weighting import robust_standard_errors

LEVEL = 0.95


class Effect(NamedTuple):
    """A coefficient, its interval, and its interval if the noise has unequal spread (HC3)."""

    name: str
    coefficient: float
    low: float
    high: float
    robust_low: float
    robust_high: float


def refuse_exact(s: float, design: Design) -> None:
    """Raise ValueError if the features give the target, all but rounding."""
    if s <= 1e-9 * np.std(design.y):
        alone = given_away_by(design.X, design.y)
        who = "the features together give"
        if alone is not None:
            who = f"{design.names[alone]!r} gives"
        raise ValueError(
            f"{who} the target exactly, so there is nothing to estimate: leave out what it "
            f"is computed from"
        )


def effects(design: Design, level: float = LEVEL) -> list[Effect]:
    """Coefficients of least squares with confidence intervals, plain and robust.

        W ± t · W_error

    W_error is that of standard_errors, or that of robust_standard_errors.
    """
    X, y = design.X, design.y
    W, b = least_squares(X, y)
    plain, _ = confidence_intervals(X, y, W, b, level)
    W_error, _ = robust_standard_errors(X, y, W, b)
    reach = critical_value(X, level) * W_error
    refuse_exact(noise_std(X, y, W, b), design)
    table = np.hstack([W, plain, W - reach, W + reach]).tolist()
    return [Effect(name, *row) for name, row in zip(design.names, table, strict=True)]


def in_digits(value: float, reach: float) -> str:
    """Write a number to two digits of how far its interval reaches each way."""
    decimals = 1 - math.floor(math.log10(reach))
    if not -7 < decimals < 7:
        size = math.floor(math.log10(abs(value) or reach))
        return f"{value:.{min(max(size + decimals + 1, 2), 17)}g}"
    return f"{round(value, decimals) + 0.0:,.{max(decimals, 0)}f}"  # no -0


def more_or_less(value: float, reach: float, unit: str) -> str:
    """Write a difference in words: 3.4 mm more, or 3.4 mm less."""
    words = in_digits(abs(value), reach), unit, "less" if value < 0 else "more"
    return " ".join(filter(None, words))


def between(low: float, high: float, unit: str) -> str:
    """Write an interval of differences in words, its smaller end first."""
    reach = (high - low) / 2
    first, last = sorted((low, high), key=abs)
    start, end = (more_or_less(value, reach, unit) for value in (first, last))
    if low < 0 < high:
        return f"between {start} and {end}"
    return f"between {in_digits(abs(first), reach)} and {end}"


def coefficient_sentences(
    design: Design, level: float = LEVEL, unequal: bool = False
) -> list[str]:
    """Say what one more of each feature goes with, or a level beside the reference.

    The intervals are the robust ones (HC3) if the noise has unequal spread.
    """
    target, sentences = design.table.columns[design.target], []
    sort = ", robust" * unequal
    held = ", the other columns held" * (len(design.features) > 1)
    for (name, part), effect in zip(design.parts, effects(design, level), strict=True):
        column = design.table.columns[name]
        what = f"One {column.unit or 'unit'} more of {column.noun}"
        if column.kind in DATES:
            what = f"One day later in {name!r}"
        if part:
            reference = design.levels.get(name, ["no"])[0]
            what = f"{name} = {part}, beside {reference},"
        low, high = effect[4:] if unequal else effect[2:4]
        size = more_or_less(effect.coefficient, (high - low) / 2, target.unit)
        ends = between(low, high, target.unit)
        doubt = ": which way is not clear" * (low < 0 < high)
        sentences.append(
            f"{what} goes with {size} {target.noun}, {ends} ({100 * level:g}%{sort}){held}{doubt}."
        )
    return sentences


def prediction_sentence(
    design: Design,
    values: Mapping[str, str | float],
    level: float = LEVEL,
    unequal: bool = False,
) -> str:
    """Say what the target of a new row will be, and its prediction interval at a level.

    A sentence more says what that is worth if the noise has unequal spread.
    """
    X_new = new_row(design, values)
    W, b = least_squares(design.X, design.y)
    line = design.X, design.y, W, b
    refuse_exact(noise_std(*line), design)
    low, high = prediction_intervals(X_new, *line, level)[0].tolist()
    reach, y_pred = (high - low) / 2, float(predict(X_new, W, b)[0, 0])
    target = design.table.columns[design.target]
    about, low_end, high_end = (in_digits(v, reach) for v in (y_pred, low, high))
    return (
        f"{target.noun}: about {about} {target.unit}".rstrip()
        + f". The {100 * level:g}% prediction interval goes from {low_end} to {high_end}."
        + " It takes the spread for equal, which is in doubt." * unequal
    )
