"""Shared. Which outputs a page accepts: what a reader's own Python would show, in the same words.

Goes in: a notebook that ran, hidden cells and all. Comes out: nothing, or a refusal.
"""

import ast
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from cells import code_cells, tags_of
from formulas import misread_value
from refusals import LessonError
from unseen import CHANGED

CHART = "application/vnd.vegalite.v6+json"
FIGURE = "image/svg+xml"
# Written by a kernel when a cell ends with a figure that `plt.show()` has not shown.
UNSHOWN = "a figure is drawn and never shown"
# What a kernel says, in a hundred lines, when a cell prints half of a pair of UTF-16.
HALF_A_SIGN = "surrogates not allowed\n\nDuring handling of the above exception"
BACKEND = re.compile(r"\b(?:matplotlib|mpl)\.use\(|\bswitch_backend\(")
# No number: what a division by nothing leaves, or a function without a return.
NO_NUMBER = re.compile(
    r"(?<!\w)[-+]?(?:nan|NaN|NAN|inf|Inf|INF|infinity|NaT)[jf]?(?!\w)|<NA>|\ANone\Z"
    r"|[\[({,:] *None *[\]),}]|\A(?i:[-+]?(?:nan|inf|infinity))\Z",
)
MINUS_ZERO = re.compile(r"(?<![\w.])-0(?:\.0*)?(?:e[+-]?\d+)?(?![\w.])")
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")
# Folders that another machine has not: of Python, of whoever builds, and for what does not last.
PLACES = {sys.prefix, sys.base_prefix, str(Path.home()), tempfile.gettempdir()}
PLACE = re.compile(
    rf"(?<![\w/.])(?:{'|'.join(re.escape(p) for p in sorted(PLACES) if len(p) > 3)})(?![\w-])"
)
# What Markdown and HTML would not show as it is.
MARKUP = re.compile(r"[<|$`*\\\n]|(?<!\w)_|_(?!\w)|&\w+;|\]\(")
# What Python writes of a number within a tuple, a list or a dictionary.
REPR = re.compile(
    r"\b(?:(?:np|numpy)\.\w+|array|matrix|tensor|Parameter|Fraction|Decimal|dict_\w+|dtype)\(|\bdtype="
)
DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?:e[-+]\d+)?(?![\w.])")
MOST_DIGITS = 12  # of a number that nobody has given a format
CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def check_outputs(notebook: nbformat.NotebookNode) -> None:
    """Refuse what a cell printed or drew if a reader would not get the same, or no sense from it."""
    for number, cell in enumerate(code_cells(notebook), 1):
        line = int(cell.metadata.lesson.line)
        check_unchanged(cell)
        check_shown(cell, code_cells(notebook)[:number])
        if "values" in tags_of(cell):
            check_values(cell)
        elif "claim" not in tags_of(cell):
            for output in cell.get("outputs", []):
                check_output(output, line)
            check_solution(cell, line)


def check_unchanged(cell: nbformat.NotebookNode) -> None:
    """Refuse a cell that nobody sees if it changes what readers have made: theirs stays as it was."""
    for output in cell.get("outputs", []):
        if output.output_type == "stream" and CHANGED in output.text:
            is_value = "values" in tags_of(cell)
            line = (
                cell.metadata.lesson.lines[0] if is_value else cell.metadata.lesson.line
            )
            names = output.text.partition(CHANGED)[2].split("\n")[0]
            raise LessonError(
                int(line),
                f"{'a value here' if is_value else 'this claim'} changes {names}, and for readers "
                "that stays as it was: work on a copy, or in a cell that is shown",
            )


def check_shown(
    cell: nbformat.NotebookNode, so_far: list[nbformat.NotebookNode]
) -> None:
    """Refuse a figure that can't be drawn, and one that Matplotlib was told not to show."""
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            tex, *_ = [
                row.strip() for row in output.evalue.splitlines() if row.strip()
            ] or [""]
            said = " ".join(output.evalue.replace("^", " ").split())
            raise LessonError(
                line_with(re.escape(tex).replace(r"\\", r"\\{1,2}"), cell),
                f"what this cell shows can't be drawn: {said}",
            )
        if output.output_type == "stream" and UNSHOWN in output.text:
            for above in so_far:
                if output.name == "stderr" and BACKEND.search(above.source):
                    raise LessonError(
                        line_with(BACKEND.pattern, above),
                        "this line keeps figures from being shown: leave it out",
                    )


def line_with(pattern: str, cell: nbformat.NotebookNode) -> int:
    """Find the line of the lesson in which a cell has some text: its first, if it is nowhere."""
    match = re.search(pattern, cell.source)
    rows = cell.source.count("\n", 0, match.start()) if match else 0
    return int(cell.metadata.lesson.line) + rows


def check_output(output: nbformat.NotebookNode, line: int) -> None:
    """Refuse an output that plain Python would not show, or not so."""
    data = output.get("data", {})
    if output.output_type == "stream":
        if output.name != "stdout":
            if UNSHOWN in output.text:
                raise LessonError(line, f"{UNSHOWN}: end it with plt.show()")
            if HALF_A_SIGN in output.text:
                raise LessonError(
                    line,
                    "the cell prints a half of a sign, '\\ud800' to '\\udfff', which no page "
                    "shows: print plain text",
                )
            raise LessonError(line, f"the cell wrote to stderr: {output.text.strip()}")
        if match := CONTROL.search(output.text):
            raise LessonError(
                line,
                f"the cell prints {match[0]!r}, which no page shows: print plain text",
            )
        if match := ADDRESS.search(output.text):
            raise LessonError(
                line, f"the cell prints {match[0]!r}, which is another in every run"
            )
        if match := PLACE.search(output.text):
            raise LessonError(
                line,
                f"the cell prints {match[0]}, a folder that other machines have not: leave it out",
            )
    elif CHART not in data and not (
        FIGURE in data and output.output_type == "display_data"
    ):
        raise LessonError(
            line, "a script would not show this cell's last value: print it"
        )


def check_values(cell: nbformat.NotebookNode) -> None:
    """Refuse values for the prose that are no numbers or words, or that do more than be computed."""
    lines = [int(line) for line in cell.metadata.lesson.lines]
    for output in cell.outputs:
        if output.output_type != "execute_result":
            said = str(output.get("text", "")).strip() or "a figure"
            raise LessonError(
                lines[0],
                f"a value here prints or warns: {said}: compute it in a cell above",
            )
    kinds = cell.metadata.lesson.kinds
    listed = ast.parse(cell.source, mode="eval").body
    assert isinstance(listed, ast.List)
    for value, line, kind, call in zip(
        values_of(cell), lines, kinds, listed.elts, strict=True
    ):
        if (
            match := NO_NUMBER.search(value)
            or ADDRESS.search(value)
            or PLACE.search(value)
        ):
            raise LessonError(
                line, f"a value here is {value}: {match[0]} says nothing to a reader"
            )
        if not value.strip() and not is_choice(call):
            raise LessonError(line, "a value here is empty: a reader sees nothing")
        if match := MINUS_ZERO.search(value):
            raise LessonError(
                line,
                f"a value here is {value}: a zero has no sign; show more digits, or none",
            )
        if CONTROL.search(value):
            raise LessonError(line, f"a value here is {value!r}, which no page shows")
        if kind != "data" and (problem := misread_number(value, call)):
            raise LessonError(line, f"a value here is {value}: {problem}")
        if kind == "tex" and (problem := misread_value(value)):
            raise LessonError(line, f"a value in a formula is {value}: {problem}")
        if (match := MARKUP.search(value)) and kind == "prose":
            raise LessonError(
                line,
                f"a value here is {value!r}, in which Markdown takes {match[0]!r} for its own: "
                "compute a number or plain words",
            )


def misread_number(value: str, call: ast.expr) -> str:
    """Say what of a value is how Python writes it, and no number that a reader expects."""
    if match := REPR.search(value):
        return f"{match[0]}...) is how Python writes it: show its numbers one by one"
    assert isinstance(call, ast.Call)
    is_chosen = ast.unparse(call.args[1]) != "''" or any(
        isinstance(part, ast.JoinedStr) for part in ast.walk(call)
    )
    digits = [re.sub(r"e.*|\D", "", d).lstrip("0") for d in DECIMAL.findall(value)]
    if not is_chosen and any(len(d) > MOST_DIGITS for d in digits):
        return "nobody reads so many digits: give it a format, as in :.2f"
    return ""


def is_choice(call: ast.expr) -> bool:
    """Tell whether a value may well be nothing: the ending of a plural, or one word or none."""
    return any(isinstance(part, (ast.IfExp, ast.BinOp)) for part in ast.walk(call))


def values_of(cell: nbformat.NotebookNode) -> list[str]:
    """Read what a hidden cell has computed for the prose."""
    values: list[str] = ast.literal_eval(cell.outputs[0]["data"]["text/plain"])
    return values


def check_solution(cell: nbformat.NotebookNode, line: int) -> None:
    """Refuse a solution that its own check does not call right."""
    printed = "".join(o.text for o in cell.get("outputs", []) if "text" in o)
    asks = re.search(r"print\((check_\w+)\(", cell.source)
    is_right = re.search(r"^Right\.", printed, re.MULTILINE)
    if "solution" in tags_of(cell) and asks and not is_right:
        raise LessonError(
            line,
            f"{asks[1]} does not call this solution right, in a line that begins with Right.: "
            f"{printed.strip()}",
        )
