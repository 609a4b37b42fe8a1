"""Shared. What a build keeps for the next one: whole, or not at all.

Goes in: a place in the cache, and how to make what belongs there. Comes out: its bytes. A file that
is damaged, say by a full disk, counts as missing; where nothing can be written, nothing is kept.
`Memory` keeps many small things in one file: what has been made of some text, and of nothing else.
"""

import hashlib
import json
import logging
import os
import platform
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

log = logging.getLogger("mkdocs.plugins.kept")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place and rename it: whoever reads it never reads half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_kept(path: Path, content: bytes) -> None:
    """Keep some bytes, with a digest by which damage shows."""
    try:
        write_whole(
            path, hashlib.sha256(content).hexdigest().encode() + b"\n" + content
        )
    except OSError as error:
        log.info("Nothing is kept for the next build: %s", error)


def read_kept(path: Path) -> bytes | None:
    """Read what is kept at a place, if it is there and as it was written."""
    try:
        digest, _, content = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest().encode() == digest else None


def keep(path: Path, make: Callable[[], bytes]) -> bytes:
    """Read what is kept at a place, or make it and keep it there."""
    content = read_kept(path)
    if content is None:
        content = make()
        write_kept(path, content)
    return content


def installed() -> list[str]:
    """List what is installed: folders' names bear the versions, and are quick to list."""
    folders = (
        folder for entry in sys.path for folder in Path(entry).glob("*.dist-info")
    )
    return sorted({folder.name for folder in folders})


def makers() -> str:
    """Describe what makes things of a text: this Python, what is installed, and the hooks."""
    hooks = sorted(Path(__file__).parent.glob("*.py"))
    texts = [hashlib.sha256(hook.read_bytes()).hexdigest() for hook in hooks]
    return json.dumps([platform.python_version(), installed(), texts])


class Memory:
    """What has been made of some text, until what makes it changes."""

    def __init__(self, path: Path) -> None:
        self.path, self.makers = path, makers()
        by, self.old = json.loads(read_kept(path) or b'["", {}]')
        if by != self.makers:
            self.old = {}
        self.used: dict[str, str] = {}

    def recall(self, made_of: Any, make: Callable[[], Any]) -> Any:
        """Give what has been made of something before, or make it. Both are plain JSON.

        The first part of what it is made of says what it is; the rest is all that `make` reads.
        """
        key = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()
        if key not in self.used:
            self.used[key] = self.old.get(key) or json.dumps(make())
        return json.loads(self.used[key])

    def keep(self) -> None:
        """Keep what this build has used, and no more."""
        if self.used.keys() != self.old.keys():
            write_kept(self.path, json.dumps([self.makers, self.used]).encode())
