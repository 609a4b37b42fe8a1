"""Shared. Which cells a value in the prose comes from, so that a reader's edit can mark it as old.

Goes in: the code of cells, in their order, and the calls that compute values. Comes out: the numbers of
the cells that each value depends on; and Markdown in which such a value carries them.
"""

import ast
import re

import nbformat
from cells import code_cells, tags_of
from names import names_read, top_level_names

# A value with the cells that it comes from: where it begins and ends in a text.
Place = tuple[int, int, list[int]]

# Where a mark would not be prose: headings, titles of admonitions, a tag, an address, an image's text.
NO_MARK = re.compile(
    r"^[ \t]*(?:#|!!!|\?\?\?|===).*|.*(?:<[^<>]*|\]\([^()]*|\]\(\S+[ \t]+\"[^\"]*|!\[[^\]]*)$|.*\{$",
    re.DOTALL,
)


FOREIGN = ("svg", "math", "option", "title", "textarea", "script", "style")


class Origins:
    """Remembers which cells each name comes from, directly or through the names that made it."""

    def __init__(self) -> None:
        self.cells_of: dict[str, set[int]] = {}

    def read(self, source: str) -> set[int]:
        """List the cells that some code depends on."""
        return {
            cell for name in names_read(source) for cell in self.cells_of.get(name, ())
        }

    def run(self, number: int, source: str) -> None:
        """Take a cell into account, once it has run."""
        cells = self.read(source) | {number}
        for name in top_level_names(source):
            self.cells_of[name] = cells

    def of_values(self, calls: str) -> list[list[int]]:
        """List for each of some calls the cells that its value comes from."""
        listed = ast.parse(calls, mode="eval").body
        assert isinstance(listed, ast.List)
        return [sorted(self.read(ast.unparse(call))) for call in listed.elts]


def note_origins(notebook: nbformat.NotebookNode) -> None:
    """Note for each hidden cell from which of the cells that are shown its values come."""
    origins = Origins()
    number = 0
    for cell in code_cells(notebook):
        tags = tags_of(cell)
        if "values" in tags:
            cell.metadata.lesson.cells = origins.of_values(cell.source)
        elif "claim" not in tags:
            number += 1
            origins.run(number, cell.source)


def is_foreign(before: str) -> bool:
    """Tell whether a text ends in an element that can hold no other: a browser would end it there."""
    return any(before.rfind(f"<{name}") > before.rfind(f"</{name}") for name in FOREIGN)


def mark(text: str, places: list[Place]) -> str:
    """Let each value in the prose carry the cells that it comes from."""
    for start, end, cells in reversed(places):
        line = text[text.rfind("\n", 0, start) + 1 : start]
        if not cells or NO_MARK.match(line) or is_foreign(text[:start]):
            continue
        numbers = " ".join(map(str, cells))
        value = f'<span class="value" data-from="{numbers}">{text[start:end]}</span>'
        text = text[:start] + value + text[end:]
    return text
