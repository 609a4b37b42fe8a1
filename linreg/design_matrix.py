"""Design matrix: a target and features of a table as y and X, category by category."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linreg.checks import Array
from linreg.feature_coding import (
    code_feature,
    given_by_others,
    ordered_levels,
    pinned_in_words,
    rare_levels,
    refuse_few_complete,
    refuse_nothing_left,
    refuse_single_value,
    refuse_tiny_spread,
)
from linreg.tables import Table
from linreg.uncertainty import leverage
from linreg.words import counted

PINNED = 1 - 1e-9  # the leverage of a row that fixes a coefficient by itself


@dataclass(frozen=True)
class Design:
    """X (N, D) and y (N, 1) of the rows of a table that have all values.

    `parts` says of each column of X which feature it is of, and of a category which
    level. `levels` are those of each category; the first is the reference.
    """

    X: Array
    y: Array
    parts: list[tuple[str, str]]
    kept: NDArray[np.bool_]  # which columns of all features became one of X
    levels: dict[str, list[str]]
    rows: NDArray[np.int64]  # of the table
    table: Table
    target: str
    features: list[str]
    notes: list[str]

    @property
    def names(self) -> list[str]:
        """Names of the columns of X, with their units."""
        labels = {name: self.table.columns[name].label for name in self.features}
        return [
            labels[name] + f" = {level}" * bool(level) for name, level in self.parts
        ]


def refuse_choice(table: Table, target: str, features: Sequence[str]) -> None:
    """Raise ValueError for a choice of columns that can't be a target and its features."""
    for name in (target, *features):
        if name not in table.columns:
            raise ValueError(
                f"there is no column {name!r}: the columns are {list(table.columns)}"
            )
    if table.columns[target].kind == "category":
        raise ValueError(
            f"{target!r} is a category, but a target needs numbers: choose another, or "
            f"say that its type is number"
        )
    if target in features:
        raise ValueError(f"{target!r} is the target: it can't be a feature, too")
    if not features:
        raise ValueError("no feature is chosen: a line needs at least one")


def count_in_words(table: Table, features: list[str], design_rows: int) -> list[str]:
    """Say how many rows miss a value, and of which columns most are missing."""
    missing = {name: int(table.columns[name].is_missing.sum()) for name in features}
    most = max(missing, key=lambda name: missing[name])
    gone = table.num_rows - design_rows
    one = "misses a value and is" if gone == 1 else "miss a value and are"
    note = (
        f"{gone:,} of {counted(table.num_rows, 'row')} {one} left out; {most!r} misses "
        f"{missing[most]:,}."
    )
    return [note] * (gone > 0)


def build(
    table: Table, target: str, features: list[str], rows: NDArray, notes: list[str]
) -> Design:
    """Code these rows of a table, without columns that others give."""
    columns = [table.columns[name] for name in features]
    categories = [column for column in columns if column.kind == "category"]
    levels = {column.name: ordered_levels(column, rows) for column in categories}
    coded = [code_feature(column, column.values[rows], levels) for column in columns]
    X = np.hstack([part for part, _ in coded])
    parts = [part for _, names in coded for part in names]
    y = table.columns[target].values[rows].reshape(-1, 1)
    refuse_nothing_left(X.shape[1])
    refuse_few_complete(len(X), X.shape[1], table.num_rows - len(rows))
    refuse_single_value(target, y)
    kept = ~given_by_others(X)
    refuse_nothing_left(int(kept.sum()))
    given = [" = ".join(filter(None, parts[k])) for k in np.flatnonzero(~kept)]
    notes = notes + [
        f"{name!r} is constant, or follows from the columns before it: left out."
        for name in given
    ]
    notes += [note for column in categories for note in rare_levels(column, rows)]
    parts = [part for part, keep in zip(parts, kept, strict=True) if keep]
    return Design(
        X if kept.all() else X[:, kept],
        y,
        parts,
        kept,
        levels,
        rows,
        table,
        target,
        features,
        notes,
    )


def design_matrix(table: Table, target: str, features: Sequence[str]) -> Design:
    """Code features of a table as the columns of X, and its target as y.

    Rows with a missing value are left out, and so are rows that fix a coefficient by
    themselves: they tell nothing about the others.
    Raises ValueError for a choice that can't be fitted.
    """
    refuse_choice(table, target, features)
    names = list(features)
    missing = [table.columns[name].is_missing for name in (target, *names)]
    rows = np.flatnonzero(~np.any(missing, axis=0))
    notes = count_in_words(table, [target, *names], len(rows))
    design = build(table, target, names, rows, notes)
    refuse_tiny_spread([*design.names, target], np.hstack([design.X, design.y]))
    pinned: list[int] = []  # lines of rows that fix a coefficient by themselves
    while (far := leverage(design.X, design.X) > PINNED).any():
        pinned += table.lines[rows[far]].tolist()
        rows = rows[~far]
        design = build(table, target, names, rows, [*notes, pinned_in_words(pinned)])
    return design
