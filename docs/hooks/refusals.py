"""Shared. What is wrong with a lesson, and how it is said: `file:line: what, and what to do`.

Goes in: an error of a stage. Comes out: one line that leads to its place.
"""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mkdocs.exceptions import Abort, MkDocsException, PluginError

log = logging.getLogger("mkdocs.plugins.refusals")
HOOKS = Path(__file__).parent


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
    except Exception as error:  # which no stage foresaw
        stop_with_place(error, file)
        raise


def stop_with_place(error: Exception, page: str) -> None:
    """Say of an error that no stage foresaw where it is, in one line, and stop the build."""
    if isinstance(error, MkDocsException):
        return  # which MkDocs itself says in one line
    log.error(explained(error, page))
    raise Abort(
        "Aborted: see the line above. MkDocs shows more with --verbose."
    ) from error


def explained(error: Exception, page: str) -> str:
    """Turn an error into `file:line: what, and what to do`."""
    if isinstance(error, LessonError):
        return f"{page}:{error.line}: {error}"
    if isinstance(error, OSError) and error.filename:
        hint = "may this user write there, and is there room?"
        if isinstance(error, FileNotFoundError):
            hint = "something leads to it, and it is not there"
        return f"{error.filename}: {error.strerror}: {hint}"
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).parent == HOOKS]
    last = (own or frames)[-1]
    where = f"{Path(last.filename).name}:{last.lineno}"
    said = f"{type(error).__name__}: {error}"
    return f"{page or where}: {said} (in {where}: a fault of the pipeline, or a case it forgot)"
