"""Suggestions: which columns a careful analyst would leave out, and why."""

import numpy as np

from linreg.cells import DATES
from linreg.checks import Array
from linreg.columns import Column
from linreg.scaling import is_constant, mean_and_std, standardize

MAX_MISSING = 0.3
TIMES = {"year", "date", "time", "day", "month", "t"}
SAME = 0.9999  # of two columns whose correlation is larger, one says nothing new


def is_time(column: Column) -> bool:
    """Whether a column is of dates, or has the name of a time and never falls."""
    if column.kind in DATES:
        return True
    is_called = column.kind == "number" and column.name.lower() in TIMES
    return is_called and bool((np.diff(column.values) >= 0).all())


def numbers_rows(column: Column) -> bool:
    """Whether a column counts the rows, or has another text in each."""
    if is_time(column):
        return False
    values = column.values[~column.is_missing]
    if column.kind == "category":
        return column.num_distinct == len(values) > 1
    return len(values) > 2 and bool((abs(np.diff(np.sort(values))) == 1).all())


def is_name_of_id(name: str) -> bool:
    """Whether a column is called an identifier, as id or patient_id are."""
    return name.lower().replace("_", " ").split()[-1:] in (["id"], ["index"])


def correlation(one: Array, other: Array) -> float:
    """Correlation of two columns over the rows where both have values.

    The mean product of standard scores; 0 if a column is constant there.
    """
    pairs = np.column_stack([one, other])
    pairs = pairs[np.isfinite(pairs).all(axis=1)]
    if len(pairs) < 2 or is_constant(pairs).any():
        return 0.0
    Z = standardize(pairs, *mean_and_std(pairs))
    return float(np.mean(Z[:, 0] * Z[:, 1]))


def says_the_same(one: Array, other: Array) -> bool:
    """Whether two columns correlate all but perfectly; first tried on some of the rows."""
    some = slice(None, None, len(one) // 1000 + 1)
    near = abs(correlation(one[some], other[some])) > 0.99
    return near and abs(correlation(one, other)) > SAME


def is_likely_target(column: Column) -> bool:
    """Whether a column holds many numbers, and neither times nor identifiers."""
    is_known = column.is_missing.mean() <= MAX_MISSING and column.num_distinct > 2
    is_label = numbers_rows(column) or is_name_of_id(column.name)
    is_when = column.name.lower() in TIMES
    return column.kind == "number" and is_known and not is_label and not is_when


def why_not(column: Column, target: Column, earlier: list[Column]) -> str:
    """Say why a careful analyst would leave a feature out; "" if there is no reason to."""
    num_values = len(column.values) - int(column.is_missing.sum())
    levels, share = column.num_distinct, 1 - num_values / len(column.values)
    if levels < 2:
        return "is the same in every row, so it can't explain a difference"
    if share > MAX_MISSING:
        return (
            f"misses {100 * share:.0f} % of its values, and every one would cost a row"
        )
    if numbers_rows(column):
        return "differs in every row as a number or name of the row would"
    if is_name_of_id(column.name):
        return "is called an identifier: its size means nothing"
    if is_time(column):
        return "says when: as a feature it would stand for a steady trend"
    if column.kind == "category":
        too_many = levels > 20 or num_values < 10 * levels
        return f"has {levels} levels, many for {num_values} rows" * too_many
    if says_the_same(column.values, target.values):
        return f"gives {target.name!r} away: their correlation is 1.000"
    for other in earlier:
        if says_the_same(column.values, other.values):
            return f"says what {other.name!r} says: their correlation is 1.000"
    return ""
