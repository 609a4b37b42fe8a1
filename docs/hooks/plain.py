"""Shared. A finished notebook as a reader opens it in Jupyter, which knows less than the site.

Goes in: a finished notebook, and the page's address, where that is known. Comes out: the same with
admonitions, folds, footnotes, snippets and links in forms that Jupyter shows, its cells numbered,
and the packages named that must be installed. No answer of a question is given away.
"""

import copy
import re
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
    r"(?<!\!)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^()\s]+)(?:\s+\"[^\"\n]*\")?\)"
)
NOTE = re.compile(r"\[\^(?P<name>[^\]\s]+)\](?!:)")
NOTE_TEXT = re.compile(r"^\[\^(?P<name>[^\]\s]+)\]: *", re.MULTILINE)
ATTRIBUTES = re.compile(r"[ \t]*\{:? ?[#.][^{}\n]*\}")
REFERENCE = re.compile(r"^::: .*\n?", re.MULTILINE)


def for_jupyter(
    notebook: nbformat.NotebookNode, root: Path, address: str
) -> nbformat.NotebookNode:
    """Translate a notebook to what Jupyter shows."""
    made = copy.copy(notebook)
    made.cells = [copied(cell) for cell in notebook.cells]
    notes: list[str] = []
    number = 0
    for cell in made.cells:
        if cell.cell_type == "markdown":
            cell.source = to_plain_markdown(cell.source, root, address, notes)
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


def to_plain_markdown(text: str, root: Path, address: str, notes: list[str]) -> str:
    """Write prose without what only the site's extensions of Markdown understand."""
    text = SNIPPET.sub(lambda match: quoted(match, root), text)
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
        told = to_plain_markdown("\n".join(inside).strip("\n"), root, address, notes)
        title = block["title"] or block["words"].split()[0].capitalize()
        plain += folded(title, told) if block["kind"] != "!!!" else framed(title, told)
    return rewritten("\n".join(plain), address, notes)


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


def rewritten(text: str, address: str, notes: list[str]) -> str:
    """Rewrite links, footnotes and attributes wherever a text is no code."""
    hidden = MATH.sub(lambda match: " " * len(match[0]), hide_code(text))
    parts, position = [], 0
    pattern = re.compile(
        "|".join(
            f"(?:{re.sub(r'[(][?]P<[a-z]+>', '(?:', p.pattern)})"
            for p in (NOTE_TEXT, NOTE, LINK, ATTRIBUTES, REFERENCE)
        ),
        re.MULTILINE,
    )
    for match in pattern.finditer(hidden):
        parts += [text[position : match.start()]]
        parts += [replacement(text[match.start() : match.end()], address, notes)]
        position = match.end()
    return "".join([*parts, text[position:]])


def replacement(text: str, address: str, notes: list[str]) -> str:
    """Say what stands in a notebook for a link, a footnote's mark, its text, or attributes."""
    if match := NOTE_TEXT.fullmatch(text) or NOTE.fullmatch(text):
        if match["name"] not in notes:
            notes.append(match["name"])
        number = notes.index(match["name"]) + 1
        return f"({number}) " if match.re is NOTE_TEXT else f"<sup>({number})</sup>"
    if match := LINK.fullmatch(text):
        target = match["target"]
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            return text
        return (
            f"[{match['text']}]({on_site(target, address)})"
            if address
            else match["text"]
        )
    return ""


def on_site(target: str, address: str) -> str:
    """Turn a link between lessons into one to the site."""
    name, mark, anchor = target.partition("#")
    page = re.sub(r"(?:index)?\.md$", lambda m: "" if "index" in m[0] else "/", name)
    # Links between lessons are relative to their files; a page lies one folder deeper.
    return urljoin(address, page or ".") + mark + anchor
