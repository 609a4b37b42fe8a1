"""Shared. What a cell would do outside its page: print past it, ask somebody, read this machine's files.

Goes in: a notebook, before it runs. Comes out: nothing, or a refusal.
"""

import ast
from pathlib import Path

import nbformat
from cells import code_cells
from chance import path_of
from names import imported_names, nodes
from refusals import LessonError

PAST = "prints past Python, and a page has it elsewhere or not at all: use print"
LATE = "does its work when the page has been written: do it in the cell"
ASKING = "waits for somebody to type, and nobody is there: write the text into the cell"
NOTEBOOK = (
    "changes what every cell below does, and a notebook does otherwise: do without"
)
REFUSED = {
    "os.write": PAST,
    "os.writev": PAST,
    "os.system": PAST,
    "sys.__stdout__": PAST,
    "sys.__stderr__": PAST,
    "atexit.register": LATE,
    "sys.stdin": ASKING,
    "getpass.getpass": ASKING,
    "pdb.set_trace": ASKING,
    "code.interact": ASKING,
    "sys.displayhook": NOTEBOOK,
    "sys.excepthook": NOTEBOOK,
}
# Of another program what it prints is taken, or else a page has it in another order.
PROGRAMS = {"subprocess." + name for name in ("run", "call", "check_call", "Popen")}
TAKING = {"capture_output", "stdout", "None"}  # the last one: **options


def refuse_outside(notebook: nbformat.NotebookNode) -> None:
    """Refuse code that a page would show otherwise than a terminal, or that no reader can run."""
    origins: dict[str, str] = {}
    texts: dict[str, str] = {}
    for cell in code_cells(notebook):
        origins |= imported_names(cell.source)
        for node in nodes(cell.source):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    texts[name] = text_of(value, texts)
            if problem := outside(node, origins) or own_file(node, texts):
                row = getattr(node, "lineno", 1) - 1
                raise LessonError(int(cell.metadata.lesson.line) + row, problem)


def outside(node: ast.AST, origins: dict[str, str]) -> str:
    """Say what is wrong with a part of some code, if anything is."""
    match node:
        case ast.Attribute(ctx=ast.Store()):
            stored = path_of(ast.Attribute(node.value, node.attr, ast.Load()), origins)
            if stored in ("sys.stdout", "sys.stderr"):
                return f"{stored} {NOTEBOOK}"
            if stored in REFUSED:
                return f"{stored} {REFUSED[stored]}"
        case ast.Name(ctx=ast.Load()) | ast.Attribute(ctx=ast.Load()):
            path = path_of(node, origins)
            if path in REFUSED:
                return f"{path} {REFUSED[path]}"
        case ast.Call(func=func, keywords=keywords):
            path = path_of(func, origins)
            if path in PROGRAMS and not TAKING & {str(word.arg) for word in keywords}:
                return f"{path} {PAST.replace('use print', 'capture_output=True, and print it')}"
    return ""


def own_file(node: ast.AST, texts: dict[str, str]) -> str:
    """Say that an expression names a file that readers don't have, if it does."""
    text = text_of(node, texts)
    if not is_own_file(text):
        return ""
    return (
        f"a reader has no {text}: write it in a cell, or take the data from a library"
    )


def text_of(node: ast.AST, texts: dict[str, str]) -> str:
    """Put together the text or the path that an expression is, as far as it stands in the code."""
    parts: list[ast.expr] = []
    between = "/"
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return texts.get(name, "")
        case ast.BinOp(left=left, op=ast.Add() | ast.Div() as operator, right=right):
            parts = [left, right]
            between = "" if isinstance(operator, ast.Add) else "/"
        case ast.Call(func=ast.Attribute(value=path, attr="joinpath"), args=args):
            parts = [path, *args]
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if (
            name in ("Path", "join", "expanduser")
        ):
            parts = args
        case ast.JoinedStr(values=parts):
            between = ""
        case ast.FormattedValue(value=value, format_spec=None):
            return text_of(value, texts)
        case _:
            return ""
    found = [text_of(part, texts) for part in parts]
    return between.join(found) if all(found) else ""


def is_own_file(text: str) -> bool:
    """Tell whether a text names a file of this machine, from its root or from somebody's home."""
    if not text.startswith(("/", "~", "\\")) and text[1:2] != ":":
        return False
    try:
        return Path(text).expanduser().is_file()
    except (OSError, RuntimeError, ValueError):  # too long, or nobody's home
        return False
