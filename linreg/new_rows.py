"""New rows: the values of a row to predict, coded as the rows of a design are."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from linreg.cell_values import DATES
from linreg.checks import Array
from linreg.columns import Column, parse_column
from linreg.design_matrix import Design
from linreg.feature_coding import code_feature


def is_of_kind(kind: str, value: Any, told: Any) -> bool:
    """Whether a value is one of a kind; a date is told in words, not as a number."""
    if not isinstance(value, (int, float, np.number)) or not math.isfinite(value):
        return False
    if kind == "yes/no":
        return value in (0, 1)
    return isinstance(told, str) if kind in DATES else not isinstance(told, bool)


def refuse_value(
    column: Column, value: Any, levels: Mapping[str, list[str]], told: Any
) -> None:
    """Raise ValueError for a value from which a prediction can't start."""
    if column.kind == "category" and value not in levels[column.name]:
        raise ValueError(
            f"{value!r} is no level of {column.name!r} that was fitted: choose one of "
            f"{levels[column.name]}"
        )
    if column.kind != "category" and not is_of_kind(column.kind, value, told):
        first = np.nanmin(column.values)
        need = f"a value of type {column.kind}"
        if column.kind in DATES:
            need = f"a date, as {np.array(first).astype('M8[D]')!s} is"
        raise ValueError(f"{column.name!r} needs {need}, not {told!r}")


def refuse_other_unit(column: Column, unit: str, text: str) -> None:
    """Raise ValueError for a value in a unit that is not its column's."""
    if unit not in ("", column.unit):
        need = f"is in {column.unit}" if column.unit else "has no unit"
        raise ValueError(
            f"{column.name!r} {need}, but {text!r} is in {unit}: give the number alone"
        )


def parse_value(column: Column, text: str) -> Any:
    """Read a text as the cells of a column are read; a date may be as 2026-11-26, too."""
    if column.kind == "category":  # alone a dash would be missing, where it is a level
        return text.strip()
    own = parse_column(column.name, [text], column.decimal, column.kind)
    if column.kind in DATES and own.is_missing[0]:
        own = parse_column(column.name, [text], ".", "year-month-day")
    refuse_other_unit(column, own.unit, text)
    return own.values[0]


def new_row(design: Design, values: Mapping[str, str | float]) -> Array:
    """Code the values of a new row, given by feature as numbers or texts, as X_new (1, D).

    Raises ValueError for a value that is missing, not of its column's kind or unit, or a
    level that was not fitted.
    """
    coded = []
    for name in design.features:
        column = design.table.columns[name]
        told = value = values.get(name, "")
        if isinstance(value, str):
            value = parse_value(column, value)
        refuse_value(column, value, design.levels, told)
        coded.append(code_feature(column, np.array([value]), design.levels)[0])
    return np.asarray(np.hstack(coded)[:, design.kept])


def middle(values: Array) -> float:
    """Median of some numbers, with the digits that their spread asks for, among them."""
    low, high = float(values.min()), float(values.max())
    digits = 3 - math.floor(math.log10((high - low) or 1))
    return min(max(round(float(np.median(values)), digits), low), high)
