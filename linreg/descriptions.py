"""Descriptions: what was understood of a table, in words."""

from collections import Counter

import numpy as np

from linreg.cell_values import DATES
from linreg.columns import Column
from linreg.delimited import DELIMITERS
from linreg.tables import Table
from linreg.words import counted

ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-32": "UTF-32",
    "cp1252": "Latin-1",
}


def summary(table: Table) -> str:
    """Say in a sentence what was understood of the file."""
    names = "named in the first line" if table.header else "without names"
    return (
        f"{counted(table.num_rows, 'row')} and {len(table.columns)} columns, {names}, "
        f"separated by {DELIMITERS.get(table.delimiter, table.delimiter)}, with a decimal "
        f"{'comma' if table.decimal == ',' else 'point'}, in "
        f"{ENCODINGS.get(table.encoding, table.encoding)}."
    )


def values_in_words(column: Column) -> str:
    """Say briefly what values a column holds."""
    values = column.values[~column.is_missing]
    if not len(values):
        return "none"
    if column.kind == "category":
        counts = Counter(values)
        levels = [f"{level} ({count})" for level, count in counts.most_common(3)]
        more = f", and {len(counts) - 3} more" if len(counts) > 3 else ""
        return ", ".join(levels) + more
    if column.kind == "yes/no":
        return f"{int(values.sum())} yes, {int((1 - values).sum())} no"
    if column.kind in DATES:
        first, last = np.array([values.min(), values.max()]).astype("M8[D]")
        return f"{first} to {last}"
    return f"{values.min():.6g} to {values.max():.6g}"


def describe_columns(table: Table) -> list[dict[str, str]]:
    """Say of each column its name, type and values, how many miss, and what is doubtful."""
    return [
        {
            "column": column.label,
            "type": column.kind,
            "values": values_in_words(column),
            "missing": str(int(column.is_missing.sum())),
            "doubtful": column.how,
        }
        for column in table.columns.values()
    ]
