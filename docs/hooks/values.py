"""Stage 2, second half. What the hidden cells computed takes its place in prose and captions.

Goes in: executed notebooks. Comes out: the same without their hidden cells, which is what readers
download, and with each value where its mark stood.
"""

import nbformat
from cells import tags_of
from choices import check_entries
from formulas import tex_of
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from origins import Place
from outputs import values_of
from prose import VALUE
from refusals import refusals_of
from state import build_of


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Fill in the values of every executed notebook."""
    for name, notebook in build_of(config).notebooks.items():
        with refusals_of(name):
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
            if "choices" in tags_of(target) and not above:
                lesson.choices = check_entries(
                    target.source, lesson.line, lesson.options, *values
                )
                continue
            lesson["values"] = list(values)  # for whoever checks the site
            cells = list(cell.metadata.lesson.cells)
            kinds = list(cell.metadata.lesson.kinds)
            if above:
                filled = [fill(text, values, kinds, cells) for text in lesson.texts]
                lesson.texts = [text for text, _ in filled]
                lesson.places = filled[0][1]  # of the caption
                for option in {"beside", "fold"} & lesson.keys():
                    lesson[option], _ = fill(lesson[option], values, kinds, cells)
            else:
                target.source, lesson.places = fill(target.source, values, kinds, cells)
        elif "claim" not in tags:
            seen.append(cell)
    notebook.cells = seen


def fill(
    text: str, values: list[str], kinds: list[str], cells: list[list[int]]
) -> tuple[str, list[Place]]:
    """Replace each mark of a text by the next of the values, which are used up with all that is said of them.

    Returns the text, and where in it which value has come from which cells.
    """
    filled, *rest = text.split(VALUE)
    places: list[Place] = []
    for part in rest:
        value = values.pop(0)
        if kinds.pop(0) in ("tex", "words"):
            value = tex_of(value, part)
        places.append((len(filled), len(filled) + len(value), cells.pop(0)))
        filled += value + part
    return filled, places
