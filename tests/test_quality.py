"""The code that readers see, and the code that shows it, is kept clean by tools."""

import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = {
    "ruff finds nothing to mend": ["ruff", "check", "."],
    "the code is formatted": ["ruff", "format", "--check", "."],
    "the types hold": ["mypy"],
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_that(command):
    project = Path(__file__).parents[1]
    run = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
