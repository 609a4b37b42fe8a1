"""Every page in a real browser: light and dark, phone, tablet and desk, and without JavaScript."""

import gzip

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from engines import PAINTED, come_to
from playwright.sync_api import Browser, BrowserContext, Page, TimeoutError
from project import COMPUTED, LESSONS, PAGES, THE_LESSON, read_page, with_deeper

WIDTHS = (360, 768, 1440)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ALL_PAGES = [*PAGES, "404.html"]

# What sticks out of the window at the right and cannot be scrolled to, and figures' cut-off text.
CLIPPED = """() => {
    const scrolls = e => e && (/auto|scroll/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
    const hidden = e => e.closest('.md-sidebar, .md-search, .md-header, .md-clipboard, nav, svg *') !== null;
    const box = e => e.getBoundingClientRect();
    const cutOff = t => box(t).left < box(t.ownerSVGElement).left - 2 || box(t).right > box(t.ownerSVGElement).right + 2;
    return [...document.querySelectorAll('.md-content *, .md-footer *')]
        .filter(e => e.checkVisibility() && !hidden(e) && !scrolls(e.parentElement) && !scrolls(e))
        .filter(e => box(e).right > innerWidth + 1)
        .concat([...document.querySelectorAll('.cell-output svg text')]
            .filter(t => t.checkVisibility({visibilityProperty: true}) && cutOff(t)))
        .map(e => e.outerHTML.slice(0, 120));
}"""

SMALLEST_FIGURE_TEXT = """() => Math.min(100, ...[...document.querySelectorAll('.cell-output svg')]
    .filter(svg => svg.checkVisibility({visibilityProperty: true})).flatMap(svg => [...svg.querySelectorAll('text, tspan')].map(
        t => parseFloat(getComputedStyle(t).fontSize) * svg.getBoundingClientRect().width
            / svg.viewBox.baseVal.width)))"""

# Pairs of letters in a figure that stand on each other.
OVERLAPPING = """() => [...document.querySelectorAll('.cell-output svg')].flatMap(svg => {
    const texts = [...svg.querySelectorAll('text')].filter(t => t.textContent.trim()
        && t.checkVisibility({visibilityProperty: true, opacityProperty: true}));
    const boxes = texts.map(t => t.getBoundingClientRect());
    const meet = (a, b) => a.left < b.right - 3 && b.left < a.right - 3
        && a.top < b.bottom - 3 && b.top < a.bottom - 3;
    return texts.flatMap((t, i) => texts.slice(i + 1).filter((_, j) => meet(boxes[i], boxes[i + 1 + j]))
        .map(other => `${t.textContent} | ${other.textContent}`));
})"""

REACHED_BY_KEYBOARD = """() => [...document.querySelectorAll('pre > code, .formula, .long-formula, pre.columns')]
    .every(e => e.scrollWidth <= e.clientWidth || e.tabIndex === 0)"""

FOCUSABLE = """() => [...document.querySelectorAll('a[href], button, summary, input, [tabindex="0"]')]
    .filter(e => e.checkVisibility({visibilityProperty: true, opacityProperty: true})
        && e.tabIndex >= 0 && !e.disabled && e.getClientRects().length).length"""

# Writes down what takes the focus, and whether it looks different then.
WATCH_FOCUS = """() => {
    const look = e => {
        const s = getComputedStyle(e.closest('.md-header__option, .md-search__form') || e);
        return [s.outlineStyle !== 'none' && s.outlineWidth, s.boxShadow, s.backgroundColor,
            s.color, s.borderColor, s.opacity].join();
    };
    window.focused = [];
    document.addEventListener('focusin', ({ target }) => {
        target.style.transition = 'none';
        if (focused.some(other => other.target === target)) window.again = true;
        else window.focused.push({ target, visible: target.matches(':focus-visible'), look: look(target) });
    });
    window.reached = () => focused.map(({ target, visible, look: with_focus }) => {
        target.blur();
        return { name: target.outerHTML.slice(0, 110), visible, changes: with_focus !== look(target) };
    });
    window.isDone = () => document.activeElement === document.body || window.again;
}"""


@pytest.fixture(
    scope="module", params=["light", pytest.param("dark", marks=pytest.mark.thorough)]
)
def scheme(request) -> str:
    """The colour scheme that the reader's system asks for."""
    return request.param


@pytest.fixture(scope="module", params=with_deeper(ALL_PAGES))
def opened(request, browser: Browser, scheme, address) -> tuple[Page, list[str]]:
    """A page, opened once for the tests that follow, and all that went wrong meanwhile."""
    problems: list[str] = []
    context = browser.new_context(color_scheme=scheme)
    context.on(
        "request",
        lambda r: r.url.startswith((address, "data:")) or problems.append(r.url),
    )
    context.on("requestfailed", lambda r: problems.append(f"failed: {r.url}"))
    context.on(
        "response", lambda r: r.status < 400 or problems.append(f"{r.status}: {r.url}")
    )
    context.on(
        "console", lambda m: m.type in ("error", "warning") and problems.append(m.text)
    )
    context.on("weberror", lambda e: problems.append(str(e.error)))
    page = open_page(context, address + request.param)
    for explorable in page.locator(".explorable").all():
        come_to(explorable)
    page.evaluate("scrollTo(0, 0)")
    yield page, problems
    context.close()


def open_page(context: BrowserContext, url: str) -> Page:
    """Open a page and wait until its scripts and fonts are there."""
    page = context.new_page()
    page.goto(url)
    page.evaluate("document.fonts.ready")
    return page


def test_the_keyboard_reaches_everything_and_shows_where_it_is(opened, scheme):
    page, _ = opened
    width = {"light": WIDTHS[0], "dark": WIDTHS[-1]}[scheme]
    page.set_viewport_size({"width": width, "height": 900})
    reachable = page.evaluate(FOCUSABLE)
    page.evaluate(WATCH_FOCUS)
    for count in range(1, 3 * reachable):
        page.keyboard.press("Tab")
        if count >= reachable and page.evaluate("isDone()"):
            break
    reached = page.evaluate("reached()")
    unseen = [focus for focus in reached if not (focus["visible"] and focus["changes"])]
    assert unseen == [], "no visible focus"
    assert len(reached) >= reachable, f"Tab reached {len(reached)} of {reachable}"


def test_nothing_fails_sticks_out_or_comes_from_elsewhere(opened):
    page, problems = opened
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        fits = f"document.documentElement.scrollWidth <= {width}"
        try:  # charts take a moment to take up another layout
            page.wait_for_function(fits, timeout=5000)
        except TimeoutError:
            problems.append(f"the page scrolls sideways at {width} px")
        problems += [f"clipped at {width} px: {e}" for e in page.evaluate(CLIPPED)]
        smallest = page.evaluate(SMALLEST_FIGURE_TEXT)
        if smallest < 9:
            problems.append(f"a figure's text is {smallest:.1f} px high at {width} px")
    assert problems == []


def test_axe_finds_no_barrier(opened, scheme):
    page, _ = opened
    page.emulate_media(reduced_motion="reduce")  # or else colours fade in
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    # To whoever cannot see it a figure is its name alone; code is coloured alike in all cells.
    page.evaluate(
        "document.querySelectorAll('[role=img]').forEach(e => e.replaceChildren())"
    )
    page.evaluate(
        "[...document.querySelectorAll('.cell-input code')].slice(5).forEach("
        "code => code.textContent = code.textContent)"
    )
    # Else axe lays an entry out by scrolling to it, and judges it before the page's scripts can.
    page.add_style_tag(
        content=".doc-object { content-visibility: visible !important; }"
    )
    # Colours are the same at every width, and all else is the same in light and dark.
    rules = {"light": WCAG, "dark": ["color-contrast"]}[scheme]
    for width in WIDTHS if scheme == "light" else WIDTHS[:1]:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(REACHED_BY_KEYBOARD)
        options = {
            "runOnly": rules,
            "resultTypes": ["violations"],
            "rules": {"color-contrast": {"enabled": width == WIDTHS[0]}},
        }
        found = Axe().run(page, options=options)
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("path", with_deeper(PAGES))
def test_without_javascript_all_is_there(path, browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + path)
    outputs = [".cell-output", ".cell-output svg"] if path in COMPUTED else []
    for part in (".md-content h1", ".md-content p", *outputs):
        assert page.locator(part).first.is_visible(), part
    if path in COMPUTED[1:]:
        assert page.locator(".cell-input").first.is_visible() or (
            page.locator("details.cell-fold").first.is_visible()
        )
        for formula in page.locator("math:not(details:not([open]) *)").all():
            box = formula.bounding_box()
            assert box and box["width"] > 0 and box["height"] > 0
        assert page.locator("math").count() > 0
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(OVERLAPPING) == []
    context.close()


@pytest.mark.parametrize("path", with_deeper(PAGES))
def test_nothing_moves_for_those_who_ask_for_that(path, browser, address):
    context = browser.new_context(reduced_motion="reduce")
    page = open_page(context, address + path)
    moving = "document.getAnimations().map(a => a.effect.getTiming().duration).filter(d => d > 10)"
    page.mouse.wheel(0, 800)
    assert page.evaluate(moving) == []
    page.keyboard.press("Tab")
    assert page.evaluate(moving) == []
    context.close()


@pytest.mark.parametrize("path", with_deeper(PAGES))
def test_a_printed_page_is_complete_and_bare(path, browser, address):
    context = browser.new_context(viewport={"width": 720, "height": 1000})
    page = open_page(context, address + path)
    page.emulate_media(media="print")
    for part in (
        ".md-header",
        ".md-sidebar",
        ".md-footer__inner",
        ".md-clipboard",
        ".md-top",
        ".run-page",
        ".run-answer",
        ".run-buttons",
    ):
        for element in page.locator(part).all():
            assert not element.is_visible(), f"{part} is printed"
    cut = "e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0"
    wide = page.evaluate(
        f"[...document.querySelectorAll('.md-content pre, .md-content pre > code')].filter({cut}).length"
    )
    assert wide == 0, f"{wide} blocks of code are cut off"
    # Code that only helps is left out; solutions are there, after all else.
    printed = page.locator(".cell-input code").evaluate_all(
        "all => all.map(e => [e.checkVisibility(),"
        " e.closest('.cell-fold')?.className ?? 'open', e.getBoundingClientRect().top])"
    )
    for visible, fold, _ in printed:
        assert visible == (fold != "cell-fold"), fold
    solutions = [top for _, fold, top in printed if fold == "cell-fold solution"]
    others = [top for _, fold, top in printed if fold == "open"]
    if path in LESSONS:
        assert min(solutions) > max(others)
        named = page.evaluate(
            "[...document.querySelectorAll('.solution')].map(e => e.dataset.of)"
        )
        headings = page.evaluate(
            "[...document.querySelectorAll('h2, h3')].map(e =>"
            " [...e.childNodes].slice(0, -1).map(node => node.textContent).join(''))"
        )
        exercises = [name for name in headings if name.startswith("Exercise ")]
        solved = [name for name in named if name.startswith("Exercise ")]
        assert solved in (exercises, exercises[:-1])  # the last may be an open one
        assert set(named) <= {*headings}
    assert page.pdf().startswith(b"%PDF")
    context.close()


def test_formulas_are_set_in_the_sites_own_font(browser, address):
    context = browser.new_context()
    fonts = []
    context.on(
        "response", lambda r: r.url.endswith(".woff2") and fonts.append(r.status)
    )
    page = open_page(context, address + "lessons/from-scratch/")
    assert fonts == [200]
    # The sign of a root is drawn, though it stands nowhere in the page's text.
    assert page.evaluate("document.fonts.check('16px \"STIX Two Math\"', '𝑊𝜎∑√')")
    family = "getComputedStyle(document.querySelector('math')).fontFamily"
    assert "STIX Two Math" in page.evaluate(family)
    context.close()


# Of these pages half is code: what reads tables and doubts results, a program of several processes.
# The reference explains all there is.
HEAVY = {
    "lessons/your-data/": 68_000,
    "lessons/more-data/": 62_000,
    "reference/": 68_000,
}


@pytest.mark.parametrize("path", with_deeper(PAGES))
def test_a_page_is_light_and_a_page_of_the_lesson_with_its_explorables_too(path, site):
    page = BeautifulSoup((site / path / "index.html").read_bytes(), "html.parser")
    whole = len(gzip.compress(str(page).encode()))
    for explorable in page.select(".explorable"):
        explorable.decompose()
    without = len(gzip.compress(str(page).encode()))
    assert without <= HEAVY.get(path, 60_000)
    assert whole <= (60_000 if path in THE_LESSON else without + 60_000)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_a_title_and_a_description_of_its_own(path, site):
    html = read_page(site, path)
    assert len(html.select_one("meta[name=description]")["content"]) > 60
    assert len(html.select_one("meta[property='og:title']")["content"]) > 5
    assert len(html.select("h1")) == 1


@pytest.mark.parametrize(
    "path",
    [
        LESSONS[1],
        *(
            pytest.param(p, marks=pytest.mark.thorough)
            for p in COMPUTED
            if p != LESSONS[1]
        ),
    ],
)
def test_a_page_is_styled_as_a_whole_no_more_often_than_it_must(path, browser, address):
    page = browser.new_page(viewport={"width": 412, "height": 823})
    # Or else the page begins in a process of which the trace knows nothing yet.
    page.goto(address + "assets/lesson.css")
    session = page.context.new_cdp_session(page)
    events, ended = [], []
    session.on("Tracing.dataCollected", lambda data: events.extend(data["value"]))
    session.on("Tracing.tracingComplete", lambda data: ended.append(data))
    session.send("Tracing.start", {"categories": "devtools.timeline"})
    page.goto(address + path, wait_until="networkidle")
    page.evaluate(PAINTED)
    session.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(50)
    styled = [e["args"] for e in events if e["name"] == "UpdateLayoutTree"]
    counts = [arguments.get("elementCount", 0) for arguments in styled]
    shown = page.evaluate(
        "[...document.body.querySelectorAll('*')].filter(e => e.checkVisibility()).length"
    )
    assert sum(counts) >= shown > 300, "the trace is not that of the whole page"
    whole = [count for count in counts if count > 0.95 * shown]
    # As it comes, and twice when Material names its colour scheme.
    assert len(whole) <= 3, counts
    page.close()
