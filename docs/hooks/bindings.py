"""Shared. What a page knows: which names it has bound so far, and what each is.

Goes in: the cells of a page, one after the other. Comes out: the names' origins, or a refusal of a
cell that would change what an embed above needs.
"""

import ast
from dataclasses import dataclass, field
from pathlib import Path

from names import (
    bound_names,
    changed_by,
    imported_names,
    imports,
    names_read,
    nodes,
)
from refusals import LessonError


@dataclass
class Known:
    """The names that a page has bound so far: what each is, and which embed needs it so."""

    origins: dict[str, str] = field(default_factory=dict)
    needed: dict[str, tuple[str, str]] = field(default_factory=dict)
    imported: set[str] = field(default_factory=set)
    hidden: dict[str, int] = field(default_factory=dict)
    embedded: dict[str, str] = field(default_factory=dict)
    texts: dict[Path, str] = field(default_factory=dict)  # of modules embedded from

    def bind(self, name: str, origin: str, line: int, is_hidden: bool = False) -> None:
        """Bind a name; refuse that if an embed above needs it, or is it, and it becomes something else."""
        user, expected = self.needed.get(name, ("", origin))
        if expected != origin:
            raise LessonError(
                line,
                f"{user}, embedded above, needs {told(expected)} under the name {name}, "
                f"which {told(origin)} would take: rename that",
            )
        if self.embedded.get(name, origin) != origin and not is_hidden:
            raise LessonError(
                line,
                f"{name} is {told(self.embedded[name])}, embedded above, and {told(origin)} would "
                "pass for it: rename that",
            )
        self.origins[name] = origin
        self.hidden.pop(name, None)

    def need(self, user: str, name: str, origin: str, line: int) -> None:
        """Refuse an embed that needs a name which the page has for something else."""
        found = self.origins.get(name, origin)
        if found != origin:
            raise LessonError(
                line,
                f"{user} needs {told(origin)} under the name {name}, which here is "
                f"{told(found)}: rename that",
            )

    def read_cell(self, source: str, line: int, is_hidden: bool) -> None:
        """Refuse a cell that readers see if it reads what only a hidden one has bound."""
        for name in sorted(names_read(source) & self.hidden.keys()):
            if not is_hidden:
                raise LessonError(
                    line,
                    f"{name} comes from the claim in line {self.hidden[name]}, which no reader "
                    "has: bind it in a cell that is shown",
                )


def refuse_own_format(known: Known) -> None:
    """Refuse another function under the name by which the values of a page are written."""
    origin = known.origins.get("format", "builtins.format")
    if origin != "builtins.format":
        line = int(origin[1:]) if origin.startswith(":") else 1
        raise LessonError(
            line,
            f"values in prose need Python's own format, which here is {told(origin)}: rename that",
        )


def told(origin: str) -> str:
    """Say in words what a name is."""
    return f"what line {origin[1:]} binds" if origin.startswith(":") else origin


def bind_cell(source: str, line: int, known: Known, is_hidden: bool = False) -> None:
    """Note what the names that a cell binds are from here on."""
    refuse_changes(source, line, known)
    origins = imported_names(source)
    known.imported |= {f"import {module}" for module, _ in imports(source)}
    rows = rows_of(source)
    for name in sorted(bound_names(source)):
        where = line + rows.get(name, 1) - 1
        origin = origins.get(name, f":{where}")
        is_news = known.origins.get(name) != origin or name in known.hidden
        known.bind(name, origin, where, is_hidden)
        if is_hidden and is_news:
            known.hidden[name] = where


def refuse_changes(source: str, line: int, known: Known) -> None:
    """Refuse code that changes a part of what an embed above needs: another `math.sqrt`, say."""
    needed = {origin: user for user, origin in known.needed.values()}
    origins = known.origins | imported_names(source)
    for node in nodes(source):
        for name in changed_by(node):
            origin = origins.get(name, f"builtins.{name}")
            # A module has functions of such names, which change nothing of it.
            is_method = isinstance(node, ast.Call) and isinstance(
                node.func, ast.Attribute
            )
            where = line + getattr(node, "lineno", 1) - 1
            if origin in needed and not (is_method and "." not in origin):
                raise LessonError(
                    where,
                    f"{needed[origin]}, embedded above, needs {told(origin)} as it is: "
                    "change a copy of it",
                )
            if known.embedded.get(name) == origin:
                raise LessonError(
                    where, f"this changes {origin}, embedded above: change a copy of it"
                )


def rows_of(source: str) -> dict[str, int]:
    """Find the row in which some code first binds each of its names."""
    rows: dict[str, int] = {}
    for node in nodes(source):
        own = getattr(node, "name", None)
        if isinstance(node, ast.Name):
            own = node.id if isinstance(node.ctx, ast.Store) else None
        if isinstance(node, ast.alias):
            own = node.asname or node.name.split(".")[0]
        if own and isinstance(node, (ast.stmt, ast.expr, ast.alias)):
            rows[own] = min(node.lineno, rows.get(own, node.lineno))
    return rows
