"""Stage 2. Every notebook is executed, side by side, unless the same code has run before.

What ran depends on the code cells, the versions of everything installed, and how the kernel is
set up: that is the key under which the outputs are kept. Prose is no part of it.
"""

import ast
import hashlib
import importlib.metadata
import json
import logging
import os
import platform
import re
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.utils import get_build_date

log = logging.getLogger("mkdocs.plugins.execution")
STYLE = Path(__file__).with_name("figures.mplstyle")
KERNEL_ENVIRONMENT = {
    "MATPLOTLIBRC": str(STYLE),
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}
# An Altair chart as the last value of a cell leaves its specification, not HTML of its own.
CHARTS_AS_DATA = """
get_ipython().display_formatter.mimebundle_formatter.for_type_by_name(
    "altair.vegalite.v6.api", "TopLevelMixin",
    lambda chart, **_: {"application/vnd.vegalite.v6+json": chart.to_dict()},
)
"""
KERNEL_OPTIONS = [
    f"--IPKernelApp.exec_lines={CHARTS_AS_DATA}",
    "--IPKernelApp.log_level=ERROR",
    "--InlineBackend.figure_formats=svg",
    "--InlineBackend.print_figure_kwargs={'bbox_inches': None}",
]


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Give every notebook its outputs, from the cache or by running it."""
    cache = Path(config.config_file_path).parent / ".cache" / "executed"
    cache.mkdir(parents=True, exist_ok=True)
    environment = fingerprint()
    os.environ.update(KERNEL_ENVIRONMENT)

    def run(path: Path) -> Path:
        notebook = nbformat.read(path, as_version=4)
        kept = cache / f"{cache_key(notebook, environment)}.json"
        try:
            ran = json.loads(kept.read_text("utf-8"))
        except FileNotFoundError:
            log.info("Executing %s ...", notebook.metadata.lesson)
            ran = execute(notebook, config)
            write_whole(kept, json.dumps(ran))
        add_outputs(notebook, ran)
        nbformat.write(notebook, path)
        return kept

    paths = [Path(str(f.abs_src_path)) for f in files.documentation_pages()]
    paths.sort(key=lambda path: path.stat().st_size, reverse=True)  # the longest first
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as workers:
        used = set(workers.map(run, paths))
    for stale in set(cache.glob("*.json")) - used:
        stale.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that another build, at work at the same time, never reads half."""
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(text, "utf-8")
    part.replace(path)


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """List the cells that run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def fingerprint() -> str:
    """Describe everything but the code that can change what a notebook prints."""
    # Installed packages by their folders' names, which bear the versions and are quick to list.
    folders = (
        folder for entry in sys.path for folder in Path(entry).glob("*.dist-info")
    )
    versions = sorted({folder.name for folder in folders})
    setup = [platform.python_version(), platform.platform(), STYLE.read_text("utf-8")]
    return "\n".join([*setup, Path(__file__).read_text("utf-8"), *versions])


def cache_key(notebook: nbformat.NotebookNode, environment: str) -> str:
    """Name what ran: two notebooks have one key only if their outputs must be the same."""
    sources = [cell.source for cell in code_cells(notebook)]
    return hashlib.sha256(json.dumps([sources, environment]).encode()).hexdigest()


def execute(notebook: nbformat.NotebookNode, config: MkDocsConfig) -> dict[str, Any]:
    """Run a notebook with mkdocs-jupyter's own settings, in an empty folder."""
    from mkdocs_jupyter.convert import (
        get_nbconvert_app,
    )  # slow to import, needed only to run
    from nbconvert.preprocessors import CellExecutionError, ExecutePreprocessor

    settings = config.plugins["mkdocs-jupyter"].config
    app = get_nbconvert_app(
        execute=settings["execute"],
        kernel_name=settings["kernel_name"],
        allow_errors=settings["allow_errors"],
    )
    runner = ExecutePreprocessor(
        config=app.config,
        extra_arguments=KERNEL_OPTIONS,
        coalesce_streams=True,
        shutdown_kernel="immediate",  # asked to leave, a kernel may stumble and say so
    )
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            if code_cells(notebook):  # or else there is nothing to start a kernel for
                runner.preprocess(notebook, {"metadata": {"path": folder}})
        except CellExecutionError as error:
            raise PluginError(describe_failure(notebook)) from error
    return {
        "outputs": [cell.outputs for cell in code_cells(notebook)],
        "seconds": time.monotonic() - started,
        "date": get_build_date(),
        "python": platform.python_version(),
        "versions": versions("\n".join(cell.source for cell in code_cells(notebook))),
    }


def versions(code: str) -> dict[str, str]:
    """Look up the installed version of each library that some code imports."""
    owners = importlib.metadata.packages_distributions()
    imported = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module).split(".")[0])
    names = sorted({owners[name][0] for name in imported if name in owners})
    return {name: importlib.metadata.version(name) for name in names}


def describe_failure(notebook: nbformat.NotebookNode) -> str:
    """Say which cell raised, in which line of the lesson, and what the line was."""
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "error":
                lesson = cell.metadata.lesson
                inside = re.search(
                    r"Cell In.*?line (\d+)", strip_colours(output.traceback)
                )
                row = int(inside[1]) - 1 if inside else 0
                if "values" in lesson.get("tags", []):
                    line = lesson.lines[row]
                else:
                    line = lesson.line + (0 if "origins" in lesson else row)
                source = cell.source.splitlines()[row].strip()
                where = f"{notebook.metadata.lesson}:{line}"
                return f"{where}: {output.ename}: {output.evalue or 'no message'}, at: {source}"
    return f"{notebook.metadata.lesson}: a cell failed"


def strip_colours(traceback: list[str]) -> str:
    """Take the terminal's colours out of a traceback."""
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(traceback))


def add_outputs(notebook: nbformat.NotebookNode, kept: dict[str, Any]) -> None:
    """Put kept outputs into a notebook, and when and how long it ran into its metadata."""
    for cell, outputs in zip(code_cells(notebook), kept["outputs"], strict=True):
        cell.outputs = nbformat.from_dict(outputs)
        cell.metadata.pop("execution", None)
    run = {key: kept[key] for key in ("seconds", "date", "python", "versions")}
    if (
        "SOURCE_DATE_EPOCH" in os.environ
    ):  # a build that is to be repeated byte for byte
        run |= {"seconds": None, "date": get_build_date()}
    notebook.metadata.run = run
