"""Every technical term is defined once, and explained where a page introduces or first needs it."""

import math
import re
from collections.abc import Iterator

import markdown
import pytest
from bs4 import BeautifulSoup
from glossary import check_glossary, check_italics, link_terms, read_glossary
from playwright.sync_api import Browser, Page
from project import (
    COMPUTED,
    LESSONS,
    PAGES,
    PROJECT,
    read_page,
    run_mkdocs,
    with_deeper,
)
from refusals import LessonError

# Words of the field, from the indexes of textbooks. A page that uses one must have it defined.
VOCABULARY = """
accuracy; activation; baseline; batch; bootstrap; categorical; classification; collinearity;
condition number; confidence interval; confounder; convergence; Cook's distance; correlation;
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
    """The glossary: for each form of a term, in lower case, its anchor and explanation."""
    written = read_glossary((PROJECT / "docs/glossary.md").read_text("utf-8"))
    return {form.lower(): entry for form, entry in written.items()}


def content(site, path: str) -> BeautifulSoup:
    """Parse the text of a page."""
    return read_page(site, path).select_one("article")


@pytest.mark.parametrize("path", COMPUTED)
def test_every_term_that_a_page_introduces_is_defined(path, site, entries):
    emphasized = content(site, path).select("em:not(.footnote em)")
    introduced = [" ".join(em.get_text().split()) for em in emphasized]
    missing = [t for t in introduced if t.rstrip(".,").lower() not in entries]
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


@pytest.mark.parametrize("path", PAGES)
def test_a_term_is_linked_once_a_page_and_never_in_code_or_headings(path, site):
    page = content(site, path)
    links = [link["href"] for link in page.select("a.term")]
    assert len(links) > 5 or path not in LESSONS
    assert len(links) == len(set(links))
    no_prose = ("pre", "code", "h1", "h2", "h3", "h4", "summary", "table", "a")
    assert not page.select(", ".join(f"{tag} a.term" for tag in no_prose))


def test_a_term_is_linked_where_it_is_introduced_or_else_first_in_the_open():
    entries = {
        "loss": ("loss", "How wrong."),
        "big loss": ("big", "Very wrong."),
        "MSE": ("mse", "How wrong, squared."),
    }
    for html, linked in {
        "<p>A loss, a Loss.</p>": "<p>A [loss], a Loss.</p>",
        "<p>A loss, a <em>loss</em>.</p>": "<p>A loss, a <em>[loss]</em>.</p>",
        "<details>loss</details><p>loss</p>": "<details>loss</details><p>[loss]</p>",
        "<details>loss</details><p>gain</p>": "<details>[loss]</details><p>gain</p>",
        "<h2>Loss</h2><p>a big\nloss</p>": "<h2>Loss</h2><p>a [big\nloss]</p>",
        "<table><td>loss</td></table>": "<table><td>loss</td></table>",
        "<p>lossless, loss-free</p>": "<p>lossless, loss-free</p>",
        "<p><code>loss</code> loss<br/> big loss</p>": "<p><code>loss</code> [loss]<br/> [big loss]</p>",
        # In a title or a name it is another word.
        "<p>A loss. <em>On Loss</em></p>": "<p>A [loss]. <em>On Loss</em></p>",
        "<p>The <em>theory of loss</em></p>": "<p>The <em>theory of loss</em></p>",
        "<p>Journal of Loss 3, LOSS</p>": "<p>Journal of Loss 3, LOSS</p>",
        "<p>The <b>Big</b> Loss</p>": "<p>The <b>Big</b> Loss</p>",
        "<p>It fell. Loss is all.</p>": "<p>It fell. [Loss] is all.</p>",
        "<p>It <em>fell</em>. (Loss is all.)</p>": "<p>It <em>fell</em>. ([Loss] is all.)</p>",
        "<li><b>Loss</b></li>": "<li><b>[Loss]</b></li>",
        "<p>The MSE, the mse</p>": "<p>The [MSE], the mse</p>",
    }.items():
        found = link_terms(html, entries, "../glossary/")
        assert (
            re.sub(r"<a class=.*?>(.*?)</a>", r"[\1]", found, flags=re.DOTALL) == linked
        )


ENTRIES = """# G

a b { #a data-forms="as; ab" }
:   One.

    More.

c { #c }

:   Two, `d {#d}`, `{{ e }}`, $x^{2}$.

Words.[^1]

[^1]: More.
"""
LOST = {
    "an anchor without blanks": ("d {#d}\n:   Three.", 17, "explains no entry"),
    "other facts": ('d { #d data-form="e" }\n:   Three.', 17, "explains no entry"),
    "too few blanks": ("d { #d }\n: Three.", 17, "explains no entry"),
    "a value": ("d { #d }\n:   Three, {{ 4 }}.", 17, "{{ would be seen as it is"),
    "a footnote": (
        "d { #d }\n:   Three\n    and more.[^1]\n\n[^1]: e",
        18,
        r"\[\^1\] would be seen as it is",
    ),
    "the same term": ("c { #d }\n:   Three.", 16, "c is also of the entry c"),
    "the same anchor": ("d { #c }\n:   Three.", 16, "#c is also of the entry c"),
    "a form of another": ("AB { #d }\n:   Three.", 16, "ab is also of the entry a b"),
    "a form that another has": (
        'd { #d data-forms="e; as" }\n:   Three.',
        16,
        "as is also of the entry a b",
    ),
}


@pytest.mark.parametrize(("entry", "line", "message"), LOST.values(), ids=LOST)
def test_no_entry_is_lost(entry, line, message):
    check_glossary(ENTRIES)
    with pytest.raises(LessonError, match=message) as refused:
        check_glossary(f"{ENTRIES}\n{entry}\n")
    assert refused.value.line == line


ITALICS = {
    "An *epoch* is a round.": "",
    "Two *epochs*.": "",
    "*Epochs* are rounds.": "",
    "*Widgets* are no rounds.": "Widgets",
    "A round, and a *wid\nget* as well.": "wid get",
    "It is a _widget_, isn't it?": "widget",
    "It is **not** one.": "",
    "As *Technometrics* says, and *The Art of Widgets*.": "",
    "*The Art of Widgets* says so.": "",
    "See [*widgets*](widgets.md).": "",
    "As somebody says.[^1]\n\n[^1]: In *widgets*, 3.": "",
    "An `*epoch*` is no *widget*.": "widget",
}


@pytest.mark.parametrize(("prose", "term"), ITALICS.items(), ids=ITALICS)
def test_italics_introduce_a_term_that_has_an_entry(prose, term):
    lesson = f"# A\n\n{prose}\n"
    html = markdown.markdown(lesson, extensions=["footnotes"])
    entries = dict.fromkeys(("epoch", "epochs"), ("epoch", "A round."))
    if not term:
        check_italics(html, lesson, entries)
        return
    with pytest.raises(LessonError, match=rf"\*{term}\* introduces a term") as refused:
        check_italics(html, lesson, entries)
    assert refused.value.line == 3


def test_a_build_says_in_which_line_a_term_has_no_entry(small_site):
    glossary = "# Glossary\n\nepoch { #epoch }\n:   A round.\n"
    lesson = "# A\n\nAn *epoch*.\n\nA *widget*.\n"
    site = small_site({"index.md": lesson, "glossary.md": glossary})
    built = run_mkdocs(site, "build", "--strict")
    assert built.returncode and "index.md:5: *widget* introduces" in built.stdout


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
    page.wait_for_timeout(300)  # its colour fades in
    hovered = page.screenshot()
    middle = term.bounding_box()
    x, bottom = middle["x"] + middle["width"] / 2, middle["y"] + middle["height"]
    for y in range(math.ceil(bottom) - 8, math.ceil(bottom) + 24, 2):
        page.mouse.move(x, y)  # on to what the explanation links
    assert page.screenshot() == hovered
    page.mouse.move(1, 1)
    term.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert before != hovered
    if javascript:  # or else nothing can be evaluated in the page
        shown = "e => getComputedStyle(e, '::after').content"
        assert term.evaluate(shown).startswith(f'"{explanation}')
        box = "e => { const s = getComputedStyle(e, '::after'); return [s.display, parseFloat(s.width)] }"
        display, width = term.evaluate(box)
        assert display == "block" and 150 < width < 360
        page.keyboard.press("Escape")
        assert term.evaluate("e => getComputedStyle(e, '::after').display") == "none"
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


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """The window in which one page after the other is opened."""
    page = browser.new_page()
    yield page
    page.close()


@pytest.mark.parametrize("path", with_deeper(LESSONS))
@pytest.mark.parametrize("width", [320, 390, 1440])
def test_every_explanation_is_upright_and_as_wide_as_a_sentence(
    width, path, page: Page, address
):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address + path)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    boxes = page.locator(".md-content a.term").evaluate_all(
        "all => all.map(e => { e.classList.add('open'); const s = getComputedStyle(e, '::after');"
        " const box = [e.outerHTML, parseFloat(s.width), parseFloat(s.height), s.fontStyle, s.fontWeight];"
        " e.classList.remove('open'); return box; })"
    )
    assert boxes
    for term, wide, high, slant, weight in boxes:
        assert wide >= 200 and wide > high, f"{wide} x {high}: {term}"
        assert (slant, weight) == ("normal", "400")
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_first_tap_explains_and_the_explanation_leads_to_the_glossary(
    browser: Browser, address
):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(address + "lessons/from-scratch/")
    first, second = (page.locator(".md-content p a.term").nth(n) for n in (0, 1))
    shown = "e => getComputedStyle(e, '::after').display"
    first.tap()
    assert first.evaluate(shown) == "block" and "/lessons/from-scratch/" in page.url
    page.locator("h1").tap()
    assert first.evaluate(shown) == "none", "a tap elsewhere puts it away"
    first.tap()
    second.tap()
    assert [first.evaluate(shown), second.evaluate(shown)] == ["none", "block"]
    # The explanation is part of its link: a tap on it follows.
    box = second.evaluate(
        "e => { const p = e.closest('p, li, dd, figcaption').getBoundingClientRect();"
        " const s = getComputedStyle(e, '::after');"
        " return [p.x + 20, p.y + parseFloat(s.top) + parseFloat(s.marginTop) + 10]; }"
    )
    page.touchscreen.tap(*box)
    page.wait_for_url("**/glossary/#*")
    context.close()
