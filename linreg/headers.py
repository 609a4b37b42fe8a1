"""Headers: whether the first row of a table names its columns, and a name for each."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import count

from linreg.cell_values import DATES, Texts, is_all, missing_among
from linreg.columns import KINDS
from linreg.delimited import refuse_row


def is_value(texts: Texts, kinds: Sequence[str] = KINDS[:-1]) -> bool:
    """Whether all texts are values of one kind, such as numbers, rather than names."""
    return any(is_all(kind, texts, mark) for kind in kinds for mark in ".,")


def years_among(texts: Sequence[str]) -> list[int]:
    """Years that are among some texts."""
    return [int(text) for text in texts if re.fullmatch(r"(?:1[5-9]|20)\d\d", text)]


def are_years(texts: Sequence[str], least: int = 3) -> bool:
    """Whether at least so many texts are years, each one after the text before."""
    years = years_among(texts)
    return len(years) >= least and years == list(range(years[0], years[0] + len(years)))


def is_word_above_numbers(column: Sequence[str]) -> bool:
    """Whether a column has a word first, and then nothing but numbers."""
    first, *rest = column[:100]
    is_value_itself = missing_among({first}) or is_value({first}, ("number", *DATES))
    is_word = re.search(r"[^\W\d_]", first) and not is_value_itself
    below = set(rest) - missing_among(set(rest))
    return bool(is_word) and is_value(below, ("number",))


def votes_for_names(columns: list[Sequence[str]]) -> int:
    """Count columns whose first cell looks like a name of those below, less the others.

    Numbers below a word, or words that come again and again below another, are a sign.
    """
    votes = 0
    for first, *rest in [column[:100] for column in columns]:
        below = set(rest) - missing_among(set(rest))
        if missing_among({first}):
            continue
        if is_value(below):
            votes += -1 if is_value(below | {first}) else 1
        elif len(below) <= len(rest) / 2:
            votes += -1 if first in below else 1
    return votes


def has_header(columns: list[Sequence[str]]) -> bool:
    """Whether the first row names the columns: it does not look like those below it."""
    first = [column[0] for column in columns]
    below = [text for c in columns if years_among(c[:1]) for text in c[1:100]]
    are_above_others = 2 * len(years_among(below)) < len(below)
    if are_years(first) or (are_years(first, 2) and are_above_others):
        return True
    if any(map(is_word_above_numbers, columns)):
        # Beside such a name a number may be one, too.
        columns = [c for c in columns if not is_value({c[0]}, ("number",))]
    votes = votes_for_names(columns)
    numeric = any(is_value({c[0]}, ("number", *DATES)) for c in columns)
    return votes > 0 or (votes == 0 and not numeric)


def refuse_title(rows: list[list[str]], lines: list[int]) -> None:
    """Raise ValueError if the row below an incomplete first one has the names."""
    num_cells, width = sum(map(bool, rows[0])), len(rows[-1])
    if num_cells < width and len(rows) > 2:
        below: list[Sequence[str]] = list(zip(*rows[1:], strict=True))
        if are_years(rows[1]) or votes_for_names(below) > 0:
            refuse_row(lines[0], num_cells, width, is_above=True)


def complete_first(rows: list[list[str]]) -> list[str]:
    """Make the first row as long as the others, in place, and say in a sentence how.

    Where it lacks a cell, either each other row ends in a delimiter, or begins with a
    name, as R writes tables.
    """
    if len(rows[0]) == len(rows[-1]):
        return []
    if not any(row[-1].strip() for row in rows[1:]):
        for row in rows[1:]:
            row.pop()
        return ["Each row ends in a delimiter: the empty cells after it are left out."]
    rows[0].insert(0, "")
    begin = "The first line has a cell less than the others: they begin with names"
    return [f"{begin}, or have decimal commas without quotes."]


def name_columns(names: list[str]) -> tuple[list[str], list[str]]:
    """Give each column a name of its own, and say in sentences where it had none."""
    names = [name.strip() for name in names]
    taken = set(names)
    found: dict[str, str] = {}  # name of its own, and the one it had
    for k, name in enumerate(names):
        own = name or f"column {k + 1}"
        if own in found or (not name and own in taken):
            copies = (f"{own}_{number}" for number in count(2))
            own = next(
                copy for copy in copies if copy not in taken and copy not in found
            )
        found[own] = name
    notes = []
    for name, number in Counter(filter(None, names)).items():
        if number > 1:
            own = ", ".join(repr(own) for own in found if found[own] == name)
            notes.append(
                f"{name!r} names {number} columns: they are called {own} here."
            )
    return list(found), notes
