"""A second package with a lesson of its own needs no change to a hook, a test or a setting."""

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from project import PROJECT, PYODIDE
from subjects import subjects

SECOND = Path(__file__).parent / "second"
# What proves a page of its own, by the page's name, and what proves all packages together.
PROOFS = "odds or public or embedded or docstrings or is_the_packages_text"


@pytest.fixture(scope="module")
def project(site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, with a package, a lesson, an entry of each list, and tests put beside its own."""
    folder = tmp_path_factory.mktemp("both")
    ignored = shutil.ignore_patterns("second", "__pycache__")
    for part in PROJECT.iterdir():
        if part.name in (".git", ".venv", "site"):
            continue
        copy = shutil.copytree if part.is_dir() else shutil.copy
        copy(
            part,
            folder / part.name,
            **({"ignore": ignored} if part.is_dir() and part.name == "tests" else {}),
        )
    for part in ("logreg", "tests/logreg"):
        shutil.copytree(SECOND / part, folder / part)
    shutil.copy(SECOND / "docs/lessons/odds.md", folder / "docs/lessons")
    for name in ("glossary.md", "reference.md"):
        with (folder / "docs" / name).open("a", encoding="utf-8") as file:
            file.write((SECOND / "docs" / name).read_text("utf-8"))
    settings = (folder / "mkdocs.yml").read_text("utf-8")
    line = "  - Glossary: glossary.md\n"
    assert line in settings
    settings = settings.replace(line, f"  - Odds: lessons/odds.md\n{line}")
    (folder / "mkdocs.yml").write_text(settings, "utf-8")
    return folder


def run_in(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a tool in the project, as if nobody else ran tests beside it."""
    # Or else it would take the site that other processes of this test run share.
    own = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=project,
        env=own,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.first
@pytest.mark.thorough
def test_it_is_executed_shown_copied_downloaded_linked_and_run(project):
    assert subjects(project) == ["linreg", "logreg"]
    run = run_in(
        project, "pytest", "-n0", "-q", "-rA", "-m", "", "tests/site", "-k", PROOFS
    )
    assert run.returncode == 0, run.stdout + run.stderr
    lines = run.stdout.splitlines()
    passed = {line.rpartition("::")[2] for line in lines if line[:7] == "PASSED "}
    for proof in (
        "test_what_the_copy_buttons_give_runs_and_prints_what_the_page_shows[lessons/odds/]",
        "test_notebook_and_script_hold_the_pages_code_and_no_other[lessons/odds/]",
        "test_what_pages_show_from_the_package_is_the_packages_text",
        "test_everything_public_has_an_entry_with_its_explanation",
        "test_embedded_names_lead_to_their_entries_and_entries_back",
        "test_every_term_that_a_page_introduces_is_defined[lessons/odds/]",
        *["test_every_run_button_gives_what_the_page_shows[lessons/odds/]"]
        * (PYODIDE != "none"),
    ):
        assert proof in passed


@pytest.mark.thorough
def test_its_types_are_checked_and_its_lines_counted(project):
    with (project / "logreg/odds.py").open("a") as file:
        file.write("\n\ndef wrong(x: int) -> str:\n    return x\n")
    said = run_in(project, "mypy").stdout
    assert "logreg/odds.py" in said and "return-value" in said
    said = run_in(project, "pytest", "-n0", "-q", "tests/logreg", "--cov").stdout
    assert "logreg/odds.py" in said and "linreg/data.py" in said
    assert "docs/hooks" not in said


def test_it_is_in_the_wheel(project, tmp_path):
    build = (
        "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    )
    subprocess.run([sys.executable, "-c", build, tmp_path], cwd=project, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = {Path(name).parts[0] for name in zipfile.ZipFile(wheel).namelist()}
    version = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"][
        "version"
    ]
    assert names == {"linreg", "logreg", f"linreg-{version}.dist-info"}


def test_nothing_but_lists_of_content_was_changed_for_it(project):
    changed = [
        path.relative_to(project).as_posix()
        for path in project.rglob("*")
        if path.is_file()
        and not {".cache", ".git"} & {*path.relative_to(project).parts}
        and (PROJECT / path.relative_to(project)).is_file()
        and (PROJECT / path.relative_to(project)).read_bytes() != path.read_bytes()
    ]
    ours = [
        name
        for name in changed
        if not any(kept in name for kept in ("_cache", "__pycache__", ".coverage"))
    ]
    assert sorted(ours) == ["docs/glossary.md", "docs/reference.md", "mkdocs.yml"]
    with (
        (PROJECT / "mkdocs.yml").open() as before,
        (project / "mkdocs.yml").open() as after,
    ):
        one, both = (yaml.load(file, yaml.BaseLoader) for file in (before, after))
    assert {key for key in both if both[key] != one[key]} == {"nav"}
