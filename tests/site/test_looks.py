"""What a designer measures: one column, one scale of sizes, colours with a meaning, figures that fit."""

import io
import itertools
import math
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import numpy as np
import pytest
from drawing import PHONE, layouts
from engines import come_to
from figures import inline_svg
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page
from project import (
    LESSONS,
    PAGES,
    PARTS,
    needs_pyodide,
    read_page,
    with_deeper,
)

# How many letters the lines of the long paragraphs have, on average.
LETTERS_A_LINE = """() => [...document.querySelectorAll('.md-content p')]
    .filter(p => p.checkVisibility() && !p.closest('.facts, details') && !p.querySelector('math'))
    .map(p => [p.textContent.trim().length, Math.round(p.clientHeight / parseFloat(getComputedStyle(p).lineHeight))])
    .filter(([letters, lines]) => lines > 3).map(([letters, lines]) => letters / lines)"""

STYLES = """selector => [...document.querySelectorAll('.md-content ' + selector)]
    .filter(e => e.checkVisibility()).map(e => { const s = getComputedStyle(e);
    return {size: parseFloat(s.fontSize), weight: Number(s.fontWeight), color: s.color,
        above: parseFloat(s.marginTop), below: parseFloat(s.marginBottom),
        joined: Boolean(e.previousElementSibling?.matches('h1, h2, h3')),
        line: parseFloat(s.lineHeight) / parseFloat(s.fontSize)}; })"""

# What a figure's text is drawn at, next to the size of the caption below it.
FIGURE_TEXT = """() => [...document.querySelectorAll('.cell-output svg')]
    .filter(svg => svg.checkVisibility({visibilityProperty: true}))
    .flatMap(svg => [...svg.querySelectorAll('text')].map(text => parseFloat(getComputedStyle(text).fontSize)
        * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width))"""

BOX = "e => { const b = e.getBoundingClientRect(); return [b.left, b.right, b.top, b.bottom]; }"


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """One window for all."""
    page = browser.new_page()
    yield page
    page.close()


@pytest.mark.parametrize("path", with_deeper(PAGES))
def test_lines_have_at_most_72_letters_at_every_width(path, page: Page, address):
    page.goto(address + path)
    for width in (390, 768, 1024, 1200, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        letters = page.evaluate(LETTERS_A_LINE)
        assert max(letters, default=0) <= 72, f"at {width} px"


@pytest.mark.parametrize("path", with_deeper(LESSONS))
def test_sizes_come_from_one_scale(path, page: Page, address):
    page.goto(address + path)
    for width in (390, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        for text in page.evaluate(STYLES, ".md-content__inner > p:not([class])"):
            assert 17 <= text["size"] <= 18
            assert text["line"] == pytest.approx(1.6)
        for small in ("pre > code", "figcaption", ".explorable-state"):
            assert {style["size"] for style in page.evaluate(STYLES, small)} <= {14}
        body = page.evaluate(STYLES, ".md-content__inner > p:not([class])")
        (ink,) = {style["color"] for style in body}
        for heading in ("h1", "h2", "h3"):
            for style in page.evaluate(STYLES, heading):
                assert style["weight"] >= 700
                assert style["color"] == ink
                if heading != "h1" and not style["joined"]:
                    assert style["above"] == pytest.approx(2 * style["below"], rel=0.01)


@pytest.mark.parametrize("path", with_deeper(LESSONS))
def test_the_letters_of_figures_are_as_large_as_those_of_captions(
    path, page: Page, address
):
    page.goto(address + path)
    for width, least, most in ((360, 10.3, 15.0), (390, 11, 15.0), (1440, 12.0, 17.5)):
        page.set_viewport_size({"width": width, "height": 900})
        sizes = page.evaluate(FIGURE_TEXT)
        assert sizes
        assert least <= min(sizes) and max(sizes) <= most, f"at {width} px"


@pytest.mark.parametrize("path", with_deeper(LESSONS))
def test_a_figure_is_as_wide_as_the_text(path, page: Page, address):
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(address + path)
    text = page.locator(".md-content__inner > p:not([class])").first.evaluate(BOX)
    for figure in page.locator(".cell-output > svg:only-of-type:visible").all():
        left, right, *_ = figure.evaluate(BOX)
        natural = figure.evaluate("e => e.viewBox.baseVal.width * 4 / 3")
        assert left == pytest.approx(text[0], abs=2)
        assert right - left == pytest.approx(
            min(text[1] - text[0], 1.2 * natural), abs=2
        )


@pytest.mark.parametrize("paths", PARTS)
@pytest.mark.parametrize(
    "width", [360, pytest.param(1024, marks=pytest.mark.thorough), 1440]
)
def test_an_explorable_is_one_object_and_its_controls_are_as_wide_as_its_picture(
    width, paths, browser: Browser, address, site
):
    page = browser.new_page(viewport={"width": width, "height": 900})
    for path in ["", *paths]:
        if not read_page(site, path).select_one(".explorable"):
            continue
        page.goto(address + path)
        for explorable in page.locator(".explorable").all():
            come_to(explorable)
            frame = explorable.evaluate(BOX)
            picture = explorable.locator(".explorable-figure:visible").evaluate(BOX)
            controls = explorable.locator(".explorable-controls").evaluate(BOX)
            state = explorable.locator(".explorable-state").evaluate(BOX)
            assert controls[0] <= picture[0] + 1 and controls[1] >= picture[1] - 1
            assert picture[3] <= controls[3] and controls[3] <= state[3] + 1
            for part in (picture, controls, state):
                assert frame[0] <= part[0] and part[1] <= frame[1]
                assert frame[2] <= part[2] and part[3] <= frame[3]
            assert frame[1] <= width
            # No label reaches into the words below.
            lowest = explorable.locator(".explorable-controls input").evaluate_all(
                "all => Math.max(...all.map(e => e.getBoundingClientRect().bottom))"
            )
            assert lowest <= state[2] + 1, path
            tall = picture[3] - picture[2] + controls[3] - controls[2] > 0.85 * 900
            position = explorable.locator(".explorable-controls").evaluate(
                "e => getComputedStyle(e).position"
            )
            assert (position == "sticky") == tall
    page.close()


def test_signs_are_seen_in_forced_colours(browser: Browser, address):
    context = browser.new_context(forced_colors="active")
    page = context.new_page()
    page.goto(address + "lessons/from-scratch/")
    # What is drawn as a mask on a background is not seen: these are letters.
    for sign in page.locator("summary").all():
        style = "e => { const s = getComputedStyle(e, '::before'); return [s.content, s.maskImage]; }"
        content, mask = sign.evaluate(style)
        assert content[1] in "›○" and mask == "none"
    context.close()


@pytest.mark.parametrize("option", [".answer.wrong", ".answer.right"])
def test_the_mark_of_an_option_is_level_with_its_text(option, page: Page, address):
    page.goto(address + LESSONS[0])
    summary = page.locator(f"{option} > summary").first
    mark, text = summary.evaluate(
        """e => [getComputedStyle(e, '::before'), getComputedStyle(e)]
            .map(s => [s.fontSize, s.lineHeight, s.paddingTop])"""
    )
    assert mark[:2] == text[:2]
    # It hangs in the margin, where its line begins.
    top = summary.evaluate("e => parseFloat(getComputedStyle(e, '::before').top)")
    assert top == pytest.approx(float(text[2].removesuffix("px")), abs=0.5)


# How high an element is, and how high the lines are that hold its text.
LINES = """e => { const range = document.createRange(); range.selectNodeContents(e);
    const line = parseFloat(getComputedStyle(e).lineHeight);
    const boxes = [...range.getClientRects()].filter(box => box.width > 1);
    const tops = boxes.map(box => (box.top + box.bottom) / 2).sort((a, b) => a - b);
    const count = 1 + tops.slice(1).filter((top, n) => top - tops[n] > line / 2).length;
    const { height } = e.getBoundingClientRect();
    const { paddingTop, paddingBottom } = getComputedStyle(e);
    return [height - parseFloat(paddingTop) - parseFloat(paddingBottom), count * line]; }"""


@pytest.mark.parametrize("paths", PARTS)
@pytest.mark.parametrize("width", [320, 390, 1440])
def test_what_is_folded_reads_as_a_sentence_also_with_code_and_formulas(
    width, paths, page: Page, address
):
    page.set_viewport_size({"width": width, "height": 900})
    mixed = 0
    for path in paths:
        page.goto(address + path)
        for summary in page.locator("summary:has(code, math):visible").all():
            mixed += 1
            height, lines = summary.evaluate(LINES)
            assert height == pytest.approx(lines, rel=0.15), summary.inner_text()
            kinds = "e => [...e.querySelectorAll('code, math')].map(c => getComputedStyle(c).display)"
            assert set(summary.evaluate(kinds)) <= {"inline", "inline math", "math"}
    assert mixed or paths != LESSONS[:4]  # the deeper pages have none so far


@pytest.mark.parametrize("paths", PARTS)
@pytest.mark.parametrize("width", [320, 390])
def test_an_output_in_columns_keeps_its_lines_on_a_phone(
    width, paths, page: Page, address
):
    page.set_viewport_size({"width": width, "height": 900})
    for path in paths:
        page.goto(address + path)
        lines = """all => all.map(e => [e.textContent.split("\\n").length,
            Math.round(e.clientHeight / parseFloat(getComputedStyle(e).lineHeight))])"""
        tables = page.locator(".cell-output > pre.columns:visible").evaluate_all(lines)
        assert tables or path in (LESSONS[0], *LESSONS[2:4])
        for printed, shown in tables:
            assert shown == printed
        page.wait_for_function("""() => [...document.querySelectorAll('pre.columns')]
            .every(e => !e.checkVisibility()
                || (e.scrollWidth > e.clientWidth) === (e.tabIndex === 0))""")
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_columns_that_go_on_have_a_shadow_until_their_end(page: Page, address):
    page.set_viewport_size({"width": 320, "height": 900})
    page.goto(address + LESSONS[1])
    wide = "[...document.querySelectorAll('pre.columns')].find(e => e.scrollWidth > e.clientWidth)"
    output = page.evaluate_handle(wide).as_element()
    output.scroll_into_view_if_needed()
    edges = []
    for where in (0, "e.scrollWidth"):
        output.evaluate(f"e => {{ e.scrollLeft = {where}; }}")
        picture = Image.open(io.BytesIO(output.screenshot())).convert("L")
        edges.append(np.median(np.asarray(picture)[:, -2]))
    assert edges[0] < 250 < edges[1] == 255


@needs_pyodide
def test_buttons_that_are_not_seen_hide_no_code(page: Page, address):
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(address + LESSONS[1])
    page.locator(".run-buttons").first.wait_for(state="attached")
    page.mouse.move(1, 1)
    seen = """all => all.map(e => getComputedStyle(e).opacity)"""
    assert set(page.locator(".cell .run-buttons").evaluate_all(seen)) == {"0"}
    cell = page.locator(".cell:has(> .cell-input > .run-buttons)").first
    cell.hover()
    assert (
        cell.locator(".run-buttons").evaluate("e => getComputedStyle(e).opacity") == "1"
    )


@pytest.mark.parametrize("width", [390, 1440])
def test_the_numbers_of_the_path_stand_below_its_headings(width, page: Page, address):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)
    heading = page.locator(".path h3").first.evaluate(BOX)
    item = page.locator(".path li").first
    indent = "e => e.getBoundingClientRect().left + parseFloat(getComputedStyle(e).textIndent)"
    assert item.evaluate(indent) == pytest.approx(heading[0], abs=1)
    above = page.locator(".path h3").nth(1).evaluate(BOX)[2]
    before = page.locator(".path ol").first.locator("li").last.evaluate(BOX)[3]
    assert width > 768 or above - before >= 20


def test_a_figure_is_made_of_less_and_looks_the_same(page: Page):
    figure = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        ' width="90pt" height="60pt" viewBox="0 0 90 60"><defs><style>*{}</style></defs>'
        '<g id="figure_1"><g id="patch_1"><path d="M 9 9 L 80 9 L 80 50 z" style="fill: #0072b2"/></g>'
        '<g id="line"><defs><path id="m1" d="M 0 3 L 3 -3 L -3 -3 z"/></defs>'
        '<g clip-path="url(#p1)"><use xlink:href="#m1" x="9" y="20"/><use xlink:href="#m1" x="70" y="50"/></g></g>'
        '<g id="dots"><defs><path id="m2" d="M 0 4 C 3 4 4 3 4 0 C 4 -3 3 -4 0 -4 z" style="stroke: #d55e00"/>'
        '<path id="m3" d="M 0 0 L 0 5" style="stroke: #000000"/></defs><g style="opacity: 0.5">'
        + "".join(
            f'<use xlink:href="#m2" x="{3 * n + 20.5}" y="{n * n}" style="fill: #009e73; fill-opacity: 0.3"/>'
            for n in range(7)
        )
        + '<use xlink:href="#m2" x="5" y="55" style="fill: #009e73"/></g>'
        '<use xlink:href="#m3" x="50" y="50"/><use xlink:href="#m3" x="60" y="50"/>'
        '<use xlink:href="#m3" x="70" y="50"/></g>'
        '<g style="opacity: 0.5"><g id="patch_2"><path d="M 0 0 L 30 30 L 0 60 z"/></g></g></g>'
        '<defs><clipPath id="p1"><rect x="0" y="0" width="40" height="60"/></clipPath></defs></svg>'
    )
    drawn = inline_svg(figure, "A figure", "a-")
    assert drawn.count("<g") == 3 and "<g>" not in drawn
    # Marks that are alike, and follow each other, are one path.
    assert drawn.count("<use") == 3 and drawn.count("<marker") == 2
    assert 'id="a-m2"' in drawn and 'id="a-m3"' not in drawn
    pictures = []
    for svg in (figure, drawn):
        page.set_content(f"<style>svg {{ color: black; display: block }}</style>{svg}")
        pictures.append(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
    # An edge's pixel may be a shade lighter or darker.
    differences = ImageChops.difference(*pictures).getextrema()
    assert max(most for _, most in differences) < 20


@needs_pyodide
def test_a_page_asks_for_no_selection_before_anybody_does_anything(
    browser: Browser, address
):
    page = browser.new_page(viewport={"width": 412, "height": 823})
    page.add_init_script(
        "window.asked = 0; const { getSelection } = window;"
        "window.getSelection = () => { asked += 1; return getSelection.call(window); };"
    )
    for path in (LESSONS[1], LESSONS[9]):
        page.goto(address + path)
        page.locator(".run-page .run-button").wait_for(state="attached")
        page.wait_for_timeout(200)
        assert page.evaluate("asked") == 0
    page.close()


def test_the_spaces_that_set_a_label_apart_are_kept():
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text>  truth </text></svg>'
    drawn = ET.fromstring(inline_svg(svg, "", "")).find(".//{*}text").text
    assert drawn == "\u00a0\u00a0truth\u00a0"


def text_of(svg: str) -> list[str]:
    """Read the texts of a figure."""
    texts = ET.fromstring(svg).findall(".//{*}text")
    return ["".join("".join(text.itertext()).split()) for text in texts]


def test_a_figures_powers_of_ten_are_in_letters_of_one_size():
    number = (
        '<text style="x"><tspan x="0" y="-0.2" style="font-size: 10.5px">1</tspan>'
        '<tspan x="6" y="-0.2" style="font-size: 10.5px">0</tspan>'
        '<tspan x="12" y="-4.5" style="font-size: 7.35px">−</tspan>'
        '<tspan x="18" y="-4.5" style="font-size: 7.35px">12</tspan></text>'
    )
    name = number.replace("1</tspan>", "W</tspan>", 1)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{number}{name}</svg>'
    assert text_of(inline_svg(svg, "", "")) == ["10⁻¹²", "W0−12"]


def test_powers_of_ten_are_read_from_older_matplotlib_too():
    # Up to 3.8, which runs in readers' browsers, a part says where each of its letters is.
    number = (
        '<text><tspan x="0 6.68042" y="-0.2" style="font: 10.5px \'sans-serif\'">10</tspan>'
        '<tspan x="13.36084 19.2" y="-4.5" style="font: 7.35px \'sans-serif\'">−2</tspan></text>'
    )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{number}</svg>'
    assert text_of(inline_svg(svg, "", "")) == ["10⁻²"]


def test_a_charts_logarithmic_axes_show_powers_of_ten():
    import vl_convert

    exponents = [-12, -3, 0, 2, 10]
    for low, high in itertools.pairwise(exponents):
        scale = {"type": "log", "domain": [10.0**low, 10.0**high], "nice": False}
        field = {"field": "a", "type": "quantitative", "scale": scale}
        spec = {
            "data": {"values": [{"a": 10.0**low}, {"a": math.e * 10.0**low}]},
            "mark": "point",
            "height": 300,
            "encoding": {"y": field},
            "params": [],
        }
        texts = text_of(vl_convert.vegalite_to_svg(layouts(spec)["wide"]))
        small = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
        labels = [text for text in texts if text.startswith("10")]
        assert {f"10{str(n).translate(small)}" for n in (low, high)} <= set(labels)
        assert set(labels) <= {
            f"10{str(n).translate(small)}" for n in range(low, high + 1)
        }


def test_on_a_phone_panels_are_stacked_and_keep_their_shape():
    panel = {"mark": "point", "width": 200, "height": 100}
    meter = {"mark": "bar", "width": 200, "height": 24}
    spec = {"hconcat": [panel, {"vconcat": [panel, meter]}]}
    narrow = layouts(spec)["narrow"]
    first, second = narrow["vconcat"]
    assert (first["width"], first["height"]) == (PHONE, PHONE // 2)
    assert second["vconcat"][1]["height"] == 24
    assert layouts(spec)["wide"]["hconcat"] == spec["hconcat"]


ACCENTS = """() => [...document.querySelectorAll('mover[accent]')].filter(e => e.checkVisibility()).map(e => {
    const [whole, letter] = [e, e.firstElementChild].map(part => part.getBoundingClientRect());
    return [letter.x, whole.y + scrollY, letter.right, letter.bottom + scrollY];
})"""


@pytest.mark.parametrize(
    "path", [LESSONS[1], pytest.param(LESSONS[0], marks=pytest.mark.thorough)]
)
def test_every_accent_is_drawn(path, page, address):
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(address + path)
    page.evaluate("document.fonts.ready")
    pictures = []
    for seen in ("visible", "hidden"):
        page.add_style_tag(content=f"mover > mo:last-child {{ visibility: {seen} }}")
        picture = Image.open(io.BytesIO(page.screenshot(full_page=True)))
        pictures.append(np.asarray(picture.convert("L"), int))
    changed = np.abs(pictures[0] - pictures[1]) > 60
    boxes = page.evaluate(ACCENTS)
    for left, top, right, bottom in boxes:
        around = changed[int(top) - 3 : int(bottom) + 1, int(left) - 1 : int(right) + 2]
        assert around.any(), f"no accent at {left:.0f}, {top:.0f}"
    assert boxes


# Text that a block's buttons lie over: the buttons of a phone are always in sight.
COVERED = """() => [...document.querySelectorAll('.md-code__nav, .run-buttons')].filter(buttons => {
    const block = buttons.closest('.run-fold, .highlight, .cell-input') ?? buttons.parentElement;
    const boxes = [...buttons.querySelectorAll('button')].filter(b => b.checkVisibility())
        .map(button => button.getBoundingClientRect());
    const texts = document.createTreeWalker(block, NodeFilter.SHOW_TEXT), range = document.createRange();
    while (texts.nextNode()) {
        const text = texts.currentNode, { parentElement } = text;
        if (!text.data.trim() || parentElement.closest('button') || !parentElement.checkVisibility()) continue;
        range.selectNodeContents(text);
        if ([...range.getClientRects()].some(t => boxes.some(b => t.left < b.right - 1 && t.right > b.left + 1
            && t.top < b.bottom - 1 && t.bottom > b.top + 1))) return true;
    }
}).map(buttons => buttons.parentElement.textContent.slice(0, 60))"""


@pytest.mark.parametrize("path", with_deeper(PAGES))
def test_on_a_phone_buttons_lie_over_no_code(path, page: Page, address):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address + path)
    page.evaluate(  # code gets its buttons when a reader comes near
        """async () => { for (let y = 0; y < document.body.scrollHeight; y += 700) {
            scrollTo({top: y, behavior: 'instant'}); await new Promise(requestAnimationFrame); } }"""
    )
    page.wait_for_timeout(200)
    assert (
        page.locator(".md-code__button").count() > 0
        or not page.locator("pre > code").count()
    )
    assert page.evaluate(COVERED) == []
