"""Beside the stages. Each page can be taken along as a script, next to its notebook.

mkdocs-jupyter copies the notebook; the script is the same cells, its prose as comments.
"""

from pathlib import Path

import jupytext
import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Write the page's script beside the page."""
    notebook = nbformat.read(str(page.file.abs_src_path), as_version=4)
    target = (
        Path(page.file.abs_dest_path).parent
        / Path(page.file.src_uri).with_suffix(".py").name
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(notebook_to_script(notebook), "utf-8")
    return output


def notebook_to_script(notebook: nbformat.NotebookNode) -> str:
    """Write a notebook as a plain Python script."""
    notebook.metadata.jupytext = {
        "cell_metadata_filter": "-all",
        "notebook_metadata_filter": "-all",
    }
    return str(jupytext.writes(notebook, fmt="py:percent"))
