"""Stage 1. A lesson, which is Markdown, becomes a notebook that runs without our packages.

Goes in: the text of each page. Comes out: its notebook, in `build_of(config).notebooks`, in which
embeds are written out and every value of the prose stands in a hidden cell that computes it.
The work itself is in `notebooks.py`; where there is much of it, another process does a part.
"""

import contextlib
import itertools
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
from embedding import checked_packages
from front_matter import refuse_missing_looks
from mkdocs.config.config_options import Hooks
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.livereload import LiveReloadServer
from mkdocs.structure.files import Files
from notebooks import all_needed, forget, lesson_to_notebook, made_of
from reading import read_text
from refusals import LessonError, refusals_of, stop_with_place
from state import Build, begin, build_of, pages_of, serving
from subjects import described

# So many letters of lessons take longer to read than another Python to start.
MANY_LETTERS = 250_000


def on_config(config: MkDocsConfig) -> None:
    """Begin a build, and let `mkdocs serve` load the hooks afresh at its next one."""
    begin(config)
    Hooks._load_hook.cache_clear()
    here = str(Path(__file__).parent)
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(here):
            del sys.modules[name]


def on_build_error(error: Exception) -> None:
    """Say where an error is that no stage has put into words."""
    stop_with_place(error, "")


def on_post_build(config: MkDocsConfig) -> None:
    """Keep for the next build what this one has made."""
    build_of(config).memory.keep()
    forget()


def on_serve(
    server: LiveReloadServer, config: MkDocsConfig, builder: Callable[..., None]
) -> LiveReloadServer:
    """Remember who watches files."""
    if (session := serving()) is not None:
        session["server"] = server
    return server


def on_pre_build(config: MkDocsConfig) -> None:
    """Say at once, and not after a minute of building, that `mkdocs serve` could not serve."""
    session = serving()
    if session is None or "served" in session:
        return
    session["served"] = True
    host, port = config.dev_addr
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Abort(
                f"{host}:{port} can't be served: {error.strerror}. Is another server there? "
                f"Take another port: mkdocs serve --dev-addr {host}:{port + 1}"
            ) from error


@all_needed()
def on_files(files: Files, config: MkDocsConfig) -> None:
    """Make each page's notebook, which stands for the page from here on."""
    build = build_of(config)
    places: dict[str, str] = {}
    packages = described(build.root)
    build.memory.recall(["packages", packages], lambda: checked_packages(build.root))
    pages = pages_of(files, config)
    ahead = begin_to_read_ahead(
        [Path(config.docs_dir, page.src_uri) for page in pages], packages, build
    )
    for index, file in enumerate(pages):
        if index == ahead:
            build.helpers.wait()
            build.memory.learn(ahead_of(build))
        with refusals_of(file.src_uri):
            if not file.src_uri.endswith(".md"):
                raise LessonError(
                    1,
                    "a lesson is Markdown, in a file that ends in .md: rename this, or have "
                    "jupytext --to md make it of this",
                )
            if other := places.get(file.dest_uri):
                raise LessonError(
                    1, f"{other} would be the same page: rename one of them"
                )
            places[file.dest_uri] = file.src_uri
            text = read_text(Path(config.docs_dir, file.src_uri))
            refuse_missing_looks(text, config.theme.dirs)
            notebook, embedded = remembered_notebook(text, packages, build)
        notebook.metadata.lesson = file.src_uri
        build.notebooks[file.src_uri] = notebook
        config.watch += [str(build.root / package) for package in embedded]
    if server := (serving() or {}).get("server"):
        for path in config.watch:
            server.watch(path)  # a package that an edit has brought in, among others


def remembered_notebook(
    text: str, packages: list[list[str]], build: Build
) -> tuple[nbformat.NotebookNode, list[str]]:
    """Turn a lesson into its notebook, unless that is known for the same lesson and packages."""
    notebook, embedded = build.memory.recall(
        made_of(text, packages, build.root),
        lambda: lesson_to_notebook(text, build.root),
    )
    return nbformat.from_dict(notebook), embedded


def begin_to_read_ahead(
    paths: list[Path], packages: list[list[str]], build: Build
) -> int:
    """Let another process read the last of many lessons that are news; say with which of them it begins."""
    news = []
    for path in paths:
        with contextlib.suppress(LessonError):  # told when it is read
            text = read_text(path)
            is_known = build.memory.knows(made_of(text, packages, build.root))
            news.append(0 if is_known else len(text))
    if sum(news) < MANY_LETTERS or len(news) < len(paths):
        return len(paths)
    # It takes a while to begin, and gets the smaller part.
    so_far = itertools.accumulate(news)
    first = next(n for n, size in enumerate(so_far, 1) if size > 0.6 * sum(news))
    if rest := paths[first:]:
        build.helpers.call("notebooks.read_ahead", rest, build.root, ahead_of(build))
    return first


def ahead_of(build: Build) -> Path:
    """Say where notebooks lie that have been made ahead."""
    return Path(build.folder.name, "ahead.json")
