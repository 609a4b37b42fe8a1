"""Shared. What another process makes for a build that is busy, or waits, with something else.

Goes in: a function of a hook that keeps what it makes, and what to call it with. Comes out: nothing, but
that the same call in the build then finds it made. Should the other process fail, the build makes it.
"""

import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

HOOKS = str(Path(__file__).parent)


class Helpers:
    """The processes that work for one build, and end with it."""

    def __init__(self) -> None:
        self.running: list[subprocess.Popen[bytes]] = []
        weakref.finalize(self, end, self.running)

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


def end(processes: list[subprocess.Popen[bytes]]) -> None:
    """End processes that nobody has waited for."""
    for process in processes:
        process.kill()
        process.wait()
