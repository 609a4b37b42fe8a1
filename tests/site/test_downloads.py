"""What a page offers for download runs where only what it imports is installed."""

import os
import re
import subprocess
import urllib.parse
import urllib.request
import venv
from importlib.metadata import Distribution, distribution
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from packaging.requirements import Requirement
from project import COMPUTED, FILES, PROJECT, read_page, without_times
from subjects import subjects

EXECUTE = """
import sys
import nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, coalesce_streams=True).execute()
nbformat.write(notebook, sys.argv[1])
"""


def closure(*names: str) -> dict[str, Distribution]:
    """Find what must be installed for some distributions to work, themselves included."""
    found: dict[str, Distribution] = {}
    waiting = [*names]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = distribution(name)
        for requirement in map(Requirement, found[name].requires or []):
            if not requirement.marker or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)
    return found


def lesson_libraries() -> list[str]:
    """Read from our package's metadata what a reader must install for the lessons."""
    requirements = map(Requirement, distribution("linreg").requires or [])
    return [
        r.name
        for r in requirements
        if not r.marker or r.marker.evaluate({"extra": "lessons"})
    ]


@pytest.fixture(scope="module")
def fresh_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment: the lessons' libraries, Jupyter, and no more."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, symlinks=os.name != "nt")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    where = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.check_output(where, text=True).strip())
    for installed in closure(*lesson_libraries(), "nbclient", "ipykernel").values():
        for file in installed.files or []:
            top = packages / file.parts[0]
            if file.parts[0] != ".." and not top.exists():
                top.symlink_to(Path(str(installed.locate_file(file.parts[0]))))
    return python


def run_in(
    python: Path, *arguments: str, cwd: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the fresh environment's Python, out of reach of this one's settings."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [python, *arguments],
        cwd=cwd,
        env={**keep, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def download(
    site: Path, address: str, path: str, ending: str
) -> tuple[BeautifulSoup, str]:
    """Fetch the file with some ending through a page's own link; also give the page."""
    html = read_page(site, path)
    (link,) = (
        a["href"] for a in html.select("a[download]") if a["href"].endswith(ending)
    )
    url = urllib.parse.urljoin(address + path, link)
    with urllib.request.urlopen(url) as response:
        return html, response.read().decode()


def assert_printed(text: str, html: BeautifulSoup) -> None:
    """Compare what was printed, line by line, with all that a page shows as printed."""
    again, shown = text.rstrip().split("\n") if text.strip() else [], []
    for pre in html.select(".cell-output pre"):
        lines = pre.get_text().split("\n")
        if pre.find_parent(class_="measured"):
            here = slice(len(shown), len(shown) + len(lines))
            lines, again[here] = (
                list(map(without_times, part)) for part in (lines, again[here])
            )
        shown += lines
    assert again == shown


def test_the_fresh_environment_lacks_our_package_and_our_tools(fresh_python, tmp_path):
    for name in (*subjects(PROJECT), "mkdocs", "jupytext", "pytest"):
        run = run_in(fresh_python, "-c", f"import {name}", cwd=tmp_path)
        assert f"No module named '{name}'" in run.stderr


def test_what_the_lessons_hide_is_not_in_what_readers_get(site):
    found = 0
    for file in FILES:
        lesson = (PROJECT / "docs" / file).read_text("utf-8")
        claims = re.findall(
            r'^```python tags=\["claim"\]\n(.*?)^```', lesson, re.MULTILINE | re.DOTALL
        )
        (notebook,) = site.rglob(Path(file).with_suffix(".ipynb").name)
        cells = nbformat.read(notebook, as_version=4).cells
        sources = [cell.source for cell in cells]
        assert not [claim for claim in claims if claim.strip() in sources], file
        found += len(claims)
    assert found > 20


@pytest.mark.parametrize("path", COMPUTED)
def test_the_notebook_runs_and_prints_what_the_page_prints(
    path, site, address, fresh_python, tmp_path
):
    html, text = download(site, address, path, ".ipynb")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert "{{" not in "\n".join(prose)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    shown = [c.get_text().rstrip() for c in html.select(".cell-input code")]
    assert code == shown, "the notebook has other code than the page"

    file = tmp_path / "lesson.ipynb"
    file.write_text(text, "utf-8")
    run = run_in(fresh_python, "-c", EXECUTE, file.name, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    again = nbformat.read(file, as_version=4)
    streams = [
        output.text.rstrip()
        for cell in again.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream"
    ]
    assert_printed("\n".join(streams), html)
    assert [len(cell.get("outputs", [])) for cell in again.cells] == [
        len(cell.get("outputs", [])) for cell in notebook.cells
    ]


@pytest.mark.parametrize("path", COMPUTED)
def test_the_script_runs_and_prints_what_the_page_prints(
    path, site, address, fresh_python, tmp_path
):
    html, text = download(site, address, path, ".py")
    (tmp_path / "script.py").write_text(text, "utf-8")
    run = run_in(fresh_python, "script.py", cwd=tmp_path, MPLBACKEND="agg")
    assert run.returncode == 0, run.stderr
    assert_printed(run.stdout, html)
