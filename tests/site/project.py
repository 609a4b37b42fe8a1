"""The project whose site is tested: where it is, which pages it has, how to run mkdocs on it."""

import os
import subprocess
import sys
from pathlib import Path

import yaml

PROJECT = Path(__file__).parents[2]
NAV = yaml.load((PROJECT / "mkdocs.yml").read_text("utf-8"), yaml.BaseLoader)["nav"]
FILES = [file for entry in NAV for file in entry.values()]
PAGES = [file.removesuffix("index.md").replace(".md", "/") for file in FILES]
LESSONS = [page for page in PAGES if page.startswith("lessons/")]
COMPUTED = ["", *LESSONS]  # the pages that have cells


def run_mkdocs(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run mkdocs on a project; standard output and error come together."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", *arguments],
        cwd=project,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
