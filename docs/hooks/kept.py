"""Shared. What a build keeps for the next one: whole, or not at all.

Goes in: a place in the cache, and how to make what belongs there. Comes out: its bytes. A file that
is damaged, say by a full disk, counts as missing; where nothing can be written, nothing is kept.
`Memory` keeps many small things in one file: what has been made of some text, and of nothing else.
"""

import hashlib
import importlib.metadata
import json
import logging
import os
import platform
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from names import packages_imported
from readers import closure, distributions

# Tools that no hook imports and no distribution offers: others look for them.
UNNAMED = ("brotli", "mkdocstrings-python", "ruff", "ziamath")
# Under what names distributions offer parts of a build.
PARTS = re.compile(r"mkdocs|markdown|jinja|pygments|babel|griffe|jupytext|nbconvert")

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


def hooks() -> list[str]:
    """List the texts of the hooks, each by its digest, and this Python."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    texts = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    return [platform.python_version(), *texts]


def tools() -> list[str]:
    """List what the hooks import and what MkDocs may load, and what those need, with versions."""
    files = Path(__file__).parent.glob("*.py")
    imported = set().union(*(packages_imported(f.read_text("utf-8")) for f in files))
    owners = [name for package in imported for name in distributions().get(package, [])]
    parts = [
        here.name
        for here in importlib.metadata.distributions()
        if any(PARTS.match(entry.group) for entry in here.entry_points)
    ]
    found = closure([*owners, *parts, *UNNAMED])
    return sorted(f"{name} {version}" for name, version in found.items())


def key_of(made_of: Any) -> str:
    """Name what is made of something: two things have one name only if they are made of the same."""
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()


class Memory:
    """What has been made of some text, until what makes it changes: the hooks, or a tool of theirs."""

    def __init__(self, path: Path) -> None:
        self.path, here = path, installed()
        by = {"hooks": hooks(), "installed": here}
        kept, self.old = json.loads(read_kept(path) or b"[{}, {}]")
        if not isinstance(kept, dict):  # as an earlier version of this file kept it
            kept = {}
        # To list what the tools need takes as long as a quick build takes altogether.
        is_same = kept.get("installed") == here
        self.by = {**by, "tools": kept["tools"] if is_same else tools()}
        if [kept.get("hooks"), kept.get("tools")] != [by["hooks"], self.by["tools"]]:
            self.old = {}
        self.is_new = self.by != kept
        self.used: dict[str, str] = {}

    @property
    def makers(self) -> str:
        """Describe what makes things of a text."""
        return json.dumps([self.by["hooks"], self.by["tools"]])

    def knows(self, made_of: Any) -> bool:
        """Tell whether something has been made before."""
        return key_of(made_of) in self.old

    def learn(self, path: Path) -> None:
        """Take over what another process has made for this build, if it has."""
        self.old |= json.loads(read_kept(path) or b"{}")

    def recall(self, made_of: Any, make: Callable[[], Any]) -> Any:
        """Give what has been made of something before, or make it. Both are plain JSON.

        The first part of what it is made of says what it is; the rest is all that `make` reads.
        """
        key = key_of(made_of)
        if key not in self.used:
            self.used[key] = self.old.get(key) or json.dumps(make())
        return json.loads(self.used[key])

    def keep(self) -> None:
        """Keep what this build has used, and no more."""
        if self.is_new or self.used.keys() != self.old.keys():
            write_kept(self.path, json.dumps([self.by, self.used]).encode())
