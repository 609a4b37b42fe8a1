"""The project whose site is tested: where it is, its pages, how to build and to serve it."""

import functools
import http.server
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
import yaml
from bs4 import BeautifulSoup
from obstacles import LIBRARIES
from release import folder_of, missing

PROJECT = Path(__file__).parents[2]
NAV = yaml.load((PROJECT / "mkdocs.yml").read_text("utf-8"), yaml.BaseLoader)["nav"]
FILES = [
    file
    for entry in NAV
    for part in entry.values()
    for file in (
        [part] if isinstance(part, str) else [f for e in part for f in e.values()]
    )
]
PAGES = [file.removesuffix("index.md").replace(".md", "/") for file in FILES]
LESSONS = [page for page in PAGES if page.startswith("lessons/")]
THE_LESSON = ["", *LESSONS[:4]]  # what a beginner reads in one go, and the way there
COMPUTED = ["", *LESSONS]  # the pages that have cells
# The lessons in two parts, of which the second is left to a thorough run.
PARTS = [
    pytest.param(LESSONS[:4], id="the lesson"),
    pytest.param(LESSONS[4:], id="deeper", marks=pytest.mark.thorough),
]


def with_deeper(paths: list[str]) -> list[Any]:
    """Parametrize over pages; those beyond what a beginner reads are left to a thorough run."""
    return cases_of({path: path for path in paths})


def cases_of(paths: dict[str, str]) -> list[Any]:
    """Parametrize over cases, each with its page, in the same way."""
    return [
        case if path in THE_LESSON else pytest.param(case, marks=pytest.mark.thorough)
        for case, path in paths.items()
    ]


def fence(code: str, **options: object) -> str:
    """Write a cell of a lesson, with its options."""
    said = "".join(f" {name}={json.dumps(value)}" for name, value in options.items())
    return f"```python{said}\n{code}\n```\n\n"


def embed(imports: str) -> str:
    """Write a cell that embeds."""
    return fence(imports, tags=["embed"])


@functools.cache
def read_page(site: Path, path: str) -> BeautifulSoup:
    """Parse a built page, once for all tests of a process. They must leave it as it is."""
    return BeautifulSoup((site / path / "index.html").read_bytes(), "html.parser")


def prose_of(html: str) -> str:
    """Take the marks of computed values away: what a reader reads is left."""
    return re.sub(r'<span class="value"[^>]*>(.*?)</span>', r"\1", html)


def without_times(text: str) -> str:
    """Leave the words of what a cell measured: the numbers are others in every run."""
    return re.sub(r" *\d[\d.,]*", " #", text)


# Each build is a process of its own, forked where that can be from one that has mkdocs loaded.
PROCESSES = multiprocessing.get_context(
    "forkserver" if hasattr(os, "fork") else "spawn"
)
PROCESSES.set_forkserver_preload(
    ["mkdocs.__main__", "mkdocs_jupyter.plugin", "jupytext"]
)


# A folder with a distribution of Pyodide, for the tests that run code in the page.
FETCHED = folder_of(
    "https://", PROJECT / ".cache"
)  # by an earlier build, if there was one
PYODIDE = os.environ.setdefault(
    "PYODIDE", "none" if missing(FETCHED, LIBRARIES) else str(FETCHED)
)


needs_pyodide = pytest.mark.skipif(
    PYODIDE == "none", reason="no Pyodide: set PYODIDE to a folder with a distribution"
)


# With what addresses the site is built that a workflow tests and then publishes.
SHIPPED = {
    name: os.environ[f"SHIP_{name}"]
    for name in ("SITE_URL", "REPO_URL", "EDIT_URI", "NOTEBOOKS")
    if os.environ.get(f"SHIP_{name}")
}


def run_mkdocs(
    project: Path, *arguments: str, pyodide: str = "none", **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run mkdocs on a project; standard output and error come together."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1"}
        environment |= {"PYODIDE": pyodide, **settings}
        process = PROCESSES.Process(
            target=mkdocs, args=(project, arguments, environment, log)
        )
        process.start()
        process.join()
        code = process.exitcode or 0
        return subprocess.CompletedProcess(arguments, code, log.read_text("utf-8"))


def mkdocs(
    project: Path, arguments: tuple[str, ...], environment: dict[str, str], log: Path
) -> None:
    """Be the command mkdocs, in the process that was started for it."""
    from mkdocs.__main__ import cli

    # A copy of the pipeline is built by itself, and not by what the tests import of ours.
    hooks = str(PROJECT / "docs/hooks")
    sys.path[:] = [entry for entry in sys.path if entry != hooks]
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(hooks):
            del sys.modules[name]
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(project)
    with log.open("w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    cli(arguments)


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serve files without a line in the terminal for each; tell who asks what was sent."""

    def __init__(
        self, *arguments: object, served: Callable[[str, int], object], **options: str
    ) -> None:
        self.served = served
        super().__init__(*arguments, **options)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""

    def copyfile(self, source: IO[bytes], outputfile: IO[bytes]) -> None:
        """Send a file."""
        size = os.fstat(source.fileno()).st_size
        self.served(self.path.strip("/"), size)
        super().copyfile(source, outputfile)


@contextmanager
def serve(
    folder: Path,
    served: Callable[[str, int], object] = lambda path, size: None,
    handler: type[QuietHandler] = QuietHandler,
) -> Iterator[str]:
    """Serve a folder on this machine, and give the address; call `served` for each file sent."""
    answer = functools.partial(handler, directory=str(folder), served=served)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def make_project(folder: Path, pages: dict[str, str], warm: bool = True) -> Path:
    """Make a project of some pages in a folder, with this project's pipeline and none of its lessons.

    The pages are given by name; names that end in .py become files of packages beside docs/. A warm
    one has been built before: what the pipeline makes once, for whatever pages, is there.
    """
    for name in ("hooks", "overrides", "assets"):
        shutil.copytree(PROJECT / "docs" / name, folder / "docs" / name)
    for name, text in pages.items():
        path = folder / (name if name.endswith(".py") else f"docs/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    settings = (PROJECT / "mkdocs.yml").read_text("utf-8")
    start, end = settings.index("nav:\n"), settings.index("exclude_docs:")
    (folder / "mkdocs.yml").write_text(settings[:start] + settings[end:], "utf-8")
    for name in ("kernel", "templates") if warm else ():
        kept = Path(built_before().name, ".cache", name)
        shutil.copytree(kept, folder / ".cache" / name)
    return folder


@functools.cache
def built_before() -> tempfile.TemporaryDirectory[str]:
    """Build a site once, for what a first build makes."""
    folder = tempfile.TemporaryDirectory(prefix="built-before-")
    page = {"index.md": "# A\n\n" + fence("print(1)")}
    build = run_mkdocs(make_project(Path(folder.name), page, warm=False), "build")
    assert build.returncode == 0, build.stdout
    return folder


@contextmanager
def publish(
    folder: Path, pages: dict[str, str], handler: type[QuietHandler] = QuietHandler
) -> Iterator[str]:
    """Build such a project with what runs code in it, serve it, and give the address."""
    project = make_project(folder, pages)
    (project / "site").mkdir()
    with serve(project / "site", handler=handler) as address:
        # Or else no navigation is instant.
        os.environ["SITE_URL"] = address
        try:
            build = run_mkdocs(project, "build", "--strict", pyodide=PYODIDE)
        finally:
            del os.environ["SITE_URL"]
        assert build.returncode == 0, build.stdout
        yield address
