"""Builds as a whole: what they refuse, what they keep, and what they leave behind."""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from types import SimpleNamespace

import pytest
from execution import cache_key, imported_by, limit
from fresh import closure, lesson_libraries
from kept import Memory, tools
from mkdocs.exceptions import PluginError
from notebooks import lesson_to_notebook
from packaging.requirements import Requirement
from project import PROJECT, embed, fence, run_mkdocs
from readers import python_of

REFERENCE = {
    "shapes/sizes.py": '"""Sizes."""\n\n\ndef half(x):\n    """Half."""\n    return x / 2\n'
}
REFUSED = {
    "two files for one page": (
        {"index.md": "# A\n", "b.md": "# B\n", "b/index.md": "# B\n"},
        "would be the same page: rename one of them",
    ),
    "Markdown by another name": (
        {"index.md": "# A\n", "b.markdown": "# B\n"},
        "b.markdown:1: a lesson is Markdown, in a file that ends in .md: rename this",
    ),
    "a notebook": (
        {"index.md": "# A\n", "b.ipynb": json.dumps({"cells": []})},
        "b.ipynb:1: a lesson is Markdown",
    ),
    "a glossary without entries": (
        {"index.md": "# A\n", "glossary.md": "# Glossary\n"},
        "glossary.md:1: there is no entry",
    ),
    "a style sheet that fetches": (
        {"index.md": "# A\n", "b.css": "a {\n  cursor: url(//lesson.example/a) }\n"},
        "b.css:2: //lesson.example/a would be fetched from another host",
    ),
    "a template that fetches": (
        {
            "index.md": "# A\n",
            "overrides/partials/comments.html": '<img src="https://lesson.example/a">',
        },
        "index.md:1: https://lesson.example/a would be fetched from another host, by a template",
    ),
    "an image from elsewhere": (
        {"index.md": "# A\n\n![a](https://lesson.example/a.png)\n"},
        "index.md:3: https://lesson.example/a.png would be fetched from another host: put",
    ),
    "a dead link of HTML": (
        {"index.md": "# A\n", "b/c.md": '# C\n\na <a href="../../d/">b</a>\n'},
        "b/c.md:3: ../../d/ leads nowhere",
    ),
    "a page of Markdown that HTML links to": (
        {"index.md": '# A\n\n<a href="b.md">b</a>\n', "b.md": "# B\n"},
        "index.md:3: b.md leads nowhere",
    ),
    "a reference that there is not": (
        {"index.md": "# Again\n\nA [b][gone], [a][]\n"},
        "index.md:3: there is no cross-reference target 'gone'",
    ),
    "every lesson that fails": (
        {
            "index.md": "# A\n\n" + fence("1 / 0"),
            "b.md": "# B\n\n" + fence("x = 1\n[][0]"),
        },
        "index.md:4: ZeroDivisionError: division by zero, at: 1 / 0\nb.md:5: IndexError",
    ),
    "the syntax of a package in the reference": (
        {"index.md": "# A\n\n::: shapes.wrong\n", "shapes/wrong.py": "def f(:\n"},
        "shapes/wrong.py:1: ",
    ),
}


def test_a_limit_that_is_no_number_is_told(small_site):
    project = small_site({"index.md": "# A\n"})
    settings = (project / "mkdocs.yml").read_text("utf-8")
    other = settings.replace("cell_seconds: 600", "cell_seconds: many")
    (project / "mkdocs.yml").write_text(other, "utf-8")
    build = run_mkdocs(project, "build")
    assert build.returncode != 0
    assert "mkdocs.yml: extra.cell_seconds is many: give a whole" in build.stdout
    for said in ("many", 0, 1.5, [1]):
        config = SimpleNamespace(extra={"cell_seconds": said})
        with pytest.raises(PluginError, match="give a whole number, such as 600"):
            limit(config, "cell_seconds", 600)


def test_limits_have_defaults(small_site):
    project = small_site({"index.md": "# A\n\n" + fence("x = 1")})
    settings = (project / "mkdocs.yml").read_text("utf-8")
    bare = "".join(x for x in settings.splitlines(True) if "  cell_" not in x)
    (project / "mkdocs.yml").write_text(bare, "utf-8")
    assert run_mkdocs(project, "build", "--strict").returncode == 0


@pytest.mark.parametrize(("pages", "message"), REFUSED.values(), ids=REFUSED)
def test_a_build_stops_with_file_and_line_for(pages, message, small_site):
    build = run_mkdocs(small_site(pages), "build", "--strict")
    assert build.returncode != 0
    ways = [message, "\n".join(reversed(message.split("\n")))]
    assert any(all(part in build.stdout for part in way.split("\n")) for way in ways), (
        build.stdout
    )
    assert "Traceback" not in build.stdout


def test_what_is_installed_beside_a_lessons_libraries_runs_nothing_again(small_site):
    project = small_site({"index.md": "# A\n\n" + fence("import numpy\n\nprint(1)")})
    beside = project / "beside"
    (beside / "other-1.0.dist-info").mkdir(parents=True)
    (beside / "other-1.0.dist-info/METADATA").write_text("Name: other\nVersion: 1.0\n")
    said = []
    for path in ("", str(beside)):
        environment = {**os.environ, "PYODIDE": "none", "PYTHONPATH": path}
        command = [sys.executable, "-m", "mkdocs", "build"]
        build = subprocess.run(
            command,
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert build.returncode == 0, build.stderr
        said.append(build.stderr)
    assert "Executing" in said[0] and "Executing" not in said[1]


def test_what_a_lesson_imports_and_that_needs_is_what_it_depends_on():
    used = python_of(["sklearn"])
    needed = closure("scikit-learn", "ipykernel", "nbclient").values()
    has = {f"{found.metadata['Name']} {found.version}" for found in needed}
    assert {*used.has} == {re.sub(r"[-_.]+(?=\S* )", "-", line).lower() for line in has}
    assert {"pandas", "pytest", "mkdocs"} <= {*used.hidden}
    assert not {"sklearn", "numpy", "scipy", "IPython"} & {*used.hidden}
    notebook, _ = lesson_to_notebook("# A\n\n" + fence("import sklearn"), Path())
    assert imported_by(notebook) == ["sklearn"]
    other = [*used.has[1:], "scikit-learn 0"]
    assert cache_key(notebook, used.has) != cache_key(notebook, other)


def test_the_tools_of_a_build_are_what_its_hooks_import_and_what_mkdocs_may_load():
    names = {line.split()[0] for line in tools()}
    needed = map(Requirement, distribution("linreg").requires or [])
    ours = {r.name for r in needed if "site" in str(r.marker) and not r.extras}
    ours -= {*lesson_libraries()}
    assert {"brotli", "jupytext", "mkdocs-material", "ziamath"} <= ours <= names
    assert {"mkdocstrings-python", "griffelib", "jinja2", "markdown"} <= names
    assert not {"pytest", "mypy", "hypothesis", "statsmodels", "selenium"} & names


def test_what_was_refused_is_run_again_and_damage_counts_as_missing(small_site):
    flag = "import pathlib\nif pathlib.Path('FLAG', 'flag').exists():\n    print('slow', file=sys.stderr)"
    project = small_site({"index.md": "# A\n\n$x^2$\n\nFLAGGED"})
    flagged = flag.replace("FLAG", str(project))
    lesson = (
        f"# A\n\n$x^2$\n\n{fence(f'import sys{chr(10)}print(1){chr(10)}{flagged}')}"
    )
    (project / "docs/index.md").write_text(lesson, "utf-8")
    (project / "flag").mkdir()
    refused = run_mkdocs(project, "build", "--strict")
    assert refused.returncode != 0 and "wrote to stderr: slow" in refused.stdout
    (project / "flag").rmdir()
    again = run_mkdocs(project, "build", "--strict")
    assert again.returncode == 0 and "Executing" in again.stdout
    font = (project / "site/assets/fonts/stix-two-math.woff2").read_bytes()
    kept = [
        path
        for path in (project / ".cache").rglob("*")
        if path.suffix in (".json", ".woff2")
    ]
    kept = [path for path in kept if "kernel" not in path.parts]
    assert len(kept) >= 2
    for path in kept:  # as a full disk leaves them
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    third = run_mkdocs(project, "build", "--strict")
    assert third.returncode == 0 and "Executing" in third.stdout
    assert not list((project / ".cache").rglob("*.part"))
    assert (project / "site/assets/fonts/stix-two-math.woff2").read_bytes() == font


def test_a_checkout_that_can_only_be_read_builds_elsewhere(
    small_site, tmp_path_factory
):
    if os.name == "nt" or (os.geteuid() == 0 and not shutil.which("setpriv")):
        pytest.skip("whoever runs this can write everywhere")
    project = small_site({"index.md": "# A\n\n" + fence("print(1)")})
    shutil.rmtree(project / ".cache")
    (project / ".cache").write_text("no folder")  # nobody can make one here
    target = tmp_path_factory.mktemp("target")
    build = run_mkdocs(project, "build", "--strict", "--site-dir", str(target))
    assert build.returncode == 0, build.stdout
    (project / "site").write_text("no folder")
    build = run_mkdocs(project, "build", "--strict")
    assert build.returncode != 0 and "Traceback" not in build.stdout
    assert "may this user write there" in build.stdout


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one processor runs one lesson")
def test_lessons_run_side_by_side(small_site):
    # Each goes on when the other has begun, so that one after the other they would run too long.
    wait = (
        "import time\nfrom pathlib import Path\n\nPath('{0}', 'MINE').touch()\n"
        "while not Path('{0}', 'OTHER').exists():\n    time.sleep(0.1)\n"
    )
    project = small_site({"index.md": "", "b.md": ""})
    for name, mine, other in (("index.md", "one", "two"), ("b.md", "two", "one")):
        code = wait.format(project).replace("MINE", mine).replace("OTHER", other)
        (project / "docs" / name).write_text(f"# A\n\n{fence(code)}", "utf-8")
    settings = (project / "mkdocs.yml").read_text("utf-8")
    settings = settings.replace("cell_seconds: 600", "cell_seconds: 60")
    (project / "mkdocs.yml").write_text(settings, "utf-8")
    build = run_mkdocs(project, "build", "--strict")
    assert build.returncode == 0, build.stdout


def test_whoever_has_no_home_builds_without_a_word_of_it(small_site, monkeypatch):
    draw = "import matplotlib.pyplot as plt\n\nplt.plot([1, 2])\nplt.show()"
    lesson = "# A\n\n" + fence(draw, caption="A line.", alt="It rises.")
    project = small_site({"index.md": lesson})
    shutil.rmtree(project / ".cache")
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR"):
        monkeypatch.delenv(name, raising=False)
    home = str(project / "mkdocs.yml" / "home")  # below a file nobody can make a folder
    build = run_mkdocs(project, "build", "--strict", HOME=home)
    assert build.returncode == 0, build.stdout
    assert [x for x in build.stdout.splitlines() if not x.startswith("INFO ")] == []


def test_the_revision_is_the_projects_own_and_says_what_is_new(small_site, tmp_path):
    project = small_site({"index.md": "# A\n\n" + fence("print(1)")})
    said = "import provenance, sys, pathlib; print(provenance.revision(pathlib.Path(sys.argv[1])))"

    def revision(**environment: str) -> str:
        where = {**os.environ, "PYTHONPATH": str(PROJECT / "docs/hooks"), **environment}
        command = [sys.executable, "-c", said, str(project)]
        run = subprocess.run(
            command, env=where, capture_output=True, text=True, check=True
        )
        return run.stdout.strip()

    def git(*command: str, folder: Path = project) -> None:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(
            ["git", *identity, *command], cwd=folder, check=True, capture_output=True
        )

    assert revision() == ""
    git("init", folder=tmp_path.parent)
    (tmp_path.parent / "other").write_text("x")
    git("add", "other", folder=tmp_path.parent)
    git("commit", "-m", "Something else", folder=tmp_path.parent)
    assert revision() == ""
    git("init")
    git("add", ".")
    git("commit", "-m", "A")
    assert revision() and "," not in revision()
    assert revision(GIT_DIR=str(tmp_path.parent / ".git")) == revision()
    (project / "docs/new.md").write_text("# New\n")
    assert revision().endswith(", with local changes")


REBUILD = """
import gc
from mkdocs.commands.build import build
from mkdocs.config import load_config

for _ in range(6):
    build(load_config("mkdocs.yml"))
gc.collect()
kinds = [type(thing).__name__ for thing in gc.get_objects()]
for kind in ("Environment", "Build", "ModulesCollection"):
    print(kind, kinds.count(kind))
"""
BOXES = '''"""Boxes."""

from dataclasses import dataclass


@dataclass
class Box:
    """A box."""

    side: float
'''


def test_rebuilding_keeps_no_build_alive(small_site):
    pages = {
        "index.md": "# A\n\n" + embed("from shapes.sizes import half"),
        **REFERENCE,
    }
    entries = "# R\n\n::: shapes.sizes\n\n::: shapes.boxes\n"
    project = small_site({**pages, "shapes/boxes.py": BOXES, "reference.md": entries})
    environment = {**os.environ, "PYODIDE": "none", "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-c", REBUILD]
    run = subprocess.run(
        command,
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    alive = dict(re.findall(r"^(\w+) (\d+)$", run.stdout, re.MULTILINE))
    # Of the theme's environments there is one for pages, one for the rest, and the new one.
    counts = {kind: int(number) for kind, number in alive.items()}
    assert counts["Environment"] <= 3, run.stdout
    assert 1 <= counts["Build"] <= 2 and 1 <= counts["ModulesCollection"] <= 2, (
        run.stdout
    )


KEPT = {
    "index.md": "# Home\n",
    "b.md": "# A\n\n"
    + embed("from shapes.sizes import half")
    + "The *size* of {{ half(3.0) }}.\n\n"
    + fence("print(half(1.0))\nx = 1", mark="x =")
    + fence(
        "import matplotlib.pyplot as plt\n\nplt.plot([1, 2])\nplt.show()",
        caption="A line of {{ half(6.0) }}.",
        alt="It rises.",
    ),
    "glossary.md": "# Glossary\n\nsize { #size }\n\n:   How large it is.\n",
    "reference.md": "# R\n\n::: shapes.sizes\n",
    "shapes/sizes.py": '"""Sizes."""\n\n\ndef half(x: float, of_what: str = "a long name", '
    'or_what: str = "another") -> float:\n    """Halve."""\n    return x / 2\n',
}
# What is edited, and what the page that shows it must hold then; one after the other.
KEPT_EDITS = {
    "code": ("docs/b.md", "half(1.0)", "half(9.0)", "b/index.html", "<pre>4.5</pre>"),
    "a mark": ("docs/b.md", 'mark="x ="', 'mark="print"', "b/index.html", 'hll">print'),
    "a caption": ("docs/b.md", "A line of", "One line of", "b/index.html", "<figcaption>One line of"),
    "an alternative": ("docs/b.md", "It rises", "It falls", "b/index.html", 'aria-label="It falls."'),
    "a figure": ("docs/hooks/figures.mplstyle", "5.8, 3.4", "3.6, 3.2", "b/index.html", 'viewBox="0 0 259'),
    "a package": ("shapes/sizes.py", "x / 2", "x / 2 + 1", "b/index.html", "<pre>5.5</pre>"),
    "a docstring": ("shapes/sizes.py", "Halve.", "Take half.", "reference/index.html", "Take half."),
    "a signature": ("shapes/sizes.py", "or_what", "and_what", "reference/index.html", "    and_what"),
    "the glossary": ("docs/glossary.md", "How large", "How big", "b/index.html", "How big it is."),
    "a hook": ("docs/hooks/figures.py", '"role": "img"', '"role": "img", "data-edited": "1"', "b/index.html", "data-edited"),
    "a hook that colours": ("docs/hooks/colours.py", 'cssclass="highlight"', 'cssclass="highlight edited"', "b/index.html", "highlight edited"),
    "a template": ("docs/overrides/partials/facts.html", "The site was built", "All was built", "b/index.html", "All was built"),
    "a template of the reference": (
        "docs/overrides/mkdocstrings/python/material/backlinks.html.jinja", "On these pages", "Shown on", "reference/index.html", "Shown on"
    ),
    "a script": ("docs/b.md", "The *size*", "Its *size*", "b/b.py", "# Its *size*"),
}  # fmt: skip


def test_whatever_is_kept_an_edit_to_what_it_is_made_of_shows(small_site):
    project = small_site(KEPT)
    assert run_mkdocs(project, "build").returncode == 0
    for what, (file, old, new, page, shown) in KEPT_EDITS.items():
        assert shown not in (project / "site" / page).read_text("utf-8"), what
        text = (project / file).read_text("utf-8")
        assert old in text, what
        (project / file).write_text(text.replace(old, new, 1), "utf-8")
        build = run_mkdocs(project, "build", "--strict")
        assert build.returncode == 0, build.stdout
        html = (project / "site" / page).read_text("utf-8")
        assert shown in html, what


def test_a_lesson_that_is_kept_is_refused_for_what_has_come_beside_it(small_site):
    code = "try:\n    import helper\nexcept ImportError:\n    pass"
    project = small_site({"index.md": "# A\n\n" + fence(code)})
    assert run_mkdocs(project, "build", "--strict").returncode == 0
    (project / "helper.py").write_text("x = 1\n")
    refused = run_mkdocs(project, "build", "--strict")
    assert refused.returncode != 0 and "readers don't have helper" in refused.stdout
    (project / "helper.py").unlink()
    assert run_mkdocs(project, "build", "--strict").returncode == 0
    (project / "shapes").mkdir()
    (project / "shapes/sizes.py").write_text("def f(:\n")
    for _ in range(2):  # what was refused is no more known than before
        refused = run_mkdocs(project, "build", "--strict")
        assert refused.returncode != 0 and "shapes/sizes.py:1: " in refused.stdout


def test_what_a_docstring_reaches_is_looked_up_in_every_build(small_site):
    entries = {"index.md": "# A\n\n::: shapes.sizes\n", "b.md": "# B\n"}
    code = '"""Sizes.\n\nSee [B](b.md).\n\n--8<-- "part.txt"\n"""\n'
    project = small_site({**entries, "shapes/sizes.py": code})
    (project / "part.txt").write_text("old words\n")
    assert run_mkdocs(project, "build", "--strict").returncode == 0
    (project / "part.txt").write_text("new words\n")
    assert run_mkdocs(project, "build", "--strict").returncode == 0
    assert "new words" in (project / "site/index.html").read_text("utf-8")
    (project / "docs/b.md").unlink()
    for _ in range(2):  # what was refused is no more known than before
        refused = run_mkdocs(project, "build", "--strict")
        assert refused.returncode != 0 and "'b.md'" in refused.stdout


def test_a_lesson_with_a_snippet_is_read_again_when_the_snippet_has_changed(small_site):
    project = small_site({"index.md": '# A\n\n--8<-- "part.txt"\n'})
    (project / "part.txt").write_text("words\n")
    assert run_mkdocs(project, "build", "--strict").returncode == 0
    (project / "part.txt").write_text("```python\nx = 1\n```\n")
    refused = run_mkdocs(project, "build", "--strict")
    assert "part.txt holds Python" in refused.stdout


def test_what_is_remembered_is_made_once_and_forgotten_when_nobody_asks(
    tmp_path, monkeypatch
):
    made = []

    def ask(*names: str) -> list[object]:
        memory = Memory(tmp_path / "made.json")
        told = [
            memory.recall(["a", name], lambda name=name: made.append(name) or [name])
            for name in names
        ]
        memory.keep()
        return told

    assert ask("x", "y") == [["x"], ["y"]] == ask("x", "y")
    assert made == ["x", "y"]
    ask("x")
    ask("x", "y")
    assert made == ["x", "y", "y"]
    # Something else has been installed: nothing is made anew until that is a tool of the build.
    monkeypatch.setattr("kept.installed", lambda: ["other-1.0.dist-info"])
    ask("x")
    assert made == ["x", "y", "y"]
    monkeypatch.setattr("kept.tools", lambda: ["mkdocs 0"])
    ask("x")
    assert made == ["x", "y", "y"]  # nothing has been installed since
    monkeypatch.setattr("kept.installed", lambda: ["mkdocs-0.dist-info"])
    ask("x")
    assert made == ["x", "y", "y", "x"]
    monkeypatch.setattr("kept.hooks", lambda: ["another text"])
    ask("x")
    made.pop()
    assert made == ["x", "y", "y", "x"]
    kept = tmp_path / "made.json"
    kept.write_bytes(kept.read_bytes()[:-5])
    ask("x")
    assert made == ["x", "y", "y", "x", "x"]
