"""Suggestions: which columns a careful analyst would leave out, and why."""

import numpy as np

from linreg.checks import Array
from linreg.column_names import (
    is_called_code,
    is_called_id,
    is_called_time,
    is_time,
    words_of,
)
from linreg.columns import Column
from linreg.scaling import is_constant, mean_and_std, standardize

MAX_MISSING = 0.3
SAME = 0.9999  # of two columns whose correlation is larger, one says nothing new


def numbers_rows(column: Column) -> bool:
    """Whether a column counts the rows from 0 or 1, or has a name or text for each."""
    if is_time(column):
        return False
    num_values = int((~column.is_missing).sum())
    if column.kind == "category" or is_called_id(column):
        return column.num_distinct == num_values > 1
    starts = (column.values - np.arange(len(column.values)))[~column.is_missing]
    return num_values > 2 and starts[0] in (0, 1) and bool((starts == starts[0]).all())


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


def given_away_by(X: Array, y: Array) -> int | None:
    """Which column of X alone says what y says, or None; shapes (N, D) and (N, 1)."""
    sizes = [abs(correlation(x, y[:, 0])) for x in X.T]
    return int(np.argmax(sizes)) if max(sizes) >= SAME else None


def says_the_same(one: Array, other: Array) -> bool:
    """Whether two columns correlate all but perfectly; first tried on some of the rows."""
    some = slice(None, None, len(one) // 1000 + 1)
    near = abs(correlation(one[some], other[some])) > 0.99
    return near and abs(correlation(one, other)) > SAME


def is_likely_target(column: Column) -> bool:
    """Whether a column holds many numbers, and neither times nor identifiers."""
    is_known = column.is_missing.mean() <= MAX_MISSING and column.num_distinct > 2
    is_label = numbers_rows(column) or is_called_id(column) or is_called_code(column)
    is_value = not (is_label or is_called_time(column))
    return column.kind == "number" and is_known and is_value


def why_no_measure(column: Column, is_only: bool) -> str:
    """Say why a feature is a label or a time rather than a measure; "" if it may be one.

    The only feature may count from 1 as the rows do: 1, 2, 3 are good doses.
    """
    if is_called_id(column):
        return "is called an identifier, which says nothing of new rows"
    if is_called_code(column):
        return "is called a code, whose size means nothing: its type may be category"
    if is_time(column):
        return "says when: as a feature it would stand for a steady trend"
    if numbers_rows(column) and column.kind == "category":
        return "differs in every row, as a name of the row would"
    return "counts the rows" * (numbers_rows(column) and not is_only)


def why_not(
    column: Column, target: Column, earlier: list[Column], is_only: bool = False
) -> str:
    """Say why a careful analyst would leave a feature out; "" if there is no reason to."""
    num_values = len(column.values) - int(column.is_missing.sum())
    levels, share = column.num_distinct, 1 - num_values / len(column.values)
    if levels < 2:
        return "is the same in every row, so it can't explain a difference"
    if share > MAX_MISSING:
        return (
            f"misses {100 * share:.0f}% of its values, and every one would cost a row"
        )
    if told := why_no_measure(column, is_only):
        return told
    if column.kind == "category":
        too_many = levels > 20 or num_values < 10 * levels
        return f"has {levels} levels, many for {num_values} rows" * too_many
    if says_the_same(column.values, target.values):
        return f"gives {target.name!r} away: their correlation is 1.000"
    for other in earlier:
        if says_the_same(column.values, other.values):
            return f"says what {other.name!r} says: their correlation is 1.000"
    return ""


def is_group(column: Column, num_rows: int) -> bool:
    """Whether rows of one value belong together, by the name, or by many repeated texts."""
    is_year = words_of(column) in (["year"], ["jahr"])
    is_called = is_called_id(column) or is_called_code(column) or is_year
    is_text = column.kind == "category" and 20 < column.num_distinct <= num_rows / 2
    return 2 < column.num_distinct < num_rows and (is_called or is_text)
