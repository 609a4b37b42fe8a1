"""Stage 3. A finished notebook becomes Markdown, which MkDocs renders like any other page.

Prose stays as it is. Code and outputs take their places in the HTML, as they were made: its colours
and the outputs last, when all that reads a page has read it.
Cells with `beside="title"` are set side by side, and `mark="x =; y ="` marks the lines that begin so.
"""

import re
from html import escape, unescape

import nbformat
from cells import code_cells, tags_of
from colours import coloured_cell, lighter
from drawing import CHART
from explorables import chart_to_html
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from origins import mark
from state import build_of

# On a phone the buttons of a block stand beside this many letters of its first line.
LETTERS_BESIDE_BUTTONS = 30
START = re.compile(r"<pre>(?P<rest>(?:<span></span>)?<code[^>]*>)(?P<line>[^\n]*)")

NEWLINE = "\n"

# An output in columns scrolls where it is too wide: broken lines would be no table any more.
COLUMNS = re.compile(r"\S {2,}\S")

MEASURED = (
    '<p class="cell-measured">Measured when this page was built. On your machine, and at '
    "every other build, the times are others.</p>"
)

# The search leads to what explains: not to exercises and questions, nor to folded code.
NO_ANSWER = re.compile(r'<h4\b|<h3(?= id="exercise-)')


def on_page_markdown(
    markdown: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Hand the notebook to MkDocs as Markdown, in place of the lesson's own text."""
    shows_code = "code" not in page.meta.get("hide", [])
    notebook = build_of(config).notebooks[page.file.src_uri]
    return notebook_to_markdown(notebook, shows_code)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the code where its cells stand, for now as plain text."""
    html = lighter(html)
    for cell in code_cells(build_of(config).notebooks[page.file.src_uri]):
        html = html.replace(code_mark(cell), plain_code(cell))
    return NO_ANSWER.sub(r"\g<0> data-search-exclude", with_places(html))


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Colour the code, and put the outputs where their cells stand."""
    build = build_of(config)
    for cell in code_cells(build.notebooks[page.file.src_uri]):
        code = coloured_cell(cell, build.memory)
        outputs = f'<div class="cell-output">{outputs_to_html(cell.outputs)}</div>'
        output = output.replace(plain_code(cell), code, 1)
        output = output.replace(output_mark(cell), outputs, 1)
    return START.sub(with_long_start, output)


def with_long_start(match: re.Match[str]) -> str:
    """Mark a block whose first line would lie below its buttons on a phone."""
    line = unescape(re.sub(r"<[^>]*>", "", match["line"]))
    kind = ' class="long-start"' if len(line) > LETTERS_BESIDE_BUTTONS else ""
    return f"<pre{kind}>{match['rest']}{match['line']}"


def plain_code(cell: nbformat.NotebookNode) -> str:
    """Write the code of a cell as the search and other stages read it: without colours."""
    return f'<pre data-code="{cell.id}"><code>{escape(cell.source)}</code></pre>'


def notebook_to_markdown(notebook: nbformat.NotebookNode, shows_code: bool) -> str:
    """Write a notebook as Markdown with a mark for each output."""
    return "\n\n".join(
        mark(cell.source, cell.metadata.lesson.get("places", []))
        if cell.cell_type == "markdown"
        else cell_to_markdown(cell, shows_code)
        for cell in notebook.cells
    )


def cell_to_markdown(cell: nbformat.NotebookNode, shows_code: bool) -> str:
    """Write a cell: its code and where that comes from, a mark for its output, the caption.

    Folded code of a figure comes last: readers look at the figure first.
    """
    options = cell.metadata.lesson
    if not shows_code and not cell.outputs:
        return ""
    is_solution = "solution" in tags_of(cell)
    is_measured = "measured" in tags_of(cell)
    is_figure = bool(options.texts[0])
    parts = [output_mark(cell)] if cell.outputs else []
    if is_measured:
        parts.append(MEASURED)
    if is_figure:
        caption = mark(options.texts[0], options.get("places", []))
        parts.append(f'<figcaption markdown="span">{caption}</figcaption>')
    if shows_code:
        code = code_to_markdown(cell)
        is_folded = "fold" in options and not is_solution
        at = len(parts) if is_folded and is_figure else 0
        parts.insert(at, folded(options.fold, code) if is_folded else code)
    tag = "figure" if is_figure else "div"
    kind = "cell measured" if is_measured else "cell"
    inside = "\n\n".join(parts)
    whole = f'<{tag} class="{kind}" markdown="1">\n\n{inside}\n\n</{tag}>'
    return folded(options.fold, whole, "solution") if is_solution else whole


def code_to_markdown(cell: nbformat.NotebookNode) -> str:
    """Write the code of a cell, below the names of what comes from the package."""
    options = cell.metadata.lesson
    room = "cell-input beside" if "beside" in options else "cell-input"
    code = f'<div class="{room}">{code_mark(cell)}</div>'
    if "beside" in options:
        code = f'<p class="cell-title" markdown="span">{options.beside}</p>\n\n{code}'
    if "origins" not in options:
        return code
    names = "; ".join(
        ", ".join(reference_to(f"{module}.{name}", name) for name in names)
        + f" from <code>{module}</code>"
        for module, names in cell.metadata.lesson.origins.items()
    )
    return f'<p class="cell-origin" markdown="span">The tested package: {names}</p>\n\n{code}'


def folded(title: str, inside: str, kind: str = "") -> str:
    """Fold a part of the page under one line."""
    return (
        f'<details class="{f"cell-fold {kind}".strip()}" data-search-exclude markdown="1">\n'
        f'<summary markdown="span">{title}</summary>\n\n{inside}\n\n</details>'
    )


def reference_to(identifier: str, name: str) -> str:
    """Link a name to its entry in the reference, where there is one."""
    return f'<autoref identifier="{identifier}" optional><code>{name}</code></autoref>'


def with_places(html: str) -> str:
    """Tell each reference under which heading it stands, so that its entry can link back."""
    heading = ""

    def place(match: re.Match[str]) -> str:
        nonlocal heading
        heading = match["heading"] or heading
        where = f'backlink-type="referenced-by" backlink-anchor="{heading}"'
        return match[0] if match["heading"] else f"<autoref {where}"

    return re.sub(r'<h\d id="(?P<heading>[^"]+)"|<autoref\b', place, html)


def code_mark(cell: nbformat.NotebookNode) -> str:
    """Mark the place of a cell's code in the page."""
    return f'<div data-code="{cell.id}"></div>'


def output_mark(cell: nbformat.NotebookNode) -> str:
    """Mark the place of a cell's output in the page."""
    return f'<div data-output="{cell.id}"></div>'


def outputs_to_html(outputs: list[nbformat.NotebookNode]) -> str:
    """Write what a cell printed and drew."""
    html = ""
    for output in outputs:
        if output.output_type == "stream":
            text = output.text.rstrip()
            kind = ' class="columns"' if COLUMNS.search(text) else ""
            # Of a line break that begins a block, browsers keep nothing.
            html += (
                f"<pre{kind}>{NEWLINE * text.startswith(NEWLINE)}{escape(text)}</pre>"
            )
        elif CHART in output.data:
            html += chart_to_html(output)
        else:
            html += output.data["image/svg+xml"]
    return html
