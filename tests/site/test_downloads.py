"""What a page offers for download runs without our package and prints what the page prints."""

import os
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

import nbclient
import nbformat
import pytest
from bs4 import BeautifulSoup
from conftest import PAGES


def download(address: str, path: str, ending: str) -> tuple[BeautifulSoup, str]:
    """Fetch a page, and from it the file with some ending, through the page's own link."""
    with urllib.request.urlopen(address + path) as response:
        html = BeautifulSoup(response.read(), "html.parser")
    (link,) = (
        a["href"] for a in html.select("a[download]") if a["href"].endswith(ending)
    )
    url = urllib.parse.urljoin(address + path, link)
    with urllib.request.urlopen(url) as response:
        return html, response.read().decode()


def printed_on(html: BeautifulSoup) -> str:
    """Join all that a page shows as printed."""
    return "\n".join(pre.get_text() for pre in html.select(".cell-output pre"))


def without_linreg(folder: Path) -> None:
    """Let `import linreg` fail for whatever runs in a folder."""
    (folder / "linreg.py").write_text("raise ImportError('readers have no linreg')")


@pytest.mark.parametrize("path", PAGES)
def test_the_notebook_runs_and_prints_what_the_page_prints(path, address, tmp_path):
    html, text = download(address, path, ".ipynb")
    without_linreg(tmp_path)
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert "{{" not in "\n".join(prose)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    shown = [c.get_text().rstrip() for c in html.select(".cell-input code")]
    assert code == shown, "the notebook has other code than the page"
    before = [cell.get("outputs") for cell in notebook.cells]
    client = nbclient.NotebookClient(
        notebook, resources={"metadata": {"path": tmp_path}}, coalesce_streams=True
    )
    client.execute()
    streams = [
        output.text.rstrip()
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream"
    ]
    assert "\n".join(streams) == printed_on(html)
    assert [len(o or []) for o in before] == [
        len(cell.get("outputs") or []) for cell in notebook.cells
    ]


@pytest.mark.parametrize("path", PAGES)
def test_the_script_runs_and_prints_what_the_page_prints(path, address, tmp_path):
    html, text = download(address, path, ".py")
    without_linreg(tmp_path)
    (tmp_path / "script.py").write_text(text, "utf-8")
    run = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        env={**os.environ, "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.rstrip() == printed_on(html)
