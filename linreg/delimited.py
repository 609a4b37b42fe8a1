"""Delimited text: from a file to rows of cells, or a sentence that says what is wrong."""

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import NoReturn

from linreg.text_files import MAX_BYTES, read_bytes
from linreg.words import counted

MAX_COLUMNS = 1_000
MAX_CELLS = 10_000_000
# A file with decimal commas has commas in every row: what is rarer in cells comes first.
DELIMITERS = {"\t": "tab", ";": "semicolon", "|": "pipe", ",": "comma"}


@contextmanager
def long_cells() -> Iterator[None]:
    """Let a cell be as long as a file."""
    limit = csv.field_size_limit(MAX_BYTES)
    try:
        yield
    finally:
        csv.field_size_limit(limit)


def agreement(lines: list[str], delimiter: str) -> tuple[bool, float, int]:
    """How well a delimiter fits: several columns, share of rows of the most common width.

    The third is that width. Quotes that are never closed count as they stand.
    """
    rows = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    widths = Counter(len(row) for row in rows if any(row))
    width, count = max(widths.items(), key=itemgetter(1), default=(0, 0))
    return width > 1, count / max(widths.total(), 1), width


def find_delimiter(lines: list[str]) -> str:
    """Delimiter under which the rows agree best on several columns; of equals the first."""
    return max(DELIMITERS, key=lambda mark: agreement(lines, mark)[:2])


def refuse_shape(name: str, width: int, num_lines: int) -> None:
    """Raise ValueError for a table of one column, or of too many cells."""
    if width < 2:
        raise ValueError(
            f"{name} has only one column, but a target needs a feature beside it: separate "
            f"its cells by commas, semicolons or tabs"
        )
    if width > MAX_COLUMNS:
        raise ValueError(
            f"{name} has {width:,} columns, more than the {MAX_COLUMNS:,} that fit here: "
            f"keep the columns that you need; if the rows are columns, transpose the table"
        )
    if width * num_lines > MAX_CELLS:
        raise ValueError(
            f"{name} has about {num_lines:,} rows of {width:,} columns, more than the "
            f"{MAX_CELLS:,} cells that fit here: keep the columns that you need, or a "
            f"sample of the rows"
        )


def refuse_quotes(line: int, error: Exception) -> NoReturn:
    """Raise ValueError for quotes that don't pair."""
    raise ValueError(
        f"line {line} can't be split into cells ({error}): close each quote (\"), and "
        f"write a quote within quotes twice"
    ) from error


def refuse_row(line: int, num_cells: int, width: int, is_above: bool) -> NoReturn:
    """Raise ValueError for a row with another number of cells, maybe above the names."""
    fix = "put quotes around a cell with a delimiter in it, or add what is missing"
    if is_above and num_cells > width:
        fix = (
            "delete names and delimiters that have no cells below, or what is above "
            "the names"
        )
    elif is_above:
        fix = "delete what is above the names, or put quotes around decimal commas"
    raise ValueError(
        f"line {line} has {counted(num_cells, 'cell')}, but most have {width}: {fix}"
    )


def refuse_ragged(rows: list[list[str]], lines: list[int], width: int) -> None:
    """Raise ValueError for the first row with more or fewer cells than most.

    A first row may lack one cell, as the names do where the rows have names, too. One
    with text in a single cell is a title.
    """
    is_above = True  # the names of the columns
    for k, row in enumerate(rows):
        is_title = k == 0 and sum(map(bool, row)) == 1 and width > 2
        has_names = k == 0 and len(row) == width - 1
        if is_title or (len(row) != width and not has_names):
            refuse_row(lines[k], 1 if is_title else len(row), width, is_above)
        is_above = is_above and len(row) != width


def split_rows_of(
    path: Path, encoding: str, delimiter: str
) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a delimited text, as the csv module splits them into cells.

    Each comes with the number of its last line. Rows without any text are left out, and
    so is a first one that tells Excel the delimiter.
    """
    with path.open(encoding=encoding, newline="") as file:
        if file.read(1) != "\ufeff":  # a byte order mark, which some encodings leave
            file.seek(0)
        reader = csv.reader(
            file, delimiter=delimiter, skipinitialspace=True, strict=True
        )
        try:
            for row in reader:
                is_hint = reader.line_num == 1 and row and row[0].startswith("sep=")
                if any(row) and not is_hint:
                    yield reader.line_num, row
        except csv.Error as error:
            refuse_quotes(reader.line_num, error)


@long_cells()
def read_rows(
    path: Path, encoding: str | None, delimiter: str | None
) -> tuple[list[list[str]], list[int], str, str]:
    """Read the rows of a delimited text, and the number of the line where each ends.

    An encoding or a delimiter of None is found, and returned beside the rows.
    Raises ValueError for what is not such a text, or too large.
    """
    data, encoding = read_bytes(path, encoding)
    with path.open(encoding=encoding, newline="") as file:
        sample = file.readlines(2**16)
    delimiter = delimiter or find_delimiter(sample)
    _, _, width = agreement(sample, delimiter)
    refuse_shape(path.name, width, data.count(b"\n"))
    numbered = list(split_rows_of(path, encoding, delimiter))
    lines, rows = [line for line, _ in numbered], [row for _, row in numbered]
    refuse_ragged(rows, lines, width)
    return rows, lines, encoding, delimiter
