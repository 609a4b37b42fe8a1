"""Stage 7. Readers run and change the cells in their own browser, by Pyodide from this site.

Goes in: finished notebooks, and pages. Comes out: pages that mark the cells that can run there, and
the distribution in the site. `assets/run/run.js` gives marked cells their buttons, and `worker.js`
runs them. Without a distribution the site is complete but for its buttons.
"""

import ast
import functools
import json
import logging
import re
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from cells import code_cells, tags_of
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.livereload import LiveReloadServer
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url
from obstacles import able
from release import (
    RELEASE,
    ROOM,
    download,
    folder_of,
    is_address,
    lock_of,
    missing,
    prepare,
)
from state import build_of, serving

log = logging.getLogger("mkdocs.plugins.runnable")
CELL = re.compile(r'<(?:div|figure) class="cell(?: measured)?"')

READY = "fetched"  # a file in a folder that `mkdocs serve` watches


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Find what the cells that can run need; under `mkdocs serve`, fetch it meanwhile."""
    chosen = config.extra.get("pyodide")
    if chosen == "none":
        return
    build = build_of(config)
    imported: set[str] = set()
    for name, notebook in build.notebooks.items():
        cells = code_cells(notebook)
        sources = [cell.source for cell in cells]
        build.obstacles[name], libraries = build.memory.recall(
            ["able", sources], functools.partial(able, cells)
        )
        imported |= {*libraries}
    source = chosen or RELEASE
    cache = build.root / ".cache"
    folder = folder_of(source, cache)
    session = serving()
    try:
        if is_address(source) and session is None:
            download(source, folder, imported, log.info)
        elif is_address(source) and missing(folder, imported):
            fetch_meanwhile(session, source, folder, imported, build.cache("serve"))
            return
        build.distribution = prepare(folder, lock_of(folder, imported), cache)
    except (LookupError, OSError, ValueError) as error:
        said = str(error).partition("\n")[0]
        if chosen:  # whoever asks for something is not to miss that it is not there
            raise PluginError(
                f"mkdocs.yml: extra.pyodide, which is PYODIDE, is {chosen}: {said}: give a "
                "folder or an address of the whole distribution, or none"
            ) from error
        log.info("No Run buttons: %s", said)


def on_serve(
    server: LiveReloadServer, config: MkDocsConfig, builder: Callable[..., None]
) -> LiveReloadServer:
    """Build again when what was fetched meanwhile is there."""
    server.watch(str(build_of(config).cache("serve")))
    return server


def fetch_meanwhile(
    session: dict[str, Any] | None,
    source: str,
    folder: Path,
    imported: set[str],
    watched: Path,
) -> None:
    """Download in the background what is missing, once for a server; then have it build again."""
    if session is None or "fetching" in session:
        return

    def fetch() -> None:
        try:
            download(source, folder, imported, log.info)
        except (LookupError, OSError, ValueError) as error:
            log.info("No Run buttons: %s", str(error).partition("\n")[0])
        else:
            log.info("Pyodide is there: the pages get their Run buttons")
            while "server" not in session:  # which watches from then on
                time.sleep(0.2)
            time.sleep(2)
            session.pop("fetching")
            (watched / READY).write_text(f"{source} {time.time()}", "utf-8")

    log.info("Fetching Pyodide for the Run buttons while the pages are served ...")
    session["fetching"] = threading.Thread(target=fetch, daemon=True)
    session["fetching"].start()


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Mark the cells of a page, and let it load what gives them their buttons."""
    build = build_of(config)
    cells = code_cells(build.notebooks[page.file.src_uri])
    shows_code = "code" not in page.meta.get("hide", [])
    if build.distribution is None or not cells or not shows_code:
        return html
    needs = build.obstacles[page.file.src_uri]
    html = mark_cells(html, cells, needs)
    if all(needs):  # nothing of it runs in a browser
        return html
    script = get_relative_url(f"{ROOM}run.js", page.url)
    where = get_relative_url(build.distribution.target, page.url)
    return (
        f'{html}\n<script src="{script}" data-files="{where}" '
        f'data-lock="{build.distribution.lock_name}" data-page="{page.url}"></script>\n'
    )


def on_post_build(config: MkDocsConfig) -> None:
    """Put the distribution into the site."""
    distribution = build_of(config).distribution
    if distribution is None:
        return
    target = Path(config.site_dir, distribution.target)
    target.mkdir(parents=True, exist_ok=True)
    for name, source in distribution.files.items():
        shutil.copyfile(source, target / name)
    (target / distribution.lock_name).write_text(distribution.lock, "utf-8")


def mark_cells(html: str, cells: list[nbformat.NotebookNode], needs: list[str]) -> str:
    """Mark each cell of a page as one that can run, or with the library that it lacks."""
    unmarked = zip(cells, needs, asked_answers(cells), strict=True)
    first = row_before(cells, needs)
    lacked = " or ".join(dict.fromkeys(filter(None, needs)))
    but = f" Code that uses {lacked} runs in the notebook only." if lacked else ""
    note = f"You can change the code on this page and run it.{but}"
    row = f'<div class="run-page" data-note="{escape(note)}"></div>'

    def mark(match: re.Match[str]) -> str:
        cell, obstacle, answer = next(unmarked)
        before = row if cell is first else ""
        if answer and not obstacle:
            begin = starter(answer)
            facts = f'data-check="{answer.check}({answer.name})" data-starter="{escape(begin)}"'
            lines = begin.count("\n") + 1
            before += f'<div class="run-answer" style="--lines: {lines}" {facts}></div>'
        if (choices := cell.metadata.lesson.get("choices")) and not obstacle:
            facts = (
                f'data-options="{cell.metadata.lesson.options}" '
                f'data-choices="{escape(json.dumps(choices, ensure_ascii=False))}"'
            )
            before += f'<div class="run-choices" {facts}></div>'
        state = f'data-needs="{obstacle}"' if obstacle else "data-run"
        return f"{before}{match[0]} {state}"

    return CELL.sub(mark, html)


def row_before(
    cells: list[nbformat.NotebookNode], needs: list[str]
) -> nbformat.NotebookNode | None:
    """Find the cell that the row which runs all stands above: the first below a picture."""
    able = [
        number
        for number, (cell, why) in enumerate(zip(cells, needs, strict=True))
        if not why and "solution" not in tags_of(cell)
    ]
    pictures = (n for n, cell in enumerate(cells) if cell.metadata.lesson.texts[0])
    picture = next(pictures, -1)
    below = [number for number in able if number > picture] or able
    return cells[below[0]] if below else None


@dataclass
class Answer:
    """What a reader is asked for: a name, the function that checks it, and how others do it."""

    check: str
    name: str
    solution: str


def asked_answers(cells: list[nbformat.NotebookNode]) -> list[Answer | None]:
    """Find the cells that define a `check(name)` whose word a solution prints."""
    solutions = [c for c in cells if "solution" in tags_of(c)]
    found: list[Answer | None] = []
    for cell in cells:
        answer = None
        for check in ast.parse(cell.source).body:
            match check:
                case ast.FunctionDef(args=ast.arguments(args=[ast.arg(arg=name)])):
                    for solution in solutions:
                        if f"print({check.name}(" in solution.source:
                            answer = Answer(check.name, name, solution.source)
        found.append(answer)
    return found


def starter(answer: Answer) -> str:
    """Begin an answer: with the first line of the function that solves it, or with a name."""
    for node in ast.parse(answer.solution).body:
        if isinstance(node, ast.FunctionDef) and node.name == answer.name:
            return f"def {answer.name}({ast.unparse(node.args)}):\n    ..."
    return f"{answer.name} = None"
