"""Shared. Which cells can run in a reader's browser, and what keeps the others from it.

Goes in: the cells of a page. Comes out: for each the library that is missing, or nothing.
"""

import sys

import nbformat
from names import names_read, packages_imported, top_level_names

LIBRARIES = {"matplotlib", "numpy", "scipy", "sklearn"}
STANDARD = sys.stdlib_module_names - {"subprocess"}  # a browser starts no programs


def able(cells: list[nbformat.NotebookNode]) -> tuple[list[str], list[str]]:
    """Name for each cell its obstacle, and for all that have none the libraries they import."""
    found = obstacles(cells)
    run = [
        cell.source for cell, obstacle in zip(cells, found, strict=True) if not obstacle
    ]
    return found, sorted(LIBRARIES & set().union(*map(packages_imported, run)))


def obstacles(cells: list[nbformat.NotebookNode]) -> list[str]:
    """Name for each cell the library that keeps it from running in a browser, or nothing.

    A cell that reads what such a cell has made cannot run either.
    """
    missing: dict[str, str] = {}
    found = []
    for cell in cells:
        foreign = sorted(packages_imported(cell.source) - LIBRARIES - STANDARD)
        lost = sorted(names_read(cell.source) & missing.keys())
        obstacle = foreign[0] if foreign else missing[lost[0]] if lost else ""
        for name in top_level_names(cell.source):
            missing.pop(name, None)
            if obstacle:
                missing[name] = obstacle
        found.append(obstacle)
    return found
