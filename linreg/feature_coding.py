"""Coding of features: columns of X for numbers and categories, and which say anything new."""

from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from linreg.categories import indicators
from linreg.cell_values import LARGEST
from linreg.checks import Array
from linreg.closed_form import triangle
from linreg.columns import Column
from linreg.scaling import EPSILON, centre, is_constant
from linreg.words import counted

MAX_LEVELS = 100
FEW_ROWS = 5


def refuse_many_levels(column: Column, num_levels: int) -> None:
    """Raise ValueError for a category of more levels than a model should have."""
    if num_levels > MAX_LEVELS:
        raise ValueError(
            f"{column.name!r} has {num_levels:,} levels, each of which would be a column: "
            f"leave it out, or say that its type is number"
        )


def refuse_few_complete(num_rows: int, num_columns: int, num_missing: int) -> None:
    """Raise ValueError if rows with all values don't outnumber what is fitted."""
    if num_rows < num_columns + 2:
        raise ValueError(
            f"{counted(num_rows, 'row')} {'has' if num_rows == 1 else 'have'} all values "
            f"({num_missing} {'does' if num_missing == 1 else 'do'} not), too few for "
            f"{counted(num_columns, 'coefficient')} and an intercept: choose fewer "
            f"features, or those with fewer missing values"
        )


def refuse_nothing_left(num_columns: int) -> None:
    """Raise ValueError if no feature varies."""
    if num_columns == 0:
        raise ValueError("no feature varies: choose one that differs from row to row")


def refuse_single_value(name: str, y: Array) -> None:
    """Raise ValueError for a target that is the same in every row."""
    if is_constant(y)[0]:
        raise ValueError(
            f"{name!r} is {y[0, 0]:g} in every row, so there is nothing to explain: choose "
            f"another target"
        )


def refuse_tiny_spread(names: list[str], A: Array) -> None:
    """Raise ValueError for a column so near to constant that its square is lost."""
    for name, spread in zip(names, np.ptp(A, axis=0).tolist(), strict=True):
        if 0 < spread < 1 / LARGEST:
            raise ValueError(
                f"{name!r} varies by less than {1 / LARGEST:g}: write it in a smaller unit"
            )


def ordered_levels(column: Column, rows: NDArray) -> list[str]:
    """Levels of a category, the most frequent first, which is the reference."""
    counts = Counter(column.values[rows])
    refuse_many_levels(column, len(counts))
    return sorted(counts, key=lambda level: (-counts[level], level))


def code_feature(
    column: Column, values: NDArray, levels: Mapping[str, list[str]]
) -> tuple[Array, list[tuple[str, str]]]:
    """Columns of X for values of one feature, and the feature and level of each.

    A category has an indicator for every level but the reference.
    """
    if column.kind != "category":
        level = "yes" if column.kind == "yes/no" else ""
        return values.astype(float).reshape(-1, 1), [(column.name, level)]
    own = levels[column.name]
    if len(own) < 2:
        return np.empty((len(values), 0)), []
    return indicators(values.astype(str), own), [(column.name, k) for k in own[1:]]


def given_by_others(X: Array) -> NDArray[np.bool_]:
    """Which columns are constant, or collinear with those before them.

    By Gram-Schmidt orthogonalization, each step done twice, of the triangle of X
    centred. What rounding took from a column counts as often as a later column
    holds it. Shapes: X (N, D), result (D,).
    Source: Giraud and others, Numerische Mathematik 101 (2005).
    """
    given, varying = is_constant(X), np.flatnonzero(~is_constant(X))
    Z = centre(X[:, varying])
    spread = abs(Z).max(axis=0)
    rounding = 16 * EPSILON * len(X) ** 0.5 * abs(X[:, varying]).max(axis=0) / spread
    R = triangle(Z / spread) if varying.size else Z[:0]
    basis, kept = np.empty((len(R), 0)), np.empty(0, dtype=int)
    for k, column in enumerate(R.T):
        along = basis.T @ column
        rest = column - basis @ along
        rest -= basis @ (basis.T @ rest)
        size = np.linalg.norm(rest)
        weights = np.linalg.solve(basis.T @ R[:, kept], along)
        lost = rounding[k] + abs(weights) @ rounding[kept]
        given[varying[k]] = size <= 1e-10 * np.linalg.norm(column) + lost
        if not given[varying[k]]:
            basis = np.column_stack([basis, rest / size])
            kept = np.append(kept, k)
    return given


def rare_levels(column: Column, rows: NDArray) -> list[str]:
    """Name the levels of a category of which there are few rows."""
    counts = Counter(column.values[rows])
    rare = [f"{level!r} ({n})" for level, n in sorted(counts.items()) if n < FEW_ROWS]
    note = f"{column.name!r} has levels of which few rows tell: {', '.join(rare)}."
    return [note] * bool(rare)


def pinned_in_words(lines: list[int]) -> str:
    """Say which lines of the file are left out as each alone decides a coefficient."""
    far = "so far out that"
    if len(lines) == 1:
        return (
            f"Line {lines[0]} lies {far} it alone decides a coefficient; it is left out. "
            f"Is it right?"
        )
    which = ", ".join(map(str, lines[:5])) + " and more" * (len(lines) > 5)
    return (
        f"Lines {which} lie {far} each alone decides a coefficient; they are left out. "
        f"Are they right?"
    )
