"""Shared. TeX that would be typeset otherwise than its writer meant, or not at all.

Goes in: a piece of Markdown and the line where it begins, or a value for a formula. Comes out: nothing or the
value as TeX writes it, or a refusal.
"""

import re

from prose import ITEM, MATH, blank, hide_comments, hide_values
from refusals import LessonError

# What may stand in a line before a formula that has a paragraph to itself.
MARGIN = re.compile(r"[ \t>]*(?:(?:[-*+]|\d+[.)]|:|\[\^[^\]]+\]:)[ \t]+)?")
# The lines beside such a formula: blank ones, or what makes no paragraph with it.
NO_NEIGHBOUR = re.compile(r"[ \t>]*$|[ \t]*(?:#{1,6} |<|!!!|\?\?\?)")
TEXT = re.compile(r"\\text\w*\{[^{}]*\}|\\(?:begin|end)\{[^{}]*\}")
COMMAND = re.compile(r"\\[A-Za-z]+(?:\{[^{}]*\})?")
# A value as `values_as_groups` writes it, beside a digit that is no numerator.
BESIDE_DIGIT = re.compile(r"(?<!frac)\d\{\x00+\}|\{\x00+\}\d")
# TeX takes one sign; of letters, `x_iy_i` is a product, and `x_max` or `x_ij` is none.
WITHOUT_BRACES = re.compile(
    r"[_^](?:\d[\d.]*\d|-[\w\\]|\+\d|[A-Za-z]\d|[A-Za-z]{3,}|[ijkmn][ijkmn](?![A-Za-z_^']))"
)
# Dollars with a blank inside, around what is no price.
SPACED = re.compile(r"(?<![\\$\w])\$(?!\$)(?P<tex>[^$\n]+)(?<!\\)\$(?![\d$])")
LOOKS_LIKE_TEX = re.compile(r"[\\^_=]|\A\s*[A-Za-z]\s*\Z")


def refuse_misread_tex(prose: str, line: int) -> None:
    """Refuse a formula that is shown as it is written, or of which TeX makes something else."""
    hidden = hide_comments(prose)
    for match in MATH.finditer(hide_values(hidden)):
        start, end = match.span()
        if problem := misread(hidden[start:end]) or misplaced(hidden, start, end):
            raise LessonError(line + hidden.count("\n", 0, start), problem)
    loose = MATH.sub(blank, hide_values(hidden))
    for match in SPACED.finditer(loose):
        if LOOKS_LIKE_TEX.search(match["tex"]):
            raise LessonError(
                line + loose.count("\n", 0, match.start()),
                f"{match[0]} stays as it is: no blank stands inside the dollars of a formula",
            )


def misread(formula: str) -> str:
    """Say what TeX takes otherwise in a formula."""
    tex = TEXT.sub("", values_as_groups(formula))
    if re.search(r"(?<!\\)(?:\\\\)*%", values_as_groups(formula)):
        return "in a formula % hides the rest of its line: write \\%"
    if re.search(r"\n[ \t>]*\n", formula):
        return "a blank line ends a formula: take it out, or close the formula above"
    if BESIDE_DIGIT.search(tex):
        return "a value right beside a digit is read as one number with it: write \\cdot between them"
    if found := WITHOUT_BRACES.search(tex):
        sign, rest = found[0][0], found[0][1:]
        shown = tex[max(found.start() - 1, 0) : found.end()].strip()
        return (
            f"in {shown} TeX takes only one sign after {sign}: write {sign}{{{rest}}}"
        )
    if formula[0] == "\\" and re.fullmatch(
        r"[^\\^_=]*[a-z]{2,} [a-z]{2,}[^\\^_=]*", tex[2:-2]
    ):
        return f"{formula} becomes a formula: brackets around words need no backslash"
    return ""


def misplaced(text: str, start: int, end: int) -> str:
    """Say what is wrong with the place of a formula that has dollars for a paragraph of its own."""
    mark = text[start : start + 2]
    if mark not in ("$$", "\\["):
        return ""
    above, _, before = text[:start].rpartition("\n")
    after, _, below = text[end:].partition("\n")
    above, below = above.rpartition("\n")[2], below.partition("\n")[0]
    margin = MARGIN.fullmatch(before)
    begins_item = bool(before.strip(" \t>"))
    is_alone = (
        margin and not after.strip() and (begins_item or NO_NEIGHBOUR.match(above))
    )
    if is_alone and (NO_NEIGHBOUR.match(below) or (begins_item and is_item(below))):
        return ""
    if mark == "\\[" and not re.search(r"[\\^_]", text[start + 2 : end - 2]):
        return ""  # brackets that are meant to be seen
    return (
        f"{mark} begins a formula with blank lines around it: "
        "set it apart, or write it as $...$"
    )


def misread_value(value: str) -> str:
    """Say what TeX would make of a value that Python has written."""
    if re.search(r"\d[eE][-+]?\d", value):
        return (
            "e stands for no power of ten there: give it a format, or write the power"
        )
    if found := re.search(r"[A-Za-z]{3,}", COMMAND.sub("", value)):
        return f"{found[0]} would be a product of letters: put it into \\text{{}}"
    return ""


def tex_of(value: str, after: str) -> str:
    """Write a value as TeX does, in brackets if what follows is a power of it."""
    tex = re.sub(r"(?<!\\)%", r"\\%", value)
    tex = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "{,}", tex)
    is_base = re.match(r"\}\s*\^", after) and re.match(r"[-−]", value)
    return f"({tex})" if is_base else tex


def is_item(row: str) -> bool:
    """Tell whether a line begins an item of a list."""
    return ITEM.match(row.lstrip(" >")) is not None


def values_as_groups(formula: str) -> str:
    """Put a group that says nothing in place of each value of a formula."""
    return re.sub(
        r"(?<=\{)\{.*?\}(?=\})",
        lambda value: re.sub(r"[^\n]", "\x00", value[0]),
        formula,
        flags=re.DOTALL,
    )
