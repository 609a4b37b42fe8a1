"""Shared. Output that is another in every run: the order of a set, what is random, a time, a place.

Goes in: a notebook. Comes out: whether its code might show such a thing; and, from two runs that
differ in it, a refusal if they differ in what they show.
"""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
from cells import code_cells, tags_of
from chance import is_call, is_unsteady, path_of
from names import (
    Direct,
    imported_names,
    names_read,
    nodes,
    nodes_meant,
    top_level_names,
    tree,
)
from refusals import LessonError

# Calls for which the order of what they are given makes no difference.
ORDERLESS = {
    "all",
    "any",
    "bool",
    "frozenset",
    "isinstance",
    "len",
    "max",
    "min",
    "set",
}
ORDERLESS |= {"sorted", "type"}
# What tells how late it is, to see how long something takes.
CLOCK = re.compile(
    r"time\.(?:monotonic|perf_counter|process_time|thread_time|time)(?:_ns)?"
)
# What of a date two runs on two days have in common.
LONGER_THAN_A_DAY = {"isocalendar", "month", "tm_mon", "tm_year", "year"}
FORMATS_LONGER = re.compile("%[BGUVWYbhmy]")


def depends_on_order(notebook: nbformat.NotebookNode) -> bool:
    """Tell whether code that readers see, or a value, uses a set otherwise than without order."""
    seen = [cell.source for cell in code_cells(notebook) if is_compared(cell)]
    whole = Direct().visit(ast.parse("\n".join(seen)))
    named = {
        target.id
        for node in ast.walk(whole)
        if isinstance(node, ast.Assign) and is_set(node.value, set())
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    origins = {"np": "numpy"}
    for source in seen:
        origins |= imported_names(source)
    origins |= dict.fromkeys(bound_to_none(whole), "None")
    is_seeded = "manual_seed" in "\n".join(seen)
    shown_nodes = [*walk_shown(whole)]
    return any(is_unsteady(node, origins, is_seeded) for node in shown_nodes) or any(
        is_set(part, named)
        or is_call(part, {"hash"})
        or (is_call(part, {"id"}) and not is_set(node, named))
        for node in shown_nodes
        if not is_orderless(node)
        for part in ast.iter_child_nodes(node)
    )


def bound_to_none(tree: ast.AST) -> set[str]:
    """List the names that some code binds to None, among them parameters without a value."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=ast.Constant(value=None)):
                names |= {part.id for part in targets if isinstance(part, ast.Name)}
            case ast.arguments(args=args, defaults=[*_, ast.Constant(value=None)]):
                names.add(args[-1].arg)
    return names


def refuse_calendar(notebook: nbformat.NotebookNode) -> None:
    """Refuse this year and this month, which no second run shows to be others at another time."""
    seen = [cell for cell in code_cells(notebook) if is_compared(cell)]
    asks = any(asks_for_today(n) for cell in seen for n in nodes_meant(cell.source))
    for cell in seen if asks else ():
        for node in nodes_meant(cell.source):
            match node:
                case ast.Attribute(attr=name) if name in LONGER_THAN_A_DAY:
                    found = name
                case ast.Constant(value=str(text)) if FORMATS_LONGER.search(text):
                    found = text
                case _:
                    continue
            raise LessonError(
                int(cell.metadata.lesson.line),
                f"this cell asks for {found}, and the page for today's date: next year it would "
                "show something else; write the date down",
            )


def refuse_measured(notebook: nbformat.NotebookNode) -> None:
    """Refuse what is shown as if it were the same in every run, and comes from what was measured."""
    measured: dict[str, int] = {}
    origins: dict[str, str] = {}
    for cell in code_cells(notebook):
        origins |= imported_names(cell.source)
        if "claim" in tags_of(cell):
            continue
        line = int(cell.metadata.lesson.line)
        found = min(names_read(cell.source) & measured.keys(), default="")
        if found and is_compared(cell):
            if "values" in tags_of(cell):
                calls = ast.parse(cell.source, mode="eval").body.elts
                texts = (ast.unparse(call) for call in calls)
                line = next(
                    int(row)
                    for row, text in zip(cell.metadata.lesson.lines, texts, strict=True)
                    if found in names_read(text)
                )
            raise LessonError(
                line,
                f"{found} was measured in line {measured[found]}, and is another in every run: "
                "tag this cell measured, too, or let that one print it",
            )
        stored = {
            node.id
            for node in nodes(cell.source)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        timed, row = read_off(cell.source, origins)
        if row and is_compared(cell):
            raise LessonError(
                line + row - 1,
                "what this shows was read off a clock, and is another in every run: tag the cell "
                "measured",
            )
        for name in top_level_names(cell.source):
            measured.pop(name, None)
            if name in (stored if "measured" in tags_of(cell) else timed):
                measured[name] = line


def read_off(source: str, origins: dict[str, str]) -> tuple[set[str], int]:
    """List the names that a cell binds to what a clock says, and the row that shows such a thing, or 0."""
    timed: set[str] = set()
    row = 0
    for statement in tree(source).body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            continue  # which measure when they are called
        parts = [*ast.walk(statement)]
        reads = any(
            CLOCK.fullmatch(path_of(part, origins)) or getattr(part, "id", "") in timed
            for part in parts
        )
        if reads and isinstance(statement, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
            timed |= top_level_names(ast.unparse(statement))
        elif reads and any(is_call(part, {"print", "format"}) for part in parts):
            row = row or statement.lineno
    return timed, row


def asks_for_today(node: ast.AST) -> bool:
    """Tell whether an expression asks for the date: `strftime` and the like do without another time."""
    match node:
        case ast.Attribute(attr="now" | "today" | "utcnow", ctx=ast.Load()):
            return True
        case ast.Call(func=ast.Name(id="now" | "today" | "utcnow")):
            return True
        case ast.Call(
            func=ast.Attribute(attr="gmtime" | "localtime")
            | ast.Name(id="gmtime" | "localtime"),
            args=[],
        ):
            return True
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="time"), attr="strftime")
            | ast.Name(id="strftime"),
            args=[_],
        ):
            return True
    return False


def is_compared(cell: nbformat.NotebookNode) -> bool:
    """Tell whether what a cell shows must be the same in every run."""
    return not {"claim", "measured"} & {*tags_of(cell)}


def walk_shown(node: ast.AST) -> Iterator[ast.AST]:
    """Give all parts of some code but those that are only reached when it fails."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        parts = ast.iter_child_nodes(node)
        waiting += (p for p in parts if not isinstance(p, (ast.Raise, ast.Assert)))


def is_set(node: ast.AST, named: set[str]) -> bool:
    """Tell whether an expression is a set, as far as its form shows."""
    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Name(id=name, ctx=ast.Load()):
            return name in named
        case ast.BinOp(
            left=left,
            op=ast.BitOr() | ast.BitAnd() | ast.BitXor() | ast.Sub(),
            right=right,
        ):
            return any(is_set(part, named) or is_view(part) for part in (left, right))
    return is_call(node, {"set", "frozenset"})


def is_view(node: ast.AST) -> bool:
    """Tell whether an expression gives the keys of a dictionary, of which operators make sets."""
    match node:
        case ast.Call(func=ast.Attribute(attr="keys" | "items"), args=[]):
            return True
    return False


def is_orderless(node: ast.AST) -> bool:
    """Tell whether something uses a set without caring for its order."""
    quiet = (
        ast.Compare,
        ast.BinOp,
        ast.BoolOp,
        ast.Assign,
        ast.Assert,
        ast.If,
        ast.Raise,
        ast.UnaryOp,
    )
    return isinstance(node, quiet) or is_call(node, ORDERLESS)


def elsewhere() -> dict[str, str]:
    """Give a second run another order of sets, home and name, and a time zone in which it is another day."""
    zone = "FAR-14" if datetime.now(UTC).hour >= 12 else "FAR+12"  # kernels are in UTC
    somebody = dict.fromkeys(("USER", "LOGNAME", "USERNAME"), "somebody")
    home = dict.fromkeys(("HOME", "USERPROFILE"), str(Path("somewhere").absolute()))
    return {"PYTHONHASHSEED": "1", "TZ": zone, **somebody, **home}


def check_same(one: nbformat.NotebookNode, other: nbformat.NotebookNode) -> None:
    """Refuse a notebook whose two runs do not show the same."""
    for cell, again in zip(code_cells(one), code_cells(other), strict=True):
        if is_compared(cell) and shown(cell) != shown(again):
            raise LessonError(
                int(cell.metadata.lesson.line),
                "what this cell shows is another in every run: sort a set, seed what is random, "
                "leave out times and folders",
            )


def shown(cell: nbformat.NotebookNode) -> list[Any]:
    """List what a cell has put out."""
    return [output.get("text") or output.get("data") for output in cell.outputs]
