"""In the kernels. What is installed here by chance can't be imported, nor found by libraries that look for it.

Goes in: the names of modules. Comes out: a Python in which they are not there, as for a reader.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any


def hide(names: Iterable[str], distributions: Iterable[str]) -> None:
    """Let no module and no distribution of these names be found."""
    shown = [Without(finder, {*names}, {*distributions}) for finder in sys.meta_path]
    sys.meta_path[:] = shown


class Without:
    """A finder of modules that finds what another one does, but for some."""

    def __init__(self, finder: Any, names: set[str], distributions: set[str]) -> None:
        self.finder, self.names, self.distributions = finder, names, distributions

    def __getattr__(self, name: str) -> Any:
        return getattr(self.finder, name)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Find a module."""
        if name.partition(".")[0] in self.names:
            return None
        return self.finder.find_spec(name, path, target)

    def find_distributions(self, *arguments: Any, **options: Any) -> Iterator[Any]:
        """Find what is installed."""
        find = getattr(self.finder, "find_distributions", lambda *_, **__: ())
        for found in find(*arguments, **options):
            if (
                re.sub(r"[-_.]+", "-", found.name or "").lower()
                not in self.distributions
            ):
                yield found
