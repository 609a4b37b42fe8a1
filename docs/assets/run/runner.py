"""Runs the cells of pages in the reader's browser. `worker.js` loads it, and calls `run`.

Each page has a namespace of its own. What a cell finds when it runs is what the cells above it
left, as often as it runs: the state before each cell is kept, and put back.
"""

import ast
import builtins
import io
import json
import linecache
import logging
import os
import random
import re
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from choices import adapted

STYLE = Path("/home/pyodide/figures.mplstyle")
FILES = Path("/home/pyodide/files")  # where cells find what readers hand over
FILES.mkdir(exist_ok=True)
os.chdir(FILES)
sys.path.insert(0, str(STYLE.parent))  # no longer where Python is
os.environ |= {"MPLBACKEND": f"module://{__name__}", "MATPLOTLIBRC": str(STYLE)}
SMALL = 1_000_000  # bytes; a larger array is kept as it is, not as a copy
ENDS = 5  # how many calls a long traceback shows at each end
MOST_SHAPES = 2_000_000  # letters of SVG; a larger figure would hold up the page

Send = Callable[[str, str], None]
pages: dict[str, tuple[dict[str, Any], list[Callable[[], None]]]] = {}
send: Send
drawn = 0


class Stream(io.TextIOBase):
    """Hands on what is printed, as it is printed."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def write(self, text: str) -> int:
        """Hand on some text."""
        if text:
            send(self.kind, text)
        return len(text)


def run(
    page: str, at: int, name: str, source: str, keep: bool, send_to: Send
) -> dict[str, Any]:
    """Run a cell after the first `at` of its page; unless `keep`, undo then what it did."""
    global send, drawn
    send, drawn = send_to, 0
    sys.stdout, sys.stderr = Stream("out"), Stream("err")
    names, states = names_before(page, at)
    file = f"<cell {name} of {page}>"
    lines = source.splitlines(keepends=True)
    linecache.cache[file] = len(source), None, lines, file
    started = time.perf_counter()
    result: dict[str, Any] = {"error": "", "marks": []}
    try:
        value = execute(source, file, names)
        show()
        if value is not None and not drawn:
            print(repr(value))
        after = [remember(names)] if keep else []
    except BaseException as error:  # noqa: BLE001, a cell may raise what it likes
        result |= describe(error, file, page)
        close_figures()
    result["seconds"] = time.perf_counter() - started
    if keep:
        del states[at + 1 :]
        if not result["error"]:
            states += after
    elif len(states) > at:
        states[-1]()
    return result


def names_before(page: str, at: int) -> tuple[dict[str, Any], list[Callable[[], None]]]:
    """Put a page's names back to what its first `at` cells left; give them, and all that is kept."""
    if page not in pages:
        names: dict[str, Any] = {"__name__": "__main__"}
        pages[page] = names, [remember(names)]
    names, states = pages[page]
    states[at]()
    return names, states


def choose(page: str, at: int, source: str, options: str, known: str) -> str:
    """Give a cell of choices what is new in the dictionary that the cells above it have left."""
    names, _ = names_before(page, at)
    try:
        entries = json.loads(json.dumps(names[options], allow_nan=False))
        source = adapted(source, entries, json.loads(known))
    except (
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
    ):  # of a reader's own making
        entries = None
    return json.dumps({"source": source, "entries": entries})


def execute(source: str, file: str, names: dict[str, Any]) -> Any:
    """Run some code; if its last line is an expression, return the value."""
    tree = ast.parse(source, file)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        exec(compile(tree, file, "exec"), names)  # noqa: S102, this is what it is for
        return None
    exec(compile(ast.Module(tree.body[:-1], []), file, "exec"), names)  # noqa: S102
    return eval(compile(ast.Expression(last.value), file, "eval"), names)


def remember(names: dict[str, Any]) -> Callable[[], None]:
    """Keep what names stand for, and the contents of what can change; return what restores it."""
    kept = dict(names)
    contents = [how for value in kept.values() if (how := contents_of(value))]
    contents.append(partial(random.setstate, random.getstate()))
    if numpy := sys.modules.get("numpy"):
        state = numpy.random.get_state()
        contents.append(partial(numpy.random.set_state, state))

    def restore() -> None:
        names.clear()
        names.update(kept)
        for put_back in contents:
            put_back()

    return restore


def contents_of(value: Any) -> Callable[[], None] | None:
    """Copy what can change in place, one level deep; return what puts it back."""
    numpy = sys.modules.get("numpy")
    if numpy and isinstance(value, numpy.random.RandomState):
        return partial(value.set_state, value.get_state())
    if isinstance(value, random.Random):
        return partial(value.setstate, value.getstate())
    if numpy and isinstance(value, numpy.random.Generator):
        return partial(setattr, value.bit_generator, "state", value.bit_generator.state)
    if type(value) is list:
        return partial(value.__setitem__, slice(None), value.copy())
    if type(value) in (dict, set):
        return partial(refill, value, value.copy())
    if type(value).__name__ == "ndarray" and value.nbytes < SMALL:
        return partial(value.__setitem__, ..., value.copy())
    return None


def refill(value: Any, contents: Any) -> None:
    """Give a dictionary or a set the contents that it had."""
    value.clear()
    value.update(contents)


def describe(error: BaseException, file: str, page: str) -> dict[str, Any]:
    """Write a traceback of the reader's lines only; list them, each with its cell."""
    calls: list[str] = []
    marks: list[tuple[str, int]] = []
    frames = [
        (f.filename, f.lineno, f.name)
        for f in traceback.extract_tb(error.__traceback__)
    ]
    if isinstance(error, SyntaxError) and error.filename == file:
        frames = [(file, error.lineno, "<module>")]
    for name, line, function in frames:
        cell = re.fullmatch(rf"<cell (\S+) of {re.escape(page)}>", name)
        if cell and line:
            marks.append((cell[1], line))
            where = "Line" if name == file else f"In cell {cell[1]}, line"
            inside = "" if function == "<module>" else f", in {function}"
            calls.append(
                f"{where} {line}{inside}:\n    {linecache.getline(name, line).strip()}\n"
            )
    if len(calls) > 2 * ENDS:
        between = f"… and {len(calls) - 2 * ENDS} more such calls …\n"
        calls[ENDS:-ENDS] = [between]
    text = "".join(calls)
    known = traceback.TracebackException.from_exception(error, limit=0)
    said = [part for part in known.format_exception_only() if part[0] != " "]
    text += "".join(said).strip()
    if isinstance(error, ModuleNotFoundError):
        text += (
            "\nIs the name right? Not every package runs in the browser; "
            "for one that does not, take the notebook."
        )
    return {"error": text, "marks": marks, "reason": said[0].strip()}


def refuse_to_ask(*_: Any) -> str:
    """Stand in for `input`: nobody can be asked from a worker."""
    raise RuntimeError("nobody can be asked here: put the answer into the code")


builtins.input = refuse_to_ask


def warn(message: Any, category: type, file: str, line: int, *_: Any) -> str:
    """Write a warning without the place of a file that no reader has."""
    where = f" (line {line})" if file.startswith("<cell") else ""
    return f"{category.__name__}: {message}{where}\n"


warnings.formatwarning = warn
# It would say at its first start that it lists the fonts, which no cell has asked.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)


def __getattr__(name: str) -> Any:
    """Be a backend for Matplotlib, which is loaded only when a cell asks for it."""
    if name == "FigureCanvas":
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        globals()[name] = FigureCanvasSVG
        return FigureCanvasSVG
    raise AttributeError(name)


def show(*_: Any, **__: Any) -> None:
    """Draw all open figures as the page draws its own, and close them."""
    global drawn
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    from figures import inline_svg

    for number in pyplot.get_fignums():
        figure = pyplot.figure(number)
        svg = draw(figure)
        if len(svg) > MOST_SHAPES:
            for axes in figure.axes:
                for artist in (*axes.lines, *axes.collections, *axes.patches):
                    artist.set_rasterized(True)
            svg = draw(figure)
        drawn += 1
        # An id on the page for each figure of each run.
        send("svg", inline_svg(svg, "A figure", f"run-{time.time_ns()}-"))
    close_figures()


def draw(figure: Any) -> str:
    """Draw a figure as SVG."""
    image = io.StringIO()
    figure.savefig(image, format="svg", dpi=200)  # what is made of points
    return image.getvalue()


def close_figures() -> None:
    """Close all figures, so that the next cell starts without any."""
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
