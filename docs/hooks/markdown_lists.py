"""Shared. Lists, notes and boxes whose indentation or numbers Markdown reads otherwise than their writer.

Goes in: a piece of Markdown, and the line where it begins. Comes out: nothing, or a refusal.
"""

import re

from prose import ITEM, blank, hide_comments
from refusals import LessonError

BOX = re.compile(r"(?P<kind>!!!|\?\?\?\+?) *(?P<rest>.*)")
RULE = re.compile(r"(?:[-*_] *){3,}")
NUMBER = re.compile(r"(?P<number>\d+)(?P<sign>[.)]) +\S")
# Where our style sheet numbers the items, from list to list.
PATH = re.compile(r"<div class=\"path\".*?</div>", re.DOTALL)
# So far is indented what belongs to an item.
STEP = 4


def refuse_misread_lists(prose: str, line: int) -> None:
    """Refuse items and paragraphs of items that Markdown would take for others."""
    items: list[int] = []  # how far each is indented that the line may belong to
    was_blank = True
    hidden = PATH.sub(blank, hide_comments(prose)).split("\n")
    for number, (row, whole) in enumerate(zip(hidden, prose.split("\n"), strict=True)):
        text, indent = row.strip(), indent_of(whole)
        if not whole.strip():
            was_blank = True
            continue
        is_apart = was_blank or text.startswith("#")
        was_blank = False
        is_item = bool(ITEM.match(f"{text} ")) and not RULE.fullmatch(text)
        while items and (
            indent < items[-1] or (is_apart and indent == items[-1] and not is_item)
        ):
            items.pop()
        depth = indent - items[-1] if items else None
        if is_item and depth is None and not is_apart and NUMBER.match(text):
            continue  # a number within a sentence
        if not text or text.startswith((">", "<")):
            continue  # code, a remark, a quote or HTML: they may stand anywhere
        problem = misread(text, depth, is_apart)
        if problem and (is_item or is_apart):
            raise LessonError(line + number, problem)
        if is_item and (depth is None or depth >= STEP):
            items.append(indent)


def misread(text: str, depth: int | None, is_apart: bool) -> str:
    """Say what is wrong with a line that stands so far inside the item above, if there is one."""
    counted = NUMBER.match(text)
    if ITEM.match(text):
        if depth in (2, 3):
            return "an item within an item is indented by four blanks"
        if depth in (0, 1) or counted is None or not is_apart:
            return ""
        if counted["sign"] == ")":
            return f"{counted[1]}) begins no list: write {counted[1]}."
        if counted["number"] != "1":
            return (
                f"this list would begin with 1: number it so, or write {counted[1]}\\. for a number"
                " that begins a paragraph"
            )
        return ""
    if depth is not None and 0 < depth < STEP:
        return (
            "a further paragraph of an item, a note or a box is indented by four blanks"
        )
    return ""


def refuse_empty_boxes(prose: str, line: int) -> None:
    """Refuse a box or a fold without anything in it, and one with a colon behind its kind."""
    rows = prose.split("\n")
    for number, row in enumerate(hide_comments(prose).split("\n")):
        box = BOX.fullmatch(row.strip())
        if box is None:
            continue
        if re.match(r"[\w -]+:", box["rest"]):
            raise LessonError(
                line + number,
                'behind the kind of a box stands its title, in quotes: !!! note "Title"',
            )
        inside = next((other for other in rows[number + 1 :] if other.strip()), "")
        depth = indent_of(inside) - indent_of(row)
        is_whole = box["kind"] == "!!!" and '"' in box["rest"]  # a title alone
        if depth < STEP and not is_whole:
            raise LessonError(
                line + number,
                "there is nothing in this box or fold: indent it by four blanks",
            )


def indent_of(row: str) -> int:
    """Count the blanks before the first word of a line."""
    return len(row.expandtabs(STEP)) - len(row.expandtabs(STEP).lstrip(" "))
