"""What a notebook says in Jupyter, which knows none of the site's extensions of Markdown."""

from pathlib import Path

import nbformat
import pytest
from plain import Where, for_jupyter, note_targets, to_plain_markdown

ADDRESS = "https://example.org/course/lessons/"
TRANSLATED = {
    '!!! abstract "After this"\n    - one\n    - two\n\nMore.': (
        "> **After this**\n>\n> - one\n> - two\n\nMore."
    ),
    "!!! note\n    words": "> **Note**\n>\n> words\n",
    '??? answer right "This."\n    Right. So.\n': (
        "<details>\n<summary>This.</summary>\n\nRight. So.\n\n</details>\n"
    ),
    "[a](b.md), [c](b.md#d), [e](../index.md), [f](#g), [h](https://i.org/)": (
        "[a](https://example.org/course/lessons/b/), "
        "[c](https://example.org/course/lessons/b/#d), "
        "[e](https://example.org/course/), [f](#g), [h](https://i.org/)"
    ),
    "So it is.[^why] And[^why] more[^2].\n\n[^why]: Because.\n[^2]: Who?": (
        "So it is.<sup>(1)</sup> And<sup>(1)</sup> more<sup>(2)</sup>."
        "\n\n(1) Because.\n(2) Who?"
    ),
    '--8<-- "part.md:a"': "fine",
    "## Title { #name .class }\n": "## Title\n",
    "::: package.module\n": "",
    "[*a*][b], [c d][], [E][F] and [g][gone]\n\n[b]: b.md#d\n[C D]: <../index.md> 'title'\n\n"
    "[f]: https://i.org/ (title)\n": (
        "[*a*](https://example.org/course/lessons/b/#d), [c d](https://example.org/course/), "
        "[E](https://i.org/) and g"
    ),
    "![a](b.png) and [![c](d.svg)](e.md)": (
        "![a](https://example.org/course/lessons/b.png) and "
        "[![c](https://example.org/course/lessons/d.svg)](https://example.org/course/lessons/e/)"
    ),
    '<a class=\'x\' href=\'../b/#c\'>d</a> <img alt="" src="../e.png"> <a href="#f">g</a>': (
        "<a class='x' href='https://example.org/course/lessons/b/#c'>d</a> "
        '<img alt="" src="https://example.org/course/lessons/e.png"> <a href="#f">g</a>'
    ),
    "a[^1]\n\n[^1]: One.\n\n    Two [b](b.md).\n    Three.\n\nAnd on.\n\n    code": (
        "a<sup>(1)</sup>\n\n(1) One.\n\nTwo [b](https://example.org/course/lessons/b/).\nThree."
        "\n\nAnd on.\n\n    code"
    ),
    "`<a href='b/'>` and `[a][b]`\n\n```text\n[b]: c.md\n[^1]: One.\n\n    Two.\n```": None,
    "`[a](b.md)` and `[^1]`\n\n```text\n??? answer right\n[a](b.md)\n```": None,
    "$a_{b}$, $\\{x\\}$ and {braces}": None,
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with a file to quote from."""
    text = "no\n<!-- --8<-- [start:a] -->\nfine\n<!-- --8<-- [end:a] -->\nno\n"
    (tmp_path / "part.md").write_text(text, "utf-8")
    return tmp_path


@pytest.mark.parametrize(("text", "expected"), TRANSLATED.items())
def test_prose_is_translated_to_what_jupyter_shows(text, expected, root):
    expected = text if expected is None else expected
    where = Where(root, ADDRESS, f"{ADDRESS}a/")
    note_targets(text, where)
    assert to_plain_markdown(text, where).strip() == expected.strip()


def test_where_the_sites_address_is_unknown_links_between_lessons_are_words(root):
    text = "[*a* b](c.md#d) e ![a picture](f.png) [*g*][h], [i](https://j.org/)\n\n[h]: c.md"
    where = Where(root)
    note_targets(text, where)
    plain = "*a* b e a picture *g*, [i](https://j.org/)"
    assert to_plain_markdown(text, where).strip() == plain


def test_no_answer_is_given_away(root):
    answers = '??? answer right "A"\n    Right. Yes.\n\n??? answer wrong "B"\n    Not quite. No.\n'
    shown, _, _ = to_plain_markdown(answers, Where(root)).partition("Right.")
    assert "right" not in shown and "<details>" in shown and "open" not in shown


def test_cells_are_numbered_and_packages_are_named(root):
    notebook = nbformat.v4.new_notebook()
    notebook.metadata.imports = ["numpy", "sklearn", "sys"]
    owners = {"numpy": "numpy", "scipy": "scipy", "sklearn": "scikit-learn"}
    notebook.metadata.run = {"owners": owners}  # SciPy is what a claim imports
    notebook.cells = [nbformat.v4.new_markdown_cell("# A\n\nWords.")]
    for count in (7, 9):
        result = nbformat.v4.new_output("execute_result", execution_count=count)
        cell = nbformat.v4.new_code_cell("1", execution_count=count, outputs=[result])
        cell.metadata.lesson = {"fold": "How"} if count == 9 else {}
        notebook.cells.append(cell)
    made = for_jupyter(notebook, Where(root))
    assert [cell.execution_count for cell in made.cells[1:]] == [1, 2]
    assert [cell.outputs[0].execution_count for cell in made.cells[1:]] == [1, 2]
    assert "`python -m pip install numpy scikit-learn`" in made.cells[0].source
    assert made.cells[0].source.endswith("\n\nWords.")
    assert made.cells[2].metadata.jupyter.source_hidden
    assert notebook.cells[1].execution_count == 7  # the page's own is as it was
    nbformat.validate(made)
