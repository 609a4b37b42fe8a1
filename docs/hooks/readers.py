"""Shared. The Python that a page's readers have: what the page imports, what that needs, and no more.

Goes in: what a page imports. Comes out: what of it is installed here, by version; and which modules are
here by chance, beside it. Lessons don't see those: some libraries do otherwise where others are.
"""

import functools
import importlib.metadata
import re
from collections.abc import Iterable
from typing import NamedTuple

from packaging.requirements import Requirement

# What runs a lesson, and hands on what it puts out.
RUNNERS = ("ipykernel", "nbclient")


class Python(NamedTuple):
    """A Python as a page has it."""

    has: list[str]  # such as "numpy 2.1"
    hidden: list[str]  # modules, such as "_pytest"
    without: list[str]  # what they belong to, such as "pytest"


def python_of(imported: Iterable[str]) -> Python:
    """Describe the Python of whoever installs what a page imports."""
    names = [name for module in imported for name in distributions().get(module, [])]
    found = closure([*names, *RUNNERS])
    beside = {
        module: owners
        for module, owners in distributions().items()
        if module.isidentifier() and not found.keys() & set(map(plain, owners))
    }
    without = {plain(owner) for owners in distributions().values() for owner in owners}
    has = sorted(f"{name} {version}" for name, version in found.items())
    return Python(has, sorted(beside), sorted(without - found.keys()))


@functools.cache
def distributions() -> dict[str, list[str]]:
    """Map each library that is here to what it may be called when it is installed."""
    return dict(importlib.metadata.packages_distributions())  # reads what every one has


def closure(names: Iterable[str]) -> dict[str, str]:
    """Find what some distributions need, themselves included, as far as it is here: names and versions."""
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(name, "") for name in names]
    while waiting:
        name, extra = waiting.pop()
        if (plain(name), extra) in seen:
            continue
        seen.add((plain(name), extra))
        try:
            found[plain(name)], needs = version_and_needs(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # of another system, or none that pip knows
        for needed in needs:
            if not needed.marker or needed.marker.evaluate({"extra": extra}):
                waiting += [(needed.name, part) for part in ["", *needed.extras]]
    return found


@functools.cache
def version_and_needs(name: str) -> tuple[str, list[Requirement]]:
    """Read which version of a distribution is here, and what it needs."""
    here = importlib.metadata.distribution(name)
    return here.version, [*map(Requirement, here.requires or [])]


def plain(name: str) -> str:
    """Write the name of a distribution as all its spellings are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()
