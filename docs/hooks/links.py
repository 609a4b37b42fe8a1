"""Beside the stages. MkDocs and autorefs say in which file a link leads nowhere; this adds the line."""

import logging
import posixpath
import re
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from prose import hide_code
from refusals import LessonError, refusals_of
from state import pages_of

WARNING = re.compile(
    r"Doc file '(?P<file>[^']+)' contains (?:a|an) .*?link '(?P<link>[^']+)'"
)
REFERENCE = re.compile(
    r"(?P<file>\S+): Could not find (?P<rest>cross-reference target '(?P<link>[^']+)')"
)


IN_HTML = re.compile(
    r"<[a-zA-Z][^<>]*?\s(?:href|src|poster|data)\s*=\s*[\"']?(?P<url>[^\"'\s<>]+)"
)
LOGGERS = ("mkdocs.structure.pages", "mkdocs.plugins.mkdocs_autorefs._internal.plugin")


class LineOfLink(logging.Filter):
    """Put `file:line` in front of each warning about a link."""

    def __init__(self, docs_dir: str) -> None:
        super().__init__()
        self.docs_dir = docs_dir

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass; rewrite the ones that speak of a link in a page."""
        message = record.getMessage()
        if match := WARNING.search(message) or REFERENCE.search(message):
            lines = Path(self.docs_dir, match["file"]).read_text("utf-8").splitlines()
            is_reference = "rest" in match.groupdict()
            sought = f"[{match['link']}]" if is_reference else match["link"]
            line = next((n for n, text in enumerate(lines, 1) if sought in text), 1)
            if is_reference:
                message = (
                    f"there is no {match['rest']}: write [words](page.md), or `[...]`"
                )
            record.msg, record.args = f"{match['file']}:{line}: {message}", ()
        return True


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> None:
    """Refuse what leads nowhere in the HTML of a lesson, at which MkDocs does not look."""
    known = {part for file in files for part in (file.url, file.dest_uri)}
    for file in pages_of(files, config):
        text = Path(config.docs_dir, file.src_uri).read_text("utf-8")
        for match in IN_HTML.finditer(hide_code(text)) if IN_HTML.search(text) else ():
            target = urlsplit(match["url"])
            if target.scheme or target.netloc or not target.path:
                continue
            leads_to = posixpath.normpath(posixpath.join("/", file.url, target.path))
            end = "/" * target.path.endswith("/")
            if (leads_to[1:] + end * (leads_to != "/") or "./") not in known | {"./"}:
                with refusals_of(file.src_uri):
                    raise LessonError(
                        text.count("\n", 0, match.start("url")) + 1,
                        f"{match['url']} leads nowhere: in HTML write the address that a page has, "
                        "or write a link of Markdown, [words](page.md)",
                    )


def on_config(config: MkDocsConfig) -> None:
    """Watch what MkDocs logs while it resolves links."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        for old in logger.filters[:]:
            if type(old).__name__ == LineOfLink.__name__:
                logger.removeFilter(old)
        logger.addFilter(LineOfLink(config.docs_dir))
