"""Stage 2, second half. What the hidden cells computed takes its place in prose and captions.

Goes in: executed notebooks. Comes out: the same without their hidden cells, which is what readers
download, and with each value where its mark stood.
"""

import nbformat
from cells import tags_of
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from outputs import values_of
from prose import VALUE
from state import build_of


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Fill in the values of every executed notebook."""
    for notebook in build_of(config).notebooks.values():
        fill_values(notebook)


def fill_values(notebook: nbformat.NotebookNode) -> None:
    """Put each value where its mark stands, and drop the cells that readers don't see."""
    seen = []
    for index, cell in enumerate(notebook.cells):
        tags = tags_of(cell)
        if "values" in tags:
            values = values_of(cell)
            above = cell.metadata.lesson.fills == "above"
            target = notebook.cells[index - 1 if above else index + 1]
            lesson = target.metadata.lesson
            lesson["values"] = list(values)  # for whoever checks the site
            if above:
                lesson.texts = [fill(text, values) for text in lesson.texts]
                if "fold" in lesson:
                    lesson.fold = fill(lesson.fold, values)
            else:
                target.source = fill(target.source, values)
        elif "claim" not in tags:
            seen.append(cell)
    notebook.cells = seen


def fill(text: str, values: list[str]) -> str:
    """Replace each mark of a text by the next of the values, which are used up."""
    head, *rest = text.split(VALUE)
    return head + "".join(values.pop(0) + part for part in rest)
