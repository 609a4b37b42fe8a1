"""Beside the stages. What others make of our texts is not made anew by every build.

Goes in: what MkDocs, mkdocstrings and Material make pages with. Comes out: the same, with compiled
templates, entries of the reference, their signatures and the sections that search finds remembered.
"""

import hashlib
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
from mkdocstrings_handlers.python._internal import rendering
from state import Build, build_of
from subjects import subjects

# Not to be found in their manuals: a newer release that has none works, as slow and large as it was.
PARTS: Any = rendering
HOARDS = {
    "mkdocstrings_handlers.python._internal.rendering": "_test_existing_template",
    "griffe._internal.extensions.dataclasses": "_dataclass_parameters",
}


def on_config(config: MkDocsConfig) -> None:
    """Remember entries, signatures and sections, and let go of the builds before."""
    for module, name in HOARDS.items():
        if hoard := getattr(sys.modules.get(module), name, None):
            hoard.cache_clear()
    build = build_of(config)
    plugins: Any = config.plugins
    handler = plugins["mkdocstrings"].get_handler("python")
    handler.env.bytecode_cache = Templates(build.cache("templates"))
    remember_entries(handler, build)
    remember_signatures(build.memory)
    if "material/search" in plugins:
        remember_sections(plugins["material/search"].search_index, build.memory)


def remember_entries(handler: Any, build: Build) -> None:
    """Render the reference's entries anew only when a package or what lays them out changes."""
    render, headings = handler.render, handler._headings
    packages = [
        path
        for name in subjects(build.root)
        for path in build.root.glob(f"{name}/**/*.py")
    ]
    layouts = build.root.glob("docs/overrides/mkdocstrings/**/*.jinja")
    made_of = [build.root / "mkdocs.yml", *sorted(packages), *sorted(layouts)]
    digest = hashlib.sha256(
        b"\0".join(path.read_bytes() for path in made_of)
    ).hexdigest()

    def entry(data: Any, options: Any, locale: str | None = None) -> str:
        def make() -> list[Any]:
            before = len(headings)
            html = str(render(data, options, locale=locale))
            parts = [[part.tag, part.attrib, part.text] for part in headings[before:]]
            del headings[before:]
            return [html, parts]

        html, parts = build.memory.recall(
            ["entry", data.path, str(options), locale, digest], make
        )
        for (
            tag,
            attributes,
            text,
        ) in parts:  # the table of contents and links are made of these
            heading = Element(tag, attributes)
            heading.text = text
            headings.append(heading)
        return str(html)

    handler.render = entry


def remember_signatures(memory: Memory) -> None:
    """Have a signature laid out only once."""
    if not hasattr(PARTS, "_get_ruff_formatter") or not (
        ruff := PARTS._get_ruff_formatter()
    ):
        return

    def laid_out(code: str, width: int) -> str:
        text: str = memory.recall(["signature", code, width], lambda: ruff(code, width))
        return text

    PARTS._get_formatter = lambda: laid_out


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
