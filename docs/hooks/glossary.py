"""Beside the stages. Where a term of the glossary appears, it is linked, and explained
on hover and focus by the style sheet alone.

The glossary is a page of definitions: `term { #name data-forms="other form; another" }`, and below
it `:   ` with the text. Each section of a page links a term once, where it first appears.
"""

import re
from html import escape
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

GLOSSARY = "glossary.md"
ENTRY = re.compile(
    r'^(?P<term>[^\n{]+?) \{ #(?P<name>[\w-]+)(?: data-forms="(?P<forms>[^"]*)")? \}\n+'
    r":   (?P<text>(?:.+\n?)+)",
    re.MULTILINE,
)
MARKUP = re.compile(r"\[([^]]*)\]\([^)]*\)|[*`$]|\s+")
TAG = re.compile(r"(<!--.*?-->|</?(\w+)[^>]*>)", re.DOTALL)
# Where no term is linked: what is no prose, and what is a link, a button or a heading already.
NO_PROSE = {
    "a",
    "button",
    "code",
    "h1",
    "h2",
    "h3",
    "h4",
    "math",
    "pre",
    "script",
    "style",
}
NO_PROSE |= {"summary", "svg", "th"}


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Link the terms of a page."""
    source = Path(config.docs_dir, GLOSSARY)
    file = files.get_file_from_path(GLOSSARY)
    if file is None or page.file is file:
        return html
    entries = read_glossary(source.read_text("utf-8"))
    return link_terms(html, entries, get_relative_url(file.url, page.url))


def read_glossary(markdown: str) -> dict[str, tuple[str, str]]:
    """Map each form of each term to its anchor and its explanation, in lower case."""
    entries = {}
    for match in ENTRY.finditer(markdown):
        text = MARKUP.sub(
            lambda part: part[1] or " " * part[0].isspace(), match["text"]
        )
        for form in [match["term"], *(match["forms"] or "").split(";")]:
            if form.strip():
                entries[form.strip().lower()] = match["name"], text.strip()
    return entries


def link_terms(html: str, entries: dict[str, tuple[str, str]], address: str) -> str:
    """Link each term where it first appears in the prose of each section."""
    longest_first = sorted(entries, key=len, reverse=True)
    forms = "|".join(re.escape(form).replace(r"\ ", r"\s+") for form in longest_first)
    words = re.compile(rf"(?<![\w-])({forms})(?![\w-])", re.IGNORECASE)
    linked: set[str] = set()
    inside = 0  # elements that hold no prose

    def link(match: re.Match[str]) -> str:
        name, text = entries[" ".join(match[0].lower().split())]
        if name in linked:
            return match[0]
        linked.add(name)
        attributes = f'href="{address}#{name}" aria-description="{escape(text)}"'
        return f'<a class="term" {attributes}>{match[0]}</a>'

    parts = TAG.split(html)
    for index in range(0, len(parts) - 2, 3):
        text, tag, name = parts[index : index + 3]
        if not inside:
            parts[index] = words.sub(link, text)
        parts[index + 2] = ""  # the name stands in the tag, too
        if name == "h2":
            linked.clear()
        if name in NO_PROSE:
            inside += -1 if tag.startswith("</") else not tag.endswith("/>")
    return "".join(parts)
