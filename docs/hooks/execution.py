"""Stage 2. Every notebook is executed, side by side, unless the same code has run before.

Goes in: notebooks. Comes out: the same with outputs, and with `metadata.run`, which says when, how
long and with which versions. What ran depends on the code cells, the versions of what they import and
what that needs, and how the kernel is set up: that is the key under which outputs are kept. Prose is no
part of it, and only what the page accepts is kept.
"""

import asyncio
import contextlib
import copy
import hashlib
import importlib.metadata
import json
import logging
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import nbformat
from cells import code_cells, code_of, tags_of
from colours import coloured_cell
from drawing import draw_charts
from kept import Memory, read_kept, write_kept
from kernels import (
    HIDE,
    ON_PURPOSE,
    OPTIONS,
    START,
    STYLE,
    WATCH,
    Limits,
    arithmetic,
    kernel_environment,
    run_cells,
)
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.utils import get_build_date
from names import imports_by_call, packages_imported
from order import check_same, depends_on_order, elsewhere
from outputs import check_outputs
from readers import Python, distributions, python_of
from refusals import LessonError, refusals_of
from state import Build, build_of

log = logging.getLogger("mkdocs.plugins.execution")


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Give every notebook its outputs, from the cache or by running it."""
    build = build_of(config)
    cache = build.cache("executed")
    same = fingerprint()
    used, waiting = set(), []
    for name, notebook in build.notebooks.items():
        python = readers_python(notebook, build)
        kept = cache / f"{cache_key(notebook, [same, *python.has])}.json"
        used.add(kept)
        content = read_kept(kept)
        if content is not None:
            add_outputs(notebook, json.loads(content))
            with refusals_of(name):
                check_outputs(notebook)
        else:
            waiting.append((name, notebook, python, kept))
    # The longest first, so that all end at about the same time: libraries take longer than code.
    waiting.sort(
        key=lambda item: (len(imported_by(item[1])), len(code_of(item[1]))),
        reverse=True,
    )
    kernel = config.plugins["mkdocs-jupyter"].config["kernel_name"]
    limits = Limits(
        limit(config, "cell_seconds", 600), limit(config, "cell_characters", 2_000_000)
    )
    if waiting:
        settings = build.cache("kernel")
        warm_fonts(settings / "matplotlib")
        environment = kernel_environment(settings)
        charts = build.cache("explorables")
        meanwhile = colour_cells(build.notebooks.values(), build.memory)
        run = execute_all(waiting, kernel, limits, environment, charts, meanwhile)
        failures = asyncio.run(run)
        if failures:
            raise PluginError("\n".join(failures))
    for stale in set(cache.glob("*.json")) - used:
        stale.unlink(missing_ok=True)


def limit(config: MkDocsConfig, name: str, usual: int) -> int:
    """Read a limit from the settings."""
    value = config.extra.get(name, usual)
    if not isinstance(value, int) or value < 1:
        raise PluginError(
            f"mkdocs.yml: extra.{name} is {value}: give a whole number, such as {usual}"
        )
    return value


async def execute_all(
    waiting: list[tuple[str, nbformat.NotebookNode, Python, Path]],
    kernel: str,
    limits: Limits,
    environment: dict[str, str],
    charts: Path,
    meanwhile: Iterator[None],
) -> list[str]:
    """Run notebooks, as many at a time as there are processors; say what is wrong with them.

    While kernels work, so does what is to be done meanwhile, step by step.
    """
    processors = os.cpu_count() or 1
    turn, ready = asyncio.Semaphore(processors), asyncio.Semaphore(processors + 1)

    async def run(
        name: str, notebook: nbformat.NotebookNode, python: Python, kept: Path
    ) -> str:
        async with ready:
            log.info("Executing %s ...", name)
            try:
                ran = await execute(notebook, kernel, limits, environment, python, turn)
                check_outputs(notebook)
                if depends_on_order(notebook):
                    again = copy.deepcopy(notebook)
                    other = {**environment, **elsewhere()}
                    await run_cells(again, kernel, limits, other, python, turn)
                    check_same(notebook, again)
            except LessonError as error:
                return f"{name}:{error.line}: {error}"
            write_kept(kept, json.dumps(ran).encode())
            add_outputs(notebook, ran)
            # Their own stage draws the charts, and finds them drawn or says what is wrong with them.
            with contextlib.suppress(PluginError):
                draw_charts(name, notebook, charts)
            return ""

    runs = asyncio.gather(*(run(*w) for w in waiting))
    for _ in meanwhile:
        await asyncio.sleep(0)  # whatever kernels have to say comes first
    return [said for said in await runs if said]


def colour_cells(
    notebooks: Iterable[nbformat.NotebookNode], memory: Memory
) -> Iterator[None]:
    """Colour the code that readers will see, cell by cell."""
    for notebook in notebooks:
        for cell in code_cells(notebook):
            if not {"claim", "values"} & {*tags_of(cell)}:
                coloured_cell(cell, memory)
                yield


def fingerprint() -> str:
    """Describe what can change what notebooks print, but for their code and what it imports."""
    setup = [platform.python_version(), platform.platform()]
    setup += [file.read_text("utf-8") for file in (STYLE, WATCH, HIDE)]
    # Where the project lies changes nothing: of its files the text counts, and not the place.
    chosen = {**ON_PURPOSE, "MATPLOTLIBRC": ""}
    options = [option.replace(repr(str(WATCH)), "") for option in OPTIONS]
    kernels = [START, *options, *chosen.items(), *sorted(arithmetic().items())]
    return "\n".join(map(str, [*setup, *kernels]))


def readers_python(notebook: nbformat.NotebookNode, build: Build) -> Python:
    """Describe the Python that a notebook runs in."""
    sources = [cell.source for cell in code_cells(notebook)]
    imported = build.memory.recall(["imports", sources], lambda: imported_by(notebook))
    made_of = ["python", imported, build.memory.by["installed"]]
    known = build.memory.recall(made_of, lambda: python_of(imported))
    return Python(*known)


def imported_by(notebook: nbformat.NotebookNode) -> list[str]:
    """List the libraries that the cells of a notebook import."""
    sources = [cell.source for cell in code_cells(notebook)]
    named = {name for source in sources for name, _ in imports_by_call(source)}
    found = {name.split(".")[0] for name in named}.union(
        *map(packages_imported, sources)
    )
    return sorted(found - sys.stdlib_module_names)


def cache_key(notebook: nbformat.NotebookNode, environment: list[str]) -> str:
    """Name what ran: two notebooks have one key only if their outputs must be the same."""
    sources = [cell.source for cell in code_cells(notebook)]
    return hashlib.sha256(json.dumps([sources, environment]).encode()).hexdigest()


def warm_fonts(folder: Path) -> None:
    """Have Matplotlib's list of fonts ready: a kernel that made it would say so on the page."""
    if any(folder.glob("fontlist-*.json")):
        return
    # Whoever has no home is told so by Matplotlib; here that changes nothing.
    logging.getLogger("matplotlib").setLevel(logging.CRITICAL)
    import matplotlib  # slow to import, needed only here

    folder.mkdir(parents=True, exist_ok=True)
    for known in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):
        shutil.copy(known, folder)
    command = [sys.executable, "-c", "import matplotlib.font_manager"]
    environment = {**os.environ, "MPLCONFIGDIR": str(folder)}
    subprocess.run(command, env=environment, capture_output=True, check=False)


async def execute(
    notebook: nbformat.NotebookNode,
    kernel: str,
    limits: Limits,
    environment: dict[str, str],
    python: Python,
    turn: asyncio.Semaphore,
) -> dict[str, Any]:
    """Run a notebook; return its outputs and how they came about."""
    seconds = 0.0
    if code_cells(notebook):  # or else there is nothing to start a kernel for
        seconds = await run_cells(notebook, kernel, limits, environment, python, turn)
    owners = {
        name: distributions()[name][0]
        for name in imported_by(notebook)
        if name in distributions()
    }
    names = sorted({*owners.values()})
    return {
        "outputs": [cell.outputs for cell in code_cells(notebook)],
        "seconds": seconds,
        "date": get_build_date(),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in names},
        "owners": owners,
    }


def add_outputs(notebook: nbformat.NotebookNode, kept: dict[str, Any]) -> None:
    """Put kept outputs into a notebook, and when and how long it ran into its metadata."""
    for cell, outputs in zip(code_cells(notebook), kept["outputs"], strict=True):
        cell.outputs = nbformat.from_dict(outputs)
        cell.metadata.pop("execution", None)
    run = {key: value for key, value in kept.items() if key != "outputs"}
    if (
        "SOURCE_DATE_EPOCH" in os.environ
    ):  # a build that is to be repeated byte for byte
        run |= {"seconds": None, "date": get_build_date()}
    notebook.metadata.run = run
