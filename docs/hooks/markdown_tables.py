"""Shared. What Markdown makes of a table whose rows or rule its writer has got wrong.

Goes in: a piece of Markdown, and the line where it begins. Comes out: nothing, or a refusal.
"""

import re

from pitfalls import TABLE_RULE
from prose import hide_comments, hide_values
from refusals import LessonError

PARAGRAPH = re.compile(r"(?:^.*\S.*\n?)+", re.MULTILINE)
# What was meant for a rule: nothing but strokes between bars.
STROKES = re.compile(r"[|:\s=+_—–-]*[=+_—–-][|:\s=+_—–-]*")
BAR = re.compile(r"(?<!\\)\|")
# So many lines with as many bars are no sentences.
ROWS = 3


def refuse_broken_tables(prose: str, line: int) -> None:
    """Refuse a table that is none for want of a rule, and rows with other cells than their header."""
    hidden = hide_values(hide_comments(prose))
    for paragraph in PARAGRAPH.finditer(hidden):
        first = line + hidden.count("\n", 0, paragraph.start())
        rows = [row.strip(" \t>") for row in paragraph[0].rstrip("\n").split("\n")]
        if not BAR.search(rows[0]) or len(rows) < 2:
            continue
        if TABLE_RULE.match(rows[1]) and len(cells(rows[1], rows[0])) == len(
            cells(rows[0], rows[0])
        ):
            check_rows(rows, first)
        elif STROKES.fullmatch(rows[1]):
            raise LessonError(
                first + 1,
                "this is no rule of a table: write --- between bars, for each column of the header",
            )
        elif are_rows(rows):
            raise LessonError(
                first, "this is no table: below its header stands a rule, | --- | --- |"
            )


def check_rows(rows: list[str], first: int) -> None:
    """Refuse a row that has not as many cells as its header."""
    header, _, *others = rows
    count = len(cells(header, header))
    for number, row in enumerate(others, first + 2):
        if not BAR.search(row):
            raise LessonError(number, "below a table stands a blank line")
        if (found := len(cells(row, header))) != count:
            raise LessonError(
                number,
                f"this row has {found} cells, and its header {count}: "
                "| begins a cell, and \\| is the sign itself",
            )


def cells(row: str, header: str) -> list[str]:
    """Split a row as Markdown does: bars at its ends count if the header has none."""
    if header.startswith("|") or BAR.search(header[-1:]):
        row = re.sub(r"^\||(?<!\\)\|$", "", row)
    return BAR.split(row)


def are_rows(rows: list[str]) -> bool:
    """Tell rows of a table from sentences with bars in them."""
    if all(row.startswith("|") and row.endswith("|") for row in rows):
        return True
    counts = {len(re.findall(r" \| ", row)) for row in rows}
    return len(rows) >= ROWS and len(counts) == 1 and counts != {0}
