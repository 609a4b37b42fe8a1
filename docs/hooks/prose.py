"""Shared. What a lesson's prose may hold beside words: values, and code that is only shown.

Goes in: a piece of Markdown, and the line where it begins. Comes out: the same with `{{}}` for each
value, the calls that compute the values, or a refusal.
"""

import ast
import re

import nbformat
from refusals import LessonError

CODE_OR_VALUE = re.compile(
    r"(?P<code>(?P<ticks>`+).+?(?P=ticks))|\{\{(?P<value>.+?)\}\}", re.DOTALL
)
IDLE_PYTHON = re.compile(
    r"^[ \t]*(`{3,}|~{3,})[ \t]*\{?[ \t]*\.?(py|python|python3|pycon|ipython)\b",
    re.MULTILINE,
)

# The code that computes a value, and the line of the lesson that the value stands in.
Call = tuple[str, int]


def take_values(text: str, line: int) -> tuple[str, list[Call]]:
    """Leave `{{}}` where a text has a value, and list the calls that compute them, with lines."""
    calls: list[Call] = []

    def take(match: re.Match[str]) -> str:
        if match["code"]:
            return match["code"]
        where = line + text.count("\n", 0, match.start())
        calls.append((format_call(match["value"].strip(), where), where))
        return "{{}}"

    return CODE_OR_VALUE.sub(take, text), calls


def values_cell(calls: list[Call], fills: str) -> nbformat.NotebookNode:
    """Make the hidden cell that computes the values for the cell above or below it."""
    cell: nbformat.NotebookNode = nbformat.v4.new_code_cell(
        "[" + ",\n ".join(call for call, _ in calls) + "]"
    )
    lines = [line for _, line in calls]
    cell.metadata.lesson = {
        "line": lines[0],
        "lines": lines,
        "tags": ["values"],
        "fills": fills,
    }
    return cell


def format_call(value: str, line: int) -> str:
    """Turn `expression:format` into a call of format; a colon may be part of the expression."""
    colons = [match.start() for match in re.finditer(":", value)]
    for cut in [len(value), *reversed(colons)]:
        try:
            ast.parse(value[:cut].strip(), mode="eval")
        except SyntaxError:
            continue
        return f"format({value[:cut].strip()}, {value[cut + 1 :].strip()!r})"
    raise LessonError(line, f"the value {{{{ {value} }}}} is not a Python expression")


def refuse_idle_python(prose: str, line: int) -> None:
    """Refuse Python that a reader would see but that is never run."""
    if match := IDLE_PYTHON.search(prose):
        line += prose.count("\n", 0, match.start())
        raise LessonError(
            line,
            "this Python fence would not be run: start it in the first column, or mark it text",
        )
