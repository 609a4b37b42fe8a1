"""The page for teachers and maintainers describes what is there."""

import re

import yaml
from bs4 import BeautifulSoup
from project import PROJECT


def test_the_pipeline_is_shown_in_the_order_in_which_it_works(site):
    html = BeautifulSoup((site / "how-it-works/index.html").read_bytes(), "html.parser")
    steps = [code.get_text() for code in html.select(".pipeline code")]
    settings = (PROJECT / "mkdocs.yml").read_text("utf-8")
    hooks = re.findall(r"^  - docs/hooks/(\w+\.py)$", settings, re.MULTILINE)
    assert len(hooks) > 8
    assert [step for step in steps if step.endswith(".py")] == hooks


def test_the_citation_says_the_same_in_both_forms(site):
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text("utf-8"))
    bibtex = (PROJECT / "CITATION.bib").read_text("utf-8")
    original = citation["references"][0]
    for text in (
        citation["title"],
        f"year = {{{citation['date-released'].year}}}",
        f"Version {citation['version']}",
        original["title"],
        f"year = {{{original['year']}}}",
        original["url"],
    ):
        assert text in bibtex
    settings = (PROJECT / "pyproject.toml").read_text("utf-8")
    assert f'version = "{citation["version"]}"' in settings
    # Every entry is closed, and every field of it ends in a comma.
    assert bibtex.count("{") == bibtex.count("}")
    assert all(line.endswith(",") for line in bibtex.splitlines() if " = " in line)
    html = BeautifulSoup((site / "how-it-works/index.html").read_bytes(), "html.parser")
    assert bibtex.strip() in [code.get_text().strip() for code in html.select("code")]
