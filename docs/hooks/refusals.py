"""Shared. What is wrong with a lesson, and how it is said: `file:line: what, and what to do`.

Goes in: an error of a stage. Comes out: one line that leads to its place.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from mkdocs.exceptions import PluginError


class LessonError(Exception):
    """What is wrong with a lesson, and in which line of it."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


@contextmanager
def refusals_of(file: str) -> Iterator[None]:
    """Say in which file a lesson's error is, and stop the build with that."""
    try:
        yield
    except LessonError as error:
        raise PluginError(f"{file}:{error.line}: {error}") from error
