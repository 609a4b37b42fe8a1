"""Shared. Cells of a notebook, and what a lesson may say of and in them.

Goes in: a notebook or a cell. Comes out: its cells of some kind, its tags; or a refusal.
"""

import ast
import difflib
import warnings
from collections.abc import Collection
from typing import Any

import nbformat
from names import global_names, nodes
from refusals import LessonError

TAGS = ("embed", "claim", "measured", "solution", "choices")
OPTIONS = ("tags", "caption", "alt", "fold", "mark", "beside", "options")
# What binds or tells names that nobody can see in the code, and not the same in a script.
UNSEEN = {"exec", "globals"}
BARE = {"dir", "locals", "vars"}  # with nothing in the brackets
# What a notebook's Python has and another one has not, or what would end a script.
NOT_PLAIN = {"get_ipython", "display", "In", "Out", "quit", "exit", "_", "__", "___"}
ASKING = {"breakpoint", "input"}


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """List the cells that run: all of them before the values are filled in, then those shown."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags_of(cell: nbformat.NotebookNode) -> list[str]:
    """List a cell's tags."""
    return list(cell.metadata.lesson.get("tags", []))


def code_of(notebook: nbformat.NotebookNode) -> str:
    """Join the code of a notebook."""
    return "\n".join(cell.source for cell in code_cells(notebook))


def requirements(notebook: nbformat.NotebookNode) -> list[str]:
    """List what the cells of a finished notebook need, as `pip install` calls it."""
    owners = notebook.metadata.run.owners
    return sorted(
        {owners[name] for name in notebook.metadata.imports if name in owners}
    )


def check_options(options: dict[str, Any], line: int) -> None:
    """Refuse options and tags that nothing would heed, and those that need another."""
    for option, value in options.items():
        if option == "incorrectly_encoded_metadata":
            raise LessonError(
                line,
                f'{value} can\'t be read: write tags=["..."] and name="text"',
            )
        if option not in OPTIONS:
            raise LessonError(
                line, f"there is no option {option}: {meant(option, OPTIONS)}"
            )
    tags = options.get("tags", [])
    if not isinstance(tags, list):
        raise LessonError(line, f'tags are a list: write tags=["{tags}"]')
    for tag in tags:
        if tag not in TAGS:
            raise LessonError(line, f"there is no tag {tag}: {meant(str(tag), TAGS)}")
    for option in ("caption", "fold", "mark", "beside"):
        if not isinstance(options.get(option, ""), str):
            raise LessonError(line, f'{option} is a text: write {option}="..."')
    alt = options.get("alt", "")
    if not isinstance(alt, str) and not (
        isinstance(alt, list) and all(isinstance(text, str) for text in alt)
    ):
        raise LessonError(
            line, 'alt is a text, or a list of one for each figure: alt="..."'
        )
    if not options.get("fold", "x").strip():
        raise LessonError(line, "a fold needs a title: what will a reader find in it?")
    if "solution" in tags and "fold" not in options:
        raise LessonError(line, 'a solution is folded: give it fold="One solution"')
    if ("choices" in tags) != ("options" in options):
        raise LessonError(
            line,
            'choices name a dictionary that says what each may be: options="name"',
        )
    if "choices" in tags and not str(options["options"]).isidentifier():
        raise LessonError(line, 'options names a dictionary: options="name"')
    if "claim" in tags and (len(tags) > 1 or len(options) > 1):
        raise LessonError(
            line, "a claim is not shown: it has no other tag and no option"
        )


def lines_that_begin(beginnings: str, source: str, line: int) -> str:
    """List the numbers of a cell's lines that begin so, one after the other between `; `.

    Raises LessonError for a beginning that no line has.
    """
    lines = [text.strip() for text in source.splitlines()]
    numbers: list[str] = []
    for begin in beginnings.split("; "):
        found = [str(n) for n, text in enumerate(lines, 1) if text.startswith(begin)]
        if not found:
            raise LessonError(line, f"mark: no line of the cell begins with {begin!r}")
        numbers += found
    return " ".join(numbers)


def meant(word: str, words: Collection[str]) -> str:
    """Say what somebody may have meant."""
    near = difflib.get_close_matches(word, words, 1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(words)}"


def check_plain_python(
    source: str, line: int, language: str, known: Collection[str]
) -> None:
    """Refuse a cell that is not Python, or not Python that runs outside a notebook."""
    if language != "python":
        raise LessonError(
            line - 1, f"this {language} fence would be run: mark it text or console"
        )
    if not source.strip():
        raise LessonError(
            line - 1, "this fence is empty: write code in it, or delete it"
        )
    try:
        with warnings.catch_warnings(action="error"):
            compile(source, "cell", "exec", dont_inherit=True)
    except SyntaxError as error:
        raise LessonError(
            line + (error.lineno or 1) - 1, f"not plain Python: {error.msg}"
        ) from error
    except (SyntaxWarning, ValueError) as error:
        raise LessonError(line, f"not plain Python: {error}") from error
    for node in nodes(source):
        match node:
            case ast.Call(func=ast.Name(id=name), args=rest) if name in UNSEEN or (
                name in BARE and not rest
            ):
                raise LessonError(
                    line + node.lineno - 1,
                    f"{name}() has names that no reader sees in the code: do without",
                )
    foreign = ((NOT_PLAIN | ASKING) & global_names(source)) - set(known)
    if foreign:
        foreign -= bound_here(source)
    for node in nodes(source) if foreign else ():
        if isinstance(node, ast.Name) and node.id in foreign:
            is_asking = node.id in ASKING
            raise LessonError(
                line + node.lineno - 1,
                f"nobody is there to answer {node.id}(): write the answer into the cell"
                if is_asking
                else f"a reader's Python has no {node.id}, or ends with it: do without",
            )


def bound_here(source: str) -> set[str]:
    """List the names that a piece of code binds somewhere."""
    return {
        node.id
        for node in nodes(source)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    } | {
        getattr(node, "name", "") or getattr(node, "asname", "") or ""
        for node in nodes(source)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.alias))
    }
