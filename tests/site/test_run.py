"""Readers run and change the code where it stands: what they get, and what it never costs them."""

import ast
import gzip
import json
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from engines import PAINTED
from obstacles import obstacles
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from project import (
    COMPUTED,
    LESSONS,
    PROJECT,
    PYODIDE,
    publish,
    read_page,
    run_mkdocs,
    serve,
    with_deeper,
)
from release import CORE, RELEASE
from test_pages import WCAG

ROOM = PROJECT / "docs/assets/run"
NUMBER = re.compile(r"-?\d+(?:\.\d*)?(?:e[+-]?\d+)?")

# Press the Run button of each cell, one after the other, and read what the page and the run show.
PRESS_ALL = """async () => {
    const text = output => [...output?.querySelectorAll('pre') ?? []].map(pre => pre.textContent);
    const names = output => [...output?.querySelectorAll(':scope > svg') ?? []].map(svg => svg.ariaLabel);
    const found = [];
    for (const cell of document.querySelectorAll('.cell[data-run]:has(.run-button)')) {
        cell.querySelector('.run-button').click();
        while (document.querySelector('.run-stop')) await new Promise(resolve => setTimeout(resolve, 10));
        const built = cell.querySelector('.cell-output:not(.run-output)');
        const own = cell.querySelector('.run-output');
        found.push({
            code: cell.querySelector('.cell-input code').textContent,
            built: text(built).join('').trimEnd(), own: text(own).join('').trimEnd(),
            figures: names(built), drawn: names(own), note: cell.querySelector('.run-note').textContent,
        });
    }
    return found;
}"""


@pytest.fixture(scope="module", autouse=True)
def distribution() -> Path:
    """The folder with Pyodide. Where none is named, these tests cannot be done."""
    if PYODIDE == "none":
        pytest.skip("no Pyodide: set PYODIDE to a folder with a distribution of it")
    return Path(PYODIDE)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that has been nowhere yet."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture(scope="module")
def warm(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that keeps what it has loaded for the tests that follow."""
    context = browser.new_context()
    yield context
    context.close()


PAGES = {
    "index.md": """# A

```python
x = 1
print(x)
```

```python
y = x + 1
print(y)
```

So y is {{ y }}, and its double {{ 2 * y }}; as a formula $y = {{ y }}$, and {{ 1 + 1 }} is no result.

```python
import random

print(len(str(random.random())) > 0, y)
```

[On to B](b.md), [to the top](#a)
""",
    "b.md": """# B

```python
print("here is B")
```

[Back to A](index.md)
""",
}


@pytest.fixture(scope="module")
def small_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site of two small pages, whose cells need no library."""
    with publish(tmp_path_factory.mktemp("small"), PAGES) as address:
        yield address


@pytest.fixture(scope="module")
def shared_page(browser: Browser, small_address: str) -> Iterator[Page]:
    """Page A of the small site, opened once for the tests that follow, as readers use it."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(small_address)
    page.on("dialog", lambda dialog: dialog.accept())  # "This takes back your changes"
    yield page
    context.close()


MANY = """import matplotlib.pyplot as plt
import numpy as np

x, y = np.random.default_rng(0).normal(size=(2, 50_000))
plt.scatter(x, y)
"""


def cell(page: Page, number: int) -> Locator:
    """Find a cell that can run, by its number."""
    return page.locator(".cell[data-run]").nth(number)


def put(page: Page, number: int, code: str) -> Locator:
    """Replace the code of a cell by typing, and return the cell."""
    found = cell(page, number)
    editor = found.get_by_role("textbox")
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)
    assert editor.text_content().rstrip() == code.rstrip()
    return found


def wait(page: Page, seconds: int = 60) -> None:
    """Wait until nothing runs any more."""
    page.wait_for_function(
        "!document.querySelector('.run-stop')", timeout=1000 * seconds
    )


def run(page: Page, found: Locator) -> str:
    """Press a cell's button, and return what the cell then shows."""
    found.locator(".run-button").click()
    wait(page)
    output = found.locator(".run-output")
    return output.inner_text().rstrip() if output.is_visible() else ""


def is_same(shown: str, printed: str) -> bool:
    """Compare two texts; numbers may differ by one in the last digit that is shown.

    Other versions of the libraries may round otherwise. What is smaller than 1e-9 is nothing but
    such rounding, and may be any number of that kind.
    """
    texts = [NUMBER.sub("#", text).split() for text in (shown, printed)]
    pairs = zip(NUMBER.findall(shown), NUMBER.findall(printed), strict=False)
    return texts[0] == texts[1] and all(is_near(a, b) for a, b in pairs)


def is_near(shown: str, printed: str) -> bool:
    """Tell whether two numbers are the same up to their last digit."""
    digits, _, exponent = shown.partition("e")
    unit = 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))
    a, b = float(shown), float(printed)
    return abs(a - b) <= 1.01 * unit * ("." in shown) or max(abs(a), abs(b)) < 1e-9


def test_numbers_are_compared_by_the_digits_shown():
    assert is_same("loss: 0.123", "loss: 0.124") and is_same("1e-16", "-3e-17")
    assert not is_same("loss: 0.123", "loss: 0.125")
    assert not is_same("loss: 3", "loss: 4") and not is_same("W: 1.0", "b: 1.0")
    assert not is_same("1.0 2.0", "1.0") and not is_same("1.0e-3", "2.0e-3")


@pytest.mark.parametrize("path", with_deeper(LESSONS))
def test_every_run_button_gives_what_the_page_shows(path, warm, address):
    page = warm.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address + path, wait_until="networkidle")
    assert not [url for url in asked if "pyodide" in url or "run/worker" in url]
    if path != "lessons/pytorch/":  # which needs PyTorch from its first line on
        page.wait_for_selector(".cell[data-run] .run-button")
    for shown in page.evaluate(PRESS_ALL):
        assert is_same(shown["built"], shown["own"]), shown
        assert shown["figures"] == shown["drawn"], shown
        assert "Your run" in shown["note"] and "Python 3.1" in shown["note"]
    assert [url for url in asked if not url.startswith((address, "blob:"))] == []
    page.close()


def test_a_newcomer_sees_it_diverge_and_goes_on(context, address):
    page = context.new_page()
    page.goto(address + "lessons/from-scratch/")
    rate = page.locator(".cell[data-run]", has_text="LEARNING_RATE = ").first
    training = page.locator(".cell[data-run]", has_text="W, b, history = train(").first
    editor = rate.get_by_role("textbox")
    editor.click(position={"x": 60, "y": 18})
    for _ in "1e-1":
        page.keyboard.press("End")
        page.keyboard.press("Backspace")
    page.keyboard.type("1.1")
    assert "\nLEARNING_RATE = 1.1" in f"\n{editor.inner_text()}"

    assert "diverged" in run(page, training)
    expect(training.locator(".run-note")).to_contain_text("First ran the")
    expect(training.locator(".run-marked")).to_have_count(1)

    # What is below can wait until the rate is put back; the edits outlive a visit till then.
    page.reload()
    rate = page.locator(".cell.run-edited")
    assert "LEARNING_RATE = 1.1" in rate.get_by_role("textbox").inner_text()
    rate.get_by_role("button", name="Reset").click()
    expect(page.locator(".run-edited")).to_have_count(0)
    built = training.locator(".cell-output").first.inner_text().rstrip()
    assert run(page, training) == built

    answer = page.locator(".run-answer").first
    assert "None" in run(page, answer)
    editor = answer.get_by_role("textbox")
    editor.click()
    page.keyboard.press("Control+End")
    for _ in "...":
        page.keyboard.press("Backspace")
    page.keyboard.insert_text("mean, std = mean_and_std(X_new)")
    page.keyboard.press("Enter")
    page.keyboard.insert_text("return standardize(X_new, mean, std)")
    hint = run(page, answer)
    assert hint and "Right" not in hint and "Error" not in hint
    for _ in range(2):
        page.keyboard.press("Tab")
    editor.evaluate(
        "e => e.textContent = e.textContent.replace('std(X_new)', 'std(X_train)')"
    )
    assert "Right" in run(page, answer)


def test_an_answer_by_another_name_is_told_what_the_check_runs(warm, address):
    page = warm.new_page()
    page.goto(address + "lessons/from-scratch/")
    answer = page.locator(".run-answer").first
    answer.get_by_role("textbox").evaluate("e => e.textContent = 'def other(): pass'")
    shown = run(page, answer)
    assert "NameError" in shown and "The check runs check_scale_new(scale_new)" in shown
    page.close()


def test_a_figure_of_many_points_does_not_hold_up_the_page(warm, address):
    page = warm.new_page()
    page.goto(address + "lessons/problem/")
    found = page.locator(".cell[data-run]").first
    found.get_by_role("textbox").evaluate("(e, code) => e.textContent = code", MANY)
    run(page, found)
    figure = found.locator(".run-output > svg")
    assert figure.locator("image").count() == 1 and figure.locator("text").count() > 4
    assert figure.evaluate("svg => svg.outerHTML.length") < 500_000
    page.close()


def test_a_change_reaches_what_follows_and_a_reset_takes_it_back(shared_page):
    page = shared_page
    put(page, 0, "x = 10\nprint(x)")
    assert run(page, cell(page, 1)) == "11"
    expect(cell(page, 1).locator(".run-note")).to_contain_text(
        "First ran the cell above"
    )
    assert cell(page, 0).locator(".run-output").inner_text().strip() == "10"
    assert run(page, cell(page, 1)) == "11"  # as often as it runs
    expect(cell(page, 1).locator(".run-note")).not_to_contain_text("First ran")
    page.get_by_role("button", name="Reset cell 1").click()
    expect(cell(page, 0).locator(".run-output")).to_be_hidden()
    expect(cell(page, 0).locator(".cell-output").first).to_have_text("1")
    page.get_by_role("button", name="Run all").click()
    wait(page)
    assert [
        cell(page, n).locator(".run-output").inner_text().strip() for n in (0, 1, 2)
    ] == [
        "1",
        "2",
        "True 2",
    ]


def test_values_in_the_text_that_come_from_an_edited_cell_are_called_the_pages(
    shared_page,
):
    page = shared_page
    old = page.locator(".value-old")
    expect(page.locator(".value")).to_have_text(["2", "4"])
    expect(old).to_have_count(0)
    put(page, 0, "x = 10")  # which y comes from
    expect(old).to_have_count(2)
    said = old.first.evaluate("e => getComputedStyle(e, '::after').content")
    assert "as built" in said
    page.get_by_role("button", name="Reset page").click()
    expect(old).to_have_count(0)
    put(page, 2, "print('nothing above comes from this')")
    expect(old).to_have_count(0)
    page.get_by_role("button", name="Reset page").click()


# Put the page's own text through what colours edited code, and find where it differs.
COLOURED_OTHERWISE = """async module => {
    const { coloured } = await import(module);
    const letters = code => {
        const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
        const found = [];
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const colour = getComputedStyle(node.parentElement).color;
            for (const letter of node.textContent) found.push([letter, letter.trim() && colour]);
        }
        return found;
    };
    const differs = [];
    let count = 0;
    for (const code of document.querySelectorAll('.cell-input code')) {
        const built = letters(code);
        code.innerHTML = coloured(code.textContent);
        const edited = letters(code);
        count += built.length;
        if (String(built.map(pair => pair[0])) !== String(edited.map(pair => pair[0]))) return ['text', count];
        const line = at => built.slice(at - 30, at + 30).map(pair => pair[0]).join('');
        built.forEach((pair, at) => pair[1] !== edited[at][1] && differs.push(line(at)));
    }
    return [differs, count];
}"""


@pytest.mark.parametrize("path", with_deeper(COMPUTED[1:]))
def test_edited_code_is_coloured_as_the_pages_own(path, warm, address, site):
    page = warm.new_page()
    page.goto(address + path)
    module = f"{address}assets/run/colours.js"
    differs, count = page.evaluate(COLOURED_OTHERWISE, module)
    shown = read_page(site, path).select(".cell-input code")
    assert count == len("".join(code.get_text() for code in shown)) > 100
    assert len(differs) < max(1, count / 500), differs[:: len(differs) // 9 + 1]
    page.close()


def test_an_edit_keeps_the_colours_and_the_caret(shared_page):
    page = shared_page
    editor = cell(page, 1).get_by_role("textbox")
    editor.click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("for i in 'ab': # all")
    page.keyboard.press("Enter")
    page.keyboard.type("pass")
    assert editor.inner_text().startswith("for i in 'ab': # all\n    passy = x + 1")
    marked = editor.locator("span").all_inner_texts()
    assert marked[:4] == ["for", "'ab'", "# all", "1"]
    page.get_by_role("button", name="Reset page").click()


def test_opened_as_a_file_a_page_says_what_to_do(context, site):
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto((site / "lessons/problem/index.html").as_uri())
    expect(page.locator(".run-page")).to_contain_text("open it from a web server")
    assert page.locator(".run-button").count() == 0 and not problems


def test_loading_never_says_that_code_runs_and_never_stands_still(
    context, small_address
):
    page = context.new_page()
    page.goto(small_address)
    cell(page, 0).locator(".run-button").wait_for()
    page.evaluate(
        """() => {
        window.said = [];
        const bar = document.querySelector('.cell .run-bar');
        const look = () => {
            const done = bar.querySelector('progress').getAttribute('value') ?? 'moving';
            said.push([bar.querySelector('.run-note').textContent, done]);
        };
        new MutationObserver(look).observe(bar, { subtree: true, childList: true, attributes: true });
    }"""
    )
    assert run(page, put(page, 0, "print(1)")) == "1"
    said = page.evaluate("said.splice(0)")
    texts = [text for text, _ in said]
    running = texts.index("Running …")
    assert ["Starting Python …", "moving"] in said[:running]
    assert "5.7 of 5.7" not in " ".join(texts)  # all there: now it starts
    put(page, 0, "while True: pass")
    cell(page, 0).locator(".run-button").click()
    expect(cell(page, 0).locator(".run-note")).to_have_text("Running …")
    page.get_by_role("button", name="Stop cell 1").click()
    page.evaluate("said.splice(0)")
    assert run(page, put(page, 0, "print(2)")) == "2"
    again = [text for text, _ in page.evaluate("said") if text]
    assert "Running …" not in again[: again.index("Starting Python again …") + 1]
    assert again[-1].startswith("Your run: ")


def test_a_cell_that_runs_again_finds_what_it_found_before(shared_page):
    page = shared_page
    put(page, 0, "import random\nrandom.seed(3)\nx, many = 1, []\nprint(x)")
    put(page, 1, "y = random.random()\nx += 1\nmany.append(x)\nprint(y, x, many)")
    first = run(page, cell(page, 1))
    assert first.endswith(" 2 [2]") and run(page, cell(page, 1)) == first
    page.get_by_role("button", name="Reset page").click()
    expect(page.locator(".run-output:visible")).to_have_count(0)
    expect(page.locator(".run-edited")).to_have_count(0)


def test_an_error_shows_the_readers_lines_and_marks_them(shared_page):
    page = shared_page
    put(page, 0, "def f():\n    return {}['a']\nx = 1\n")
    found = put(page, 1, "import json\n\njson.loads(f())")
    shown = run(page, found)
    assert "In cell 1, line 2, in f" in shown and "Line 3:" in shown
    number = "e => getComputedStyle(e, '::before').content"
    assert "Cell" in cell(page, 0).evaluate(number)  # for the message names it
    assert "Cell" not in cell(page, 2).evaluate(number)
    assert (
        shown.endswith("KeyError: 'a'")
        and "/lib" not in shown
        and "runner" not in shown
    )
    for number, line in ((0, "2"), (1, "3")):
        code = cell(page, number).locator(".run-marked")
        assert code.evaluate("e => e.style.getPropertyValue('--run-line')") == line
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.wait_for_timeout(200)
        barriers = Axe().run(page, options={"runOnly": WCAG})
        assert barriers.violations_count == 0, barriers.generate_report()
    found = put(page, 1, "x = (")
    assert "SyntaxError" in run(page, found)
    status = page.get_by_role("status").first
    assert re.fullmatch("Stopped: SyntaxError: .*", status.inner_text())
    assert run(page, put(page, 1, "pritn(x)")).endswith("Did you mean: 'print'?")
    page.get_by_role("button", name="Reset page").click()


def test_an_error_above_is_one_click_away_and_what_it_leaves_behind_is_called_old(
    shared_page,
):
    page = shared_page
    page.get_by_role("button", name="Run all").click()
    wait(page)
    expect(page.locator(".run-old")).to_have_count(0)
    put(page, 0, "x = 1 / 0")
    last = cell(page, 2)
    expect(page.locator(".run-old")).to_have_count(3)
    run(page, last)
    expect(last.locator(".run-note")).to_contain_text(
        "A cell above stopped: ZeroDivisionError: division by zero"
    )
    page.get_by_role("button", name="Go to cell 1").click()
    assert page.evaluate("document.activeElement.ariaLabel") == "Code of cell 1"
    expect(cell(page, 0)).not_to_have_class(re.compile("run-old"))
    expect(page.locator(".run-old")).to_have_count(2)
    page.get_by_role("button", name="Reset cell 1").click()
    page.get_by_role("button", name="Run all").click()
    wait(page)
    expect(page.locator(".run-old")).to_have_count(0)
    page.get_by_role("button", name="Reset page").click()


def test_undo_stays_in_its_cell_and_takes_back_a_reset(context, small_address):
    page = context.new_page()
    page.goto(small_address)
    put(page, 1, "y = 'other work'")
    first, second = (cell(page, n).get_by_role("textbox") for n in (0, 1))
    first.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" # new words")
    for _ in range(9):
        page.keyboard.press("Control+z")
    assert first.inner_text().strip() == "x = 1\nprint(x)"
    assert second.inner_text().rstrip() == "y = 'other work'"
    for _ in range(2):
        page.keyboard.press("Control+Shift+z")
    page.keyboard.press("Control+y")
    page.keyboard.type("!")
    assert first.inner_text().strip() == "x = 1\nprint(x) # new !"
    page.get_by_role("button", name="Reset cell 1").click()
    assert first.inner_text().strip() == "x = 1\nprint(x)"
    first.click()
    page.keyboard.press("Control+z")
    assert first.inner_text().strip() == "x = 1\nprint(x) # new !"


def test_tab_moves_the_selected_lines(shared_page):
    page = shared_page
    found = put(page, 0, "for i in range(2):\nprint(i)\nprint(-i)")
    page.keyboard.press("Shift+Control+Home")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Tab")
    text = found.get_by_role("textbox")
    assert (
        text.inner_text().rstrip() == "for i in range(2):\n    print(i)\n    print(-i)"
    )
    page.keyboard.press("Shift+Tab")
    assert text.inner_text().rstrip() == "for i in range(2):\nprint(i)\nprint(-i)"
    page.keyboard.press("Control+z")
    assert run(page, found) == "0\n0\n1\n-1"
    page.get_by_role("button", name="Reset page").click()


def test_a_double_click_runs_and_another_cells_reset_stops_nothing(shared_page):
    page = shared_page
    put(page, 2, "z = 1")
    put(page, 0, "import time\ntime.sleep(2)\nprint('ended')")
    cell(page, 0).locator(".run-button").dblclick()
    page.get_by_role("button", name="Reset cell 3").click()
    wait(page)
    assert cell(page, 0).locator(".run-output").inner_text().strip() == "ended"
    page.get_by_role("button", name="Reset page").click()


def test_what_a_stop_ends_leaves_no_old_result(shared_page):
    page = shared_page
    found = put(page, 0, "print('old')")
    assert run(page, found) == "old"
    put(page, 0, "while True: pass")
    found.locator(".run-button").click()
    expect(found.locator(".run-note")).to_have_text("Running …", timeout=30_000)
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Stop cell 1").click()
    expect(found.locator(".run-output")).to_be_hidden()
    expect(found).not_to_have_class(re.compile("run-old"))
    page.get_by_role("button", name="Reset cell 1").click()
    expect(found.locator(".cell-output").first).to_have_text("1")


def test_a_run_pressed_while_python_is_busy_waits_its_turn(shared_page):
    page = shared_page
    put(page, 0, "import time\ntime.sleep(1)\nx = 1\nprint('slow')")
    cell(page, 0).locator(".run-button").click()
    cell(page, 2).locator(".run-button").click()
    cell(page, 1).locator(".run-button").click()
    for number in (1, 2):
        expect(cell(page, number).locator(".run-note")).to_have_text("Waits its turn …")
    page.get_by_role("button", name="Don't run cell 2").click()
    expect(cell(page, 1).locator(".run-note")).to_have_text("")
    wait(page)
    assert [cell(page, n).locator(".run-output").inner_text() for n in (0, 2)] == [
        "slow\n",
        "True 2\n",
    ]
    # It ran along for the last cell, not because its own button was pressed.
    expect(cell(page, 2).locator(".run-note")).to_contain_text("First ran the cell")
    page.get_by_role("button", name="Reset page").click()


def test_stop_ends_what_waits_too(shared_page):
    page = shared_page
    put(page, 0, "while True: pass")
    cell(page, 0).locator(".run-button").click()
    cell(page, 1).locator(".run-button").click()
    page.get_by_role("button", name="Stop cell 1").click()
    wait(page)
    expect(cell(page, 1).locator(".run-note")).to_have_text("")
    page.get_by_role("button", name="Reset page").click()


def test_what_is_too_long_is_cut_where_it_says_so(shared_page):
    page = shared_page
    shown = run(page, put(page, 0, "print('begin' + '-' * 1_000_000)"))
    assert shown.startswith("begin---") and shown.endswith("which is not shown")
    assert len(shown) < 300_000
    shown = run(page, put(page, 0, "def f(n):\n    return f(n + 1)\n\nf(0)"))
    assert "RecursionError" in shown and "more such calls" in shown
    assert 10 < shown.count("\n") < 40
    page.get_by_role("button", name="Reset page").click()


@pytest.mark.parametrize("printing", ["", "print('again ' * 20)"])
def test_stop_ends_an_endless_loop_and_the_page_stays_usable(shared_page, printing):
    page = shared_page
    found = put(page, 1, f"print('begun')\nwhile True:\n    {printing or 'pass'}")
    found.locator(".run-button").click()
    expect(found.locator(".run-output")).to_contain_text("begun", timeout=30_000)
    page.wait_for_timeout(300)
    started = page.evaluate("performance.now()")
    page.get_by_role("button", name="Stop cell 2").click()
    wait(page)
    assert page.evaluate("performance.now()") - started < 2000
    expect(found.locator(".run-note")).to_contain_text("Your changes are still here")
    assert len(found.locator(".run-output").inner_text()) < 300_000
    assert "while True" in found.get_by_role("textbox").inner_text()
    put(page, 1, "print('back', x)")
    assert run(page, found) == "back 1"


def test_more_memory_than_there_is_and_a_crash_leave_the_page_usable(shared_page):
    page = shared_page
    found = put(
        page, 1, "many = []\nwhile True:\n    many.append(bytearray(20_000_000))"
    )
    assert "MemoryError" in run(page, found)
    put(page, 1, "import os\nos.abort()")
    run(page, found)
    expect(found.locator(".run-note")).to_contain_text("Python crashed and starts anew")
    assert "os.abort" in found.get_by_role("textbox").inner_text()
    put(page, 1, "print('back', x)")
    assert run(page, found) == "back 1"
    page.get_by_role("button", name="Reset page").click()


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("path", with_deeper(LESSONS))
def test_nothing_moves_when_the_buttons_come(width, path, browser: Browser, address):
    heights = """[...document.querySelectorAll('article :is(.cell, .run-answer, .run-page)')]
        .map(e => [e.textContent.trim().slice(0, 40), e.getBoundingClientRect().height])"""
    page = browser.new_page(viewport={"width": width, "height": 900})
    held = []
    page.route("**/run/page.js", lambda route: held.append(route))
    page.goto(address + path)
    page.evaluate("document.fonts.ready.then(() => null)")
    if not page.locator("[data-run]").count():  # PyTorch alone
        assert not held
        page.close()
        return
    before = page.evaluate(heights)
    held[0].continue_()
    page.locator(".run-page .run-button").wait_for()
    page.evaluate(PAINTED)
    after = page.evaluate(heights)
    page.close()
    moved = [
        (was, now)
        for was, now in zip(before, after, strict=True)
        if abs(was[1] - now[1]) > 0.5
    ]
    assert not moved


def test_instant_navigation_keeps_one_worker_and_what_was_done(shared_page):
    page = shared_page
    put(page, 0, "x = 5\nprint(x)")
    assert run(page, cell(page, 1)) == "6"
    page.get_by_role("link", name="On to B").click()
    expect(page.locator("h1")).to_contain_text("B")
    assert run(page, cell(page, 0)) == "here is B"
    put(page, 0, "print('x' in globals())")
    assert run(page, cell(page, 0)) == "False"  # a page's names are its own
    put(page, 0, "while True: pass")
    cell(page, 0).locator(".run-button").click()
    page.get_by_role("link", name="Back to A").click()  # which ends the loop
    expect(page.locator("h1")).to_contain_text("A")
    assert cell(page, 1).locator(".run-output").inner_text().strip() == "6"
    assert (
        cell(page, 0).get_by_role("textbox").inner_text().strip() == "x = 5\nprint(x)"
    )
    assert run(page, cell(page, 2)) == "True 6"
    for _ in range(100):  # the browser takes a moment to be rid of the other one
        if len([w for w in page.workers if "run/worker" in w.url]) == 1:
            break
        page.wait_for_timeout(100)
    else:
        pytest.fail("a worker is left over")


def test_a_jump_within_the_page_leaves_what_runs_alone(context, small_address):
    page = context.new_page()
    problems = []
    page.on("console", lambda m: m.type == "error" and problems.append(m.text))
    page.goto(small_address)
    found = put(page, 1, "import time\nprint('begun')\ntime.sleep(4)\nprint('ended')")
    found.locator(".run-button").click()
    expect(found.locator(".run-output")).to_have_text("begun", timeout=60_000)
    page.get_by_role("link", name="to the top").click()  # the first: all is put anew
    page.wait_for_timeout(500)
    expect(found.get_by_role("button", name="Stop cell 2")).to_be_visible()
    expect(found.locator(".run-output")).to_have_text(re.compile(r"begun\s+ended"))
    expect(found.get_by_role("button", name="Run cell 2")).to_be_attached()
    assert run(page, cell(page, 0)) == "1"
    assert not problems


def test_changes_are_taken_back_only_by_those_who_say_so(context, small_address):
    page = context.new_page()
    page.goto(small_address)
    put(page, 0, "x = 2")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Reset page").click()
    assert cell(page, 0).get_by_role("textbox").inner_text().strip() == "x = 2"
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Reset page").click()
    expect(page.locator(".run-edited")).to_have_count(0)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("input('your name?')", "RuntimeError: nobody can be asked here"),
        ("import pandas", "Not every package runs in the browser"),
    ],
)
def test_what_a_browser_cannot_do_is_said(shared_page, code, said):
    assert said in run(shared_page, put(shared_page, 0, code))
    shared_page.get_by_role("button", name="Reset page").click()


def test_what_is_loaded_runs_without_a_network(shared_page):
    page = shared_page
    run(page, cell(page, 0))
    page.context.set_offline(True)
    assert run(page, cell(page, 2)) == "True 2"
    page.context.set_offline(False)


def test_keyboard_alone_is_enough(context, small_address):
    page = context.new_page()
    page.goto(small_address)
    editor = cell(page, 0).get_by_role("textbox")
    editor.focus()
    page.keyboard.press("Tab")  # who only passes by passes by
    assert page.evaluate("document.activeElement.className").startswith("run-")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.type("if x:")
    page.keyboard.press("Enter")
    page.keyboard.type("print(")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("'indented')")
    page.keyboard.press("Shift+Enter")
    wait(page)
    assert (
        editor.inner_text()
        .rstrip()
        .endswith("\nif x:\n    print(\n        'indented')")
    )
    assert cell(page, 0).locator(".run-output").inner_text().strip() == "1\nindented"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.ariaLabel") == "Run cell 1"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.ariaLabel") == "Reset cell 1"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.ariaLabel") == "Run cell 1"
    assert editor.inner_text().strip() == "x = 1\nprint(x)"


def test_a_phone_runs_by_touch_and_nothing_sticks_out(browser, small_address):
    context = browser.new_context(
        viewport={"width": 360, "height": 700}, has_touch=True
    )
    page = context.new_page()
    page.goto(small_address)
    button = cell(page, 0).locator(".run-button")
    box = button.bounding_box()
    assert box and box["height"] >= 24 and box["width"] >= 24
    button.tap()
    wait(page)
    assert cell(page, 0).locator(".run-output").inner_text().strip() == "1"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


@pytest.mark.parametrize(
    "name", ["python_stdlib.zip", "pyodide.mjs", "lock-*.json", "*.wasm.packed"]
)
def test_a_file_that_is_missing_is_named_and_tried_again(name, context, small_address):
    page = context.new_page()
    pattern = re.compile(name.replace(".", r"\.").replace("*", ".*"))
    context.route(pattern, lambda route: route.fulfill(status=404))
    page.goto(small_address)
    run(page, cell(page, 0))
    note = cell(page, 0).locator(".run-note")
    expect(note).to_have_text(
        re.compile(pattern.pattern + r" could not be loaded\. Run tries again\.")
    )
    context.unroute(pattern)
    assert run(page, cell(page, 0)) == "1"


def test_progress_is_seen_and_announced(context, small_address):
    page = context.new_page()
    page.goto(small_address)
    cell(page, 0).locator(".run-button").wait_for()
    page.evaluate(
        """() => {
        window.said = [];
        const status = document.querySelector('.run-status');
        new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true });
    }"""
    )
    assert page.locator(".run-status").get_attribute("role") == "status"
    run(page, cell(page, 0))
    said = page.evaluate("said")
    assert said[0] == "Loading Python" and said[-1] == "Done. 1"
    assert any(
        re.fullmatch(r"Loading Python, \d\.\d megabytes: \d+ %", text) for text in said
    )
    assert len(said) < 12  # politely


def test_without_javascript_nothing_of_it_shows(browser, small_address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(small_address)
    assert page.locator("button:visible", has_text="Run").count() == 0
    said = page.locator(".md-content").inner_text()
    assert "Run" not in said.replace("Run it on your machine", "")
    context.close()


def cells_of(*sources: str) -> list[nbformat.NotebookNode]:
    """Make cells as a finished notebook has them."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    for cell in cells:
        cell.metadata.lesson = {}
    return cells


def test_a_cell_cannot_run_if_what_it_reads_comes_from_a_library_that_is_not_there():
    cells = {
        "import numpy as np\nimport math": "",
        "import torch\nw = torch.ones(1)": "torch",
        "def f():\n    return w": "torch",
        "g = f": "torch",
        "w = 1\nprint(w)": "",
        "print(w)": "",
        "for g in range(3):\n    print(g)": "",
        "w += 1": "",
        "f(1)": "torch",
        "import pandas": "pandas",
        "try:\n    f = 1\nexcept KeyError as e:\n    print(e)": "",
        "h = [w for w in [1]]; print(f)": "",
    }
    assert obstacles(cells_of(*cells)) == list(cells.values())
    assert obstacles(cells_of("import torch as t\nn = 1", "n += 1")) == ["torch"] * 2


def test_the_site_ships_what_the_lessons_import_and_no_more(site, distribution):
    (folder,) = (site / "assets").glob("pyodide-*")
    (path,) = folder.glob("lock-*.json")
    lock = json.loads(path.read_text("utf-8"))
    packages = lock["packages"]
    shipped = {file.name for file in folder.iterdir()} - {path.name}
    assert shipped == lock["sizes"].keys()
    assert {p["file_name"] for p in packages.values()} < shipped
    assert all({*p["depends"]} <= packages.keys() for p in packages.values())
    imported = {"numpy", "matplotlib", "scipy", "scikit-learn"}
    needed = imported | {name for p in packages.values() for name in p["depends"]}
    assert imported <= packages.keys() == needed
    whole = json.loads((distribution / "pyodide-lock.json").read_text("utf-8"))
    assert len(packages) < len(whole["packages"])


def test_scripts_are_small_and_know_nothing_of_regression(site):
    words = re.compile(r"regress|linreg|torch|gradient|numpy as np", re.IGNORECASE)
    files = list(ROOM.glob("*.js"))
    sizes = {file.name: len(gzip.compress(file.read_bytes())) for file in files}
    assert sizes.pop("worker.js") < 4_200  # loaded when something runs
    assert sizes.pop("choices.js") < 5_000  # loaded where something can be chosen
    assert sum(sizes.values()) < 14_300
    for file in ROOM.iterdir():
        assert not words.search(file.read_text("utf-8")), file.name
    names = {file.name for file in (site / "assets/run").iterdir()}
    assert names == {file.name for file in files}


@pytest.mark.parametrize("pyodide", ["nowhere", "http://127.0.0.1:{port}/"])
def test_a_distribution_that_is_asked_for_and_not_there_stops_the_build(
    pyodide, small_site
):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        source = pyodide.format(port=closed.getsockname()[1])
        build = run_mkdocs(small_site(PAGES), "build", pyodide=source)
    assert build.returncode != 0
    assert f"mkdocs.yml: extra.pyodide, which is PYODIDE, is {source}" in build.stdout
    assert "Traceback" not in build.stdout


@pytest.mark.parametrize("pyodide", ["none", ""])
def test_without_a_distribution_there_are_no_buttons_and_no_errors(pyodide, small_site):
    project = small_site(PAGES)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        release = project / "docs/hooks/release.py"
        gone = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        release.write_text(release.read_text("utf-8").replace(RELEASE, gone), "utf-8")
        build = run_mkdocs(project, "build", "--strict", pyodide=pyodide)
    assert build.returncode == 0, build.stdout
    html = (project / "site/index.html").read_text("utf-8")
    assert "data-run" not in html and "run.js" not in html
    assert not list((project / "site/assets").glob("pyodide*"))
    assert build.stdout.count("No Run buttons") == (pyodide != "none")
    assert "WARNING" not in build.stdout and "Traceback" not in build.stdout


def test_the_release_is_downloaded_once_checked_and_only_as_far_as_needed(
    small_site, distribution, tmp_path_factory
):
    asked: list[str] = []
    folder = tmp_path_factory.mktemp("release")
    for file in distribution.iterdir():
        (folder / file.name).symlink_to(file)

    project = small_site(PAGES)
    with serve(folder, lambda path, _: asked.append(path)) as source:
        (folder / "pyodide.mjs").unlink()
        (folder / "pyodide.mjs").write_text("something else")
        build = run_mkdocs(project, "build", "--strict", pyodide=source)
        assert build.returncode != 0 and "extra.pyodide" in build.stdout
        assert not list((project / "site/assets").glob("pyodide*"))

        (folder / "pyodide.mjs").unlink()
        (folder / "pyodide.mjs").symlink_to(distribution / "pyodide.mjs")
        build = run_mkdocs(project, "build", "--strict", pyodide=source)
        assert build.returncode == 0 and "No Run buttons" not in build.stdout
        assert {*asked} == CORE.keys()
        assert list((project / "site/assets").glob("pyodide-*/lock-*.json"))

        asked.clear()
        build = run_mkdocs(project, "build", "--strict", pyodide=source)
        assert build.returncode == 0 and asked == []


@pytest.mark.parametrize("path", COMPUTED[1:])
def test_each_check_that_can_run_has_room_for_an_answer(path, site):
    html = read_page(site, path)
    folds = html.select(".cell[data-run] .cell-fold")
    checks = [
        re.search(r"def (check_\w+)\(\w+\):", fold.code.get_text())[1]
        for fold in folds
        if fold.summary.get_text() == "The check, in code"
    ]
    rooms = html.select(".run-answer")
    assert [room["data-check"].partition("(")[0] for room in rooms] == checks
    for room in rooms:
        name = re.search(r"\((\w+)\)", room["data-check"])[1]
        (start,) = ast.parse(room["data-starter"]).body
        assert name in (getattr(start, "name", ""), ast.unparse(start).split(" ")[0])


def test_ci_has_a_distribution_if_it_names_one():
    assert (Path(PYODIDE) / "pyodide-lock.json").exists() or not os.environ.get("CI")
