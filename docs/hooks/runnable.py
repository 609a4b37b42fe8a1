"""Stage 7. Readers run and change the cells in their own browser, by Pyodide from this site.

A cell can run there if it, and every cell whose names it reads, imports no more than LIBRARIES.
The page only marks such cells; `assets/run/run.js` gives them buttons, and `worker.js` runs them.
The distribution comes from a folder or the pinned release, as `extra.pyodide` says. Without one
the site is complete but for its buttons.
"""

import ast
import gzip
import hashlib
import json
import logging
import os
import re
import shutil
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Literal

import figures
import nbformat
from lesson import global_names, module_definitions, top_level_names
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

log = logging.getLogger("mkdocs.plugins.runnable")
LIBRARIES = {"matplotlib", "numpy", "scipy", "sklearn"}
STANDARD = sys.stdlib_module_names - {"subprocess"}  # a browser starts no programs
RELEASE = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/"
LOCK = "pyodide-lock.json"
# Of the release's core; of its wheels the lock states the same.
CORE = {
    LOCK: "9c45b916001a750f4102fc287494f3eab215909c7535c626a20db80fd6333e2c",
    "pyodide.mjs": "04c052c815abb0bf2981fa38c2dfa58e3120ee5288c956df2b2a15e301782c5f",
    "pyodide.asm.js": "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51",
    "pyodide.asm.wasm": "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f",
    "python_stdlib.zip": "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16",
}
PACKED = ("pyodide.asm.js", "pyodide.asm.wasm")  # not every server would compress them
SECONDS = 5  # to wait for an answer: a build must not hang without a network
ROOM = "assets/run/"
CELL = re.compile(r'<(?:div|figure) class="cell(?: measured)?"')


@dataclass
class Distribution:
    """What readers' browsers load: files by their name on the site, and where they lie there."""

    files: dict[str, Path]
    lock: str
    lock_name: str  # changes with what it says, so that no cache holds an older one
    target: str


may_download = False
distribution: Distribution | None = None  # of this build
needs_of: dict[str, list[str]] = {}  # what keeps the cells of each page from running


def on_startup(command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
    """Let a build download what is not there. A server must not keep its reader waiting."""
    global may_download
    may_download = command != "serve"


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Find what the cells that can run need."""
    global distribution
    distribution = None
    source = config.extra.get("pyodide") or RELEASE
    if source == "none":
        return
    imported: set[str] = set()
    for file in files.documentation_pages():
        cells = code_cells(nbformat.read(str(file.abs_src_path), as_version=4))
        needs_of[file.src_uri] = obstacles(cells)
        for cell, obstacle in zip(cells, needs_of[file.src_uri], strict=True):
            if not obstacle:
                imported |= imports(cell) & LIBRARIES
    cache = Path(config.config_file_path).parent / ".cache"
    try:
        folder, lock = find_release(source, imported, cache)
        distribution = prepare(folder, lock, cache)
    except (LookupError, OSError, ValueError) as error:
        log.info("No Run buttons: %s", str(error).partition("\n")[0])


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Mark the cells of a page, and let it load what gives them their buttons."""
    if distribution is None:
        return html
    notebook = nbformat.read(str(page.file.abs_src_path), as_version=4)
    cells = code_cells(notebook)
    needs = needs_of[page.file.src_uri]
    if not cells:
        return html
    unmarked = zip(cells, needs, asked_answers(cells), strict=True)
    first = row_before(cells, needs)

    def mark(match: re.Match[str]) -> str:
        cell, obstacle, answer = next(unmarked)
        before = '<div class="run-page"></div>' if cell is first else ""
        if answer and not obstacle:
            begin = starter(answer)
            facts = f'data-check="{answer.check}({answer.name})" data-starter="{escape(begin)}"'
            lines = begin.count("\n") + 1
            before += f'<div class="run-answer" style="--lines: {lines}" {facts}></div>'
        state = f'data-needs="{obstacle}"' if obstacle else "data-run"
        return f"{before}{match[0]} {state}"

    html = CELL.sub(mark, html)
    script = get_relative_url(f"{ROOM}run.js", page.url)
    where = get_relative_url(distribution.target, page.url)
    return (
        f'{html}\n<script src="{script}" data-files="{where}" '
        f'data-lock="{distribution.lock_name}" data-page="{page.url}"></script>\n'
    )


def on_post_build(config: MkDocsConfig) -> None:
    """Put the distribution into the site."""
    if distribution is None:
        return
    target = Path(config.site_dir, distribution.target)
    target.mkdir(parents=True, exist_ok=True)
    for name, source in distribution.files.items():
        shutil.copyfile(source, target / name)
    (target / distribution.lock_name).write_text(distribution.lock, "utf-8")


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """List the cells that a page shows."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def row_before(
    cells: list[nbformat.NotebookNode], needs: list[str]
) -> nbformat.NotebookNode | None:
    """Find the cell that the row which runs all stands above: the first below a picture."""
    able = [
        number
        for number, (cell, why) in enumerate(zip(cells, needs, strict=True))
        if not why and "solution" not in cell.metadata.lesson.get("tags", [])
    ]
    pictures = (n for n, cell in enumerate(cells) if cell.metadata.lesson.texts[0])
    picture = next(pictures, -1)
    below = [number for number in able if number > picture] or able
    return cells[below[0]] if below else None


def imports(cell: nbformat.NotebookNode) -> set[str]:
    """List the packages that a cell imports."""
    found = set()
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).split(".")[0])
    return found


def obstacles(cells: list[nbformat.NotebookNode]) -> list[str]:
    """Name for each cell the library that keeps it from running in a browser, or nothing.

    A cell that reads what such a cell has made cannot run either.
    """
    missing: dict[str, str] = {}
    found = []
    for cell in cells:
        foreign = sorted(imports(cell) - LIBRARIES - STANDARD)
        read = names_needed(ast.parse(cell.source).body, set()) if missing else set()
        lost = sorted(read & missing.keys())
        obstacle = foreign[0] if foreign else missing[lost[0]] if lost else ""
        for name in top_level_names(cell.source):
            missing.pop(name, None)
            if obstacle:
                missing[name] = obstacle
        found.append(obstacle)
    return found


def names_needed(statements: list[ast.stmt], bound: set[str]) -> set[str]:
    """List the names that some code reads before it binds them, adding to those bound."""
    needed: set[str] = set()

    def read(*nodes: ast.AST | None) -> None:
        for node in filter(None, nodes):
            needed.update(global_names(ast.unparse(node)) - bound)

    def bind(*targets: ast.AST | None) -> None:
        for target in filter(None, targets):
            nodes = ast.walk(target)
            bound.update(node.id for node in nodes if isinstance(node, ast.Name))

    for node in statements:
        match node:
            case ast.For():
                read(node.iter)
                bind(node.target)
            case ast.While() | ast.If():
                read(node.test)
            case ast.With():
                read(*(item.context_expr for item in node.items))
                bind(*(item.optional_vars for item in node.items))
            case ast.Try():
                pass
            case _:
                read(node, node.target if isinstance(node, ast.AugAssign) else None)
                bound |= top_level_names(ast.unparse(node))
                continue
        for part in ("body", "handlers", "orelse", "finalbody"):
            for inner in getattr(node, part, []):
                if isinstance(inner, ast.ExceptHandler):
                    read(inner.type)
                    bound.add(inner.name or "")
                    needed |= names_needed(inner.body, bound)
                else:
                    needed |= names_needed([inner], bound)
    return needed


@dataclass
class Answer:
    """What a reader is asked for: a name, the function that checks it, and how others do it."""

    check: str
    name: str
    solution: str


def asked_answers(cells: list[nbformat.NotebookNode]) -> list[Answer | None]:
    """Find the cells that define a `check(name)` whose word a solution prints."""
    solutions = [c for c in cells if "solution" in c.metadata.lesson.get("tags", [])]
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


def find_release(
    source: str, imported: set[str], cache: Path
) -> tuple[Path, dict[str, Any]]:
    """Find a distribution with what is imported; return its folder and its trimmed lock."""
    if not source.startswith(("http://", "https://")):
        lock = trimmed(json.loads(Path(source, LOCK).read_text("utf-8")), imported)
        return Path(source), lock
    folder = cache / f"pyodide-{CORE[LOCK][:8]}"

    def fetch(name: str, digest: str) -> None:
        if (folder / name).exists():
            return
        if not may_download:
            raise FileNotFoundError("mkdocs build downloads Pyodide, mkdocs serve not")
        import pooch  # slow to import, needed only to download

        pooch.get_logger().setLevel("WARNING")
        pooch.retrieve(
            source.rstrip("/") + "/" + name,
            f"sha256:{digest}",
            name,
            folder,
            downloader=pooch.HTTPDownloader(timeout=SECONDS),
        )

    for name, digest in CORE.items():
        fetch(name, digest)
    lock = trimmed(json.loads((folder / LOCK).read_text("utf-8")), imported)
    for package in lock["packages"].values():
        fetch(package["file_name"], package["sha256"])
    return folder, lock


def trimmed(lock: dict[str, Any], imported: set[str]) -> dict[str, Any]:
    """Leave in a lock only the packages that are imported, and what they depend on."""
    packages = lock["packages"]
    waiting = [n for n in packages if imported & set(packages[n]["imports"])]
    kept: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in kept:
            kept.add(name)
            waiting += packages[name]["depends"]
    return {**lock, "packages": {name: packages[name] for name in sorted(kept)}}


def prepare(folder: Path, lock: dict[str, Any], cache: Path) -> Distribution:
    """Gather what the site ships, with the sizes that a reader is told of before loading."""
    names = [package["file_name"] for package in lock["packages"].values()]
    files = {name: folder / name for name in [*CORE, *names] if name != LOCK}
    for name in PACKED:
        files[f"{name}.packed"] = packed(files.pop(name), cache / "pyodide-packed")
    hooks = Path(__file__).parent
    text = json.dumps(
        {
            **lock,
            "sizes": {name: file.stat().st_size for name, file in files.items()},
            "runner": hooks.parent.joinpath(ROOM, "runner.py").read_text("utf-8"),
            "figures": source_of("inline_svg", Path(figures.__file__)),
            "style": hooks.joinpath("figures.mplstyle").read_text("utf-8"),
        },
        separators=(",", ":"),
    )
    name = f"lock-{hashlib.sha256(text.encode()).hexdigest()[:8]}.json"
    return Distribution(files, text, name, f"assets/pyodide-{lock['info']['version']}/")


def packed(path: Path, cache: Path) -> Path:
    """Compress a file, and keep that for the next build."""
    original = path.read_bytes()
    kept = cache / f"{hashlib.sha256(original).hexdigest()}.packed"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_bytes(gzip.compress(original, mtime=0))
        part.replace(kept)
    return kept


def source_of(name: str, path: Path) -> str:
    """Take a function out of a module, with whatever of the module it uses."""
    definitions = module_definitions(path.read_text("utf-8"))
    needed, waiting = {name}, [name]
    while waiting:
        _, code = definitions[waiting.pop()]
        more = (global_names(code) & definitions.keys()) - needed
        needed |= more
        waiting += more
    return "\n".join(code for key, (_, code) in definitions.items() if key in needed)
