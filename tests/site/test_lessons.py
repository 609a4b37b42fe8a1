"""The lessons themselves, as far as they can be judged before they run: in seconds, for each commit."""

import pytest
from notebooks import lesson_to_notebook
from project import FILES, PAGES, PROJECT, cases_of
from reading import read_text


@pytest.mark.parametrize("file", cases_of(dict(zip(FILES, PAGES, strict=True))))
def test_a_lesson_becomes_a_notebook(file):
    notebook, _ = lesson_to_notebook(read_text(PROJECT / "docs" / file), PROJECT)
    assert notebook.cells
