"""Shared. What a lesson's prose may hold beside words: values, mathematics, code that is only shown.

Goes in: a piece of Markdown, and the line where it begins. Comes out: the same with a mark for each
value, the calls that compute the values, or a refusal.
"""

import ast
import functools
import re

import nbformat
from pygments.lexers import (
    CythonLexer,
    NumPyLexer,
    Python2Lexer,
    Python2TracebackLexer,
    PythonConsoleLexer,
    PythonLexer,
    PythonTracebackLexer,
)
from refusals import LessonError

# Where Markdown begins an item whose text is indented by four.
ITEM = re.compile(r"(?:[-*+]|\d+[.)])\s|(?:!!!|\?\?\?\+?)\s|:\s{1,3}|\[\^[^\]]+\]:")
FENCE = re.compile(r"(?P<mark>`{3,}|~{3,})(?P<info>[^`\n]*)$")
INLINE_CODE = re.compile(
    r"(?<![`\\])(?P<ticks>`+)(?!`)(?:(?!\n\s*\n).)+?(?<!`)(?P=ticks)(?!`)", re.DOTALL
)
MATH = re.compile(
    r"(?<!\\)\$\$.+?\$\$|\\\[.+?\\\]|\\\(.+?\\\)|(?<![\\$])\$(?!\s)(?:\\.|[^\\$])+?(?<!\s)\$",
    re.DOTALL,
)
PYTHON = {
    *(
        "code-cell",
        "ipython",
        "ipython2",
        "ipython3",
        "pyodide",
        "python-repl",
        "pyrepl",
        "micropython",
    ),
    *(
        alias
        for lexer in (
            PythonLexer,
            Python2Lexer,
            PythonConsoleLexer,
            PythonTracebackLexer,
            Python2TracebackLexer,
            CythonLexer,
            NumPyLexer,
        )
        for alias in lexer.aliases
    ),
}
MISSPELT = re.compile(
    r"^(?:!{1,2}|!{4,}|\?{1,2}\+?|\?{4,}\+?) *[\w -]+ *(?:\".*\")? *$"
)
SNIPPET = re.compile(
    r'^[ \t]*-+8<-+[ \t]+"(?P<file>[^"]+)"|^[ \t]*-+8<-+[ \t]*$', re.MULTILINE
)

# Where a formula goes on in words.
WORDS = re.compile(r"\\(?:text\w*|mbox)\{[^{}]*\Z")
# A value that binds a name would change the cells below; the others make sense in a function alone.
NO_VALUE = (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)
VALUE = "\x00{}"  # stands where a value belongs; no lesson holds its first character
# The code that computes a value, the line of the lesson that it stands in, and in what: "prose", "tex",
# "words" (of a formula, as in \text{}), or "data" for what no text shows.
Call = tuple[str, int, str]


def take_values(text: str, line: int) -> tuple[str, list[Call]]:
    """Leave VALUE where a text has a value, and list the calls that compute them, with lines.

    In code braces stay as they are. In mathematics a value is one group, whatever it is.
    """
    calls: list[Call] = []
    hidden = hide_code(text)
    harmless = hide_values(hidden)
    formulas = [match.span() for match in MATH.finditer(harmless)]
    parts, position = [], 0
    for start in (match.start() for match in re.finditer(r"\{\{", hidden)):
        if start < position:
            continue
        where = line + text.count("\n", 0, start)
        call, end = read_value(hidden, text, start, where)
        in_formula = any(first < start < last for first, last in formulas)
        kind = "prose"
        if in_formula:
            kind = "words" if WORDS.search(harmless[:start]) else "tex"
        calls.append((call, where, kind))
        parts += [text[position:start], f"{{{VALUE}}}" if in_formula else VALUE]
        position = end
        begins = not text[text.rfind("\n", 0, start) + 1 : start].strip()
        if begins and re.match(
            r"[.)]\s", text[end:]
        ):  # or else a list would begin here
            parts.append("\\")
    return "".join(parts) + text[position:], calls


def read_value(hidden: str, text: str, start: int, line: int) -> tuple[str, int]:
    """Read the value that begins somewhere: the call that computes it, and where it ends."""
    ends = [m.start() for m in re.finditer(r"(?=\}\})", hidden) if m.start() > start]
    paragraph = re.search(r"\n\s*\n", hidden[start:])
    reach = start + paragraph.start() if paragraph else len(text)
    ends = [end for end in ends if end < reach]
    if not ends:
        raise LessonError(
            line, "{{ begins a value that no }} ends; in code, put it between `"
        )
    for end in ends:  # braces may be part of the expression
        if call := format_call(text[start + 2 : end].strip()):
            return call, end + 2
    value = text[start + 2 : ends[0]].strip()
    raise LessonError(line, f"the value {{{{ {value} }}}} is not a Python expression")


def format_call(value: str) -> str:
    """Turn `expression:format` into a call of format; a colon may be part of the expression."""
    colons = [match.start() for match in re.finditer(":", value)]
    for cut in [len(value), *reversed(colons)]:
        try:
            code = " ".join(value[:cut].split("\n")).strip()
            tree = ast.parse(f"({code})", mode="eval")
        except SyntaxError:
            continue
        if any(isinstance(node, NO_VALUE) for node in ast.walk(tree)):
            continue
        if isinstance(tree.body, ast.Tuple):
            code = f"({code})"
        return f"format({code}, {value[cut + 1 :].strip()!r})"
    return ""


def values_cell(calls: list[Call], fills: str) -> nbformat.NotebookNode:
    """Make the hidden cell that computes the values for the cell above or below it."""
    cell: nbformat.NotebookNode = nbformat.v4.new_code_cell(
        "[" + ",\n ".join(call for call, _, _ in calls) + "]"
    )
    lines = [line for _, line, _ in calls]
    cell.metadata.lesson = {
        "line": lines[0],
        "lines": lines,
        "kinds": [kind for _, _, kind in calls],
        "tags": ["values"],
        "fills": fills,
    }
    return cell


@functools.cache
def hide_code(text: str) -> str:
    """Put spaces in place of all that is code in a piece of Markdown: nothing else moves."""
    lines = text.split("\n")
    indents: list[int] = []  # of the items that a line may belong to
    fence = ""
    was_blank, was_code = True, False
    for number, line in enumerate(lines):
        bare = line.expandtabs(4).lstrip(" >")
        indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip(" "))
        opened = FENCE.match(bare)
        if fence:
            lines[number] = " " * len(line)
            is_end = (
                opened
                and opened["mark"].startswith(fence)
                and not opened["info"].strip()
            )
            fence = "" if is_end else fence
            was_blank = False
            continue
        if not bare.strip():
            was_blank = True
            continue
        while was_blank and indents and indent < indents[-1]:
            indents.pop()
        inside = indents[-1] if indents else 0
        if indent - inside >= 4 and (was_blank or was_code):
            lines[number], was_code = " " * len(line), True
        elif opened:
            fence, lines[number], was_code = opened["mark"], " " * len(line), False
        else:
            was_code = False
            if ITEM.match(bare):
                indents.append(indent + 4)
        was_blank = False
    return INLINE_CODE.sub(blank, "\n".join(lines))


@functools.cache
def hide_comments(text: str) -> str:
    """Put spaces in place of all that is code or a comment of HTML: nothing else moves."""
    return re.sub(r"<!--.*?-->", blank, hide_code(text), flags=re.DOTALL)


def blank(match: re.Match[str]) -> str:
    """Write spaces in place of what was found, and keep its lines."""
    return re.sub(r"[^\n]", " ", match[0])


@functools.cache
def hide_values(text: str) -> str:
    """Put something harmless in place of values, so that their own signs count for nothing."""
    return re.sub(
        r"\{\{.*?\}\}", lambda m: re.sub(r"[^\n]", "v", m[0]), text, flags=re.DOTALL
    )


def section(text: str, name: str) -> str:
    """Take a named section, or some lines, out of a file as the extension for snippets does."""
    if not name:
        return text
    if re.fullmatch(r"[\d:,]+", name):
        first, _, last = name.partition(",")[0].partition(":")
        return "\n".join(
            text.split("\n")[int(first or 1) - 1 : int(last) if last else None]
        )
    mark = r".*-+8<-+ \[{}: *{}\].*\n"
    start = re.search(mark.format("start", re.escape(name)), text)
    end = re.search(mark.format("end", re.escape(name)), text)
    return text[start.end() if start else 0 : end.start() if end else None]
