"""Stage 3. A finished notebook becomes Markdown, which MkDocs renders like any other page.

Prose stays as it is, code becomes fences, and outputs stand in the HTML as they were made.
"""

import re
from html import escape, unescape

import nbformat
from explorables import CHART, chart_to_html
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from state import build_of

# Names, operators, punctuation and the like go without colours of their own, and neighbours of one
# colour share a mark: this is half of what code weighs.
PLAIN_CODE = re.compile(r'<span class="(?:kc|n|nb|nn|o|ow|p|sa|si|w)">([^<]*)</span>')
NEIGHBOURS = re.compile(r'(<span class="(\w+)">[^<]*)</span>(\s*)<span class="\2">')

# A program that a cell writes into a file stands between three quotes.
PROGRAM = re.compile(
    r"""<span class="sa">r</span><span class="s1">(?P<quotes>(?:'|&#39;){3})"""
    r"""(?P<text>.*?)(?P=quotes)</span>""",
    re.DOTALL,
)

NEWLINE = "\n"

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
    return notebook_to_markdown(build_of(config).notebooks[page.file.src_uri])


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the outputs where their cells stand."""
    for cell in build_of(config).notebooks[page.file.src_uri].cells:
        if cell.get("outputs"):
            outputs = outputs_to_html(cell.outputs)
            html = html.replace(
                output_mark(cell), f'<div class="cell-output">{outputs}</div>'
            )
    html = PROGRAM.sub(coloured_program, html)
    html = PLAIN_CODE.sub(r"\1", html)
    merged = 1
    while merged:
        html, merged = NEIGHBOURS.subn(r"\1\3", html)
    html = with_places(html)
    return NO_ANSWER.sub(r"\g<0> data-search-exclude", html)


def notebook_to_markdown(notebook: nbformat.NotebookNode) -> str:
    """Write a notebook as Markdown with a mark for each output."""
    return "\n\n".join(
        cell.source if cell.cell_type == "markdown" else cell_to_markdown(cell)
        for cell in notebook.cells
    )


def cell_to_markdown(cell: nbformat.NotebookNode) -> str:
    """Write a cell: where its code comes from, the code, a mark for its output, the caption."""
    options = cell.metadata.lesson
    fence = "~" * max(6, 1 + max(map(len, re.findall("~+", cell.source)), default=0))
    code = (
        f'<div class="cell-input" markdown="1">\n\n{fence}python\n{cell.source}\n{fence}'
        "\n\n</div>"
    )
    if "origins" in options:
        names = "; ".join(
            ", ".join(reference_to(f"{module}.{name}", name) for name in names)
            + f" from <code>{module}</code>"
            for module, names in options.origins.items()
        )
        code = f'<p class="cell-origin" markdown="span">The tested package: {names}</p>\n\n{code}'
    is_solution = "solution" in options.get("tags", [])
    if "fold" in options and not is_solution:
        code = folded(options.fold, code)
    parts = [code, output_mark(cell)] if cell.outputs else [code]
    if is_measured := "measured" in options.get("tags", []):
        parts.append(MEASURED)
    tag = "div"
    if caption := options.texts[0]:
        tag = "figure"
        parts.append(f'<figcaption markdown="span">{caption}</figcaption>')
    inside = "\n\n".join(parts)
    kind = "cell measured" if is_measured else "cell"
    whole = f'<{tag} class="{kind}" markdown="1">\n\n{inside}\n\n</{tag}>'
    return folded(options.fold, whole) if is_solution else whole


def folded(title: str, inside: str) -> str:
    """Fold a part of the page under one line."""
    return (
        '<details class="cell-fold" data-search-exclude markdown="1">\n'
        f"<summary>{title}</summary>\n\n{inside}\n\n</details>"
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


def coloured_program(match: re.Match[str]) -> str:
    """Colour a program in a string like any other Python."""
    text = unescape(re.sub(r"<[^>]*>", "", match["text"]))
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    code = highlight(text, lexer, HtmlFormatter(nowrap=True))
    return f"r{match['quotes']}{code}{match['quotes']}"


def output_mark(cell: nbformat.NotebookNode) -> str:
    """Mark the place of a cell's output in the page."""
    return f'<div data-output="{cell.id}"></div>'


def outputs_to_html(outputs: list[nbformat.NotebookNode]) -> str:
    """Write what a cell printed and drew."""
    html = ""
    for output in outputs:
        if output.output_type == "stream":
            text = output.text.rstrip()
            # Of a line break that begins a block, browsers keep nothing.
            html += f"<pre>{NEWLINE * text.startswith(NEWLINE)}{escape(text)}</pre>"
        elif CHART in output.data:
            html += chart_to_html(output.data)
        else:
            html += output.data["image/svg+xml"]
    return html
