"""What a page offers for download runs where only what it imports is installed."""

import re
import urllib.parse
import urllib.request
from pathlib import Path

import jupytext
import nbformat
import pytest
from bs4 import BeautifulSoup
from fresh import run_in
from project import (
    COMPUTED,
    FILES,
    LESSONS,
    PAGES,
    PROJECT,
    cases_of,
    read_page,
    without_times,
)
from subjects import subjects

EXECUTE = """
import sys
import nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, coalesce_streams=True).execute()
nbformat.write(notebook, sys.argv[1])
"""


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
def test_notebook_and_script_hold_the_pages_code_and_no_other(path, site, address):
    # That this code runs where only the libraries are, and prints what the page shows, is
    # proven for every page by test_copy.py, which runs it there.
    html, text = download(site, address, path, ".ipynb")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert "{{" not in "\n".join(prose)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    shown = [c.get_text().rstrip() for c in html.select(".cell-input code")]
    if hides_its_code(path):  # readers get it nowhere but in the downloads
        assert code and not shown
    else:
        assert code == shown, "the notebook has other code than the page"
    _, text = download(site, address, path, ".py")
    cells = jupytext.reads(text, fmt="py:percent").cells
    assert [cell.source for cell in cells if cell.cell_type == "code"] == code


def hides_its_code(path: str) -> bool:
    """Tell whether a page shows what its cells draw and not the cells."""
    lesson = (PROJECT / "docs" / FILES[PAGES.index(path)]).read_text("utf-8")
    return re.search(r"^hide: \[.*\bcode\b", lesson, re.MULTILINE) is not None


@pytest.fixture(scope="module")
def shortest(site) -> str:
    """The page with the least code among those of the lessons: run as a download of each kind."""
    return min(COMPUTED[1:], key=lambda path: len(code_of_page(site, path)))


def code_of_page(site: Path, path: str) -> str:
    """Join the code that a page shows."""
    cells = read_page(site, path).select(".cell-input code")
    return "\n".join(cell.get_text() for cell in cells)


def test_a_notebook_runs_and_prints_what_its_page_prints(
    shortest, site, address, fresh_python, tmp_path
):
    html, text = download(site, address, shortest, ".ipynb")
    notebook = nbformat.reads(text, as_version=4)
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


# It is the code that the copy buttons give, which runs in every run of the tests.
@pytest.mark.parametrize(
    "path",
    cases_of({path: "" if path == LESSONS[1] else "deeper" for path in COMPUTED}),
)
def test_a_script_runs_where_our_style_is_not_and_prints_what_its_page_prints(
    path, site, address, fresh_python, tmp_path
):
    html, text = download(site, address, path, ".py")
    (tmp_path / "script.py").write_text(text, "utf-8")
    run = run_in(fresh_python, "script.py", cwd=tmp_path, MPLBACKEND="agg")
    assert run.returncode == 0, run.stderr
    assert_printed(run.stdout, html)
