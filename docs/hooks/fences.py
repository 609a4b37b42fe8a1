"""Shared. A lesson's text is cut into cells, each with the line where it begins.

Goes in: Markdown. Comes out: its cells, as jupytext has them, with line and language; or a refusal of what
jupytext would cut otherwise than a reader sees it.
"""

import contextlib
import json
import re
from collections.abc import Iterator

import jupytext
import nbformat
from cells import TAGS, meant
from front_matter import without_front_matter
from prose import hide_code
from refusals import LessonError

OPENING = re.compile(
    r"^(?P<mark>`{3,})[ \t]*(?P<language>[\w+-]*)[^\n]*\n", re.MULTILINE
)
FENCED = r"^(`{3,}|~{3,})(?:[^`\n]*|python\b[^\n]*)\n"
CLOSING = re.compile(r"^`{3,}[ \t]*$", re.MULTILINE)


def read_cells(text: str) -> list[tuple[nbformat.NotebookNode, int, str]]:
    """Split a lesson into cells, each with its first line and, if it is code, its language."""
    found = []
    position = 0
    text = without_front_matter(text).rstrip("\n") + "\n"
    refuse_markers(text)
    in_comment = False
    check_infos(text)
    try:
        cells = jupytext.reads(text, fmt="md:markdown").cells
    except Exception as error:  # whatever it meets: it promises none
        raise LessonError(1, f"this lesson can't be cut into cells: {error}") from error
    for cell in cells:
        if cell.cell_type == "markdown" and not cell.source.strip():
            continue
        language = ""
        if cell.cell_type == "code":
            opening = OPENING.search(text, position)
            assert opening, "jupytext has made a cell of what is no fence"
            position, language = opening.end(), opening["language"]
            if (
                language != "python"
            ):  # of which jupytext makes a cell that begins with a magic
                cell.source = re.sub(r"\A%%\w+\n", "", cell.source)
            closing = CLOSING.search(text, position)
            end = closing.end() if closing else len(text)
        else:
            position = text.index(cell.source, position)
            end = position + len(cell.source)
        line = text.count("\n", 0, position) + 1
        if cell.cell_type == "code" and in_comment:
            raise LessonError(
                line - 1, "this fence stands in an HTML comment: take it out"
            )
        if cell.cell_type == "markdown":
            hidden = hide_code(cell.source)
            closed = hidden.rfind("-->")
            in_comment = "<!--" in hidden[closed + 1 :] or (in_comment and closed < 0)
        found.append((cell, line, language))
        position = end
    return found


def check_infos(text: str) -> None:
    """Refuse what stands behind ```python if it can't be read, or says a thing twice."""
    for match in openings(text):
        info = match[0].strip("`\n ").partition(" ")[2]
        bare = re.sub(r"\"[^\"]*\"|'[^']*'|\[[^\]]*\]", "", info)
        names = re.findall(r"(\w+)\s*=", bare)
        line = text.count("\n", 0, match.start()) + 1
        if idle := re.findall(r"(?<![\w=.#{-])(\w+)(?!\s*=)(?=\s|$)", bare):
            fix = 'tags=["claim"]'.replace("claim", idle[0])
            if idle[0] not in TAGS:
                fix = 'name="text"'
            raise LessonError(
                line, f"{idle[0]} says nothing behind {match['language']}: write {fix}"
            )
        for name in names:
            if names.count(name) > 1:
                raise LessonError(line, f"{name} is said twice: say it once")
        if re.search(r"\btags\s*=\s*[^\[\s]", info):
            raise LessonError(line, 'tags are a list: write tags=["..."]')
        tags = re.findall(r"\btags\s*=\s*(\[.*?\](?!\]))", info)
        with contextlib.suppress(json.JSONDecodeError):  # which is told when it is read
            for tag in json.loads(tags[0]) if tags else []:
                if not isinstance(tag, str):
                    raise LessonError(line, f"there is no tag {tag}: {meant('', TAGS)}")
                if tags[0].count(f'"{tag}"') > 1:
                    raise LessonError(line, f"the tag {tag} is given twice")


def openings(text: str) -> Iterator[re.Match[str]]:
    """Find where fences begin, but for those that another one shows."""
    end = 0
    for match in re.finditer(FENCED, text, re.MULTILINE):
        if match.start() < end:
            continue
        closing = re.compile(rf"^{match[1]}{match[1][0]}*[ \t]*$", re.MULTILINE)
        closed = closing.search(text, match.end())
        end = closed.end() if closed else len(text)
        refuse_loose_end(text, match, end, bool(closed))
        if opening := OPENING.match(text, match.start()):
            yield opening


def refuse_loose_end(
    text: str, opening: re.Match[str], end: int, is_closed: bool
) -> None:
    """Refuse a fence that ends nowhere, or where a reader would see another end."""
    line = text.count("\n", 0, opening.start()) + 1
    near = re.compile(rf"^ {{0,3}}{opening[1]}[^\n]*", re.MULTILINE)
    for other in near.finditer(text, opening.end(), end):
        if other.end() < end or not is_closed:
            raise LessonError(
                text.count("\n", 0, other.start()) + 1,
                f"the fence of line {line} is open here: close it with {opening[1]}, alone on a "
                "line and in the first column",
            )
    if not is_closed:
        raise LessonError(
            line,
            f"this fence has no end: close it with {opening[1]}, above the next cell",
        )


def refuse_markers(text: str) -> None:
    """Refuse the comments by which jupytext would cut a lesson otherwise than a reader sees it."""
    if match := re.search(
        r"<!--\s*#((?:end)?(?:region|raw|md|markdown))\b", hide_code(text)
    ):
        line = text.count("\n", 0, match.start()) + 1
        raise LessonError(
            line, f"the comment #{match[1]} would cut the lesson: delete it"
        )
