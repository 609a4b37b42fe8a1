"""Shared. What a build keeps for the next one: whole, or not at all.

Goes in: a place in the cache, and how to make what belongs there. Comes out: its bytes. A file that
is damaged, say by a full disk, counts as missing; where nothing can be written, nothing is kept.
"""

import hashlib
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

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
