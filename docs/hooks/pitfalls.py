"""Shared. What in a lesson's prose would look otherwise than its writer meant, or never run.

Goes in: a piece of Markdown, and the line where it begins. Comes out: nothing, or a refusal.
"""

import importlib.util
import re
from pathlib import Path

from names import top_level_names
from prose import FENCE, MATH, PYTHON, SNIPPET, hide_code, hide_values, section
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound
from reading import read_text
from refusals import LessonError

# Quotes, bullets and indentation may stand in front of a fence.
BEFORE_FENCE = r"^(?:[ \t]|>|(?:[-*+]|\d+[.)]|:)[ \t])*"
# How Markdown is told the language of code that is indented, or within a line.
OTHER_PYTHON = re.compile(
    r"^[ \t>]*(?:#!|:::)(?P<block>[\w+-]+)|`(?:#!|:::)(?P<line>[\w+-]+) "
)
# A class by which the pipeline finds what it has made itself: of an element, or in an attribute list.
OWN_CLASS = re.compile(
    r"(?:<[^<>]*\bclass\s*=\s*[\"']?(?:[^<>\"'=]*\s)?|(?<!\{)\{[^{}\n]*?(?<=[\s{:])\.)"
    r"(?P<name>(?:cell|explorable)(?:-[\w-]+)?|run-[\w-]+)(?=[\s\"'>}])"
)
OTHER_SNIPPET = re.compile(r'^[ \t]*-+8<(?!-+[ \t]+"[^"\n]+"[ \t]*$).*$', re.MULTILINE)
SNIPPET_MARK = re.compile(r"^[ \t]*-+8<", re.MULTILINE)
NOTE = re.compile(r"(?<!\\)\[\^(?P<name>[^\]\s]+)\](?P<is_text>:?)")
# Where something gets an anchor of its own: in an attribute list, or in HTML.
ANCHOR = re.compile(
    r"(?<![{\w])\{:?(?:[^{}\n]*?\s)?#(?P<name>[\w-]+)(?=[\s}])[^{}\n]*\}"
    r"|<[a-z][^<>]*\sid\s*=\s*[\"']?(?P<id>[\w-]+)"
)
ENTRY = re.compile(r"^::: *(?P<name>\w+(?:\.\w+)*)", re.MULTILINE)
TABLE_RULE = re.compile(
    r"^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$"
)


def refuse_idle_python(prose: str, line: int) -> None:
    """Refuse Python that a reader would see but that is never run."""
    open_fence, opened = "", line
    for number, text in enumerate(prose.split("\n"), line):
        bare = re.sub(BEFORE_FENCE, "", text)
        match = FENCE.match(bare)
        if match is None:
            continue
        if open_fence:
            if match["mark"].startswith(open_fence) and not match["info"].strip():
                open_fence = ""
            continue
        open_fence, opened = match["mark"], number
        words = re.findall(r"[\w+-]+", match["info"].lower())
        if not match["info"].lstrip().startswith("{"):  # or else each may be its class
            words = words[:1]
            refuse_language(words, number)
        if PYTHON & {*words}:
            raise LessonError(
                number,
                "this Python fence would not be run: write it as ```python in the first "
                "column, or mark it text",
            )
    if open_fence:
        raise LessonError(
            opened,
            f"this fence has no end: close it with {open_fence}, above the next cell",
        )


def refuse_language(words: list[str], line: int) -> None:
    """Refuse a language that nobody knows: it may be Python, and would not be run."""
    for word in {*words} - PYTHON:
        try:
            get_lexer_by_name(word)
        except ClassNotFound:
            raise LessonError(
                line, f"there is no language {word}: write python, text or console"
            ) from None


def refuse_other_python(prose: str, line: int) -> None:
    """Refuse Python that is indented or within a line and coloured like code that runs."""
    for number, text in enumerate(prose.split("\n"), line):
        match = OTHER_PYTHON.search(text)
        if match and (match["block"] or match["line"]).lower() in PYTHON:
            raise LessonError(
                number,
                "this Python would not be run: write it as ```python in the first column, or "
                "without naming its language",
            )
    for match in re.finditer(r"<code\b[^>]*\blanguage-(\w+)", prose):
        if match[1].lower() in PYTHON:
            raise LessonError(
                line + prose.count("\n", 0, match.start()),
                "this Python would not be run: write it as ```python in the first column",
            )


def refuse_loose_notes(prose: list[tuple[str, int]]) -> None:
    """Refuse marks of footnotes that a page does not have, and footnotes that nothing leads to."""
    marks: dict[str, int] = {}
    texts: dict[str, int] = {}
    for text, line in prose:
        hidden = hide_code(text)
        for match in NOTE.finditer(hidden):
            begins = not hidden[: match.start()].rpartition("\n")[2].strip()
            found = texts if match["is_text"] and begins else marks
            if found is texts and match["name"] in texts:
                raise LessonError(
                    line + hidden.count("\n", 0, match.start()),
                    f"the footnote [^{match['name']}] has two texts: name one of them otherwise",
                )
            found[match["name"]] = line + hidden.count("\n", 0, match.start())
    for name in marks.keys() ^ texts.keys():
        said = "has no text" if name in marks else "is nowhere referred to"
        raise LessonError((marks | texts)[name], f"the footnote [^{name}] {said}")


def refuse_repeated_anchors(prose: list[tuple[str, int]]) -> None:
    """Refuse an anchor that is given twice: links would lead to the first alone."""
    places: dict[str, int] = {}
    for text, line in prose:
        hidden = hide_code(text)
        for match in ANCHOR.finditer(hidden):
            name = match["name"] or match["id"]
            where = line + hidden.count("\n", 0, match.start())
            if name in places:
                raise LessonError(
                    where, f"the anchor {name} is also in line {places[name]}"
                )
            places[name] = where


def refuse_raw_mathematics(prose: str, line: int) -> None:
    """Refuse dollars that would become mathematics by accident, and mathematics that would not."""
    hidden = hide_values(hide_code(prose))
    for match in MATH.finditer(hidden):
        after = hidden[match.end() : match.end() + 1]
        if match[0].count("$") == 2 and after.isdigit():
            raise LessonError(
                line + hidden.count("\n", 0, match.start()),
                f"{match[0]}{after} would become mathematics: write \\$ for a dollar",
            )
    loose = MATH.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), hidden)
    if (at := re.search(r"(?<!\\)\$\$", loose)) is not None:
        raise LessonError(
            line + hidden.count("\n", 0, at.start()),
            "$$ begins a formula that no $$ ends",
        )
    rows = hidden.split("\n")
    for number, row in enumerate(rows):
        if "|" in row and TABLE_RULE.match(row):
            end = number + 1
            while end < len(rows) and rows[end].strip():
                end += 1
            for place in range(number - 1, end):
                for formula in re.findall(r"(?<!\\)\$[^$]*\$", rows[place]):
                    if re.search(r"(?<!\\)\|", formula):
                        raise LessonError(
                            line + place,
                            f"in a table | ends a cell: write \\vert or \\mid in {formula}",
                        )


def refuse_own_classes(prose: str, line: int) -> None:
    """Refuse what would pass for a part of the page that the pipeline makes."""
    hidden = hide_code(prose)
    for match in OWN_CLASS.finditer(hidden):
        raise LessonError(
            line + hidden.count("\n", 0, match.start("name")),
            f"the class {match['name']} is for what cells become: choose another",
        )


def refuse_snippets(prose: str, line: int, root: Path) -> None:
    """Refuse a snippet from another file whose Python would not run, or whose values stay raw."""
    hidden = hide_code(prose)
    if match := OTHER_SNIPPET.search(hidden):
        raise LessonError(
            line + hidden.count("\n", 0, match.start()),
            'a snippet is one line, in straight double quotes: --8<-- "file"',
        )
    for match in SNIPPET.finditer(hidden):
        where = line + prose.count("\n", 0, match.start())
        name = (match["file"] or "").split(":")[0]
        if not name:
            continue
        if not (root / name).is_file():
            raise LessonError(where, f"there is no file {name} to take a snippet from")
        whole, part = read_text(root / name), match["file"].partition(":")[2]
        if not re.fullmatch(r"[\d:,]*", part) and f"[start:{part}]" not in whole:
            raise LessonError(where, f"{name} has no section {part}")
        text = section(whole, part)
        try:
            refuse_idle_python(text, where)
        except LessonError as error:
            raise LessonError(
                where, f"{name} holds Python that would not be run: {error}"
            ) from error
        if SNIPPET_MARK.search(hide_code(text)):
            raise LessonError(
                where, f"{name} takes a snippet itself: name its file here"
            )
        if "{{" in hide_code(text):
            raise LessonError(
                where, f"{name} holds {{{{ }}}}, which stays as it is in a snippet"
            )


def refuse_missing_entries(prose: str, line: int, root: Path) -> None:
    """Refuse an entry of the reference for what no package has."""
    hidden = hide_code(prose)
    for match in ENTRY.finditer(hidden):
        path, names = root, match["name"].split(".")
        while names and (path / names[0]).is_dir():
            path /= names.pop(0)
        if path == root and importlib.util.find_spec(names[0]):
            continue  # somebody else's, and not for us to know
        module = path / f"{names[0]}.py" if names else path / "__init__.py"
        if module.is_file():
            names = names[1:]
        else:
            module = path / "__init__.py"
        known = top_level_names(read_text(module)) if module.is_file() else set()
        if names and names[0] not in known:
            raise LessonError(
                line + hidden.count("\n", 0, match.start()),
                f"there is no {match['name']} to write an entry for: "
                f"{module.relative_to(root)} has no {names[0]}",
            )
