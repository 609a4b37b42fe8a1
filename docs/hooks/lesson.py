"""Stage 1. A lesson, which is Markdown, becomes a notebook that runs without our packages.

Goes in: the text of each page. Comes out: its notebook, in `build_of(config).notebooks`, in which
embeds are written out and every value of the prose stands in a hidden cell that computes it.
What would mislead a reader is refused: see `prose.py`, `embedding.py`, and here what a cell may be.
"""

import ast
import re
import sys
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from embedding import check_imports, expand_embed
from mkdocs.config.config_options import Hooks
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from names import top_level_names
from prose import Call, refuse_idle_python, take_values, values_cell
from refusals import LessonError, refusals_of
from state import begin, build_of


def on_config(config: MkDocsConfig) -> None:
    """Begin a build, and let `mkdocs serve` load the hooks afresh at its next one."""
    begin(config)
    Hooks._load_hook.cache_clear()
    here = str(Path(__file__).parent)
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(here):
            del sys.modules[name]


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Make each page's notebook, which stands for the page from here on."""
    build = build_of(config)
    for file in files.documentation_pages():
        lesson = Path(config.docs_dir, file.src_uri)
        with refusals_of(file.src_uri):
            notebook, packages = lesson_to_notebook(
                lesson.read_text("utf-8"), build.root
            )
        notebook.metadata.lesson = file.src_uri
        build.notebooks[file.src_uri] = notebook
        config.watch += [str(build.root / package) for package in packages]


def lesson_to_notebook(text: str, root: Path) -> tuple[nbformat.NotebookNode, set[str]]:
    """Turn a lesson into its notebook; also name the packages of `root` that it embeds."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata.kernelspec = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    packages: set[str] = set()
    known: set[str] = set()
    position = 0
    for cell in jupytext.reads(text, fmt="md:markdown").cells:
        if cell.cell_type == "raw":  # the front matter, which MkDocs reads
            continue
        # Of another language's fence jupytext makes a cell that begins with a magic.
        source = re.sub(r"\A%%\w+\n", "", cell.source)
        position = text.index(source, position)
        line = text.count("\n", 0, position) + 1
        fence = text[:position].splitlines()[-1:]
        position += len(source)
        options = dict(cell.metadata)
        cell.metadata = nbformat.from_dict({"lesson": {"line": line, **options}})
        parts = [cell]
        if cell.cell_type == "markdown":
            refuse_idle_python(cell.source, line)
            cell.source, calls = take_values(cell.source, line)
            if calls:
                parts.insert(0, values_cell(calls, "below"))
        else:
            check_plain_python(cell.source, line, fence)
            if "embed" not in options.get("tags", []):
                check_imports(cell.source, line, root)
            else:
                cell.source, origins = expand_embed(cell.source, line, known, root)
                cell.metadata.lesson.origins = origins
                packages |= {origin.split(".")[0] for origin in origins}
            known |= top_level_names(cell.source)
            cell.metadata.lesson.texts, calls = take_figure_texts(options, line - 1)
            if calls:
                parts.append(values_cell(calls, "above"))
        for part in parts:
            part.id = f"cell-{len(notebook.cells)}"
            notebook.cells.append(part)
    return notebook, packages


def take_figure_texts(
    options: dict[str, Any], line: int
) -> tuple[list[str], list[Call]]:
    """Read a cell's caption and the text alternatives of its figures, in this order."""
    alt = options.get("alt", [])
    texts, calls = [], []
    for text in [options.get("caption", ""), *([alt] if isinstance(alt, str) else alt)]:
        text, more = take_values(text, line)
        texts.append(text)
        calls += more
    return texts, calls


def check_plain_python(source: str, line: int, fence: list[str]) -> None:
    """Refuse a cell that is not Python, or not Python that runs outside a notebook."""
    language = fence[0].strip("`~ ").split(" ")[0]
    if language != "python":
        raise LessonError(
            line - 1, f"this {language} fence would be run: mark it text or console"
        )
    try:
        ast.parse(source)
    except SyntaxError as error:
        raise LessonError(
            line + (error.lineno or 1) - 1, f"not plain Python: {error.msg}"
        ) from error
