"""Headers: whether the first row of a table names its columns, and a name for each."""

import re
from collections.abc import Sequence

from linreg.cells import DATES, Texts, is_all, missing_among
from linreg.columns import KINDS


def is_value(texts: Texts, kinds: Sequence[str] = KINDS[:-1]) -> bool:
    """Whether all texts are values of one kind, such as numbers, rather than names."""
    return any(is_all(kind, texts, mark) for kind in kinds for mark in ".,")


def are_years(texts: Sequence[str]) -> bool:
    """Whether at least three texts are years, each one after the text before."""
    years = [int(text) for text in texts if re.fullmatch(r"(?:1[5-9]|20)\d\d", text)]
    return len(years) > 2 and years == list(range(years[0], years[0] + len(years)))


def has_header(columns: list[Sequence[str]]) -> bool:
    """Whether the first row names the columns: it does not look like those below it.

    Numbers below a word, or words that come again and again below another, are a sign.
    """
    if are_years([column[0] for column in columns]):
        return True
    votes = 0
    for first, *rest in [column[:100] for column in columns]:
        below = set(rest) - missing_among(set(rest))
        if missing_among({first}):
            continue
        if is_value(below):
            votes += -1 if is_value(below | {first}) else 1
        elif len(below) <= len(rest) / 2:
            votes += -1 if first in below else 1
    firsts = [{column[0]} for column in columns]
    numeric = any(is_value(first, ("number", *DATES)) for first in firsts)
    return votes > 0 or (votes == 0 and not numeric)


def name_columns(names: list[str]) -> tuple[list[str], list[str]]:
    """Give each column a name of its own, and say in sentences where it had none."""
    found, notes = [], []
    for k, name in enumerate(map(str.strip, names)):
        own = name or f"column {k + 1}"
        copies = (f"{own} ({number})" for number in range(2, len(names) + 2))
        own = next(copy for copy in (own, *copies) if copy not in found)
        if name and own != name:
            notes.append(
                f"{name!r} names two columns: the second is called {own!r} here."
            )
        found.append(own)
    return found, notes
