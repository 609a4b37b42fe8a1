"""Tables from delimited text: named columns, and what was understood of the file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linreg.columns import KINDS, Column, parse_column
from linreg.decimal_marks import doubtful_groups, find_marks
from linreg.delimited import read_rows
from linreg.headers import complete_first, has_header, name_columns, refuse_title


@dataclass(frozen=True)
class Table:
    """Columns by name, and how the file was read.

    `lines` holds the line of the file in which each row ends, `notes` are sentences on
    what a reader would not expect.
    """

    columns: dict[str, Column]
    lines: NDArray[np.int64]
    encoding: str
    delimiter: str
    decimal: str
    header: bool
    notes: list[str]

    @property
    def num_rows(self) -> int:
        """Number of rows, without the names of the columns."""
        return len(self.lines)


def refuse_no_rows(num_rows: int) -> None:
    """Raise ValueError if nothing follows the names of the columns."""
    if num_rows < 1:
        raise ValueError(
            "the file has the names of columns, but no rows: choose one with data, or "
            "say that its first line is data, with header=False"
        )


def refuse_other_type(name: str, value: Any, example: Any) -> None:
    """Raise TypeError for what is neither None nor of the type of an example."""
    if not isinstance(value, type(example) | None):
        kind = type(example).__name__
        raise TypeError(f"{name} is {value!r}, not a {kind}: try {example!r}")


def refuse_marks(delimiter: str | None, decimal: str | None) -> None:
    """Raise ValueError for marks that can't delimit cells, or begin decimals."""
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n '):
        raise ValueError(f"delimiter is {delimiter!r}: try a single mark, such as ';'")
    if decimal not in (None, ".", ","):
        raise ValueError(f"decimal is {decimal!r}: try '.' or ','")


def refuse_types(types: dict[str, str], names: list[str]) -> None:
    """Raise ValueError for a column that is not there, or a kind that there is not."""
    if not isinstance(types, dict):
        found, example = type(types).__name__, {names[0]: KINDS[0]}
        raise TypeError(f"types is a {found}, not a dict: try {example}")
    for name, kind in types.items():
        if name not in names:
            raise ValueError(f"types names {name!r}, but the columns are {names}")
        if kind not in KINDS:
            raise ValueError(f"types says {name!r} is {kind!r}: try one of {KINDS}")


def read_table(
    path: str | Path,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    header: bool | None = None,
    types: dict[str, str] | None = None,
) -> Table:
    """Read a table from delimited text, as CSV files are.

    What is None is found: the encoding, the delimiter (comma, semicolon, tab or pipe),
    the decimal mark, whether the first row names the columns, and their kinds; `types`
    gives some of these by name. Raises FileNotFoundError if there is no such file, and
    ValueError with the line and what to do for one that is no table, or too large.
    """
    refuse_other_type("encoding", encoding, "utf-8")
    refuse_other_type("delimiter", delimiter, ";")
    refuse_other_type("header", header, True)
    refuse_marks(delimiter, decimal)
    rows, lines, encoding, delimiter = read_rows(Path(path), encoding, delimiter)
    refuse_title(rows, lines)
    notes = complete_first(rows)
    header = True if notes else header
    columns: list[Sequence[str]] = list(zip(*rows, strict=True))
    del rows
    header = has_header(columns) if header is None else header
    names, renamed = name_columns([c[0] if header else "" for c in columns])
    start = int(header)
    columns = [column[start:] for column in columns]
    refuse_no_rows(len(lines) - start)
    types = {} if types is None else types
    refuse_types(types, names)
    marks, most = find_marks(columns)
    notes += renamed
    if not decimal:
        notes += doubtful_groups(columns, marks, most, delimiter)
    marks = [decimal or mark or most or "." for mark in marks]
    parsed = {
        name: parse_column(name, texts, mark, types.get(name))
        for name, texts, mark in zip(names, columns, marks, strict=True)
    }
    return Table(
        columns=parsed,
        lines=np.array(lines[start:]),
        encoding=encoding,
        delimiter=delimiter,
        decimal=decimal or most or ".",
        header=header,
        notes=notes,
    )


def retype(path: str | Path, table: Table, types: dict[str, str]) -> Table:
    """Read some columns of a table again, from the same file, as other kinds.

    As read_table with the same types, but faster. Raises ValueError as it does, and if
    the file has changed.
    """
    refuse_types(types, list(table.columns))
    changed = {k: t for k, t in types.items() if table.columns[k].kind != t}
    if not changed:
        return table
    rows, lines, _, _ = read_rows(Path(path), table.encoding, table.delimiter)
    if lines[int(table.header) :] != table.lines.tolist():
        raise ValueError(f"{Path(path).name} has changed: read it again")
    columns = dict(table.columns)
    for place, (name, column) in enumerate(table.columns.items()):
        if name in changed:
            texts = [row[place] for row in rows[-table.num_rows :]]
            columns[name] = parse_column(name, texts, column.decimal, changed[name])
    return replace(table, columns=columns)
