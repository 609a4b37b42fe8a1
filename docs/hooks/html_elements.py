"""Shared. What a browser takes for an element of HTML though none was meant, or one that does nothing.

Goes in: a piece of Markdown, and the line where it begins. Comes out: nothing, or a refusal.
"""

import re
from functools import cache
from pathlib import Path

from cells import meant
from prose import MATH, blank, hide_comments, hide_values
from refusals import LessonError

STYLES = Path(__file__).parent.parent / "assets"
TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[A-Za-z][^\s<>/]*)(?P<rest>(?:\"[^\"<]*\"|'[^'<]*'|[^'\"<>])*)>"
)
LINK = re.compile(r"<(?:(?:ht|f)tps?://[^<>]*|[^<> !]+@[^@<> ]+)>", re.IGNORECASE)
ATTRIBUTE = re.compile(
    r"\s*(?P<name>[A-Za-z_:@][\w:.@-]*)(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>=`]+))?(?=\s|/?\s*\Z)"
)
# Attributes that say enough by being there.
BARE = re.compile(
    r"allowfullscreen|async|autofocus|autoplay|checked|controls|data-search-exclude|default|defer|disabled|"
    r"download|hidden|inert|ismap|loop|markdown|multiple|muted|nomodule|novalidate|open|optional|"
    r"playsinline|readonly|required|reversed|selected",
    re.IGNORECASE,
)
INLINE = re.compile(
    r"a|abbr|b|bdi|bdo|cite|code|data|del|dfn|em|i|ins|kbd|label|mark|q|s|samp|small|span|strong|"
    r"sub|sup|time|u|var",
    re.IGNORECASE,
)
BLOCKS = re.compile(
    r"address|area|article|aside|audio|autoref|blockquote|body|br|button|canvas|caption|center|col|"
    r"colgroup|datalist|dd|details|dialog|div|dl|dt|embed|fieldset|figcaption|figure|footer|form|"
    r"h1|h2|h3|h4|h5|h6|head|header|hgroup|hr|html|iframe|img|input|legend|li|link|main|map|math|"
    r"menu|meta|meter|nav|noscript|object|ol|optgroup|option|output|p|param|picture|pre|progress|"
    r"rp|rt|ruby|script|search|section|select|slot|source|style|summary|svg|table|tbody|td|"
    r"template|textarea|tfoot|th|thead|title|tr|track|tt|ul|video|wbr",
    re.IGNORECASE,
)
# Elements with a language of their own inside.
FOREIGN = re.compile(
    r"<(?P<name>svg|math|script|style|textarea)\b.*?</(?P=name)>",
    re.DOTALL | re.IGNORECASE,
)
# Elements in which Markdown makes no paragraphs.
RAW = re.compile(
    r"^<(?P<name>\w+)\b(?![^>]*\bmarkdown)[^>]*>.*?</(?P=name)>",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
SPAN_CLASS = re.compile(
    r"<span\b[^<>]*?\bclass\s*=\s*[\"']?(?P<names>[^\"'<>]*)", re.IGNORECASE
)


def refuse_unknown_elements(prose: str, line: int) -> None:
    """Refuse what stands between < and > and is no HTML: a browser shows nothing of it."""
    hidden = only_prose(prose)
    for tag in TAG.finditer(hidden):
        if LINK.match(tag[0]) or is_html(tag, hidden):
            continue
        shown = " ".join(prose[tag.start() : tag.end()].split())
        raise LessonError(
            line + hidden.count("\n", 0, tag.start()),
            f"a browser takes {shown} for HTML and shows nothing of it: "
            "put it into backticks, or write &lt; for <",
        )


def refuse_open_elements(prose: str, line: int) -> None:
    """Refuse an element within a paragraph that does not end there: it would go on below."""
    hidden = RAW.sub(blank, only_prose(prose))
    start = 0
    for paragraph in re.split(r"(\n[ \t]*\n)", hidden):
        for opened in reversed([*TAG.finditer(paragraph)]):
            name = opened["name"].lower()
            if (
                not INLINE.fullmatch(name)
                or opened["end"]
                or opened["rest"].endswith("/")
            ):
                continue
            rest = paragraph[opened.start() :]
            begun = re.findall(rf"<{name}(?=[\s>])", rest, re.IGNORECASE)
            if len(begun) > len(re.findall(rf"</{name}\s*>", rest, re.IGNORECASE)):
                where = start + opened.start()
                raise LessonError(
                    line + hidden.count("\n", 0, where),
                    f"{opened[0]} has no </{name}> in the same paragraph: close it, or write &lt; for <",
                )
        start += len(paragraph)


def refuse_unknown_classes(prose: str, line: int) -> None:
    """Refuse a span whose class no style knows: it would look like any other word."""
    hidden = only_prose(prose)
    for span in SPAN_CLASS.finditer(hidden):
        for name in span["names"].split():
            if name not in styled() and not name.startswith("md-"):
                raise LessonError(
                    line + hidden.count("\n", 0, span.start()),
                    f"no style knows the class {name}: "
                    f"{meant(name, ('data', 'model', 'error', 'truth'))}",
                )


def only_prose(text: str) -> str:
    """Hide what is no prose: code, comments, values, formulas, and what is in no HTML's language."""
    hidden = MATH.sub(blank, hide_values(hide_comments(text)))
    return FOREIGN.sub(blank, hidden)


def is_html(tag: re.Match[str], text: str) -> bool:
    """Tell an element that browsers know, with attributes that are some."""
    name, rest = tag["name"], tag["rest"]
    is_own = "-" in name and f"</{name}>" in text
    if not (INLINE.fullmatch(name) or BLOCKS.fullmatch(name) or is_own):
        return False
    while attribute := ATTRIBUTE.match(rest):
        if "=" not in attribute[0] and not BARE.fullmatch(attribute["name"]):
            return False
        rest = rest[attribute.end() :]
    return rest.strip() in ("", "/")


@cache
def styled() -> set[str]:
    """List the classes of our style sheets."""
    sheets = "".join(sheet.read_text("utf-8") for sheet in STYLES.glob("*.css"))
    return set(re.findall(r"\.([A-Za-z][\w-]*)", sheets))
