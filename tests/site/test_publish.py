"""What the workflow publishes is the site that the tests have read, and nothing built again."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from project import PROJECT, make_project

PIPELINE = ("conftest.py", "engines.py", "fresh.py", "project.py")
ADDRESSES = {
    "SHIP_SITE_URL": "https://lesson.example/regression/",
    "SHIP_REPO_URL": "https://github.com/somebody/regression",
    "SHIP_EDIT_URI": "edit/main/docs/",
    "SHIP_NOTEBOOKS": "notebooks",
}


@pytest.mark.parametrize(
    "holds", [True, pytest.param(False, marks=pytest.mark.thorough)]
)
def test_a_run_of_tests_leaves_the_site_that_it_has_read(holds, tmp_path):
    lesson = "# A\n\nClone the repository: {{ 1 + 1 }}.\n"
    project = make_project(tmp_path / "project", {"index.md": lesson})
    with (project / "mkdocs.yml").open("a") as settings:
        settings.write("\nnav:\n  - Home: index.md\n")
    (project / "tests/site").mkdir(parents=True)
    for name in PIPELINE:
        shutil.copy(PROJECT / "tests/site" / name, project / "tests/site")
    shutil.copy(PROJECT / "pyproject.toml", project)
    (project / "tests/site/test_read.py").write_text(
        "import os, pathlib\n\n\ndef test_read(site):\n"
        "    html = (site / 'index.html').read_text()\n"
        f"    assert 'repository: 2.' not in html and {holds}\n"
        "    pathlib.Path(os.environ['READ']).write_text(html)\n"
    )
    ours = {
        "PATH": os.environ["PATH"],
        "PYODIDE": "none",
        "READ": str(tmp_path / "read"),
    }
    command = [sys.executable, "-m", "pytest", "-n0", "-p", "no:cacheprovider"]
    run = subprocess.run(
        command,
        cwd=project,
        env={**ours, "HOME": str(tmp_path), "SHIP": "site", **ADDRESSES},
        capture_output=True,
        text=True,
        check=False,
    )
    # Of a run that fails the workflow goes no further.
    assert (run.returncode == 0) is holds, run.stdout
    if holds:
        shipped = (project / "site/index.html").read_text("utf-8")
        assert shipped == (tmp_path / "read").read_text("utf-8")
        assert f'<link rel="canonical" href="{ADDRESSES["SHIP_SITE_URL"]}">' in shipped
        assert "git clone https://github.com/somebody/regression" in shipped
        edit = "https://github.com/somebody/regression/edit/main/docs/index.md"
        assert edit in shipped


def test_the_workflow_publishes_what_one_run_of_the_tests_has_left():
    workflow = (PROJECT / ".github/workflows/site.yml").read_text("utf-8")
    jobs = yaml.load(workflow, yaml.BaseLoader)["jobs"]
    assert (
        sum(
            run.get("ships") == "true"
            for run in jobs["test"]["strategy"]["matrix"]["include"]
        )
        == 1
    )
    steps = jobs["test"]["steps"]
    (proof,) = (step for step in steps if step.get("run") == ".ci/run")
    (upload,) = (s for s in steps if "upload-pages-artifact" in s.get("uses", ""))
    assert steps.index(proof) < steps.index(upload) and upload["if"] == "matrix.ships"
    assert f"'{upload['with']['path']}'" in proof["env"]["SHIP"]
    assert {*proof["env"]} == {"HYPOTHESIS_PROFILE", "SHIP", *ADDRESSES}
    publish = jobs["publish"]
    assert publish["needs"] == "test" and [s.get("run") for s in publish["steps"]] == [
        None
    ]
    assert publish["steps"][0]["uses"].startswith("actions/deploy-pages@")
    assert Path(PROJECT, ".ci/run").stat().st_mode & 0o100


def test_only_ci_runs_the_thorough_tests():
    collect = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n0"]
    asked = shlex.join([*collect, "tests/site/test_mutation.py"])
    script = Path(PROJECT, ".ci/run").read_text("utf-8")
    (prepared,) = re.findall(r"^export PYTEST_ADDOPTS=.*", script, re.MULTILINE)
    own = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    here, there = (
        subprocess.check_output(["bash", "-c", command], cwd=PROJECT, env=own).decode()
        for command in (asked, f"{prepared}\n{asked}")
    )
    name = "test_everything_that_depends_on_a_change_moves_and_nothing_else"
    assert name not in here and name in there
