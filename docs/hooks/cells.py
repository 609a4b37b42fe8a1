"""Shared. Cells of a notebook, and what a lesson says of them.

Goes in: a notebook or a cell. Comes out: its cells of some kind, its tags, its line.
"""

import nbformat


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """List the cells that run: all of them before the values are filled in, then those shown."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags_of(cell: nbformat.NotebookNode) -> list[str]:
    """List a cell's tags."""
    return list(cell.metadata.lesson.get("tags", []))


def code_of(notebook: nbformat.NotebookNode) -> str:
    """Join the code of a notebook."""
    return "\n".join(cell.source for cell in code_cells(notebook))
