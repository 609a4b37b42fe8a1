"""Shared. Which packages of ours there are: this is the one place that finds out.

Goes in: the project's folder. Comes out: the names of the packages beside `docs/` and `tests/`.
"""

import sys
from pathlib import Path

from reading import read_text
from refusals import refusals_of

OTHERS = {"build", "dist", "docs", "site", "tests"}  # folders that are no subject


def subjects(root: Path) -> list[str]:
    """List the packages that lessons may embed from."""
    return sorted(
        folder.name
        for folder in root.iterdir()
        if folder.name.isidentifier()
        and folder.name not in OTHERS
        and any(folder.glob("*.py"))
    )


def described(root: Path) -> list[list[str]]:
    """Describe all that a lesson's notebook depends on beside the lesson: packages and their texts."""
    texts = []
    for package in subjects(root):
        for path in sorted((root / package).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            with refusals_of(name):
                texts.append([name, read_text(path)])
    names = (path.stem for path in root.iterdir())
    return [sorted(name for name in names if is_ours(name, root)), *texts]


def is_ours(name: str, root: Path) -> bool:
    """Tell whether a package or module lies in the project, where no reader has it."""
    if not name.isidentifier() or name in sys.stdlib_module_names:
        return False
    whole = root / name
    usual = whole / "__init__.py", root / f"{name}.py"  # found without a search
    return any(path.is_file() for path in usual) or (
        whole.is_dir() and any(whole.glob("**/*.py"))
    )
