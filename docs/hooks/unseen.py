"""In the kernels. Cells that nobody sees, claims and values, leave nothing behind for those that are seen.

Goes in: a kernel's IPython. Comes out: the same, in which such cells have their names to themselves. What
all code of a process shares is put back after them; and they say so on stderr where they change what a
reader's code has made, which a reader would not have.
"""

import builtins
import contextlib
import decimal
import hashlib
import importlib
import io
import os
import pickle
import random
import re
import sys
import types
import warnings
import zlib
from pathlib import Path
from typing import Any

# What such a cell ends with, and what its output begins with if it has changed something.
UNSEEN = "\n# a cell that nobody sees"
VALUES = (
    "\n# for the prose, to which readers' names say what they say to readers" + UNSEEN
)
CHANGED = "what readers have made is changed here: "
# Libraries whose state is put back.
FIRST_IMPORT = r"^\s*(?:import|from) (numpy|torch|matplotlib|sklearn)\b"
# IPython's own names, which every cell changes.
ITS_OWN = re.compile(r"_+|_i+\d*|_\d+|_[dio]h|_exit_code|In|Out|exit|quit|get_ipython")


class Watch:
    """Remembers what there was before a cell that nobody sees."""

    def __init__(self, shell: Any) -> None:
        self.names: dict[str, Any] = shell.user_ns
        self.unseen: dict[str, Any] = {}
        self.seen: dict[str, Any] = {}
        self.before: dict[str, str] = {}
        self.after: dict[str, str] = {}
        self.parts: dict[str, Any] = {}
        self.shared = contextlib.ExitStack()
        shell.events.register("pre_run_cell", self.begin)
        shell.events.register("post_run_cell", self.end)

    def begin(self, info: Any) -> None:
        """Give the cell what others like it have bound, unless a reader's cell has bound it since."""
        if not info.raw_cell.endswith(UNSEEN):
            self.after = {}
            return
        last = self.seen
        self.seen = {n: v for n, v in self.names.items() if not ITS_OWN.fullmatch(n)}
        for name, value in self.seen.items():
            if name not in last or value is not last[name]:
                self.unseen.pop(name, None)
        # Right after another cell like it, all is as that has left it.
        self.before = self.after or states(self.seen)
        for name in re.findall(FIRST_IMPORT, info.raw_cell, re.MULTILINE):
            importlib.import_module(name)  # now, or else nobody knows its state before
        self.shared = put_back_later()
        self.parts = parts_of(self.seen)
        self.names.update(self.unseen)
        if info.raw_cell.endswith(VALUES):
            self.names.update(self.seen)

    def end(self, result: Any) -> None:
        """Take away what the cell has bound, and say what it has changed."""
        if not result.info.raw_cell.endswith(UNSEEN):
            return
        for name, value in [*self.names.items()]:
            is_new = name not in self.seen or self.seen[name] is not value
            if is_new and not ITS_OWN.fullmatch(name):
                self.unseen[name] = self.names.pop(name)
        self.names.update(self.seen)
        self.shared.close()
        self.after = states(self.seen)
        changed = [n for n, state in self.before.items() if state != self.after[n]]
        changed += exchanged(self.parts, parts_of(self.seen))
        if changed:
            sys.stderr.write(f"{CHANGED}{', '.join(changed)}\n")


def parts_of(names: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Note what imported modules consist of."""
    return {
        name: dict(vars(module))
        for name, module in names.items()
        if isinstance(module, types.ModuleType)
    }


def exchanged(
    before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]
) -> list[str]:
    """List the functions and classes of modules in whose place stands one from elsewhere, or no longer."""
    return [
        f"{name}.{part}"
        for name, parts in before.items()
        for part, value in parts.items()
        if (other := after[name].get(part, value)) is not value
        and callable(value)
        and callable(other)
        and any(is_foreign(one, parts["__name__"]) for one in (value, other))
    ]


def is_foreign(value: Any, module: str) -> bool:
    """Tell whether something comes from elsewhere: libraries exchange their own parts now and then."""
    home = str(getattr(value, "__module__", None) or module)
    return home.split(".")[0] != module.split(".")[0]


def put_back_later() -> contextlib.ExitStack:
    """Note what all code of a process shares; closing what is returned puts it back."""
    later = contextlib.ExitStack()
    later.enter_context(warnings.catch_warnings())
    later.callback(os.environ.update, dict(os.environ))
    later.callback(os.environ.clear)
    later.callback(os.chdir, Path.cwd())
    later.callback(random.setstate, random.getstate())
    later.callback(sys.path.__setitem__, slice(None), list(sys.path))
    later.callback(sys.setrecursionlimit, sys.getrecursionlimit())
    later.callback(decimal.setcontext, decimal.getcontext().copy())
    later.callback(vars(builtins).update, dict(vars(builtins)))
    if numpy := sys.modules.get("numpy"):
        later.callback(numpy.random.set_state, numpy.random.get_state())
        later.callback(numpy.set_printoptions, **numpy.get_printoptions())
        later.callback(numpy.seterr, **numpy.geterr())
    if torch := sys.modules.get("torch"):
        later.callback(torch.set_rng_state, torch.get_rng_state())
        later.callback(torch.set_default_dtype, torch.get_default_dtype())
        later.callback(torch.set_grad_enabled, torch.is_grad_enabled())
        printing = vars(torch._tensor_str.PRINT_OPTS)
        later.callback(printing.update, dict(printing))
    if matplotlib := sys.modules.get("matplotlib"):
        backend = matplotlib.rcParams["backend"]
        later.callback(matplotlib.rcParams.update, backend=backend)
        later.enter_context(matplotlib.rc_context())  # all but the backend
    if sklearn := sys.modules.get("sklearn"):
        later.callback(sklearn.set_config, **sklearn.get_config())
    return later


def states(names: dict[str, Any]) -> dict[str, str]:
    """Describe what each name holds, and the files that are there, so that a change shows."""
    files = sorted(map(described, Path().rglob("*")))
    with warnings.catch_warnings(action="ignore"):
        own = {name: digest(value) for name, value in names.items()}
    return own | {"the files": str(files)}


def described(path: Path) -> tuple[str, int, int]:
    """Describe a file so that a change shows."""
    return str(path), path.stat().st_size, path.stat().st_mtime_ns


def digest(value: Any) -> str:
    """Describe what a thing holds in a few letters, without copying its arrays."""
    if isinstance(value, types.ModuleType):
        return value.__name__
    if isinstance(value, types.FunctionType):  # most keep nothing that could change
        own = [value.__dict__, value.__defaults__, value.__kwdefaults__]
        return " ".join([value.__qualname__, *map(digest, filter(None, own))])
    written = io.BytesIO()
    buffers: list[pickle.PickleBuffer] = []
    try:
        Writer(written, 5, buffer_callback=buffers.append).dump(value)
    except Exception:  # noqa: BLE001 - what can't be pickled says why in its own way
        return repr(value)
    found = hashlib.sha1(written.getbuffer(), usedforsecurity=False).hexdigest()
    return " ".join([found, *(str(zlib.crc32(buffer.raw())) for buffer in buffers)])


class Writer(pickle.Pickler):
    """Writes down what a thing holds, whatever it is, to be compared and never read."""

    def reducer_override(self, thing: Any) -> Any:
        """Write in other words what pickle refuses, and what is another each time that it is looked at."""
        kind = type(thing)
        if kind.__module__ == "numpy":  # of whose numbers there are many
            if kind.__name__ == "ufunc":  # which pickle would look for everywhere
                return str, (thing.__name__,)
            if kind.__name__ == "flatiter":
                return str, (thing.index, digest(thing.base))
            return NotImplemented
        if kind.__module__.startswith("matplotlib"):
            return str, (kind.__name__,)
        if torch := sys.modules.get("torch"):
            if isinstance(thing, torch.Generator):
                return str, (digest(thing.get_state().numpy()),)
            if isinstance(thing, torch.Tensor):
                letters = (
                    thing.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
                )
                grad = thing.grad if thing.is_leaf else None
                return str, (str(thing.shape), digest(letters.numpy()), digest(grad))
        if isinstance(thing, types.ModuleType | types.FunctionType):
            return str, (digest(thing),)
        if isinstance(thing, staticmethod | classmethod):
            return str, (digest(thing.__func__),)
        if isinstance(thing, property):
            return str, (*map(digest, (thing.fget, thing.fset, thing.fdel)),)
        if isinstance(thing, types.GeneratorType):
            return str, (thing.gi_frame and thing.gi_frame.f_lasti,)
        if isinstance(thing, type) and thing.__module__ == "__main__":
            own = [v for n, v in sorted(vars(thing).items()) if n[:2] != "__"]
            return str, (thing.__qualname__, *map(digest, own))
        if isinstance(thing, io.IOBase):
            return str, (thing.closed or (thing.seekable() and thing.tell()),)
        return NotImplemented
