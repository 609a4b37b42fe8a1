"""Shared. Which packages of ours there are: this is the one place that finds out.

Goes in: the project's folder. Comes out: the names of the packages beside `docs/` and `tests/`.
"""

import sys
from pathlib import Path

from reading import read_text

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
    """Describe all of our packages that a lesson's notebook depends on: what there is, and its text."""
    files = [
        path for name in subjects(root) for path in (root / name).rglob("*.py")
    ]
    others = [path.stem for path in root.iterdir() if is_ours(path.stem, root)]
    return [
        sorted(others),
        *sorted([str(path.relative_to(root)), read_text(path)] for path in files),
    ]


def is_ours(name: str, root: Path) -> bool:
    """Tell whether a package or module lies in the project, where no reader has it."""
    if not name.isidentifier() or name in sys.stdlib_module_names:
        return False
    return (root / f"{name}.py").is_file() or any((root / name).glob("**/*.py"))
