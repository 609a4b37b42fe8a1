"""The reference holds all of the package, and the lessons and it lead to each other."""

import inspect
import re
from html import unescape
from importlib import import_module

import pytest
from bs4 import BeautifulSoup, Tag
from mathematics import plain_formula
from project import COMPUTED, PROJECT, read_page
from subjects import subjects
from test_copy import embedded_names, public_names, public_names_of


@pytest.fixture(scope="module")
def reference(site) -> BeautifulSoup:
    """The reference, parsed."""
    return read_page(site, "reference/")


@pytest.fixture(scope="module")
def entries(reference) -> dict[str, Tag]:
    """The entries of the reference, by what they explain."""
    return {heading["id"]: heading for heading in reference.select(".doc-heading[id]")}


def test_everything_public_has_an_entry_with_its_explanation(entries):
    for module, name in public_names():
        entry = entries.get(f"{module}.{name}")
        assert entry, f"{module}.{name} is not in the reference: name its module there"
        thing = getattr(import_module(module), name)
        if inspect.isfunction(thing) or inspect.isclass(thing):  # a value says itself
            contents = entry.find_next(class_="doc-contents")
            assert len(contents.find("p").get_text()) > 10, name


def test_the_formulas_of_docstrings_are_mathematics(reference):
    written = 0
    paths = [p for s in subjects(PROJECT) for p in (PROJECT / s).glob("[!_]*.py")]
    for path in paths:
        docstrings = re.findall(r'"""(.*?)"""', path.read_text("utf-8"), re.DOTALL)
        # A formula stands alone, indented by four more than the text around it.
        written += sum(
            len(re.findall(r"\n\n {8,12}\S.*(?:\n {8,12}\S.*)*\n\n", text))
            for text in docstrings
        )
    assert written > 15
    drawn = reference.select(".doc-contents > .formula math")
    assert len(drawn) == written
    assert not [pre for pre in reference.select("pre") if "²" in pre.get_text()]
    gradients = reference.find(id="linreg.scratch.gradients").parent.find("math")
    assert gradients.get_text().startswith("∂J/∂W=2/N⋅X⊤(y\u0302−y)")


def test_embedded_names_lead_to_their_entries_and_entries_back(site, entries):
    linked = set()
    back = {
        name: {a["href"].split("#")[0] for a in entry.parent.select(".doc-backlinks a")}
        for name, entry in entries.items()
    }
    for path in COMPUTED:
        for origin in read_page(site, path).select(".cell-origin"):
            for link in origin.select("a"):
                page, _, name = link["href"].partition("#")
                assert page.endswith("reference/")
                assert f"../{path}" in back[name], (
                    f"{name} does not lead back to {path}"
                )
                module, _, own = name.rpartition(".")
                linked |= (
                    {(module, own)} if "." in module else set(public_names_of(name))
                )
    assert sorted(linked) == embedded_names()


@pytest.mark.parametrize(
    ("plain", "tex"),
    {
        "W · σ": r"W \cdot  σ",
        "max x - min x ≤ max|x|": r"{\text{max }}x - {\text{min }}x ≤ {\text{max}}|x|",
        "α_max = 2 / κ_max": r"α_{\text{max}} &= 2 / κ_{\text{max}}",
        "p = P(T of Student's t distribution ≥ 1)": r"p &= P(T{\text{ of Student's }}t{\text{ distribution}} ≥ 1)",
        "XX W = Xy, yy = 1": r"XX W &= Xy,\quad yy = 1",
        "A = [X, 1], θ = [W, b]": r"A &= [X, 1],\quad θ = [W, b]",
        "s √(1 + (h))": r"s \sqrt{1 + (h)}",
        "t = a\n  + b": r"t &= a\\&\qquad   + b",
        "- a + b": "- a + b",  # nothing stands above
        "b = 1\n-a = 2": r"b &= 1\\-a &= 2",
        "W ± t\nb ± t": r"W ± t\\b ± t",
    }.items(),
)
def test_the_plain_formula_of_a_docstring_keeps_its_words_and_statements(plain, tex):
    begin, end = r"\[\begin{aligned}", r"\end{aligned}\]"
    assert begin + tex + end in unescape(plain_formula(plain))
