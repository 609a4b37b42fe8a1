"""Tables from delimited text: named columns, and what was understood of the file."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linreg.cells import decimal_mark, missing_among
from linreg.columns import KINDS, Column, parse_column
from linreg.delimited import read_rows
from linreg.headers import has_header, name_columns


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


def refuse_marks(delimiter: str | None, decimal: str | None) -> None:
    """Raise ValueError for marks that can't delimit cells, or begin decimals."""
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n '):
        raise ValueError(f"delimiter is {delimiter!r}: try a single mark, such as ';'")
    if decimal not in (None, ".", ","):
        raise ValueError(f"decimal is {decimal!r}: try '.' or ','")


def refuse_types(types: dict[str, str], names: list[str]) -> None:
    """Raise ValueError for a column that is not there, or a kind that there is not."""
    for name, kind in types.items():
        if name not in names:
            raise ValueError(f"types names {name!r}, but the columns are {names}")
        if kind not in KINDS:
            raise ValueError(f"types says {name!r} is {kind!r}: try one of {KINDS}")


def find_marks(columns: list[Sequence[str]]) -> tuple[list[str], str]:
    """Decimal mark of each column, or "" where it may be both; and that of most columns."""
    some = [set(column[:1000]) for column in columns]
    marks = [decimal_mark(texts - missing_among(texts)) for texts in some]
    known = Counter(mark for mark in marks if mark)
    return marks, max(known, key=lambda mark: known[mark], default="")


def doubtful_groups(columns: list[Sequence[str]]) -> list[str]:
    """Say in a sentence how a number such as 1,234 was read where both may be meant."""
    first = (text for column in columns for text in column[:1000])
    odd = next((text for text in first if re.fullmatch(r"\d{1,3},\d{3}", text)), None)
    whole = odd and odd.replace(",", "")
    return [f"{odd} was read as {whole}: is it a decimal comma?"] if odd else []


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
    refuse_marks(delimiter, decimal)
    rows, lines, encoding, delimiter = read_rows(Path(path), encoding, delimiter)
    notes = []
    if len(rows[0]) < len(rows[-1]):  # as R names rows
        rows[0] = ["", *rows[0]]
        notes.append(
            "The first line has a cell less than the others: they begin with names."
        )
        header = True
    columns: list[Sequence[str]] = list(zip(*rows, strict=True))
    del rows
    header = has_header(columns) if header is None else header
    names, renamed = name_columns([c[0] if header else "" for c in columns])
    start = int(header)
    columns = [column[start:] for column in columns]
    refuse_no_rows(len(lines) - start)
    types = types or {}
    refuse_types(types, names)
    marks, most = find_marks(columns)
    notes += renamed + (doubtful_groups(columns) if not (most or decimal) else [])
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

    As read_table with the same types, but faster. Raises ValueError as it does.
    """
    refuse_types(types, list(table.columns))
    changed = {k: t for k, t in types.items() if table.columns[k].kind != t}
    if not changed:
        return table
    rows, _, _, _ = read_rows(Path(path), table.encoding, table.delimiter)
    columns = dict(table.columns)
    for place, (name, column) in enumerate(table.columns.items()):
        if name in changed:
            texts = [row[place] for row in rows[-table.num_rows :]]
            columns[name] = parse_column(name, texts, column.decimal, changed[name])
    return replace(table, columns=columns)
