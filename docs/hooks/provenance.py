"""Beside the stages. Each page says what computed it."""

import functools
import os
import subprocess
from pathlib import Path
from typing import Any

from cells import code_cells
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import get_build_date
from state import build_of


def on_page_context(
    context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation
) -> dict[str, Any]:
    """Hand the facts about a page to its template."""
    notebook = build_of(config).notebooks[page.file.src_uri]
    context["facts"] = {
        "has_code": bool(code_cells(notebook)),
        "run": notebook.metadata.run,
        "built": get_build_date(),
        "revision": revision(build_of(config).root),
    }
    return context


@functools.cache
def revision(root: Path) -> str:
    """Name the commit that a build is made from, and say if files differ from it or are new.

    A repository that only happens to lie around the project says nothing about it.
    """
    try:
        git(root, "ls-files", "--error-unmatch", "mkdocs.yml")
        commit = git(root, "describe", "--always")
        return commit + ", with local changes" * bool(git(root, "status", "-s", "."))
    except (OSError, subprocess.CalledProcessError):
        return ""


def git(root: Path, *command: str) -> str:
    """Ask git about a folder, whatever repository the environment names."""
    environment = {n: v for n, v in os.environ.items() if not n.startswith("GIT_")}
    return subprocess.run(
        ["git", "-C", str(root), *command],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    ).stdout.strip()
