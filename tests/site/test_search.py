"""What a learner types into the search leads to the section that answers it."""

import pytest
from playwright.sync_api import Browser

SECTIONS = {
    "gradient": ["lessons/from-scratch/#gradients", "lessons/pytorch/#gradients"],
    "standardize": [
        "lessons/from-scratch/#standardize-data",
        "lessons/pytorch/#standardize-data",
    ],
    "ridge": ["lessons/regularization/#l2-the-objective-and-its-gradient"],
    "mean squared error": [
        "lessons/from-scratch/#loss",
        "lessons/pytorch/#loss",
        "lessons/problem/#objective",
    ],
    "nn.Linear": ["lessons/pytorch/#weights", "lessons/pytorch/#side-by-side"],
    "learning rate": [
        "lessons/from-scratch/#update-weights",
        "lessons/from-scratch/#how-long-a-step",
    ],
    "intercept": [
        "lessons/problem/#the-line-behind-the-data",
        "lessons/problem/#the-model",
    ],
    "validation": ["lessons/from-scratch/#split-data", "lessons/pytorch/#split-data"],
    "Adam": ["lessons/pytorch/#optimizer", "lessons/pytorch/#training"],
    "overfitting": ["lessons/regularization/"],
    "autograd": ["lessons/pytorch/#gradients"],
    "residual": ["lessons/problem/#overview"],
    "lasso": ["lessons/regularization/#l1-and-elastic-net"],
    "weight decay": [
        "lessons/regularization/#l2-the-objective-and-its-gradient",
        "lessons/regularization/#in-pytorch-weight_decay",
    ],
}


@pytest.mark.parametrize("term", SECTIONS)
def test_search_leads_to_the_section_for(term, browser: Browser, address):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(address)
    page.locator("input[data-md-component=search-query]").click()
    page.keyboard.type(term, delay=5)
    results = page.locator(".md-search-result__link")
    results.first.wait_for(state="visible")
    page.wait_for_timeout(300)  # the list settles
    page.evaluate(
        "document.querySelectorAll('.md-search-result details').forEach(d => d.open = true)"
    )
    links = [
        results.nth(n).get_attribute("href") for n in range(min(results.count(), 8))
    ]
    found = [link.split("?")[0].removeprefix(address).lstrip("./") for link in links]
    anchors = [link.partition("#")[2] for link in links]
    found = [
        f"{name}#{anchor}" if anchor else name
        for name, anchor in zip(found, anchors, strict=True)
    ]
    right = [n for n, name in enumerate(found) if name in SECTIONS[term]]
    assert right, f"{term} leads to {found}"
    results.nth(right[0]).click()
    page.wait_for_url(lambda url: "lessons/" in url)
    anchor = anchors[right[0]]
    if anchor:
        page.wait_for_timeout(500)
        assert page.locator(f"[id='{anchor}']").bounding_box()["y"] < 450
    page.close()
