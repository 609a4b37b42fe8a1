"""Shared. The distribution of Pyodide: where it comes from, and what of it the site ships.

Goes in: a folder, an address, or the pinned release; and what the cells import. Comes out: the files
to ship, and the lock that tells a browser of them.
"""

import gzip
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from definitions import source_of
from kept import write_whole

RELEASE = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/"
LOCK = "pyodide-lock.json"
# Of the release's core; of its wheels the lock states the same.
CORE = {
    LOCK: "9c45b916001a750f4102fc287494f3eab215909c7535c626a20db80fd6333e2c",
    "pyodide.mjs": "04c052c815abb0bf2981fa38c2dfa58e3120ee5288c956df2b2a15e301782c5f",
    "pyodide.asm.js": "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51",
    "pyodide.asm.wasm": "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f",
    "python_stdlib.zip": "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16",
}
PACKED = ("pyodide.asm.js", "pyodide.asm.wasm")  # not every server would compress them
SECONDS = 5  # to wait for an answer: a build must not hang without a network
ROOM = "assets/run/"
HOOKS = Path(__file__).parent


@dataclass
class Distribution:
    """What readers' browsers load: files by their name on the site, and where they lie there."""

    files: dict[str, Path]
    lock: str
    lock_name: str  # changes with what it says, so that no cache holds an older one
    target: str


def is_address(source: str) -> bool:
    """Tell whether a source is to be downloaded, rather than a folder that is there."""
    return source.startswith(("http://", "https://"))


def folder_of(source: str, cache: Path) -> Path:
    """Say where the files of a source lie, or will lie when they are downloaded."""
    return cache / f"pyodide-{CORE[LOCK][:8]}" if is_address(source) else Path(source)


def lock_of(folder: Path, imported: set[str]) -> dict[str, Any]:
    """Read a distribution's lock, as far as what is imported goes."""
    text = (folder / LOCK).read_text("utf-8")
    try:
        return trimmed(json.loads(text), imported)
    except (ValueError, KeyError) as error:
        raise ValueError(f"{folder / LOCK} is no lock of Pyodide") from error


def is_whole(file: Path, digest: str) -> bool:
    """Tell whether a file is there, and what it should be."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest() == digest
    except OSError:
        return False


def missing(folder: Path, imported: set[str]) -> dict[str, str]:
    """List what is still to be downloaded, with digests; of wheels, once the lock is there."""
    wanted = dict(CORE)
    if is_whole(folder / LOCK, CORE[LOCK]):
        packages = lock_of(folder, imported)["packages"].values()
        wanted |= {package["file_name"]: package["sha256"] for package in packages}
    return {n: d for n, d in wanted.items() if not is_whole(folder / n, d)}


def download(
    source: str, folder: Path, imported: set[str], say: Callable[[str], object]
) -> None:
    """Download what is missing, checked, and say how far it is."""
    if not missing(folder, imported):
        return
    import pooch  # slow to import, needed only to download

    pooch.get_logger().setLevel("ERROR")
    done = 0
    while wanted := missing(folder, imported):
        name, digest = next(iter(wanted.items()))
        (folder / name).unlink(missing_ok=True)
        pooch.retrieve(
            source.rstrip("/") + "/" + name,
            f"sha256:{digest}",
            name,
            folder,
            downloader=pooch.HTTPDownloader(timeout=SECONDS),
        )
        done += (folder / name).stat().st_size
        say(f"Fetched {name}: {done / 1e6:.0f} MB, {len(wanted) - 1} files to go")


def trimmed(lock: dict[str, Any], imported: set[str]) -> dict[str, Any]:
    """Leave in a lock only the packages that are imported, and what they depend on."""
    packages = lock["packages"]
    waiting = [n for n in packages if imported & set(packages[n]["imports"])]
    kept: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in kept:
            kept.add(name)
            waiting += packages[name]["depends"]
    return {**lock, "packages": {name: packages[name] for name in sorted(kept)}}


def prepare(folder: Path, lock: dict[str, Any], cache: Path) -> Distribution:
    """Gather what the site ships, with the sizes that a reader is told of before loading."""
    names = [package["file_name"] for package in lock["packages"].values()]
    files = {name: folder / name for name in [*CORE, *names] if name != LOCK}
    for name in PACKED:
        files[f"{name}.packed"] = packed(files.pop(name), cache / "pyodide-packed")
    text = json.dumps(
        {
            **lock,
            "sizes": {name: file.stat().st_size for name, file in files.items()},
            "runner": HOOKS.parent.joinpath(ROOM, "runner.py").read_text("utf-8"),
            "figures": part_of("figures.py", "inline_svg"),
            "choices": part_of("choices.py", "adapted"),
            "style": HOOKS.joinpath("figures.mplstyle").read_text("utf-8"),
        },
        separators=(",", ":"),
    )
    name = f"lock-{hashlib.sha256(text.encode()).hexdigest()[:8]}.json"
    return Distribution(files, text, name, f"assets/pyodide-{lock['info']['version']}/")


def part_of(file: str, name: str) -> str:
    """Take out of a hook what a browser needs of it, too."""
    return source_of(name, (HOOKS / file).read_text("utf-8"))


def packed(path: Path, cache: Path) -> Path:
    """Compress a file, and keep that for the next build."""
    original = path.read_bytes()
    kept = cache / f"{hashlib.sha256(original).hexdigest()}.packed"
    if not kept.exists():
        write_whole(kept, gzip.compress(original, mtime=0))
    return kept
