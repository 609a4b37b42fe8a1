"""Shared. What the stages hand on to each other, in one object for each build.

Goes in: nothing. Comes out: `build_of(config)`, which every stage reads and adds to.
"""

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click
import nbformat
from kept import Memory
from meanwhile import Helpers
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel

if TYPE_CHECKING:
    from release import Distribution


def new_folder() -> TemporaryDirectory[str]:
    """Make a folder that lasts as long as the build."""
    return TemporaryDirectory(prefix="notebooks-")


@dataclass
class Build:
    """What the stages of one build have made so far."""

    root: Path  # the project's folder
    notebooks: dict[str, nbformat.NotebookNode] = field(default_factory=dict)
    folder: TemporaryDirectory[str] = field(default_factory=new_folder)
    obstacles: dict[str, list[str]] = field(default_factory=dict)
    distribution: "Distribution | None" = None
    helpers: Helpers = field(default_factory=Helpers)

    def __post_init__(self) -> None:
        """Remember what the build before has made."""
        self.memory = Memory(self.cache("made") / "made.json")

    def cache(self, name: str) -> Path:
        """Give the folder in which one stage keeps what it need not make again."""
        folder = self.root / ".cache" / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:  # a checkout that can only be read: nothing is kept
            folder = Path(self.folder.name, name)
            folder.mkdir(parents=True, exist_ok=True)
        return folder


def begin(config: MkDocsConfig) -> None:
    """Begin a build: from here on the settings carry its object."""
    config["build"] = Build(Path(config.config_file_path).parent)


def serving() -> dict[str, Any] | None:
    """Give what lasts from build to build under `mkdocs serve`, or None where nothing is served."""
    context = click.get_current_context(silent=True)
    return context.meta if context and context.info_name == "serve" else None


def pages_of(files: Files, config: MkDocsConfig) -> list[File]:
    """List the files that become pages: under `mkdocs serve`, drafts among them."""
    kind = (
        InclusionLevel.is_in_serve
        if serving() is not None
        else InclusionLevel.is_included
    )
    return list(files.documentation_pages(inclusion=kind))


def build_of(config: MkDocsConfig) -> Build:
    """Find the object of the build that some settings belong to."""
    build: Build = config["build"]
    return build
