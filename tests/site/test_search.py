"""What a learner types into the search leads to the section that answers it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from project import THE_LESSON, cases_of

SECTIONS = {
    "gradient": ["lessons/from-scratch/#gradients", "lessons/pytorch/#gradients"],
    "standardize": [
        "lessons/from-scratch/#standardize-data",
        "lessons/pytorch/#standardize-data",
    ],
    "ridge": ["lessons/regularization/#the-penalty"],
    "mean squared error": [
        "lessons/from-scratch/#loss-the-mean-squared-error",
        "lessons/pytorch/#loss",
        "lessons/problem/#objective",
        "reference/#linreg.scratch.mean_squared_error",
    ],
    "nn.Linear": ["lessons/pytorch/#weights", "lessons/pytorch/#side-by-side"],
    "learning rate": [
        "lessons/from-scratch/#update-weights",
        "lessons/from-scratch/#learning-rate",
        "lessons/learning-rate/",
    ],
    "intercept": [
        "lessons/problem/#the-model-slope-and-intercept",
        "lessons/from-scratch/#interpretability",
    ],
    "validation": ["lessons/from-scratch/#split-data", "lessons/pytorch/#split-data"],
    "Adam": [
        "lessons/learning-rate/#adam",
        "lessons/pytorch/#optimizer",
        "lessons/pytorch/#training",
    ],
    "overfitting": ["lessons/regularization/"],
    "autograd": ["lessons/pytorch/#gradients"],
    "residual": [
        "lessons/problem/#objective",
        "lessons/how-sure/#look-at-the-residuals",
    ],
    "lasso": ["lessons/regularization/#l1-and-elastic-net"],
    "confidence interval": ["lessons/how-sure/#confidence-intervals"],
    "standard error": [
        "lessons/how-sure/#standard-errors",
        "reference/#linreg.uncertainty.standard_errors",
    ],
    "normal equations": [
        "lessons/solve-at-once/#a-right-angle",
        "lessons/solve-at-once/#the-normal-equations",
    ],
    "p-value": [
        "lessons/how-sure/#p-values",
        "reference/#linreg.hypotheses.p_values",
    ],
    "F test": [
        "lessons/how-sure/#several-weights-at-once",
        "reference/#linreg.hypotheses.f_test",
    ],
    "cross-validation": ["lessons/real-data/#regularize"],
    "leverage": [
        "lessons/real-data/#diagnose",
        "lessons/how-sure/#standard-errors",
        "reference/#linreg.uncertainty.leverage",
    ],
    "mini-batch": [
        "lessons/more-data/#a-step-before-you-have-seen-everything",
        "lessons/more-data/#when-there-are-many-rows",
    ],
    "stream": [
        "lessons/more-data/#the-sums-that-dont",
        "lessons/more-data/#more-rows-than-memory",
    ],
    "torchrun": ["lessons/more-data/#one-program-to-copy-and-start"],
    "weight decay": [
        "lessons/regularization/#the-penalty",
        "lessons/regularization/#model",
    ],
}


# What a learner asks the meaning of: the first section found says it.
DEFINITIONS = {
    "epoch": ["glossary/#epoch"],
    "R squared": ["glossary/#r-squared"],
    "tensor": ["glossary/#tensor"],
    "gradient": ["glossary/#gradient", "lessons/from-scratch/#gradients"],
    "residual": ["glossary/#residual"],
    "MSE": ["glossary/#mean-squared-error"],
    "collinear": ["glossary/#collinearity"],
    "cross-validation": ["glossary/#cross-validation"],
}


@pytest.fixture(scope="module")
def page(browser: Browser, address) -> Iterator[Page]:
    """The window in which one term after the other is searched."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(address)
    yield page
    page.close()


def read_results(page: Page) -> list[str]:
    """Open what is folded in the list of results, and read where they lead."""
    page.evaluate(
        "document.querySelectorAll('.md-search-result details').forEach(d => d.open = true)"
    )
    results = page.locator(".md-search-result__link")
    return results.evaluate_all("all => all.map(a => a.pathname.slice(1) + a.hash)")


def search(page: Page, term: str) -> list[str]:
    """Type a term into the search, and read where the results lead."""
    results = page.locator(".md-search-result__link")
    query = page.locator("input[data-md-component=search-query]")
    query.click()
    # Each term comes with one key, so it is searched for once, and never in part.
    query.fill("")
    query.press("Backspace")
    results.first.wait_for(state="detached")
    query.fill(term)
    query.press("End")
    results.first.wait_for(state="visible")
    return read_results(page)


@pytest.mark.parametrize("term", DEFINITIONS)
def test_search_leads_to_the_definition_first(term, page: Page):
    found = search(page, term)
    sections = [name for name in found if "#" in name]
    assert sections[0] in DEFINITIONS[term], f"{term} leads to {found[:5]}"


def test_the_index_is_sent_for_when_search_is_reached_for(browser: Browser, address):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address + "lessons/problem/", wait_until="networkidle")
    page.locator(".md-nav a[href*='from-scratch']").first.click()
    page.wait_for_url("**/from-scratch/")
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "search_index" in url]
    page.keyboard.press("/")
    page.keyboard.type("epoch")
    page.locator(".md-search-result__link").first.wait_for(state="visible")
    assert len([url for url in asked if "search_index" in url]) == 1
    assert page.get_by_role("dialog", name="Search").count() == 1
    page.close()


# A term that only deeper pages explain is one of theirs.
PAGE_OF = {
    term: next((p for s in found if (p := s.partition("#")[0]) in THE_LESSON), "deeper")
    for term, found in SECTIONS.items()
}


@pytest.mark.parametrize("term", cases_of(PAGE_OF))
def test_search_leads_to_the_section_for(term, page: Page):
    results = page.locator(".md-search-result__link")
    everything = search(page, term)
    found = [name for name in everything if not name.startswith("glossary/")]
    # A page stands above its own sections: what counts is it and the first three sections.
    first = [0, *[n for n, name in enumerate(found) if "#" in name][:3]]
    right = [n for n in first if found[n] in SECTIONS[term]]
    assert right, f"{term} leads to {found}"
    results.nth(everything.index(found[right[0]])).click()
    name, _, anchor = found[right[0]].partition("#")
    page.wait_for_url(lambda url: f"/{name}" in url)
    if anchor:
        page.wait_for_timeout(200)
        assert page.locator(f"[id='{anchor}']").bounding_box()["y"] < 450
