"""Beside the stages. Each page can be taken along as a notebook and as a script.

Goes in: finished notebooks. Comes out: the notebook as a file, which mkdocs-jupyter copies beside the
page, and the script: the same cells, its prose as comments.
"""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import jupytext
import nbformat
from kept import keep
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from plain import Where, for_jupyter
from state import build_of


def on_page_context(
    context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation
) -> dict[str, Any]:
    """Write the page's notebook and script, and tell its template where they are."""
    build = build_of(config)
    notebook = build.notebooks[page.file.src_uri]
    source = Path(build.folder.name, page.file.src_uri).with_suffix(".ipynb")
    source.parent.mkdir(parents=True, exist_ok=True)
    where = Where(build.root)
    if config.site_url:
        where = Where(build.root, base_of(page), page.canonical_url or "")
    plain = for_jupyter(notebook, where)
    kept = build.cache("downloads") / page.file.src_uri.replace("/", "-")
    source.write_bytes(written(plain, kept, build.memory.makers))
    page.file.abs_src_path = str(source)
    script = Path(page.file.abs_dest_path).parent / f"{source.stem}.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    cells = [[cell.cell_type, cell.source] for cell in plain.cells]
    text = build.memory.recall(["script", cells], lambda: notebook_to_script(plain))
    script.write_text(text, "utf-8")
    return {**context, "notebook": source.name, "script": script.name}


def written(notebook: nbformat.NotebookNode, kept: Path, makers: str) -> bytes:
    """Write a notebook as a file has it, anew only if anything in it has changed."""
    key = hashlib.sha256(f"{makers}\n{json.dumps(notebook)}".encode()).hexdigest()

    def write() -> bytes:
        for stale in kept.parent.glob(f"{kept.name}.*"):
            stale.unlink(missing_ok=True)
        return f"{nbformat.writes(notebook)}\n".encode()

    return keep(kept.with_name(f"{kept.name}.{key}"), write)


def base_of(page: Page) -> str:
    """Say where on the site the folder lies to which a page's links between files are relative."""
    address = page.canonical_url or ""
    is_index = Path(page.file.src_uri).stem == "index"
    return address if is_index or not address.endswith("/") else urljoin(address, "..")


def notebook_to_script(notebook: nbformat.NotebookNode) -> str:
    """Write a notebook as a plain Python script."""
    bare = copy.copy(notebook)
    bare.metadata = nbformat.from_dict(
        {
            **notebook.metadata,
            "jupytext": {
                "comment_magics": False,  # of which there are none, but what looks like some
                "cell_metadata_filter": "-all",
                "notebook_metadata_filter": "-all",
            },
        }
    )
    return str(jupytext.writes(bare, fmt="py:percent"))
