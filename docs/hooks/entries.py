"""Beside the stages. What mkdocstrings does for the reference costs each build less, and is not kept alive.

Goes in: nothing. Comes out: signatures laid out as before, by Ruff, which is asked once for each.
"""

from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocstrings_handlers.python._internal import rendering
from state import build_of

# Not to be found in its manual: a newer release that has neither works, and is as slow as it was.
PARTS: Any = rendering


def on_config(config: MkDocsConfig) -> None:
    """Remember signatures, and let go of the builds before, ten megabytes each."""
    if hasattr(PARTS, "_test_existing_template"):
        PARTS._test_existing_template.cache_clear()
    ruff = PARTS._get_ruff_formatter() if hasattr(PARTS, "_get_ruff_formatter") else None
    if ruff is None:
        return
    memory = build_of(config).memory

    def laid_out(code: str, width: int) -> str:
        text: str = memory.recall(["signature", code, width], lambda: ruff(code, width))
        return text

    PARTS._get_formatter = lambda: laid_out
