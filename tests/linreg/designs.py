"""Tables and designs that tests write in a line: columns of numbers or of texts."""

import numpy as np

from linreg.columns import Column
from linreg.design_matrix import Design, design_matrix
from linreg.tables import Table


def table_of(**columns) -> Table:
    """Make a table of columns, given as numbers or texts; lines count from 2."""
    made = {
        name: Column(name, "category", np.array(values, dtype=object))
        if isinstance(values[0], str)
        else Column(name, "number", np.array(values, dtype=float))
        for name, values in columns.items()
    }
    rows = len(next(iter(columns.values())))
    return Table(made, np.arange(2, rows + 2), "utf-8", ",", ".", True, [])


def design_of(y, **features) -> Design:
    """Make a design of a target y and features, all of which are used."""
    return design_matrix(table_of(**features, y=y), "y", list(features))
