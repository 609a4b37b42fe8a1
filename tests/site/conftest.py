"""The built site, served as a reader gets it, and small sites of a test's own."""

import contextlib
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engines import launch
from filelock import FileLock
from fresh import make_fresh_python
from playwright.sync_api import Browser, Playwright, sync_playwright
from project import PROJECT, PYODIDE, SHIPPED, make_project, run_mkdocs, serve

# A project of its own, which test_second_subject.py puts beside ours.
collect_ignore = ["second"]


def pytest_report_header() -> str:
    """Say what will take long."""
    return "the lessons are built several times and read in a browser: some minutes"


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Start with what takes longest; trace no lines here, where the package is only read."""
    for item in items:
        if config.option.no_cov or not config.option.cov_source:
            break  # nothing is traced, and pytest-cov takes no marks then
        if item.path.is_relative_to(PROJECT / "tests/site"):
            item.add_marker("no_cover")
    items.sort(key=lambda item: item.get_closest_marker("first") is None)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Begin with the site when the first process begins with tests that do not read it."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    is_read = any("site" in getattr(i, "fixturenames", []) for i in session.items)
    if worker == "gw0" and is_read and not session.config.option.collectonly:
        base = session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]

        def begin() -> None:
            with contextlib.suppress(AssertionError):  # which who reads it will meet
                site_below(base)

        threading.Thread(target=begin, daemon=True).start()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site, which all processes of a test run share."""
    return site_below(tmp_path_factory.getbasetemp())


def site_below(base: Path) -> Path:
    """Build the site in the folder of a test run, unless that has it."""
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "site"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            part = folder.with_suffix(".part")
            command = ("build", "--strict", "--site-dir", str(part))
            build = run_mkdocs(PROJECT, *command, pyodide=PYODIDE, **SHIPPED)
            assert build.returncode == 0, build.stdout
            part.rename(folder)
            if ship := os.environ.get("SHIP"):  # what is tested is what is published
                shutil.copytree(folder, PROJECT / ship, dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The address under which the built site is served on this machine."""
    with serve(site) as address:
        yield address


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the site built as for its readers: it knows where it is published."""
    with serve(tmp_path) as address:
        monkeypatch.setenv("SITE_URL", address)
        build = run_mkdocs(PROJECT, "build", "--strict", "--site-dir", str(tmp_path))
        assert build.returncode == 0, build.stdout
        yield address


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives Chromium and Firefox."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A headless Chromium. Where there is none the test is skipped, except in CI."""
    browser = launch(playwright, "chromium")
    yield browser
    browser.close()


@pytest.fixture
def small_site(tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    """Make a project of some pages, with this project's pipeline and none of its lessons.

    The pages are given by name; names that end in .py become files of packages beside docs/.
    """

    return lambda pages: make_project(tmp_path, pages)


@pytest.fixture(scope="session")
def fresh_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment."""
    return make_fresh_python(tmp_path_factory.mktemp("fresh"))
