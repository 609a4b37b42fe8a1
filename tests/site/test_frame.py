"""The frame of a page: levels of headings, minutes, packages, and the ways to run it."""

import ast
import itertools
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from bs4 import BeautifulSoup
from frame import reading_time, with_minutes, without_skipped_levels
from project import LESSONS, PAGES, PROJECT, read_page, run_mkdocs

WORDS = "word " * 400


@pytest.mark.parametrize("path", PAGES)
def test_headings_skip_no_level_and_their_marks_are_no_tab_stops(path, site):
    page = read_page(site, path).select_one("article")
    levels = [int(tag.name[1]) for tag in page.select("h1, h2, h3, h4, h5, h6")]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))
    marks = page.select("a.headerlink")
    assert marks or path == ""
    assert all(mark["tabindex"] == "-1" for mark in marks)


@pytest.mark.parametrize(
    ("written", "levels"),
    [("12323", "12323"), ("1244", "1233"), ("133", "122"), ("1235524", "1234423")],
)
def test_a_heading_goes_right_below_the_one_it_belongs_to(written, levels):
    html = "".join(f'<h{n} id="a">A</h{n}>' for n in written)
    tags = BeautifulSoup(without_skipped_levels(html), "html.parser").find_all()
    assert "".join(tag.name[1] for tag in tags) == levels
    changed = [a != b for a, b in zip(written, levels, strict=True)]
    assert ["minor" in tag.get("class", []) for tag in tags] == changed


@pytest.mark.parametrize("path", PAGES)
def test_the_table_of_contents_shows_no_tex(path, site):
    for nav in read_page(site, path).select("nav"):
        assert "\\(" not in nav.get_text()


@pytest.mark.parametrize(
    ("html", "minutes"),
    [
        (f"<p>{WORDS}</p>", 2),
        ("<p>word</p>", 1),
        (f"<p>{WORDS}</p><details><p>{WORDS}</p></details>", 2),
        (f"<p>{WORDS}</p><details class='answer'><p>{WORDS}</p></details>", 4),
        (f"<p>{WORDS}</p><math><annotation>{WORDS}</annotation></math>", 2),
        (f"<p>{WORDS}<br>{WORDS}<img>{WORDS}</p>", 6),
        ("<div class='cell-input'><code>" + "a b c\n\n" * 60 + "</code></div>", 3),
        (f"<div class='cell-output'><pre>{WORDS}</pre></div><p>{WORDS}</p>", 2),
        (f"<p>{WORDS}</p><h2 id='practice'>Practice</h2><p>{WORDS}</p>", 2),
    ],
)
def test_the_minutes_are_for_what_a_reader_reads(html, minutes):
    assert reading_time(html) == (minutes, "practice" in html)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_and_every_list_of_pages_say_how_long_it_takes(path, site):
    page = read_page(site, path)
    (line,) = page.select(".reading-time") or [None]
    states_none = path in ("", "glossary/", "reference/")
    assert (line is None) == states_none
    if line:
        minutes = re.match(r"\d+ min", line.get_text())[0]
        assert (" + practice" in line.get_text()) == (path in LESSONS)
        for other in PAGES:
            links = read_page(site, other).select(
                "nav.md-nav--primary > ul a.md-nav__link"
            )
            (entry,) = {
                a.get_text(" ", strip=True)
                for a in links
                if a["href"][0] != "#" and target(other, a["href"]) == path
            }
            assert entry.endswith(minutes), entry


def target(page: str, href: str) -> str:
    """Tell which page a link of a page leads to."""
    parts = [part for part in page.split("/") if part]
    for part in href.partition("#")[0].split("/"):
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "".join(f"{part}/" for part in parts)


def test_a_path_shows_the_minutes_of_its_pages_and_their_sum():
    pages = {
        f"{name}/": SimpleNamespace(meta={"minutes": minutes} if minutes else {})
        for name, minutes in {"a": 7, "b": 13, "c": 20, "d": 0}.items()
    }
    mark = '<a class="headerlink" href="#x">¶</a>'
    path = (
        f'<h3 id="x">One{mark}</h3><ol><li><a href="a/">A</a> what</li><li><a href="b/#c">B</a></li></ol>'
        f'<h3>Two{mark}</h3><ul><li><a href="c/">C</a></li><li><a href="d/">D</a></li></ul>'
    )
    said = BeautifulSoup(with_minutes(path, "", pages), "html.parser")
    texts = [tag.get_text() for tag in said.select("h3, li")]
    assert texts == [
        "One20 min¶",
        "A7 min what",
        "B13 min",
        "Two20 min¶",
        "C20 min",
        "D",
    ]


@pytest.mark.parametrize("path", LESSONS)
def test_a_page_names_the_packages_that_its_code_imports(path, site):
    page = read_page(site, path)
    (script,) = (site / path).glob("*.py")
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(script.read_text("utf-8")))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in [getattr(node, "module", None) or node.names[0].name]
    } - sys.stdlib_module_names
    called = {"sklearn": "scikit-learn"}
    commands = [code.get_text() for code in page.select(".facts pre code")]
    assert commands[0] == " ".join(
        ["pip install", *sorted(called.get(name, name) for name in imported)]
    )
    assert commands[1].splitlines() == [
        "pip install jupyterlab",
        f"jupyter lab {script.stem}.ipynb",
    ]
    for link in page.select(".facts a[download]"):
        assert (site / path / link["href"]).is_file()
    said = page.select_one("article").get_text().count("What needs PyTorch")
    assert said == ("torch" in imported), "once a page"


NEEDY = {
    "index.md": "---\nhide: [code]\n---\n\n# Home\n\n```python\nprint(6 * 7)\n```\n",
    "needy.md": "# Needy\n\n```python\nimport numpy\nimport torch\n\nprint(6 * 7)\n```\n",
}


def test_colab_is_offered_where_it_finds_the_notebook(
    small_site: Callable[[dict[str, str]], Path], monkeypatch
):
    project = small_site(NEEDY)
    where = "https://colab.research.google.com/github/someone/lessons/blob/built/needy/needy.ipynb"
    for repository, branch, colab in (
        ("https://github.com/someone/lessons", "built", [where, where]),
        ("https://github.com/someone/lessons", "", []),
        ("https://example.org/someone/lessons", "built", []),
    ):
        monkeypatch.setenv("REPO_URL", repository)
        monkeypatch.setenv("NOTEBOOKS", branch)
        build = run_mkdocs(project, "build")
        assert build.returncode == 0, build.stdout
        page = BeautifulSoup(
            (project / "site/needy/index.html").read_bytes(), "html.parser"
        )
        links = page.select(".facts a, .reading-time a")
        assert [a["href"] for a in links if "colab" in a["href"]] == colab


def test_the_workflow_puts_the_notebooks_where_colab_is_sent(
    small_site: Callable[[dict[str, str]], Path],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch,
):
    workflow = yaml.safe_load(
        (PROJECT / ".github/workflows/site.yml").read_text("utf-8")
    )
    (shipped,) = (
        step["env"] for step in workflow["jobs"]["test"]["steps"] if "env" in step
    )
    branch = re.search(r"'([\w-]+)'", shipped["SHIP_NOTEBOOKS"])[1]
    publish = workflow["jobs"]["notebooks"]
    (put,) = (step["run"] for step in publish["steps"] if "run" in step)
    assert publish["permissions"]["contents"] == "write"

    monkeypatch.setenv("REPO_URL", "https://github.com/someone/lessons.git")
    monkeypatch.setenv("NOTEBOOKS", branch)
    project = small_site(NEEDY)
    build = run_mkdocs(project, "build")
    assert build.returncode == 0, build.stdout

    # The repository on its host, and the clones in which the workflow runs.
    folder = tmp_path_factory.mktemp("host")
    monkeypatch.setenv("GITHUB_SHA", "0123456789")

    def run(commands: str, where: str = ".") -> None:
        subprocess.run(["bash", "-euc", commands], cwd=folder / where, check=True)

    run("git init --quiet --bare host && git clone --quiet host first")
    run(
        "git switch --quiet --create main && echo '*.ipynb' > .gitignore && git add . && "
        "git -c user.name=a -c user.email=a@b commit --quiet --message one && "
        "git push --quiet origin main",
        "first",
    )
    for clone in ("second", "third"):  # what the third puts takes the second's place
        run(f"git clone --quiet --branch main host {clone}")
        run(f"tar --create --file artifact.tar --directory {project}/site .", clone)
        run(put, clone)
    listed = ["git", "-C", str(folder / "host"), "ls-tree", "-r", "--name-only", branch]
    found = subprocess.run(listed, check=True, capture_output=True, text=True)
    notebooks = {
        path.relative_to(project / "site").as_posix()
        for path in project.glob("site/**/*.ipynb")
    }
    assert notebooks and set(found.stdout.split()) == notebooks
    page = read_page(project / "site", "needy")
    (link, *_) = (a["href"] for a in page.select(".facts a") if "colab" in a["href"])
    _, _, file = link.partition(f"/github/someone/lessons/blob/{branch}/")
    assert file in notebooks


def test_a_page_may_show_what_its_code_prints_and_not_the_code(small_site):
    project = small_site(NEEDY)
    build = run_mkdocs(project, "build")
    assert build.returncode == 0, build.stdout
    page = BeautifulSoup((project / "site/index.html").read_bytes(), "html.parser")
    assert page.select_one(".cell .cell-output").get_text() == "42"
    assert not page.select(".cell-input, article .cell pre code, [data-run], .run-page")
    links = [a["href"] for a in page.select(".facts a[download]")]
    assert links == ["index.ipynb", "index.py"]
    assert "print(6 * 7)" in (project / "site/index.py").read_text("utf-8")


@pytest.mark.parametrize("repository", ["", "https://example.org/someone/lessons/"])
def test_home_says_where_the_repository_is_once_the_site_knows(
    repository, small_site: Callable[[dict[str, str]], Path], monkeypatch
):
    text = "# Home\n\nIn a clone of\nthe repository, run this. So much for the repository.\n"
    project = small_site({"index.md": text})
    monkeypatch.setenv("REPO_URL", repository)
    build = run_mkdocs(project, "build")
    assert build.returncode == 0, build.stdout
    html = BeautifulSoup((project / "site/index.html").read_bytes(), "html.parser")
    said = html.select_one("article p")
    links = [a["href"] for a in said.select("a")]
    where = repository.rstrip("/")
    assert links == [where] * bool(repository)
    assert (f"git clone {where}" in said.get_text()) is bool(repository)
