"""Shared. Kernels: each runs one lesson, in an environment and an empty folder of its own.

Goes in: a notebook, its limits. Comes out: the outputs of its cells, or a `LessonError` that says
which line failed. Whatever ends the build, no kernel is left behind.
"""

import asyncio
import os
import re
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from cells import tags_of
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import (
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)
from outputs import UNSHOWN
from readers import Python
from refusals import LessonError
from unseen import UNSEEN, VALUES

WATCH = Path(__file__).with_name("unseen.py")
HIDE = Path(__file__).with_name("hidden.py")
STYLE = Path(__file__).with_name("figures.mplstyle")
# Settings of whoever builds that would change what a reader of the page cannot see.
INHERITED = re.compile(
    r"PATH|HOME|USER|LOGNAME|TMPDIR|TEMP|TMP|LD_LIBRARY_PATH|DYLD_\w+|SYSTEM\w+|WINDIR|COMSPEC"
    r"|PATHEXT|APPDATA|LOCALAPPDATA|USERPROFILE|NUMBER_OF_PROCESSORS"
)
# What changes how numbers are added up, and with that their last digits.
ARITHMETIC = re.compile(r"(?:OMP|MKL|OPENBLAS|BLIS|VECLIB|CUDA|TORCH|ATEN)_\w+")
ON_PURPOSE = {
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "SOURCE_DATE_EPOCH": "0",  # Matplotlib writes the time of drawing into a figure
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
# Before a kernel closes figures that nobody has shown, which a script would never draw.
FIGURES_SHOWN = f"""
get_ipython().events.register("post_execute", lambda: (
    (pyplot := __import__("sys").modules.get("matplotlib.pyplot"))
    and pyplot.get_fignums() and __import__("sys").stderr.write({UNSHOWN!r})
) and None)
"""
# Loaded by its path, which leaves no name behind.
CELLS_UNSEEN = f"""
__import__("runpy").run_path({str(WATCH)!r})["Watch"](get_ipython())
"""
# A kernel starts without its debugger, which takes long to load and which nobody calls.
START = """
import sys
del sys.path[0]
sys.modules["debugpy"] = None
from ipykernel.kernelapp import launch_new_instance
launch_new_instance()
"""
# From then on code may import that. Python looks for garbage less often, of which lessons make little.
STARTED = """
__import__("sys").modules.pop("debugpy", None); __import__("gc").set_threshold(10_000)
"""
OPTIONS = [
    f"--IPKernelApp.exec_lines={STARTED}",
    f"--IPKernelApp.exec_lines={CHARTS_AS_DATA}",
    f"--IPKernelApp.exec_lines={FIGURES_SHOWN}",
    f"--IPKernelApp.exec_lines={CELLS_UNSEEN}",
    "--IPKernelApp.log_level=ERROR",
    "--IPythonKernel._execute_sleep=0",  # nobody looks on, for whom it would pause
    "--InlineBackend.figure_formats=svg",
    "--InlineBackend.print_figure_kwargs={'bbox_inches': None}",
]


@dataclass
class Limits:
    """What a cell may take at most: seconds, and characters of output."""

    seconds: int
    characters: int


def kernel_environment(folder: Path) -> dict[str, str]:
    """Make the environment of a kernel, whose own settings lie in a folder that is kept."""
    inherited = {n: v for n, v in os.environ.items() if INHERITED.fullmatch(n)}
    own = {
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
        "MPLCONFIGDIR": str(folder / "matplotlib"),
    }
    return {**inherited, **arithmetic(), **own, **ON_PURPOSE}


def arithmetic() -> dict[str, str]:
    """List the settings of this machine's arithmetic, on which what is kept depends."""
    return {n: v for n, v in os.environ.items() if ARITHMETIC.fullmatch(n)}


class Client(NotebookClient):
    """A client that keeps to limits, and leaves Ctrl-C to the build."""

    limits: Limits
    turn: asyncio.Semaphore
    began: float
    at: nbformat.NotebookNode | None = None
    refusal = ""

    @asynccontextmanager
    async def async_setup_kernel(self, **options: Any) -> AsyncIterator[None]:
        """Start a kernel, and end it whatever happens. nbclient's own would take Ctrl-C over.

        Of both it is mostly waiting, for which no processor is needed: only between them it is its turn.
        """
        self.km = self.create_kernel_manager()
        # This Python, whatever kernels somebody has registered under its name.
        self.km.kernel_spec_manager = KernelSpecManager(kernel_dirs=[])
        this = self.km.kernel_spec
        assert this is not None
        this.argv[1:3] = ["-c", START]
        try:
            await self.async_start_new_kernel(**options)
            await self.async_start_new_kernel_client()
            async with self.turn:
                self.began = time.monotonic()
                yield
        finally:
            await self._async_cleanup_kernel()

    async def async_execute_cell(
        self, cell: nbformat.NotebookNode, *arguments: Any, **options: Any
    ) -> nbformat.NotebookNode:
        """Run a cell, and remember which one it is."""
        self.at, self.printed = cell, 0
        source = cell.source
        if "claim" in tags_of(cell):
            cell.source += UNSEEN
        if "values" in tags_of(cell):
            cell.source += VALUES
        try:
            return await super().async_execute_cell(cell, *arguments, **options)
        except DeadKernelError:
            task = asyncio.current_task()
            if task and task.cancelling():  # nbclient takes Ctrl-C for a kernel's death
                raise asyncio.CancelledError from None
            raise
        finally:
            cell.source = source

    def output(
        self, outs: list[nbformat.NotebookNode], msg: dict[str, Any], *rest: Any
    ) -> nbformat.NotebookNode | None:
        """Take what a cell puts out, as long as it is not too much."""
        self.printed += len(str(msg["content"]))
        if self.printed > self.limits.characters and not self.refusal:
            self.refusal = (
                f"the cell puts out more than {self.limits.characters:,} characters: "
                "print less, or raise extra.cell_characters in mkdocs.yml"
            )
            assert self.task_poll_for_reply is not None
            self.task_poll_for_reply.cancel()
        if self.refusal:
            return None
        return super().output(outs, msg, *rest)


async def run_cells(
    notebook: nbformat.NotebookNode,
    kernel_name: str,
    limits: Limits,
    environment: dict[str, str],
    python: Python,
    turn: asyncio.Semaphore,
) -> float:
    """Run a notebook's cells in a fresh kernel, which leaves their outputs in them; return the seconds."""
    names = f"{python.hidden!r}, {python.without!r}"
    hide = f'__import__("runpy").run_path({str(HIDE)!r})["hide"]({names})'
    client = Client(
        notebook,
        kernel_name=kernel_name,
        timeout=limits.seconds,
        coalesce_streams=True,
        extra_arguments=[f"--IPKernelApp.exec_lines={hide}", *OPTIONS],
        shutdown_kernel="immediate",  # asked to leave, a kernel may stumble and say so
    )
    client.log.setLevel("CRITICAL")  # what it has to say stands in the refusal
    client.limits, client.turn = limits, turn
    with tempfile.TemporaryDirectory() as folder:
        try:
            await client.async_execute(cwd=folder, env=environment)
            seconds = time.monotonic() - client.began
        except CellExecutionError as error:
            raise failure(client.at, error, python) from error
        except CellTimeoutError as error:
            raise LessonError(
                first_line(client.at),
                f"the cell ran for more than {limits.seconds} seconds: make it quicker, or "
                "raise extra.cell_seconds in mkdocs.yml",
            ) from error
        except (DeadKernelError, RuntimeError) as error:
            raise LessonError(
                first_line(client.at),
                client.refusal
                or "Python ended while this cell ran: did it crash, or run out of memory?",
            ) from error
    # What nbclient adds here a notebook has not whose outputs were kept.
    notebook.metadata.pop("language_info", None)
    return seconds


def first_line(cell: nbformat.NotebookNode | None) -> int:
    """Say in which line of the lesson a cell begins."""
    return int(cell.metadata.lesson.line) if cell else 1


def failure(
    cell: nbformat.NotebookNode | None, error: CellExecutionError, python: Python
) -> LessonError:
    """Say in which line of the lesson a cell raised, what, and what the line was."""
    name, said = error.ename, error.evalue or "no message"
    lacks = {*re.findall(r"\w+", said)} & {*python.hidden}
    if name in ("ImportError", "ModuleNotFoundError") and lacks:
        said += (
            f" ({min(lacks)} is here, but whoever installs what this page imports has none: "
            "import it in a cell that is shown)"
        )
    if cell is None:
        return LessonError(1, f"{name}: {said}")
    failed = [o for o in cell.get("outputs", []) if o.output_type == "error"]
    trace = strip_colours("\n".join(text for o in failed for text in o.traceback))
    # Of errors that led to it, that is another's traces: what counts is how this one came about.
    trace = re.split(
        r"^(?:During handling|The above exception)", trace, flags=re.MULTILINE
    )[-1]
    frames = re.findall(rf"Cell In\[{cell.execution_count}\], line (\d+)", trace)
    rows = cell.source.splitlines()
    # Of an exit Python tells no line.
    ends = (number for number, text in enumerate(rows) if "xit" in text)
    row = int(frames[0]) - 1 if frames else next(ends, 0)
    row = min(row, len(rows) - 1)
    return LessonError(
        line_of_row(cell, row), f"{name}: {said}, at: {rows[row].strip()}"
    )


def line_of_row(cell: nbformat.NotebookNode, row: int) -> int:
    """Say which line of the lesson a row of a cell's code comes from."""
    lesson = cell.metadata.lesson
    if "values" in tags_of(cell):
        return int(lesson.lines[row])
    return int(lesson.line) + (0 if "origins" in lesson else row)


def strip_colours(text: str) -> str:
    """Take the terminal's colours out of a text."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
