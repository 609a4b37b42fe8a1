"""Splits that keep what belongs together on one side: by rows, by groups, by time."""

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from linreg.checks import Array, Count, Level, Rng, checked
from linreg.design_matrix import Design
from linreg.words import counted

Rows = NDArray[np.int64]
Times = Annotated[Array, "N"]
WAYS = ("rows", "groups", "time")
NUM_BLOCKS = 10  # of a time


def refuse_empty_side(train: Rows, test: Rows) -> None:
    """Raise ValueError unless a split has rows on both sides."""
    if not len(train) or not len(test):
        raise ValueError(
            f"the split leaves {counted(len(train), 'row')} to train on and {len(test)} to "
            f"test on: "
            f"choose another test_size, or split by rows"
        )


@checked()
def split_by_rows(num_rows: Count, test_size: Level, rng: Rng) -> tuple[Rows, Rows]:
    """Shuffle the rows, and take the last share of them to test on.

    Returns the numbers of the rows to train on and to test on, in order.
    """
    order = rng.permutation(num_rows)
    cut = round((1 - test_size) * num_rows)
    train, test = np.sort(order[:cut]), np.sort(order[cut:])
    refuse_empty_side(train, test)
    return train, test


@checked()
def split_by_groups(groups: NDArray, test_size: Level, rng: Rng) -> tuple[Rows, Rows]:
    """Shuffle the groups, and take whole ones to test on until they have their share.

    So no group is on both sides. Returns as split_by_rows does. Raises ValueError if
    there is but one group.
    """
    if groups.ndim != 1:
        raise ValueError(
            f"groups has shape {groups.shape}, but needs a label for each row"
        )
    labels, of_row, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = rng.permutation(len(labels))
    before = np.cumsum(sizes[order]) - sizes[order]
    is_test = np.isin(of_row, order[before < test_size * len(groups) - 1e-9])
    train, test = np.flatnonzero(~is_test), np.flatnonzero(is_test)
    refuse_empty_side(train, test)
    return train, test


@checked()
def split_by_time(times: Times, test_size: Level) -> tuple[Rows, Rows]:
    """Take the latest share of the rows to test on; rows of one time stay together.

    Returns as split_by_rows does. Raises ValueError if all rows have one time.
    """
    start = np.sort(times)[round((1 - test_size) * len(times) - 1e-9) :].min(
        initial=np.inf
    )
    train, test = np.flatnonzero(times < start), np.flatnonzero(times >= start)
    refuse_empty_side(train, test)
    return train, test


def refuse_missing_labels(name: str, is_missing: NDArray[np.bool_]) -> None:
    """Raise ValueError if a row has no time, or no group."""
    missing = int(is_missing.sum())
    if missing:
        raise ValueError(
            f"{name!r} misses {counted(missing, 'value')}: split by another column"
        )


def split_once(
    design: Design, rows: Rows, chosen: Mapping[str, Any], rng: np.random.RandomState
) -> tuple[Rows, Rows]:
    """Split some rows of X in two, as was chosen; the later or smaller part is second."""
    columns, of_table = design.table.columns, design.rows[rows]
    if chosen["split"] == "groups":
        groups = columns[chosen["group"]].values[of_table].astype(str)
        first, second = split_by_groups(groups, chosen["test_size"], rng)
    elif chosen["split"] == "time":
        times = columns[chosen["time"]].values[of_table]
        first, second = split_by_time(times, chosen["test_size"])
    else:
        first, second = split_by_rows(len(rows), chosen["test_size"], rng)
    return rows[first], rows[second]


def refuse_two_sets(name: str, values: NDArray, kind: str) -> None:
    """Raise ValueError unless there are groups, or times, for three parts."""
    count = len(np.unique(values))
    if count < 3:
        raise ValueError(
            f"{name!r} has {counted(count, kind)}, but three parts (train, validation, "
            f"test) need at least three: split by rows, or by another column"
        )


def blocks_of(design: Design, rows: Rows, chosen: Mapping[str, Any]) -> Rows:
    """Number the blocks of some rows of X, a row, a group or a tenth of the time each."""
    columns, of_table = design.table.columns, design.rows[rows]
    if chosen["split"] == "groups":
        groups = columns[chosen["group"]].values[of_table].astype(str)
        return np.unique(groups, return_inverse=True)[1]
    if chosen["split"] == "time":
        order = np.argsort(columns[chosen["time"]].values[of_table], kind="stable")
        return NUM_BLOCKS * np.argsort(order) // len(rows)
    return np.arange(len(rows))


def split_rows(design: Design, chosen: Mapping[str, Any]) -> tuple[Rows, Rows, Rows]:
    """Rows of X to train on, to tune on and to test on, split as was chosen.

    `chosen` has the answers to `split`, `group`, `time`, `test_size` and `seed`.
    """
    if chosen["split"] not in WAYS:
        raise ValueError(f"split is {chosen['split']!r}: choose one of {WAYS}")
    kind = chosen["split"].removesuffix("s")
    if kind != "row":
        column = design.table.columns[chosen[kind]]
        refuse_missing_labels(chosen[kind], column.is_missing[design.rows])
        refuse_two_sets(chosen[kind], column.values[design.rows], kind)
    rng = np.random.RandomState(chosen["seed"])
    rest, test = split_once(design, np.arange(len(design.X)), chosen, rng)
    train, val = split_once(design, rest, chosen, rng)
    return train, val, test
