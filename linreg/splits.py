"""Splits that keep what belongs together on one side: by rows, by groups, by time."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from linreg.checks import Array, Count, Level, Rng, checked

Rows = NDArray[np.int64]
Times = Annotated[Array, "N"]


def refuse_empty_side(train: Rows, test: Rows) -> None:
    """Raise ValueError unless a split has rows on both sides."""
    if not len(train) or not len(test):
        raise ValueError(
            f"the split leaves {len(train)} rows to train on and {len(test)} to test on: "
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
