"""What readers do, told once and tried in every engine: Chromium, Firefox and WebKit."""

from collections.abc import Iterator

import pytest
from engines import Reader, WatchingHandler, reading, wait
from playwright.sync_api import Playwright
from project import PAGES, PYODIDE, publish, serve

needs_pyodide = pytest.mark.skipif(
    PYODIDE == "none", reason="no Pyodide: set PYODIDE to a folder with a distribution"
)

STORY = {
    "index.md": """# One

An epoch is a round. It ends with $\\hat{y} = XW + b$.

```python
x = 1
print(x)
```

```python
import numpy as np

print(np.arange(3) + x)
```

## Exercise

```python fold="Check your answer"
def check_twice(twice):
    return "Right." if twice(x) == 2 * x else "Not twice as much."
```

```python tags=["solution"] fold="One solution"
def twice(number):
    return 2 * number

print(check_twice(twice))
```

[On to two](two.md)
""",
    "two.md": """# Two

```python
print("here is two")
```
""",
    "glossary.md": """# Glossary

epoch { #epoch data-forms="epochs" }
:   One pass over all samples.
""",
}

# What a reader has in the window: formulas and figures of no size would be lost.
UNDRAWN = """[...document.querySelectorAll('math, .cell-output svg[role=img]')]
    .filter(e => e.checkVisibility({ visibilityProperty: true }))
    .filter(e => !(e.getBoundingClientRect().width > 3 && e.getBoundingClientRect().height > 3))
    .map(e => e.outerHTML.slice(0, 120))"""
ELSEWHERE = """performance.getEntriesByType('resource').map(entry => entry.name)
    .filter(name => !name.startsWith(location.origin) && !/^(data|blob):/.test(name))"""
IDLE = "!document.querySelector('.run-stop')"
SHOWN = "[...document.querySelectorAll('.run-output:not([hidden])')].map(e => e.textContent.trim()).join('|')"


@pytest.fixture(scope="module", params=["chromium", "firefox", "webkit"])
def reader(request: pytest.FixtureRequest, playwright: Playwright) -> Iterator[Reader]:
    """A reader in each of the engines."""
    with reading(request.param, playwright) as reader:
        yield reader


@pytest.fixture(scope="module")
def watched(site) -> Iterator[str]:
    """The address of the built site, whose pages keep what goes wrong in them."""
    with serve(site, handler=WatchingHandler) as address:
        yield address


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a small site to run, change and break."""
    folder = tmp_path_factory.mktemp("story")
    with publish(folder, STORY, WatchingHandler) as address:
        yield address


def fresh(reader: Reader, address: str) -> None:
    """Open the small site's first page, as a reader finds it who has never been there."""
    reader.open(address)
    reader.evaluate("localStorage.clear()")
    reader.open(address)
    if PYODIDE != "none":
        wait(reader, "document.querySelector('.run-button')")


def replace(reader: Reader, editor: str, code: str) -> None:
    """Replace what is in an editor by typing."""
    reader.click(editor)
    reader.press("Control+a")
    reader.type(code)


def assert_nothing_failed(reader: Reader) -> None:
    """Nothing went wrong on the page, and nothing came from elsewhere."""
    assert reader.evaluate("window.problems") == []
    assert reader.evaluate(ELSEWHERE) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_without_errors_and_draws_all(path, reader, watched):
    reader.open(watched + path)
    wait(reader, "document.fonts.ready.then(() => document.readyState === 'complete')")
    assert reader.evaluate(UNDRAWN) == []
    if reader.evaluate("document.querySelectorAll('math').length"):
        assert reader.evaluate("document.fonts.check('16px \"STIX Two Math\"', '𝑊')")
    assert reader.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_nothing_failed(reader)


def test_an_explorable_follows_its_slider_and_keeps_its_name(reader, watched):
    reader.open(watched + "lessons/problem/")
    reader.evaluate("document.querySelector('.explorable').scrollIntoView()")
    alive = ".explorable-alive .explorable-live"
    wait(reader, f"document.querySelector('{alive} svg')")
    name = (
        "document.querySelector('.explorable-figure > svg').getAttribute('aria-label')"
    )
    label = f"document.querySelector('{alive}').getAttribute('aria-label')"
    role = f"document.querySelector('{alive}').getAttribute('role')"
    assert reader.evaluate(role) == "img"
    assert reader.evaluate(label) == reader.evaluate(name)
    drawn = f"document.querySelector('{alive} svg').innerHTML"
    state = "document.querySelector('.explorable-state').textContent"
    before = reader.evaluate(drawn), reader.evaluate(state)
    reader.evaluate("document.querySelector('.explorable input[type=range]').focus()")
    for _ in range(3):
        reader.press("ArrowLeft")
    wait(reader, f"{state} !== {before[1]!r}", 5)
    assert reader.evaluate(drawn) != before[0]
    assert_nothing_failed(reader)


@needs_pyodide
def test_code_runs_is_changed_and_gives_the_new_result(reader, story):
    fresh(reader, story)
    reader.click(".cell[data-run] .run-button")
    wait(reader, f"{IDLE} && {SHOWN} === '1'", 60)
    replace(reader, ".cell[data-run] [role=textbox]", "x = 10")
    reader.press("Shift+Enter")
    wait(reader, IDLE, 60)
    reader.evaluate("document.querySelectorAll('.cell[data-run]')[1].id = 'second'")
    reader.click("#second .run-button")
    wait(reader, f"{IDLE} && {SHOWN} === '[10 11 12]'", 60)
    reader.open(story)  # the change outlives the visit
    code = "document.querySelector('.cell[data-run] code').textContent.trim()"
    assert wait(reader, code) == "x = 10"
    assert_nothing_failed(reader)


@needs_pyodide
def test_stop_ends_an_endless_loop_and_the_next_run_finishes(reader, story):
    fresh(reader, story)
    replace(reader, ".cell[data-run] [role=textbox]", "while True: pass")
    reader.press("Shift+Enter")
    running = "document.querySelector('.cell .run-note').textContent === 'Running …'"
    wait(reader, running, 60)
    reader.click(".cell .run-stop")
    wait(reader, IDLE, 2)
    replace(reader, ".cell[data-run] [role=textbox]", "print('back')")
    reader.press("Shift+Enter")
    wait(reader, f"{IDLE} && {SHOWN} === 'back'", 60)
    assert_nothing_failed(reader)


@needs_pyodide
def test_an_answer_is_checked(reader, story):
    fresh(reader, story)
    answer = ".run-answer [role=textbox]"
    replace(reader, answer, "def twice(number): return number")
    reader.click(".run-answer .run-button")
    wait(reader, f"{IDLE} && {SHOWN}.includes('Not twice as much.')", 60)
    replace(reader, answer, "def twice(number): return number + number")
    reader.click(".run-answer .run-button")
    wait(reader, f"{IDLE} && {SHOWN}.includes('Right.')", 60)
    assert_nothing_failed(reader)


def test_code_is_copied(reader, story):
    fresh(reader, story)
    reader.evaluate("document.querySelector('.cell-input').scrollIntoView()")
    reader.click(".cell-input .md-code__button")
    reader.click(".md-search__input")
    reader.press("Control+v")
    pasted = "document.querySelector('.md-search__input').value"
    assert wait(reader, pasted).split() == ["x", "=", "1", "print(x)"]
    reader.press("Escape")


def test_search_finds_and_leads_there(reader, watched):
    reader.open(watched)
    reader.click(".md-search__input")
    reader.type("learning rate")
    found = "document.querySelector('.md-search-result__link')"
    wait(reader, f"{found}?.textContent.toLowerCase().includes('learning rate')")
    target = reader.evaluate(f"{found}.href.split('?')[0]")
    reader.click(".md-search-result__link")
    wait(reader, f"location.href.startsWith({target!r})")
    assert_nothing_failed(reader)


def test_a_term_is_explained_where_it_stands_and_leads_to_the_glossary(reader, story):
    fresh(reader, story)
    reader.evaluate("document.querySelector('a.term').focus()")
    reader.press("Shift+Tab")
    reader.press("Tab")
    term = "document.activeElement"
    explained = reader.evaluate(f"{term}.getAttribute('aria-description')")
    assert explained == "One pass over all samples."
    assert reader.evaluate(f"getComputedStyle({term}, '::after').content") != "none"
    reader.press("Enter")
    wait(reader, "location.hash === '#epoch'")
    assert reader.evaluate("document.getElementById('epoch').textContent") == "epoch"
    assert_nothing_failed(reader)


@needs_pyodide
def test_a_link_changes_the_page_at_once_and_code_runs_there_too(reader, story):
    fresh(reader, story)
    reader.evaluate("window.here = true")
    reader.click("a[href$='two/']")
    wait(reader, "document.querySelector('h1').textContent.startsWith('Two')")
    assert reader.evaluate("window.here")
    reader.click(".cell[data-run] .run-button")
    wait(reader, f"{IDLE} && {SHOWN} === 'here is two'", 60)
    assert_nothing_failed(reader)
