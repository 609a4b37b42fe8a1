"""Beside the stages. Where a page introduces or first needs a term of the glossary, the term is
linked, and explained on hover and focus by the style sheet alone. The search knows each term.

The glossary is a page of definitions: `term { #name data-forms="other form; another" }`, and below
it `:   ` with the text. A page whose front matter says `terms: introduced` links only what it
introduces, in italics: its reader comes from the pages before.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from html import escape, unescape
from pathlib import Path
from typing import NamedTuple

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url
from prose import hide_code
from refusals import LessonError, refusals_of

GLOSSARY = "glossary.md"
ENTRY = re.compile(
    r'^(?P<term>[^\n{]+?) \{ #(?P<name>[\w-]+)(?: data-forms="(?P<forms>[^"]*)")? \}\n+'
    r":   (?P<text>(?:.+\n?)+)",
    re.MULTILINE,
)
MARKUP = re.compile(r"\[([^]]*)\]\([^)]*\)|[*`$]|\s+")
# What a definition may not hold: beside a link it is shown as plain text.
RAW = re.compile(r"\{\{|\[\^[^\]\n]+\]")
TAG = re.compile(r"(<!--.*?-->|</?(\w+)[^>]*>)", re.DOTALL)
# After the one a capital is a sentence's; after the other a sentence goes on.
SENTENCE_END = re.compile(r"[.!?:]\W*$")
INLINE_END = re.compile(r"</(a|b|code|em|math|span|strong)>")
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
NO_PROSE |= {"summary", "svg", "td", "th"}


class Place(NamedTuple):
    """Where a term appears; the least of its places is the one that is linked."""

    is_folded: bool
    is_mentioned: bool  # rather than introduced, in italics
    part: int
    start: int
    end: int


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Link the terms of a page."""
    source = Path(config.docs_dir, GLOSSARY)
    file = files.get_file_from_path(GLOSSARY)
    if file is None or page.file is file:
        return html
    text = source.read_text("utf-8")
    entries = read_glossary(text)
    if not entries:
        raise PluginError(
            f"{GLOSSARY}:1: there is no entry: write `term {{ #name }}`, and below it `:   text`"
        )
    with refusals_of(GLOSSARY):
        check_glossary(text)
    with refusals_of(page.file.src_uri):
        lesson = Path(config.docs_dir, page.file.src_uri).read_text("utf-8")
        check_italics(html, lesson, entries)
    if page.is_homepage:
        return html
    address = get_relative_url(file.url, page.url)
    introduced_only = page.meta.get("terms") == "introduced"
    return link_terms(html, entries, address, introduced_only)


def read_glossary(markdown: str) -> dict[str, tuple[str, str]]:
    """Map each form of each term to its anchor and its explanation."""
    entries = {}
    for match in ENTRY.finditer(markdown):
        text = MARKUP.sub(
            lambda part: part[1] or " " * part[0].isspace(), match["text"]
        )
        for form in [match["term"], *(match["forms"] or "").split(";")]:
            if form.strip():
                entries[form.strip()] = match["name"], text.strip()
    return entries


def check_glossary(markdown: str) -> None:
    """Refuse a definition that is no entry or no plain text, and a form or an anchor of two entries."""
    entries = list(ENTRY.finditer(markdown))
    texts = {match.start("text") for match in entries}
    hidden = hide_code(markdown)
    for entry in entries:
        if match := RAW.search(hidden, *entry.span("text")):
            raise LessonError(
                markdown.count("\n", 0, match.start()) + 1,
                f"where the term is explained, {match[0]} would be seen as it is: write words",
            )
    for match in re.finditer(r"^: +", hidden, re.MULTILINE):
        if match.end() not in texts:
            line = markdown.count("\n", 0, match.start()) + 1
            raise LessonError(
                line,
                "this explains no entry: above it stands `term { #name }`, or with "
                '`data-forms="other form; another"` behind the name',
            )
    seen: dict[str, str] = {}
    for match in entries:
        forms = [match["term"], *(match["forms"] or "").split(";")]
        line = markdown.count("\n", 0, match.start()) + 1
        for said in [f"#{match['name']}", *map(key_of, forms)]:
            if said and said in seen:
                raise LessonError(line, f"{said} is also of the entry {seen[said]}")
            seen[said] = match["term"]


def check_italics(
    html: str, markdown: str, entries: dict[str, tuple[str, str]]
) -> None:
    """Refuse italics that introduce a term which is none, but for names, titles and links."""
    forms = {key_of(form): form for form in entries}
    prose = html.partition('<div class="footnote">')[0]
    for match in re.finditer(r"<em>(.*?)</em>", prose, re.DOTALL):
        term = " ".join(unescape(re.sub(r"<[^>]*>", "", match[1])).split())
        term = term.rstrip(".,:;?!")
        before = prose[: match.start()]
        is_linked = before.rfind("<a ") > before.rfind("</a>")
        if key_of(term) in forms or is_linked or is_title(term, before):
            continue
        words = r"\s+".join(map(re.escape, term.split()))
        # What is not in the lesson itself it quotes.
        found = re.search(rf"[*_]{words}\W*[*_]|-8<-", markdown)
        raise LessonError(
            markdown.count("\n", 0, found.start()) + 1 if found else 1,
            f"*{term}* introduces a term, and {GLOSSARY} has none of that name: define it "
            "there, or stress it in bold",
        )


def is_title(term: str, before: str) -> bool:
    """Tell a name or a title: it has capitals that no sentence gives it."""
    said = re.sub(r"<[^>]*>", "", before[before.rfind("<p>") :]).rstrip()
    begins = not said or SENTENCE_END.search(said)
    return any(w[:1].isupper() for w in (term.split()[1:] if begins else term.split()))


def link_terms(
    html: str,
    entries: dict[str, tuple[str, str]],
    address: str,
    introduced_only: bool = False,
) -> str:
    """Link each term once: where it is introduced, or else first appears in the open."""
    forms = {key_of(form): form for form in entries}
    words = re.compile(rf"(?<![\w-])(?:{any_of(entries)})(?![\w-])", re.IGNORECASE)
    parts = TAG.split(html)
    depth = {"prose": 0, "em": 0, "details": 0}
    places: dict[str, Place] = {}
    for index in range(0, len(parts) - 2, 3):
        text, tag, name = parts[index : index + 3]
        tag_before = parts[index - 2] if index else ""
        is_skipped = depth["prose"] or (introduced_only and not depth["em"])
        for match in [] if is_skipped else words.finditer(text):
            form = forms[key_of(match[0])]
            if is_name(match, form, tag_before):
                continue
            if depth["em"] and match[0] != text.strip(" \n.,"):  # a title
                continue
            term, _ = entries[form]
            place = Place(depth["details"] > 0, not depth["em"], index, *match.span())
            places[term] = min(place, places.get(term, place))
        step = -1 if tag.startswith("</") else not tag.endswith("/>")
        kind = "prose" if name in NO_PROSE else name
        if kind in depth:
            depth[kind] += step
        parts[index + 2] = ""  # the name stands in the tag, too
    for place in sorted(places.values(), key=lambda place: place.start, reverse=True):
        text = parts[place.part]
        word = text[place.start : place.end]
        name, meaning = entries[forms[key_of(word)]]
        attributes = f'href="{address}#{name}" aria-description="{escape(meaning)}"'
        link = f'<a class="term" {attributes}>{word}</a>'
        parts[place.part] = text[: place.start] + link + text[place.end :]
    return "".join(parts)


def any_of(forms: Iterable[str]) -> str:
    """Write a pattern for any of some forms, the longest first, by initial: so it is found faster."""
    by_initial = defaultdict(list)
    for form in sorted(forms, key=len, reverse=True):
        rest = re.escape(form[1:]).replace(r"\ ", r"\s+")
        by_initial[re.escape(form[0].lower())].append(rest)
    return "|".join(
        f"{initial}(?:{'|'.join(rests)})" for initial, rests in by_initial.items()
    )


def is_name(match: re.Match[str], form: str, tag_before: str) -> bool:
    """Tell a word of a title or a name from a term: it has capitals that no sentence gives it."""
    word, before = " ".join(match[0].split()), match.string[: match.start()].rstrip()
    begins = SENTENCE_END.search(before) or not (before or INLINE_END.match(tag_before))
    return word != form and not (begins and word == form[0].upper() + form[1:])


def key_of(word: str) -> str:
    """Write a form of a term as the entries know it."""
    return " ".join(word.lower().split())


def on_post_build(config: MkDocsConfig) -> None:
    """Let the search lead to each term, rather than to the groups that they stand in."""
    index = Path(config.site_dir, "search", "search_index.json")
    source = Path(config.docs_dir, GLOSSARY)
    if not index.exists() or not source.exists():
        return
    found = json.loads(index.read_text("utf-8"))
    address = GLOSSARY.replace(".md", "/")
    others = [
        page for page in found["docs"] if not page["location"].startswith(f"{address}#")
    ]
    found["docs"] = others + searched_terms(source.read_text("utf-8"), address)
    index.write_text(json.dumps(found, separators=(",", ":")), "utf-8")


def searched_terms(markdown: str, address: str) -> list[dict[str, str | float]]:
    """Write each entry as the search index has a section: what it is called, what it says."""
    terms: list[dict[str, str | float]] = []
    for match in ENTRY.finditer(markdown):
        term, forms = match["term"], (match["forms"] or "").split(";")
        short = [form.strip() for form in forms if " " not in form.strip()]
        others = [form for form in short if form[:4] not in ("", term[:4])]
        _, meaning = read_glossary(match[0])[term.strip()]
        entry = {
            "location": f"{address}#{match['name']}",
            "title": " · ".join([term, *others]),
            "text": escape(meaning),
        }
        # Whoever types a word wants it rather than a longer term that holds it.
        terms.append({**entry, "boost": 4 / len(term.split())})
    return terms
