"""Shared. A finished notebook as a reader opens it in Jupyter, which knows less than the site.

Goes in: a finished notebook, and the page's address, where that is known. Comes out: the same with
admonitions, folds, footnotes, snippets, links and pictures in forms that Jupyter shows, its cells numbered,
and the packages named that must be installed. No answer of a question is given away.
"""

import copy
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

import nbformat
from cells import requirements
from prose import MATH, SNIPPET, hide_code, section
from reading import read_text

BLOCK = re.compile(
    r"^(?P<indent> *)(?P<kind>!!!|\?\?\?\+?) (?P<words>[\w -]+?)(?: \"(?P<title>.*)\")?$"
)
LINK = re.compile(
    r"(?P<picture>!?)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^()\s]+)(?:\s+\"[^\"\n]*\")?\)"
)
# A link whose target stands elsewhere, and where it stands.
LINK_THERE = re.compile(r"\[(?P<words>[^\[\]]+)\]\[(?P<name>[^\[\]\n]*)\]")
TARGET = re.compile(
    r"^ {0,3}\[(?P<name>[^\[\]^\n][^\[\]\n]*)\]: *<?(?P<target>[^\s<>]+)>?.*\n?",
    re.MULTILINE,
)
HTML_LINK = re.compile(
    r"(?P<begin><(?:a|img)\b[^<>]*?\s(?:href|src)=[\"'])(?P<to>[^\"'<>]*)"
)
NOTE = re.compile(r"\[\^(?P<name>[^\]\s]+)\](?!:)")
NOTE_TEXT = re.compile(r"^\[\^(?P<name>[^\]\s]+)\]: *", re.MULTILINE)
ATTRIBUTES = re.compile(r"[ \t]*\{:? ?[#.][^{}\n]*\}")
KINDS = (NOTE_TEXT, NOTE, LINK, TARGET, LINK_THERE, HTML_LINK)
# A footnote of several paragraphs, whose others are indented: in Jupyter, code.
LONG_NOTE = re.compile(
    r"^\[\^[^\]\s]+\]:[^\n]*(?P<rest>(?:\n(?:[ \t]*\n)* {4}[^\n]*)+)", re.MULTILINE
)
LEVEL = re.compile(r"^ {4}", re.MULTILINE)
REFERENCE = re.compile(r"^::: .*\n?", re.MULTILINE)


@dataclass
class Where:
    """Where a notebook's page lies, and what of it stands in one cell and counts in all."""

    root: Path  # the project's folder, in which snippets are
    # The address to which links between files are relative, and the page's own, to which those in HTML are.
    files: str = ""
    page: str = ""
    notes: list[str] = field(default_factory=list)
    targets: dict[str, str] = field(default_factory=dict)


def for_jupyter(notebook: nbformat.NotebookNode, where: Where) -> nbformat.NotebookNode:
    """Translate a notebook to what Jupyter shows."""
    made = copy.copy(notebook)
    made.cells = [copied(cell) for cell in notebook.cells]
    for cell in made.cells:
        if cell.cell_type == "markdown":
            note_targets(cell.source, where)
    number = 0
    for cell in made.cells:
        if cell.cell_type == "markdown":
            cell.source = to_plain_markdown(cell.source, where)
            continue
        number += 1
        cell.execution_count = number
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = number
        if "fold" in cell.metadata.lesson:
            cell.metadata.jupyter = {"source_hidden": True}
    packages = requirements(made)
    first = next((cell for cell in made.cells if cell.cell_type == "markdown"), None)
    if packages and first is not None:
        title, _, rest = first.source.partition("\n\n")
        command = f"python -m pip install {' '.join(packages)}"
        told = f"To run this notebook, install what it imports: `{command}`"
        first.source = "\n\n".join(filter(None, [title, told, rest]))
    return made


def copied(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Copy a cell as far as it is translated: what its outputs hold stays as it is."""
    made = copy.copy(cell)
    made.metadata = copy.copy(cell.metadata)
    if "outputs" in cell:
        made.outputs = [copy.copy(output) for output in cell.outputs]
    return made


def note_targets(text: str, where: Where) -> None:
    """Remember where links lead whose targets stand apart from them."""
    for match in TARGET.finditer(hide_code(text)):
        where.targets[match["name"].lower()] = match["target"]


def to_plain_markdown(text: str, where: Where) -> str:
    """Write prose without what only the site's extensions of Markdown understand."""
    text = SNIPPET.sub(lambda match: quoted(match, where.root), text)
    for note in reversed(list(LONG_NOTE.finditer(hide_code(text)))):
        start, end = note.span("rest")
        text = text[:start] + LEVEL.sub("", text[start:end]) + text[end:]
    lines = text.split("\n")
    shown = hide_code(text).split("\n")
    plain: list[str] = []
    while lines:
        line, hidden = lines.pop(0), shown.pop(0)
        block = BLOCK.match(line) if hidden.strip() else None
        if block is None:
            plain.append(line)
            continue
        depth = len(block["indent"]) + 4
        inside: list[str] = []
        while lines and (not lines[0].strip() or lines[0][:depth].isspace()):
            inside.append(lines.pop(0)[depth:])
            shown.pop(0)
        told = to_plain_markdown("\n".join(inside).strip("\n"), where)
        title = block["title"] or block["words"].split()[0].capitalize()
        plain += folded(title, told) if block["kind"] != "!!!" else framed(title, told)
    return rewritten("\n".join(plain), where)


def folded(title: str, text: str) -> list[str]:
    """Write a fold, closed: Jupyter knows HTML's."""
    return ["<details>", f"<summary>{title}</summary>", "", text, "", "</details>", ""]


def framed(title: str, text: str) -> list[str]:
    """Write an admonition as a quotation with a title."""
    return [
        f"> **{title}**",
        ">",
        *(f"> {line}".rstrip() for line in text.split("\n")),
        "",
    ]


def quoted(match: re.Match[str], root: Path) -> str:
    """Put a snippet's text in its place."""
    name, _, part = (match["file"] or "").partition(":")
    path = root / name
    return section(read_text(path), part) if name and path.is_file() else ""


def rewritten(text: str, where: Where) -> str:
    """Rewrite links, footnotes and attributes wherever a text is no code."""
    hidden = MATH.sub(lambda match: " " * len(match[0]), hide_code(text))
    parts, position = [], 0
    pattern = re.compile(
        "|".join(
            f"(?:{re.sub(r'[(][?]P<[a-z]+>', '(?:', p.pattern)})"
            for p in (*KINDS, ATTRIBUTES, REFERENCE)
        ),
        re.MULTILINE,
    )
    for match in pattern.finditer(hidden):
        parts += [text[position : match.start()]]
        parts += [replacement(text[match.start() : match.end()], where)]
        position = match.end()
    return "".join([*parts, text[position:]])


def replacement(text: str, where: Where) -> str:
    """Say what stands in a notebook for a link, a picture, a footnote's mark, its text, or attributes."""
    if match := NOTE_TEXT.fullmatch(text) or NOTE.fullmatch(text):
        if match["name"] not in where.notes:
            where.notes.append(match["name"])
        number = where.notes.index(match["name"]) + 1
        return f"({number}) " if match.re is NOTE_TEXT else f"<sup>({number})</sup>"
    if match := LINK.fullmatch(text):
        words = rewritten(match["text"], where)  # a picture, perhaps
        return linked(match["picture"], words, match["target"], where)
    if match := LINK_THERE.fullmatch(text):
        name = (match["name"] or match["words"]).lower()
        if name not in where.targets:
            return match["words"]
        return linked("", match["words"], where.targets[name], where)
    if match := HTML_LINK.fullmatch(text):
        base = "" if leads_away(match["to"]) else where.page
        return f"{match['begin']}{urljoin(base, match['to'])}"
    return ""


def linked(picture: str, words: str, target: str, where: Where) -> str:
    """Write a link or a picture that leads to the site, or only its words if nobody knows where that is."""
    if leads_away(target):
        return f"{picture}[{words}]({target})"
    return (
        f"{picture}[{words}]({on_site(target, where.files)})" if where.files else words
    )


def leads_away(target: str) -> bool:
    """Tell whether a link leads away from the site, or to a place on the same page."""
    return bool(re.match(r"[a-z]+:|//|#", target))


def on_site(target: str, address: str) -> str:
    """Turn a link between lessons into one to the site."""
    name, mark, anchor = target.partition("#")
    page = re.sub(r"(?:index)?\.md$", lambda m: "" if "index" in m[0] else "/", name)
    # Links between lessons are relative to their files; a page lies one folder deeper.
    return urljoin(address, page or ".") + mark + anchor
