"""Decimal marks: point or comma, column by column, and where a number leaves it open."""

import re
from collections import Counter
from collections.abc import Sequence

from linreg.cell_values import decimal_mark, missing_among


def find_marks(columns: list[Sequence[str]]) -> tuple[list[str], str]:
    """Decimal mark of each column, or "" where it may be both; and that of most columns."""
    some = [set(column[:1000]) for column in columns]
    marks = [decimal_mark(texts - missing_among(texts)) for texts in some]
    known = Counter(mark for mark in marks if mark)
    return marks, max(known, key=lambda mark: known[mark], default="")


def doubtful_groups(
    columns: list[Sequence[str]], marks: list[str], most: str, delimiter: str
) -> list[str]:
    """Say in a sentence how a number such as 1,234 was read where it may mean two.

    A point between commas is no doubt: who groups by points has decimal commas.
    """
    notes = []
    for column, mark in zip(columns, marks, strict=True):
        odd = next(filter(re.compile(r"[1-9]\d{0,2}[.,]\d{3}").fullmatch, column), None)
        if mark or not odd:
            continue
        own, whole = "comma" if "," in odd else "point", re.sub("[.,]", "", odd)
        if (own == "comma") == (most != ","):
            fix = "write it as in the other columns" if most else "say so"
            notes.append(
                f"{odd} was read as {whole}: if it has a decimal {own}, {fix}."
            )
        elif not most and delimiter != ",":
            notes.append(
                f"{odd} was read as {float(odd):g}: if it is {whole}, say that the file "
                f"has a decimal comma."
            )
    return notes[:1]
