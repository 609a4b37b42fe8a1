"""The built site, served as a reader gets it, and small sites of a test's own."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, sync_playwright
from project import PROJECT, PYODIDE, run_mkdocs, serve


def pytest_report_header() -> str:
    """Say what will take long."""
    return "the lessons are built several times and read in a browser: some minutes"


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Start with what takes longest; trace no lines here, where the package is only read."""
    for item in items:
        if config.option.no_cov:
            break  # nothing is traced, and pytest-cov takes no marks then
        if item.path.is_relative_to(PROJECT / "tests/site"):
            item.add_marker("no_cover")
    items.sort(key=lambda item: item.get_closest_marker("first") is None)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site, which all processes of a test run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "site"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            part = folder.with_suffix(".part")
            command = ("build", "--strict", "--site-dir", str(part))
            build = run_mkdocs(PROJECT, *command, pyodide=PYODIDE)
            assert build.returncode == 0, build.stdout
            part.rename(folder)
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
def browser() -> Iterator[Browser]:
    """A headless Chromium. Where there is none the test is skipped, except in CI."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium found: CI must install one")
        pytest.skip("no Chromium found: install it to run the browser tests")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def small_site(tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    """Make a project of some pages, with this project's pipeline and none of its lessons.

    The pages are given by name; names that end in .py become files of packages beside docs/.
    """

    def make(pages: dict[str, str]) -> Path:
        for folder in ("hooks", "overrides", "assets"):
            shutil.copytree(PROJECT / "docs" / folder, tmp_path / "docs" / folder)
        for name, text in pages.items():
            path = tmp_path / (name if name.endswith(".py") else f"docs/{name}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        settings = (PROJECT / "mkdocs.yml").read_text("utf-8")
        start, end = settings.index("nav:\n"), settings.index("exclude_docs:")
        (tmp_path / "mkdocs.yml").write_text(settings[:start] + settings[end:], "utf-8")
        return tmp_path

    return make
