"""Every technical term is defined once, and explained wherever a section first uses it."""

import re

import pytest
from bs4 import BeautifulSoup
from glossary import read_glossary
from playwright.sync_api import Browser
from project import COMPUTED, PAGES, PROJECT, read_page

# Italics that stress a word. All others introduce a term.
STRESSED = {"exactly", "too", "linear", "Linear regression"}

# Words of the field, from the indexes of textbooks. A page that uses one must have it defined.
VOCABULARY = """
accuracy; activation; baseline; batch; bootstrap; categorical; classification; collinearity;
condition number; confidence interval; confounder; convergence; convex; Cook's distance; correlation;
covariance; coverage; critical value; cross-validation; curvature; degrees of freedom; determinant;
divergence; early stopping; eigenvalue; eigenvector; elastic net; estimator; extrapolation; feature;
finite differences; fold; generalization; gradient descent; Hessian; heteroscedasticity; homoscedasticity;
hyperparameter; identifiable; inference; influence; intercept; interaction; Jacobian; lasso; leakage;
learning rate; least squares; leverage; likelihood; loss; mean absolute error; mini-batch; momentum;
multicollinearity; normal distribution; normal equations; null hypothesis; one-hot; optimizer;
orthogonal; outlier; overfitting; p-value; parameter; pipeline; polynomial; population; posterior;
prediction interval; preconditioning; prior; projection; proximal; pseudoinverse; QR decomposition; QQ plot;
quantile; R²; rank; regularization; regressor; residual; resampling; ridge; sampling distribution;
significance; singular value; soft thresholding; sparse; standard deviation; standard error; standardize;
stochastic; subgradient; t-test; tensor; test set; underfitting; unbiased; validation set; variance;
variance inflation factor; weight decay
"""


@pytest.fixture(scope="module")
def entries() -> dict[str, tuple[str, str]]:
    """The glossary: for each form of a term its anchor and explanation."""
    return read_glossary((PROJECT / "docs/glossary.md").read_text("utf-8"))


def content(site, path: str) -> BeautifulSoup:
    """Parse the text of a page."""
    return read_page(site, path).select_one("article")


@pytest.mark.parametrize("path", COMPUTED)
def test_every_term_that_a_page_introduces_is_defined(path, site, entries):
    emphasized = content(site, path).select("em:not(.footnote em)")
    introduced = [" ".join(em.get_text().split()) for em in emphasized]
    missing = [
        term
        for term in introduced
        if term not in STRESSED and term.rstrip(".,").lower() not in entries
    ]
    assert missing == [], "define these in docs/glossary.md"


@pytest.mark.parametrize("path", COMPUTED)
def test_every_word_of_the_field_that_a_page_uses_is_defined(path, site, entries):
    page = content(site, path)
    aside = page.select("pre, code, script, svg, math, .footnote")
    left_out = {id(text) for part in aside for text in part.find_all(string=True)}
    texts = [text for text in page.find_all(string=True) if id(text) not in left_out]
    text = " ".join(" ".join(texts).split()).lower()
    words = [word.strip().lower() for word in VOCABULARY.split(";")]
    used = [
        w for w in words if re.search(rf"(?<![\w-]){re.escape(w)}s?(?![\w-])", text)
    ]
    assert len(used) > 2
    assert [word for word in used if word not in entries] == []


def test_every_term_is_defined_once_and_used(site, entries):
    glossary = content(site, "glossary/")
    names = [term["id"] for term in glossary.select("dt[id]")]
    assert len(names) > 40 and len(names) == len(set(names))
    assert {name for name, _ in entries.values()} == set(names)
    definitions = [text for _, text in {entries[form] for form in entries}]
    assert all(len(text) > 20 and text.endswith(".") for text in definitions)
    used = {
        link["href"].partition("#")[2]
        for path in PAGES
        for link in content(site, path).select("a.term")
    }
    assert set(names) - used == set(), "no page uses these"


@pytest.mark.parametrize("path", COMPUTED[1:])
def test_a_term_is_linked_once_in_each_section_and_never_in_code_or_headings(
    path, site
):
    page = content(site, path)
    assert len(page.select("a.term")) > 10
    assert not page.select("pre a.term, code a.term, h2 a.term, h3 a.term, a a.term")
    seen: set[str] = set()
    for tag in page.select("h2, a.term"):
        if tag.name == "h2":
            seen = set()
        else:
            assert tag["href"] not in seen, tag
            seen.add(tag["href"])


@pytest.mark.parametrize("javascript", [True, False])
def test_a_term_is_explained_on_hover_and_on_focus(
    javascript, browser: Browser, address, entries
):
    context = browser.new_context(
        java_script_enabled=javascript, viewport={"width": 360, "height": 900}
    )
    page = context.new_page()
    page.goto(address + "lessons/from-scratch/")
    term = page.locator("p a.term").first
    _, explanation = entries[term.inner_text().lower()]
    term.scroll_into_view_if_needed()
    before = page.screenshot()
    term.hover()
    hovered = page.screenshot()
    page.mouse.move(1, 1)
    term.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert before != hovered
    if javascript:  # or else nothing can be evaluated in the page
        shown = "e => getComputedStyle(e, '::after').content"
        assert term.evaluate(shown).startswith(f'"{explanation}"')
        box = "e => { const s = getComputedStyle(e, '::after'); return [s.display, parseFloat(s.width)] }"
        display, width = term.evaluate(box)
        assert display == "block" and 150 < width < 360
        page.keyboard.press("Escape")
        assert term.evaluate(shown) == "none"
    context.close()


def test_low_in_the_window_the_explanation_stands_above_its_term(
    browser: Browser, address
):
    context = browser.new_context(viewport={"width": 800, "height": 600})
    page = context.new_page()
    page.goto(address + "lessons/from-scratch/")
    term = page.locator(".md-content p a.term:visible").nth(5)
    term.evaluate(
        "e => scrollTo({ top: scrollY + e.getBoundingClientRect().bottom - 590, behavior: 'instant' })"
    )
    place = term.bounding_box()
    assert place and place["y"] > 500
    above = {"x": 0, "y": place["y"] - 70, "width": 800, "height": 60}
    page.mouse.move(1, 1)
    before = page.screenshot(clip=above)
    page.mouse.move(place["x"] + 5, place["y"] + 5)
    page.wait_for_timeout(300)
    assert page.screenshot(clip=above) != before
    context.close()


def test_a_term_says_to_screen_readers_what_it_means(site, entries):
    for link in content(site, "lessons/problem/").select("a.term"):
        form = " ".join(link.get_text().lower().split())
        assert link["aria-description"] == entries[form][1]
