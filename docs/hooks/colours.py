"""Shared. The code of a cell in colours, as MkDocs colours a fence, but with half the marks.

Goes in: a cell. Comes out: HTML, remembered for as long as the code stays the same.
"""

import functools
import re
from html import unescape

import nbformat
from kept import Memory
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

# Names, operators, punctuation and the like go without colours of their own, and neighbours of one
# colour share a mark: this is half of what code weighs.
PLAIN_CODE = re.compile(
    r'<span class="(?:bp|kc|n|nb|nd|ne|nn|o|ow|p|sa|si|vm|w)">([^<]*)</span>'
)
# Marks of one colour, the longer of which say no more.
ALIKE = dict(zip(("c1", "kn", "mf", "mi", "s1", "s2"), "ckmmss", strict=True))
NEIGHBOURS = re.compile(r'(<span class="(\w+)">[^<]*)</span>(\s*)<span class="\2">')

# A program that a cell writes into a file stands between three quotes.
PROGRAM = re.compile(
    r"""<span class="sa">r</span><span class="s1">(?P<quotes>(?:'|&#39;){3})"""
    r"""(?P<text>.*?)(?P=quotes)</span>""",
    re.DOTALL,
)


def coloured_cell(cell: nbformat.NotebookNode, memory: Memory) -> str:
    """Colour the code of a cell, unless that is remembered."""
    source, marked = cell.source, cell.metadata.lesson.get("marked", "")
    make = functools.partial(coloured, source, marked)
    return str(memory.recall(["code", source, marked], make))


def coloured(source: str, marked: str) -> str:
    """Colour the code of a cell, its marked lines told apart."""
    lines = marked.split()
    formatter = HtmlFormatter(cssclass="highlight", wrapcode=True, hl_lines=lines)
    html = highlight(source, PythonLexer(stripnl=False), formatter)
    return lighter(PROGRAM.sub(coloured_program, html))


def lighter(html: str) -> str:
    """Leave out colours that say nothing, and join neighbours of one colour."""
    html = PLAIN_CODE.sub(r"\1", html)
    for kind, alike in ALIKE.items():
        html = html.replace(f'<span class="{kind}">', f'<span class="{alike}">')
    merged = 1
    while merged:
        html, merged = NEIGHBOURS.subn(r"\1\3", html)
    return html


def coloured_program(match: re.Match[str]) -> str:
    """Colour a program in a string like any other Python."""
    text = unescape(re.sub(r"<[^>]*>", "", match["text"]))
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    code = highlight(text, lexer, HtmlFormatter(nowrap=True))
    return f"r{match['quotes']}{code}{match['quotes']}"
