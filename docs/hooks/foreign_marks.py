"""Shared. Marks of other kinds of Markdown, and broken ones, which ours shows as they are written.

Goes in: a piece of Markdown, and the line where it begins. Comes out: nothing, or a refusal.
"""

import re
from html.entities import html5

from html_elements import only_prose
from prose import blank, hide_comments
from refusals import LessonError

FILE = r"[^()\[\]\s]*(?:\.(?:md|html|ipynb|png|svg|pdf)\b|://|#[\w-])[^()\[\]\s]*"
FOREIGN = {
    r"^(?:<{7}|>{7}|\|{7}) ": "this is left of a conflict in git: take one of the two texts",
    r"(?<![~\\])~~(?=[^\s~])[^\n]*?[^\s~]~~(?!~)": "~~ strikes nothing out: write <del>...</del>",
    r"(?<![=!<>\w\\])==(?=[^\s=])[^\n=]*?[^\s=]==(?![=\w])": "== marks nothing: write <mark>...</mark>",
    r"(?<![\w:/])[:][a-z][a-z0-9_+-]+:(?![\w:/])": "there are no signs by name: write the sign itself",
    r"(?<=[\w)])\^[\w.+-]{1,10}\^(?!\w)": "^ raises nothing: write a formula, or <sup>...</sup>",
    r"(?<=[A-Za-z)])~\d+~(?!~)": "~ lowers nothing: write a formula, or <sub>...</sub>",
    r"(?<![\[\\])\^\[(?=[^\]\s])": "there are no notes within a line: write [^name], and its text below",
    r"^[ \t]*>[ \t]*\[![A-Za-z]+\]": "this is no box: write !!! note, and its text indented by four blanks",
    r"(?<![\w\\])\[\[[A-Za-z][^\[\],\n]*\]\](?![(\[])": "[[ ]] is no link: write [words](page.md)",
    rf"\([^()\n]+\)\[{FILE}\]": "words of a link stand in [ ], its address in ( )",
    rf"(?<!\\)\[[A-Za-z][^\[\]\n]*\][ \t]+\({FILE}\)": "no blank stands between the words of a link and its address",
    r"(?<!\\)\[[^\[\]\n]+\]\(\s*\)": "this link has no address",
    rf"(?<!\\)\[[^\[\]\n]+\]\({FILE}(?![^\n]*(?:\n(?![ \t]*\n)[^\n]*)*\))": "this link has no end: close it with )",
    r"\{# [^{}\n]*#\}": "{# #} is no comment: write <!-- -->",
    r"(?<![\w*\\(])\*\*(?=[^\s*])(?!(?:[^\n]|\n(?![ \t]*(?:\n|\Z)))*?\*\*)": "this bold has no end in its paragraph: close it with **, or write \\*\\*",
    r"^[ \t]*'''": "this is no fence: write ```",
    r"(?<![\w}{:\\])\{[A-Za-z_]\w*(?:[.\[][^{}\s]*)?(?::[^{}\s]*[a-z%])?\}(?!\})": "a value stands between two braces, {{ }}; what is to be seen as it is, in backticks",
}
TRIPLE = re.compile(r"\{\{\{\s*[\w.]+\s*(?::[^{}]*)?\}\}\}")
CODE = re.compile(r"<(?P<name>pre|code|kbd|samp)\b.*?</(?P=name)>", re.DOTALL)
ENTITY = re.compile(r"&(?P<name>[A-Za-z][A-Za-z0-9]*)(?P<end>;|(?![\w;=]))")
LIST = re.compile(
    r"[ \t]+(?P<list>\{:?[ \t]*[.#][A-Za-z_][^{}\n]*\})[ \t]*$", re.MULTILINE
)


def refuse_foreign_marks(prose: str, line: int) -> None:
    """Refuse what other kinds of Markdown would show otherwise, and ours as it is written."""
    hidden = CODE.sub(blank, only_prose(prose))
    for pattern, problem in FOREIGN.items():
        if match := re.search(pattern, hidden, re.MULTILINE):
            raise LessonError(line + hidden.count("\n", 0, match.start()), problem)
    if match := TRIPLE.search(hide_comments(prose)):
        raise LessonError(
            line + prose.count("\n", 0, match.start()),
            "a value stands between two braces, not three: {{ }}",
        )
    for match in ENTITY.finditer(hidden):
        is_known = f"{match['name']};" in html5
        if is_known != bool(match["end"]):
            said = "has no ; at its end" if is_known else "is no sign of HTML"
            raise LessonError(
                line + hidden.count("\n", 0, match.start()),
                f"{match[0]} {said}: write the sign itself, or &amp; for &",
            )


def refuse_empty_headings(prose: str, line: int) -> None:
    """Refuse a heading without words."""
    hidden = hide_comments(prose).split("\n")
    for number, (row, whole) in enumerate(
        zip(hidden, prose.split("\n"), strict=True), line
    ):
        if row == whole and re.fullmatch(r"#{1,6}[# \t]*(?:\{[^{}]*\})?", row):
            raise LessonError(number, "this heading is empty: write its words behind #")


def refuse_loose_attributes(prose: str, line: int) -> None:
    """Refuse an attribute list at the end of a line of text: it belongs on a line of its own."""
    hidden = only_prose(prose)
    for match in LIST.finditer(hidden):
        begin = hidden.rfind("\n", 0, match.start()) + 1
        before, rest = prose[begin : match.start("list")], hidden[match.end() :]
        is_loose = before.strip() and before[-1].isspace()
        has_lists = re.match(r"[ \t>]*(?:#|!!!|\?\?\?)", before) or "|" in before
        is_term = re.match(r"\n+:[ \t]", rest)
        if is_loose and not has_lists and not is_term:
            raise LessonError(
                line + hidden.count("\n", 0, match.start()),
                f"{match['list']} stays as it is: of a paragraph it stands on a line of its own below, "
                "of bold or a link right behind it",
            )
