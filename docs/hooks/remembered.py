"""Beside the stages. What others make of our texts is not made anew by every build.

Goes in: what MkDocs, mkdocstrings and Material make pages with. Comes out: the same, with compiled
templates, entries of the reference and the sections that search finds remembered.
"""

import hashlib
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from kept import Memory, read_kept, write_kept
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink
from state import Build, build_of
from subjects import subjects

# Caches that keep the builds before alive, some megabytes each. They are in no manual: a newer release
# that has none works, and is as large as it was.
HOARDS = {
    "mkdocstrings_handlers.python._internal.rendering": "_test_existing_template",
    "griffe._internal.extensions.dataclasses": "_dataclass_parameters",
}
# A docstring with a link, a picture or a snippet depends on more than the package.
REACHES_OUT = re.compile(r"\]\s*[(\[:]|--8<--|<[a-z]")


def on_config(config: MkDocsConfig) -> None:
    """Remember entries and sections, and let go of the builds before."""
    for module, name in HOARDS.items():
        if hoard := getattr(sys.modules.get(module), name, None):
            hoard.cache_clear()
    build, plugins = build_of(config), config.plugins
    handler = plugins["mkdocstrings"].get_handler("python")  # type: ignore[attr-defined]
    handler.env.bytecode_cache = Templates(build.cache("templates"))
    remember_entries(handler, build, Path(config.config_file_path))
    index = getattr(plugins.get("material/search"), "search_index", None)
    if hasattr(index, "add_entry_from_context"):
        remember_sections(index, build.memory)


def remember_entries(handler: Any, build: Build, settings: Path) -> None:
    """Render the reference's entries anew only when a package or what lays them out changes."""
    packages = [
        path
        for name in subjects(build.root)
        for path in build.root.glob(f"{name}/**/*.py")
    ]
    layouts = build.root.glob("docs/overrides/mkdocstrings/**/*.jinja")
    texts = [
        path.read_bytes() for path in [settings, *sorted(packages), *sorted(layouts)]
    ]
    digest = hashlib.sha256(b"\0".join(texts)).hexdigest()
    render, headings_of = handler.render, handler.get_headings
    waiting: list[Element] = []

    def entry(data: Any, options: Any, locale: str | None = None) -> str:
        is_alone = handler.outer_layer and not any(
            REACHES_OUT.search(text) for text in docstrings(data)
        )
        if not is_alone:
            return str(render(data, options, locale=locale))

        def make() -> list[Any]:
            html = str(render(data, options, locale=locale))
            return [
                html,
                [[part.tag, part.attrib, part.text] for part in headings_of()],
            ]

        made_of = ["entry", data.path, str(options), locale, digest]
        html, headings = build.memory.recall(made_of, make)
        for tag, attributes, text in headings:
            waiting.append(Element(tag, attributes))
            waiting[-1].text = text
        return str(html)

    def headings() -> list[Element]:
        """Give what the table of contents and links to entries are made of."""
        given = [*waiting, *headings_of()]
        waiting.clear()
        return given

    handler.render, handler.get_headings = entry, headings


def docstrings(thing: Any) -> Iterator[str]:
    """Go through the docstrings of a module, class or function, and of all that it holds."""
    if thing.docstring:
        yield thing.docstring.value
    for member in thing.members.values():
        if not member.is_alias:
            yield from docstrings(member)


def remember_sections(index: Any, memory: Memory) -> None:
    """Divide a page into the sections that search finds only when the page changes."""
    divide = index.add_entry_from_context

    def add(page: Page) -> None:
        def make() -> list[Any]:
            before = len(index.entries)
            divide(page)
            sections: list[Any] = index.entries[before:]
            del index.entries[before:]
            return sections

        anchors = [[link.id, link.url] for link in every(page.toc)]
        made_of = [page.url, page.title, page.meta, page.content, anchors]
        index.entries += memory.recall(["sections", repr(made_of)], make)

    index.add_entry_from_context = add


def every(links: Iterable[AnchorLink]) -> Iterator[AnchorLink]:
    """Go through a table of contents, with all that is below."""
    for link in links:
        yield link
        yield from every(link.children)


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> Environment:
    """Let the theme's templates come from the cache."""
    env.bytecode_cache = Templates(build_of(config).cache("templates"))
    return env


class Templates(BytecodeCache):
    """Compiled templates, each kept under a name that changes with its text."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load_bytecode(self, bucket: Bucket) -> None:
        """Read a template, if it is kept."""
        if content := read_kept(self.path_of(bucket)):
            bucket.bytecode_from_string(content)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template."""
        write_kept(self.path_of(bucket), bucket.bytecode_to_string())

    def path_of(self, bucket: Bucket) -> Path:
        """Say where a template is kept."""
        return self.folder / f"{bucket.key}-{bucket.checksum}"
