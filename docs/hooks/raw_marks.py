"""Shared. What Markdown would show as it is written, or lose, where its writer meant a mark.

Goes in: a piece of Markdown or the texts of a cell, and the line where they begin. Comes out: nothing, or a
refusal.
"""

import itertools
import re
from typing import Any

from foreign_marks import refuse_foreign_marks
from formulas import refuse_misread_tex
from html_elements import refuse_open_elements, refuse_unknown_elements
from pitfalls import NOTE, TABLE_RULE, refuse_raw_mathematics
from prose import MATH, hide_code, hide_values
from refusals import LessonError

# What other kinds of Markdown would show otherwise, and ours as it is written.
RAW = {
    r"^[ \t]*===[!+]? *[\"“]": "there are no tabs: write headings, or admonitions",
    r"^ {1,3}#{1,6} ": "a heading begins in the first column",
    r"^#{1,6}(?=[^#\s{!])[^ \n]* ": "between # and a heading's words stands a space; the sign itself is \\#",
    r"^[ \t]*[-*+] \[[ xX]\] ": "there are no boxes to tick: write plain items",
    r"\{%": "{% is shown as it is: write a value in {{ }}",
    r"^[ \t]*(?:!!!|\?\?\?\+?)[^\"\n]*[“”„‟'’]": 'a title stands between straight double quotes: "..."',
    r"^\*\[[^\]\n]+\]:": "there are no abbreviations: write an entry of the glossary",
    r"(?<![^\n]\n)^(?=\S)[^|\n]+\n(?:=+|-+) *$": "underlined, this becomes a heading: begin one with #; above a rule stands a blank line",
    r"^:::\{": "::: begins an entry of the reference, and no box: write !!! note",
}
# Lines below which a list may begin without a blank one.
NO_PARAGRAPH = re.compile(r"\s|[-*+] |\d+[.)] |#|>|\||<|:|\[|!!!|\?\?\?")
# An element of HTML that Markdown leaves alone, with all that is in it; and what is code in it anyway.
BLOCK = re.compile(
    r"^<(?P<tag>address|article|aside|blockquote|details|div|dl|figure|footer|h[1-6]|header|main|nav"
    r"|ol|p|section|table|ul)\b(?P<rest>[^>]*)>",
    re.MULTILINE | re.IGNORECASE,
)
VERBATIM = re.compile(r"<(?:script|style|pre|code|textarea|svg|math)\b|\bmarkdown=")
MARKS = re.compile(
    r"\*\*\S|__\w|\]\([^)\s]|(?<![\w*])\*\w[^*\n]*\*|`[^`\n]+`|^#{1,6} |^[-*] ",
    re.MULTILINE,
)
BOX = re.compile(r"(?:!!!|\?\?\?\+?) ")


def refuse_raw_marks(prose: str, line: int) -> None:
    """Refuse marks that a reader would see as they are written."""
    hidden = hide_values(hide_code(prose))
    for pattern, problem in RAW.items():
        if match := re.search(pattern, hidden, re.MULTILINE):
            raise LessonError(line + hidden.count("\n", 0, match.start()), problem)
    opened = hidden.rfind("<!--")
    if opened > hidden.rfind("-->"):
        raise LessonError(
            line + hidden.count("\n", 0, opened),
            "this comment has no end in the same piece of prose: close it with -->",
        )


def refuse_lost_blocks(prose: str, line: int) -> None:
    """Refuse what Markdown takes for a part of the paragraph above, or for no part of a block."""
    rows = hide_code(prose).split("\n")
    for number, (above, row) in enumerate(itertools.pairwise(["", *rows]), line):
        is_text = bool(above.strip()) and not NO_PARAGRAPH.match(above)
        if is_text and re.match(r"(?:[-*+]|1\.) \S", row):
            raise LessonError(number, "above a list stands a blank line")
        if BOX.match(above) and row.strip() and not row.startswith(" " * 4):
            raise LessonError(
                number, "what stands in this box or fold is indented by four blanks"
            )
        two_above = rows[number - line - 2] if number - line > 1 else ""
        if "|" in row and TABLE_RULE.match(row) and two_above.strip():
            raise LessonError(number - 1, "above a table stands a blank line")
    for name in ("script", "style", "textarea", "pre"):
        opened = re.findall(rf"<{name}\b", prose, re.IGNORECASE)
        if len(opened) > len(re.findall(rf"</{name}>", prose, re.IGNORECASE)):
            at = prose.lower().rfind(f"<{name}")
            raise LessonError(
                line + prose.count("\n", 0, at),
                f"<{name}> has no end in the same piece of prose: close it above the next cell",
            )


def refuse_raw_html(prose: str, line: int) -> None:
    """Refuse marks of Markdown inside HTML, where a reader would see them as they are written."""
    hidden = hide_code(prose)
    for opened in BLOCK.finditer(hidden):
        inside = html_inside(prose, opened)
        if "markdown" in opened["rest"] or VERBATIM.search(inside):
            continue
        if match := MARKS.search(hide_values(inside)) or MATH.search(
            hide_values(inside)
        ):
            at = opened.end() + match.start()
            raise LessonError(
                line + prose.count("\n", 0, at),
                f"in HTML {match[0].strip()} stays as it is: "
                f'write <{opened["tag"]} markdown="1">, or HTML for it',
            )


def html_inside(prose: str, opened: re.Match[str]) -> str:
    """Take what stands in an element of HTML, others of its kind among it."""
    depth = 1
    tags = re.compile(rf"<(/?){opened['tag']}\b[^>]*>", re.IGNORECASE)
    for tag in tags.finditer(prose, opened.end()):
        depth += -1 if tag[1] else 1
        if not depth:
            return prose[opened.end() : tag.start()]
    return prose[opened.end() :]


def refuse_lost_texts(options: dict[str, Any], line: int) -> None:
    """Refuse in a cell's texts what would be lost, or become what nobody meant."""
    for name in ("caption", "fold", "beside"):
        text = str(options.get(name, ""))
        refuse_raw_mathematics(text, line)
        refuse_misread_tex(text, line)
        refuse_unknown_elements(text, line)
        refuse_foreign_marks(text, line)
        refuse_open_elements(text, line)
        if NOTE.search(hide_code(text)):
            raise LessonError(
                line, f"no footnote can stand in a {name}: refer to it in prose"
            )
        if match := re.search(r"<[A-Za-z][^<>]*(?=<|$)", hide_code(text)):
            raise LessonError(
                line, f"in {name}, {match[0]} would be lost: write &lt; for <"
            )
