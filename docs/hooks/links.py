"""Beside the stages. MkDocs says in which file a link leads nowhere; this adds the line."""

import logging
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig

WARNING = re.compile(
    r"Doc file '(?P<file>[^']+)' contains (?:a|an) .*?link '(?P<link>[^']+)'"
)


class LineOfLink(logging.Filter):
    """Put `file:line` in front of each warning about a link."""

    def __init__(self, docs_dir: str) -> None:
        super().__init__()
        self.docs_dir = docs_dir

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass; rewrite the ones that speak of a link in a page."""
        message = record.getMessage()
        if match := WARNING.search(message):
            lines = Path(self.docs_dir, match["file"]).read_text("utf-8").splitlines()
            line = next(
                (n for n, text in enumerate(lines, 1) if match["link"] in text), 1
            )
            record.msg, record.args = f"{match['file']}:{line}: {message}", ()
        return True


def on_config(config: MkDocsConfig) -> None:
    """Watch what MkDocs logs while it resolves links."""
    logger = logging.getLogger("mkdocs.structure.pages")
    for old in logger.filters[:]:
        if type(old).__name__ == LineOfLink.__name__:
            logger.removeFilter(old)
    logger.addFilter(LineOfLink(config.docs_dir))
