"""Beside the stages. Each page says what computed it, and how long it takes to read."""

import functools
import math
import re
import subprocess
from pathlib import Path
from typing import Any

import nbformat
from cells import code_cells
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import get_build_date
from state import build_of

WORDS_A_MINUTE = 200
LINES_A_MINUTE = 20


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Say below a lesson's title how long it takes to read."""
    if page.is_homepage:
        return html
    minutes = reading_minutes(build_of(config).notebooks[page.file.src_uri])
    return html.replace(
        "</h1>", f'</h1>\n<p class="reading-time">{minutes} minutes to read</p>', 1
    )


def on_page_context(
    context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation
) -> dict[str, Any]:
    """Hand the facts about a page to its template."""
    notebook = build_of(config).notebooks[page.file.src_uri]
    context["facts"] = {
        "has_code": bool(code_cells(notebook)),
        "run": notebook.metadata.run,
        "built": get_build_date(),
        "revision": revision(build_of(config).root),
    }
    return context


def reading_minutes(notebook: nbformat.NotebookNode) -> int:
    """Estimate how long a page takes: words and lines of code, each at a beginner's pace."""
    prose = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    shown = code_cells(notebook)
    code = "\n".join(c.source for c in shown if "fold" not in c.metadata.lesson)
    lines = sum(1 for line in code.splitlines() if line.strip())
    return math.ceil(
        len(re.findall(r"\w+", prose)) / WORDS_A_MINUTE + lines / LINES_A_MINUTE
    )


@functools.cache
def revision(root: Path) -> str:
    """Name the commit that a build is made from, and say if files differ from it."""
    command = [
        "git",
        "-C",
        str(root),
        "describe",
        "--always",
        "--dirty=, with local changes",
    ]
    try:
        return subprocess.run(
            command, capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
