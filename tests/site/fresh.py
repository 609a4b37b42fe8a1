"""A Python with what the lessons import, and nothing else: neither our package nor our tools."""

import os
import subprocess
import venv
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement


def closure(*names: str) -> dict[str, Distribution]:
    """Find what must be installed for some distributions to work, themselves included."""
    found: dict[str, Distribution] = {}
    waiting = [*names]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = distribution(name)
        for requirement in map(Requirement, found[name].requires or []):
            if not requirement.marker or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)
    return found


def lesson_libraries() -> list[str]:
    """Read from our package's metadata what a reader must install for the lessons."""
    requirements = map(Requirement, distribution("linreg").requires or [])
    return [
        r.name
        for r in requirements
        if not r.marker or r.marker.evaluate({"extra": "lessons"})
    ]


def make_fresh_python(folder: Path) -> Path:
    """Make a fresh environment: the lessons' libraries, Jupyter, and no more."""
    venv.create(folder, symlinks=os.name != "nt")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    where = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.check_output(where, text=True).strip())
    for installed in closure(*lesson_libraries(), "nbclient", "ipykernel").values():
        for file in installed.files or []:
            top = packages / file.parts[0]
            if file.parts[0] != ".." and not top.exists():
                top.symlink_to(Path(str(installed.locate_file(file.parts[0]))))
    return python


def run_in(
    python: Path, *arguments: str, cwd: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the fresh environment's Python, out of reach of this one's settings."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [python, *arguments],
        cwd=cwd,
        env={**keep, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
