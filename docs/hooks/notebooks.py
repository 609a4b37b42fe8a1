"""Shared. A lesson, which is Markdown, becomes a notebook that runs without our packages.

Goes in: the text of a page, the project's folder. Comes out: its notebook, in which embeds are written out
and every value of the prose stands in a hidden cell that computes it; or a refusal of what would mislead a
reader: see `pitfalls.py`, `bindings.py`, `cells.py`, `practice.py`.
"""

import contextlib
import gc
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from bindings import Known, bind_cell, refuse_own_format
from cells import (
    check_options,
    check_plain_python,
    code_cells,
    lines_that_begin,
    tags_of,
)
from choices import check_source, refuse_unused_entries
from claims import refuse_idle_claims
from definitions import module_definitions
from embedding import check_imports, expand_embed
from fences import read_cells
from foreign_marks import (
    refuse_empty_headings,
    refuse_foreign_marks,
    refuse_loose_attributes,
)
from formulas import refuse_misread_tex
from front_matter import line_that_hides_code
from html_elements import (
    refuse_open_elements,
    refuse_unknown_classes,
    refuse_unknown_elements,
)
from kept import key_of, write_kept
from markdown_lists import refuse_empty_boxes, refuse_misread_lists
from markdown_tables import refuse_broken_tables
from names import (
    imported_names,
    nodes,
    nodes_meant,
    packages_imported,
    scope,
    tree,
)
from order import refuse_calendar, refuse_measured
from origins import note_origins
from outside import refuse_outside
from pitfalls import (
    refuse_idle_python,
    refuse_loose_notes,
    refuse_missing_entries,
    refuse_other_python,
    refuse_own_classes,
    refuse_raw_mathematics,
    refuse_repeated_anchors,
    refuse_snippets,
)
from practice import check_practice
from prose import (
    SNIPPET,
    Call,
    take_values,
    values_cell,
)
from raw_marks import (
    refuse_lost_blocks,
    refuse_lost_texts,
    refuse_raw_html,
    refuse_raw_marks,
)
from reading import read_text
from refusals import LessonError
from subjects import described

# Mistakes in a piece of prose, in the order in which they are told.
MISTAKES = (
    refuse_idle_python,
    refuse_other_python,
    refuse_foreign_marks,
    refuse_loose_attributes,
    refuse_empty_headings,
    refuse_raw_marks,
    refuse_lost_blocks,
    refuse_misread_lists,
    refuse_raw_html,
    refuse_own_classes,
    refuse_unknown_elements,
    refuse_open_elements,
    refuse_unknown_classes,
    refuse_raw_mathematics,
    refuse_misread_tex,
    refuse_broken_tables,
)


def forget() -> None:
    """Let go of all that was parsed: a million things, which Python takes seconds to take apart at its end."""
    for parsed in (tree, nodes, nodes_meant, scope, imported_names, module_definitions):
        parsed.cache_clear()


@contextlib.contextmanager
def all_needed() -> Iterator[None]:
    """Keep Python from looking again and again which of a million things are not needed: all are."""
    gc.disable()
    try:
        yield
    finally:
        forget()
        gc.enable()


def quoted(text: str, root: Path) -> dict[str, str]:
    """Read the files of which a lesson quotes a part."""
    names = {(match["file"] or "").split(":")[0] for match in SNIPPET.finditer(text)}
    return {
        name: read_text(root / name)
        for name in sorted(names)
        if (root / name).is_file()
    }


def lesson_to_notebook(
    text: str, root: Path
) -> tuple[nbformat.NotebookNode, list[str]]:
    """Turn a lesson into its notebook; also name the packages of `root` that it embeds."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata.kernelspec = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    packages: set[str] = set()
    known = Known()
    prose: list[tuple[str, int]] = []
    for cell, line, language in read_cells(text):
        # Of the blank lines around a cell jupytext makes an option.
        options = {k: v for k, v in cell.metadata.items() if k[:9] != "lines_to_"}
        cell.metadata = nbformat.from_dict({"lesson": {"line": line, **options}})
        parts = [cell]
        if cell.cell_type == "markdown":
            for refuse in MISTAKES:
                refuse(cell.source, line)
            refuse_snippets(cell.source, line, root)
            refuse_missing_entries(cell.source, line, root)
            prose.append((cell.source, line))
            cell.source, calls = take_values(cell.source, line)
            if calls:
                parts.insert(0, values_cell(calls, "below"))
        else:
            check_options(options, line - 1)
            refuse_lost_texts(options, line - 1)
            if "embed" in tags_of(cell):
                check_plain_python(cell.source, line, language, set())
                cell.source, origins = expand_embed(cell.source, line, known, root)
                cell.metadata.lesson.origins = origins
                packages |= {origin.split(".")[0] for origin in origins}
            else:
                check_plain_python(cell.source, line, language, known.origins.keys())
                check_imports(cell.source, line, root)
                known.read_cell(cell.source, line, "claim" in tags_of(cell))
                bind_cell(cell.source, line, known, "claim" in tags_of(cell))
            if "choices" in tags_of(cell):
                check_source(cell.source, line)
                name = options["options"]
                if name not in known.origins.keys() - known.hidden.keys():
                    raise LessonError(
                        line - 1, f"no cell above that is shown binds {name}"
                    )
                call = f"format(__import__('json').dumps({name}, allow_nan=False), '')"
                # Like a formula's value, this is none that Markdown reads.
                parts.insert(0, values_cell([(call, line - 1, "data")], "below"))
            if beginnings := options.get("mark"):
                marked = lines_that_begin(str(beginnings), cell.source, line - 1)
                cell.metadata.lesson.marked = marked
            calls = take_figure_texts(cell.metadata.lesson, line - 1)
            if calls:
                parts.append(values_cell(calls, "above"))
        for part in parts:
            part.id = f"cell-{len(notebook.cells)}"
            notebook.cells.append(part)
    refuse_loose_notes(prose)
    refuse_repeated_anchors(prose)
    if any("values" in tags_of(cell) for cell in code_cells(notebook)):
        refuse_own_format(known)
    refuse_idle_claims(notebook)
    refuse_unused_entries(notebook)
    check_practice(notebook, line_that_hides_code(text))
    for piece, line in prose:
        refuse_empty_boxes(piece, line)
    refuse_outside(notebook)
    refuse_calendar(notebook)
    refuse_measured(notebook)
    note_origins(notebook)
    seen = (
        cell.source for cell in code_cells(notebook) if "claim" not in tags_of(cell)
    )
    notebook.metadata.imports = sorted(set().union(*map(packages_imported, seen)))
    return notebook, sorted(packages)


def take_figure_texts(lesson: Any, line: int) -> list[Call]:
    """Leave marks where a cell's texts have values: caption, text alternatives, title of the fold."""
    alt = lesson.get("alt", [])
    texts, calls = [], []
    for text in [lesson.get("caption", ""), *([alt] if isinstance(alt, str) else alt)]:
        text, more = take_values(text, line)
        texts.append(text)
        calls += more
    lesson.texts = texts
    for option in {"beside", "fold"} & lesson.keys():
        lesson[option], more = take_values(lesson[option], line)
        calls += more
    return calls


def made_of(text: str, packages: list[list[str]], root: Path) -> list[Any]:
    """List all that the notebook of a lesson is made of."""
    return ["notebook", text, packages, quoted(text, root)]


@all_needed()
def read_ahead(paths: list[Path], root: Path, kept: Path) -> None:
    """Read lessons and keep their notebooks, but for those that the build will refuse."""
    packages = described(root)
    made: dict[str, str] = {}
    for path in paths:
        with contextlib.suppress(LessonError):
            text = read_text(path)
            notebook = json.dumps(lesson_to_notebook(text, root))
            made[key_of(made_of(text, packages, root))] = notebook
    write_kept(kept, json.dumps(made).encode())
