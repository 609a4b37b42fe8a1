"""Beside the stages. A page that would fetch something from another host stops the build.

What a reader follows is free: links, and what the head of a page only names. What a browser would load
by itself, whether Markdown, HTML, a style or a template asks for it, is refused.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page
from refusals import LessonError, refusals_of

ADDRESS = re.compile(r"=\s*[\"']?(?P<url>(?:https?:)?//[^\s\"'<>]+)")
TAG = re.compile(r"<(?P<kind>[\w-]+)[^>]*")
OF_STYLE = re.compile(
    r"(?:\burl\(\s*|@import\s+)(?:&quot;|[\"'])?(?P<url>(?:https?:)?//[^\s\"')&;]+)"
)
# An image may be one of several: "small.png 1x, https://... 2x".
OF_SET = re.compile(r"srcset\s*=\s*[\"'](?P<set>[^\"']*//[^\"']*)")
LOADED = {"src", "href", "xlink:href", "poster", "data", "background", "manifest"}
# What a `link` names and no browser loads.
NAMED = {"canonical", "prev", "next", "edit", "license", "author", "help", "me"}


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Refuse a page that would load something from elsewhere."""
    for url in fetched(output, config.site_url or ""):
        text = Path(config.docs_dir, page.file.src_uri).read_text("utf-8")
        rows = [n for n, row in enumerate(text.split("\n"), 1) if url in row]
        where = "" if rows else ", by a template, a setting or a snippet"
        with refusals_of(page.file.src_uri):
            raise LessonError(
                rows[0] if rows else 1,
                f"{url} would be fetched from another host{where}: put a copy into docs/",
            )
    return output


def on_post_build(config: MkDocsConfig) -> None:
    """Refuse a style sheet of ours that would load something from elsewhere."""
    for path in sorted(Path(config.docs_dir).rglob("*.css")):
        text = path.read_text("utf-8")
        for match in OF_STYLE.finditer(text):
            with refusals_of(str(path.relative_to(config.docs_dir))):
                raise LessonError(
                    text.count("\n", 0, match.start()) + 1,
                    f"{match['url']} would be fetched from another host: put a copy into docs/",
                )


def fetched(html: str, own: str) -> Iterator[str]:
    """List the addresses on other hosts that a browser would load by itself."""
    for match in ADDRESS.finditer(html):
        start = html.rfind("<", 0, match.start())
        tag = TAG.match(html, start)
        if tag is None or tag.end() < match.start():
            continue  # words of the page
        name = html[start : match.start()].split()[-1].lower()
        kind = tag["kind"].lower()
        rel = re.search(r"\brel\s*=\s*[\"']?([\w -]+)", tag[0])
        is_named = kind in ("a", "area") or (
            kind == "link" and rel and {*rel[1].lower().split()} <= NAMED
        )
        if name in LOADED and not is_named and is_elsewhere(match["url"], own):
            yield match["url"]
    for match in OF_SET.finditer(html):
        for url in re.findall(r"(?:https?:)?//[^\s,]+", match["set"]):
            if is_elsewhere(url, own):
                yield url
    for style in re.finditer(r"<style\b.*?</style>|style=\"[^\"]*\"", html, re.DOTALL):
        for match in OF_STYLE.finditer(style[0]):
            if is_elsewhere(match["url"], own):
                yield match["url"]


def is_elsewhere(url: str, own: str) -> bool:
    """Tell whether an address is on another host than the site itself."""
    return urlsplit(url).netloc != urlsplit(own).netloc
