"""Shared. What another process makes for a build that is busy, or waits, with something else.

Goes in: a function of a hook that keeps what it makes, and what to call it with. Comes out: nothing, but
that the same call in the build then finds it made. Should the other process fail, the build makes it.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

HOOKS = str(Path(__file__).parent)


class Helpers:
    """The processes that work for one build."""

    def __init__(self) -> None:
        self.running: list[subprocess.Popen[bytes]] = []

    def call(self, function: str, *arguments: Any) -> None:
        """Call a function, such as `mathematics.font_subset`, with texts and paths in a Python of its own."""
        module, _, name = function.partition(".")
        code = (
            f"import sys; sys.path.insert(0, {HOOKS!r}); from pathlib import *; "
            f"from {module} import {name}; {name}(*{arguments!r})"
        )
        self.running.append(
            subprocess.Popen(
                [sys.executable, "-c", code],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )

    def wait(self) -> None:
        """Let them finish."""
        while self.running:
            self.running.pop().wait()

    def __del__(self) -> None:
        """End those that nobody has waited for: their build is over."""
        for process in self.running:
            process.kill()
            process.wait()
