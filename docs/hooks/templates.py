"""Beside the stages. Templates, and signatures of the reference, are not made anew by every build.

Goes in: what MkDocs and mkdocstrings make pages with. Comes out: the same, with compiled templates
in the cache, and with signatures that Ruff, a program of its own, is asked to lay out only once.
"""

import sys
from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from kept import read_kept, write_kept
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocstrings_handlers.python._internal import rendering
from state import build_of

# Not to be found in their manuals: a newer release that has none works, as slow and large as it was.
PARTS: Any = rendering
HOARDS = {
    "mkdocstrings_handlers.python._internal.rendering": "_test_existing_template",
    "griffe._internal.extensions.dataclasses": "_dataclass_parameters",
}


def on_config(config: MkDocsConfig) -> None:
    """Remember signatures, and let go of the builds before, some megabytes each."""
    for module, name in HOARDS.items():
        if hoard := getattr(sys.modules.get(module), name, None):
            hoard.cache_clear()
    kept = Templates(build_of(config).cache("templates"))
    plugin: Any = config.plugins["mkdocstrings"]
    plugin.get_handler("python").env.bytecode_cache = kept
    ruff = (
        PARTS._get_ruff_formatter() if hasattr(PARTS, "_get_ruff_formatter") else None
    )
    if ruff is None:
        return
    memory = build_of(config).memory

    def laid_out(code: str, width: int) -> str:
        text: str = memory.recall(["signature", code, width], lambda: ruff(code, width))
        return text

    PARTS._get_formatter = lambda: laid_out


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
