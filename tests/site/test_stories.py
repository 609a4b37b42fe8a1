"""What readers do, told once and tried in every engine: Chromium, Firefox and WebKit."""

import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import nbformat
import numpy as np
import pytest
from engines import COME, PAINTED, Driven, Reader, WatchingHandler, reading, wait
from fresh import run_in
from mathematics import tex_to_mathml
from PIL import Image
from playwright.sync_api import Playwright
from project import PAGES, PROJECT, PYODIDE, needs_pyodide, publish, read_page, serve

LONG = " + ".join(f"w_{{{n}}} x_{{{n}}}" for n in range(40))
STORY = {
    "index.md": """# One

It ends with $\\hat{y} = XW + b$, and $\\bar{x}$.

```python
x = 1
print(x)
```

```python
import numpy as np

print(np.arange(3) + x)
```

## Exercise

```python fold="The check, in code"
def check_twice(twice):
    return "Right." if twice(x) == 2 * x else "Not twice as much."
```

```python tags=["solution"] fold="One solution"
def twice(number):
    return 2 * number

print(check_twice(twice))
```

```python tags=["claim"]
assert check_twice(lambda number: number + number) == "Right."
assert check_twice(lambda number: number) == "Not twice as much."
assert check_twice(lambda number: number**3) == "Not twice as much."
```

[On to two](two.md)
""",
    "two.md": """# Two

An *epoch* is a round.

```python
print("here is two")
```
""",
    "formulas.md": f"""# Formulas

One that is long, ${LONG}$, in a sentence. And one, two, three, four, five, six, seven
times ${"$, and $".join(["a = b + c + d + e"] * 30)}$.

The font holds what a page writes: $\\hat{{\\sigma}} \\tilde{{x}} \\dot{{x}}$.

$$
\\hat{{y}} = \\frac{{1}}{{N}}\\sum_{{i=1}}^N X_i^2
$$

$$
{LONG}
$$
""",
    "glossary.md": """# Glossary

epoch { #epoch data-forms="epochs" }
:   One pass over all samples.
""",
}

# What a reader has in the window: formulas and figures of no size would be lost.
# What is not laid out before a reader comes near is drawn once one does.
UNDRAWN = f"""(async () => {{
    const undrawn = [];
    for (const e of document.querySelectorAll('math, .cell-output svg[role=img]')) {{
        if (!e.checkVisibility({{ visibilityProperty: true }})) continue;
        if (!e.checkVisibility({{ contentVisibilityAuto: true }})) {{
            e.scrollIntoView({{ behavior: 'instant' }});
            await {PAINTED};
        }}
        const {{ width, height }} = e.getBoundingClientRect();
        if (!(width > 3 && height > 3)) undrawn.push(e.outerHTML.slice(0, 120));
    }}
    return undrawn;
}})()"""
ELSEWHERE = """performance.getEntriesByType('resource').map(entry => entry.name)
    .filter(name => !name.startsWith(location.origin) && !/^(data|blob):/.test(name))"""
OTHER_ENGINES = [
    pytest.param(engine, marks=pytest.mark.thorough) for engine in ("firefox", "webkit")
]
RUN_SECONDS = 180  # for Python to start and run; twelve on a quiet machine
IDLE = "!document.querySelector('.run-stop')"
SHOWN = "[...document.querySelectorAll('.run-output:not([hidden])')].map(e => e.textContent.trim()).join('|')"


@pytest.fixture(scope="module", params=["chromium", *OTHER_ENGINES])
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
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small project."""
    return tmp_path_factory.mktemp("story")


@pytest.fixture(scope="module")
def story(folder) -> Iterator[str]:
    """The address of a small site to run, change and break."""
    with publish(folder, STORY, WatchingHandler) as address:
        yield address


def serve_strictly(folder: Path, policy: str) -> AbstractContextManager[str]:
    """Serve a folder with a Content-Security-Policy."""
    handler = type("Handler", (StrictHandler,), {"policy": policy})
    return serve(folder, handler=handler)


def policy() -> str:
    """The smallest Content-Security-Policy with which everything works, as the README states it."""
    readme = (PROJECT / "README.md").read_text("utf-8")
    return re.search(r"^default-src .*$", readme, re.MULTILINE)[0]


class StrictHandler(WatchingHandler):
    """Serve with a Content-Security-Policy."""

    policy = ""

    def end_headers(self) -> None:
        """Send the policy, too."""
        self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()


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
    # A page that is just coming keeps nothing yet.
    wait(reader, "Boolean(window.problems) && document.readyState === 'complete'")
    assert reader.evaluate("window.problems") == []
    assert reader.evaluate(ELSEWHERE) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_without_errors_and_draws_all(path, reader, watched):
    reader.open(watched + path)
    wait(reader, "document.fonts.ready.then(() => document.readyState === 'complete')")
    if reader.evaluate("document.querySelectorAll('math').length"):
        assert reader.evaluate("document.fonts.check('16px \"STIX Two Math\"', '𝑊')")
    assert reader.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_nothing_failed(reader)
    # Last: such jumps change sizes faster than the theme's observers are told, which it says.
    assert reader.evaluate(UNDRAWN) == []


def test_an_explorable_follows_its_slider_and_keeps_its_name(reader, watched):
    reader.open(watched + "lessons/problem/")
    reader.evaluate(COME)
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
    wait(reader, f"{IDLE} && {SHOWN} === '1'", RUN_SECONDS)
    replace(reader, ".cell[data-run] [role=textbox]", "x = 10")
    reader.press("Shift+Enter")
    wait(reader, IDLE, RUN_SECONDS)
    reader.evaluate("document.querySelectorAll('.cell[data-run]')[1].id = 'second'")
    reader.click("#second .run-button")
    wait(reader, f"{IDLE} && {SHOWN} === '[10 11 12]'", RUN_SECONDS)
    reader.open(story)  # the change outlives the visit
    code = "document.querySelector('.cell[data-run] code').textContent.trim()"
    wait(reader, f"{code} === 'x = 10'")
    assert_nothing_failed(reader)


@needs_pyodide
def test_stop_ends_an_endless_loop_and_the_next_run_finishes(reader, story):
    fresh(reader, story)
    replace(reader, ".cell[data-run] [role=textbox]", "while True: pass")
    reader.press("Shift+Enter")
    running = "document.querySelector('.cell .run-note').textContent === 'Running …'"
    wait(reader, running, RUN_SECONDS)
    reader.click(".cell .run-stop")
    wait(reader, IDLE, 2)
    replace(reader, ".cell[data-run] [role=textbox]", "print('back')")
    reader.press("Shift+Enter")
    wait(reader, f"{IDLE} && {SHOWN} === 'back'", RUN_SECONDS)
    assert_nothing_failed(reader)


@needs_pyodide
def test_an_answer_is_checked(reader, story):
    fresh(reader, story)
    answer = ".run-answer [role=textbox]"
    replace(reader, answer, "def twice(number): return number")
    reader.click(".run-answer .run-button")
    wait(reader, f"{IDLE} && {SHOWN}.includes('Not twice as much.')", RUN_SECONDS)
    replace(reader, answer, "def twice(number): return number + number")
    reader.click(".run-answer .run-button")
    wait(reader, f"{IDLE} && {SHOWN}.includes('Right.')", RUN_SECONDS)
    assert_nothing_failed(reader)


def test_code_is_copied(reader, story):
    fresh(reader, story)
    reader.evaluate("document.querySelector('.cell-input').scrollIntoView()")
    reader.evaluate(SHOW_CODE)
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
    # Each letter brings another list: what is clicked on stands in that of all letters.
    searched = f"new URL({found}?.href ?? location.href).searchParams.get('h')"
    wait(reader, f"{searched} === 'learning rate'")
    assert "learning rate" in reader.evaluate(f"{found}.textContent.toLowerCase()")
    target = reader.evaluate(f"{found}.href.split('?')[0]")
    reader.click(".md-search-result__link")
    wait(reader, f"location.href.startsWith({target!r})")
    assert_nothing_failed(reader)


def test_a_term_is_explained_where_it_stands_and_leads_to_the_glossary(reader, story):
    reader.open(f"{story}two/")
    reader.evaluate("document.querySelector('a.term').focus()")
    reader.press("Shift+Tab")
    reader.press("Tab")
    term = "document.activeElement"
    explained = reader.evaluate(f"{term}.getAttribute('aria-description')")
    assert explained == "One pass over all samples."
    assert reader.evaluate(f"getComputedStyle({term}, '::after').content") != "none"
    reader.press("Enter")
    wait(reader, "location.hash === '#epoch'")
    # The address changes before the page does.
    wait(reader, "document.getElementById('epoch')?.textContent === 'epoch'")
    assert_nothing_failed(reader)


@needs_pyodide
def test_a_link_changes_the_page_at_once_and_code_runs_there_too(reader, story):
    fresh(reader, story)
    # Until the theme knows which pages there are, a browser follows links itself.
    listed = (
        "performance.getEntriesByType('resource').find(e => /sitemap/.test(e.name))"
    )
    wait(reader, f"{listed}?.responseEnd > 0 && {PAINTED}")
    reader.evaluate("window.here = true")
    reader.click("article a[href$='two/']")
    wait(reader, "document.querySelector('h1')?.textContent.startsWith('Two')")
    assert reader.evaluate("window.here")
    reader.click(".cell[data-run] .run-button")
    wait(reader, f"{IDLE} && {SHOWN} === 'here is two'", RUN_SECONDS)
    assert_nothing_failed(reader)


def gap(picture: bytes, box: list[float]) -> tuple[int, int, int]:
    """Measure in a picture of one letter how high accent, gap and letter are, in pixels."""
    x, y, width, height = map(round, box)
    image = Image.open(io.BytesIO(picture)).convert("L")
    inked = (np.asarray(image.crop((x, y, x + width, y + height))) < 128).any(axis=1)
    edges = np.flatnonzero(np.diff(np.r_[False, inked, False]))
    assert len(edges) == 4, f"accent and letter are not two pieces: {edges}"
    return tuple(map(int, np.diff(edges)))


@pytest.mark.parametrize(
    "tex", [r"\hat{y}", r"\bar{x}", r"\hat{\sigma}", r"\tilde{x}", r"\dot{x}"]
)
def test_an_accent_is_close_above_its_letter_and_does_not_touch_it(tex, reader, story):
    formula = tex_to_mathml(rf'<span class="arithmatex">\({tex}\)</span>')
    reader.open(f"{story}formulas/")
    reader.evaluate(
        "document.body.innerHTML = "
        f"`<p style='font-size: 100px; margin: 100px'>{formula}</p>`"
    )
    reader.evaluate("document.documentElement.style.background = 'white'")
    box = "document.querySelector('math').getBoundingClientRect()"
    reader.evaluate(box)  # laid out, or else the font is not asked for
    wait(reader, "document.fonts.ready.then(() => document.fonts.status == 'loaded')")
    reader.evaluate(PAINTED)
    x, y, width, _ = reader.evaluate(f"(b => [b.x, b.y, b.width, b.height])({box})")
    accent, between, body = gap(reader.picture(), [x - 20, y - 40, width + 40, 240])
    assert 1 <= between <= 25 and accent < 40 < body


def test_a_formula_is_never_broken_and_a_long_one_scrolls_by_itself(reader, story):
    reader.open(f"{story}formulas/")
    wait(reader, "document.fonts.ready.then(() => true)")
    assert reader.evaluate("document.documentElement.scrollWidth <= innerWidth")
    short = "[...document.querySelectorAll('p math')].slice(1)"
    heights = reader.evaluate(f"{short}.map(m => m.getBoundingClientRect().height)")
    assert len(heights) == 31 and max(heights) < 1.5 * min(heights)
    scrolls = "e => e.scrollWidth > e.clientWidth"
    wide = "document.querySelectorAll('.long-formula, .formula')"
    assert reader.evaluate(f"[...{wide}].map({scrolls})") == [True, False, True]
    stops = f"[...{wide}].map(e => e.tabIndex === 0)"
    wait(reader, f"{stops}.join() === 'true,false,true'", 5)
    assert_nothing_failed(reader)


def test_a_formula_is_said_in_words(reader, story):
    reader.open(story)
    formula = "document.querySelector('math')"
    assert reader.evaluate(f"{formula}.getAttribute('alttext')") == (
        "y hat equals X W plus b"
    )


@needs_pyodide
def test_everything_works_with_the_policy_that_the_readme_states(
    reader, folder, story, site
):
    with serve_strictly(folder / "site", policy()) as address:
        fresh(reader, address)
        reader.click(".cell[data-run] .run-button")
        wait(reader, f"{IDLE} && {SHOWN} === '1'", RUN_SECONDS)
        reader.evaluate("window.here = true")
        reader.click("article a[href$='two/']")
        wait(reader, "document.querySelector('h1')?.textContent.startsWith('Two')")
        assert_nothing_failed(reader)
    with serve_strictly(site, policy()) as address:
        for path in ("", "reference/", "glossary/"):
            reader.open(address + path)
            assert_nothing_failed(reader)
        open_strictly(reader, address)
        for _, do, seen in NEEDED.values():
            if do:
                do(reader)
            wait(reader, seen)
        assert_nothing_failed(reader)


# What each part of the policy is there for: an action, and what is then to be seen on a page.
LOADED = """new Promise(done => {
    const image = new Image();
    image.onload = image.onerror = ({ type }) => done(type === 'load');
    image.src = %s;
})"""
# A block of code gets its button when it is reached.
SHOW_CODE = """[...document.querySelectorAll('.cell-input')]
    .find(e => e.checkVisibility()).scrollIntoView()"""

NEEDED = {
    ("script-src", "'self'"): (
        "buttons that copy",
        lambda reader: reader.evaluate(SHOW_CODE),
        "document.querySelector('.cell-input .md-code__button')",
    ),
    ("script-src", "'unsafe-inline'"): (
        "the colours that a reader has chosen",
        None,
        "document.body.dataset.mdColorScheme === 'slate'",
    ),
    ("script-src", "'unsafe-eval'"): (
        "charts with controls",
        lambda reader: reader.evaluate(COME),
        "document.querySelector('.explorable-alive .explorable-live svg')",
    ),
    ("style-src", "'self'"): (
        "the style sheets",
        None,
        "getComputedStyle(document.querySelector('.md-grid')).maxWidth !== 'none'",
    ),
    ("style-src", "'unsafe-inline'"): (
        "how wide a figure may be",
        None,
        "getComputedStyle(document.querySelector('.cell-output > svg')).getPropertyValue('--width')",
    ),
    ("img-src", "'self'"): (
        "the icon of the site",
        None,
        LOADED % "document.querySelector('link[rel=icon]').href",
    ),
    ("img-src", "data:"): (
        "the icons of buttons",
        None,
        LOADED
        % """[...document.styleSheets].flatMap(sheet => [...sheet.cssRules])
            .map(rule => rule.cssText.match(/--md-clipboard-icon: *url\\("(data:.*?)"\\)/)?.[1]).find(Boolean)""",
    ),
    ("default-src", "'self'"): (
        "search",
        lambda reader: (reader.click(".md-search__input"), reader.type("line")),
        "document.querySelector('.md-search-result__link')",
    ),
}


def open_strictly(reader: Reader, address: str) -> None:
    """Open a lesson whose reader has chosen dark colours."""
    reader.open(address + "lessons/problem/")
    media = "(prefers-color-scheme: dark)"
    color = {"media": media, "scheme": "slate", "primary": "custom", "accent": "custom"}
    dark = {"index": 2, "color": color}
    reader.evaluate(
        f"localStorage.setItem('/.__palette', {json.dumps(json.dumps(dark))})"
    )
    reader.open(address + "lessons/problem/")
    wait(reader, "document.readyState === 'complete'")


@pytest.mark.thorough
@pytest.mark.parametrize(("directive", "source"), NEEDED)
def test_each_part_of_the_policy_is_there_for_something(
    directive, source, reader, site
):
    thing, do, seen = NEEDED[directive, source]
    whole = policy()
    parts = [part.split() for part in whole.split(";")]
    fewer = [[p for p in part if part[0] != directive or p != source] for part in parts]
    lacking = "; ".join(" ".join([*p, "'none'"] if len(p) == 1 else p) for p in fewer)
    assert lacking != whole
    with serve_strictly(site, lacking) as address:
        open_strictly(reader, address)
        if do:
            do(reader)
        with pytest.raises(AssertionError, match="still not"):
            print(f"{thing} without {source}:", wait(reader, seen, 2))


def test_the_policy_has_no_part_that_no_test_is_about():
    parts = [part.split() for part in policy().split(";")]
    stated = {(name, source) for name, *sources in parts for source in sources}
    assert stated == {*NEEDED, ("script-src", "blob:")}


@needs_pyodide
@pytest.mark.parametrize("source", ["blob:", "'unsafe-eval'"])
def test_a_policy_that_lacks_something_is_said_to(source, reader, story, folder):
    lacking = {"blob:": "blob:", "'unsafe-eval'": "'wasm-unsafe-eval'"}[source]
    with serve_strictly(folder / "site", policy().replace(f" {source}", "")) as address:
        fresh(reader, address)
        reader.click(".cell[data-run] .run-button")
        said = "document.querySelector('.cell .run-note').textContent"
        wait(
            reader, f'{said}.includes("it lacks {lacking} in script-src.")', RUN_SECONDS
        )


# A table as a spreadsheet in much of Europe saves it: semicolons, decimal commas, gaps.
def wages() -> str:
    """Write the table: two works, ages from 20 to 63."""
    lines = ["wage (€);age;works;shift"]
    for age in range(20, 64):
        for works, noise in ((0, 1.3 * np.sin(7 * age)), (2, np.cos(age * age))):
            wage = f"{9 + 0.3 * age + works + noise:.2f}".replace(".", ",")
            place, shift = (
                ("South" if works else "North"),
                ("yes" if noise > 0 else "no"),
            )
            lines.append(f"{wage};{age if age != 33 else ''};{place};{shift}")
    return "\n".join(lines) + "\n"


WAGES = wages()
HAND = """(() => {{
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from({bytes})], {name!r}));
    const [input] = document.querySelectorAll('input[type=file]');
    if ({is_dropped}) input.dispatchEvent(new DragEvent('drop', {{ dataTransfer: data, bubbles: true }}));
    else input.files = data.files;
    if (!{is_dropped}) input.dispatchEvent(new Event('change'));
}})()"""
CHOOSE = """(() => {{
    const label = [...document.querySelectorAll('.run-choice label')].find(e => e.textContent === {label!r});
    const select = label.control;
    select.value = {value!r};
    select.dispatchEvent(new Event('change'));
}})()"""
CODE = "[...document.querySelectorAll('.run-choices + .cell code')].map(e => e.textContent).join('')"
SETTLED = f"new Promise(r => setTimeout(r, 700)).then(() => {IDLE})"
TOLD = "document.querySelector('.run-choices .run-note').textContent"
PRINTED = """[...document.querySelectorAll('.cell')].flatMap(cell => {
    const own = cell.querySelector('.run-output:not([hidden])');
    return own ? [...own.querySelectorAll('pre')].map(e => e.textContent.trimEnd()) : [];
}).join('\\n')"""


def settle(reader: Reader, act: Callable[[], object]) -> None:
    """Do what runs the page, and wait until it has.

    Once in many runs WebKit spins in Python for ever, with the same code that it runs in seconds at
    other times. There the story goes on as its reader would: stop, and do it again.
    """
    act()
    try:
        wait(reader, SETTLED, RUN_SECONDS)
    except AssertionError:
        if not isinstance(reader, Driven):
            raise
        reader.click(".run-stop")
        wait(reader, SETTLED)
        act()
        wait(reader, SETTLED, RUN_SECONDS)


def hand(reader: Reader, name: str, data: bytes, is_dropped: bool = False) -> None:
    """Choose a file, or drop it on the controls, and wait until the page has dealt with it."""
    drop = str(is_dropped).lower()
    script = HAND.format(bytes=list(data), name=name, is_dropped=drop)
    settle(reader, lambda: reader.evaluate(script))


def choose(reader: Reader, label: str, value: str) -> None:
    """Choose from a list, and wait until the page has run."""
    script = CHOOSE.format(label=label, value=value)
    settle(reader, lambda: reader.evaluate(script))


def saved(reader: Reader, button: str) -> str:
    """Press a button that saves a file, and read what it would save."""
    reader.evaluate("""(() => {
        URL.createObjectURL = (blob) => { window.saved = blob.text(); return 'data:,'; };
        HTMLAnchorElement.prototype.click = () => {};
        window.saved = undefined;
    })()""")
    reader.click(f".take-along button:nth-of-type({button})")
    return wait(reader, "window.saved")


@needs_pyodide
def test_a_table_is_brought_asked_answered_and_taken_along(
    reader, watched, fresh_python, tmp_path
):
    reader.open(f"{watched}lessons/your-data/")
    wait(reader, "document.querySelector('.run-choices select')")
    hand(reader, "Löhne 2026.csv", WAGES.encode("cp1252"))
    code = reader.evaluate(CODE)
    for line in (
        'path = "Löhne 2026.csv"',
        'delimiter = ";"',
        'decimal = ","',
        '"works": "category"',
        '"shift": "yes/no"',
    ):
        assert line in code
    choose(reader, "Target", "wage (€)")
    code = reader.evaluate(CODE)
    assert 'target = "wage (€)"' in code
    assert 'features = ["age", "works", "shift"]' in code
    reader.click(
        ".run-choice:has([data-at^='features']) label:has([data-at='features shift'])"
    )
    wait(reader, SETTLED, RUN_SECONDS)
    assert 'features = ["age", "works"]' in reader.evaluate(CODE)
    printed = reader.evaluate(PRINTED)
    assert "2 of 88 rows miss a value" in " ".join(printed.split())
    assert re.search(r"One (year|unit) more of age", printed)
    assert (
        reader.evaluate("[...document.querySelectorAll('.run-output svg')].length") == 2
    )
    # What is taken along prints the same, from the same file, in a Python of its own.
    (tmp_path / "Löhne 2026.csv").write_bytes(WAGES.encode("cp1252"))
    (tmp_path / "mine.py").write_text(saved(reader, "1"), "utf-8")
    run = run_in(fresh_python, "mine.py", cwd=tmp_path, MPLBACKEND="agg")
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip().splitlines() == printed.splitlines()
    notebook = nbformat.reads(saved(reader, "2"), as_version=4)
    assert 'target = "wage (€)"' in "\n".join(cell.source for cell in notebook.cells)
    assert_nothing_failed(reader)


@needs_pyodide
def test_bad_files_are_told_at_the_controls_and_good_ones_go_on(reader, watched):
    reader.open(f"{watched}lessons/your-data/")
    wait(reader, "document.querySelector('.run-choices select')")
    for name, data, said in (
        ("photo.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is not text"),
        ("book.csv", b"PK\x03\x04rest", "is a zip archive, as Excel's .xlsx is"),
        ("one.csv", b"a\n1\n2\n", "a target needs a feature beside it"),
        ("ragged.csv", b"a,b\n1,2\n1,2,3\n1,2\n", "line 3 has 3 cells"),
        ("words.csv", b"a,b\nx,y\nu,v\nx,v\n", "no column holds numbers that vary"),
        ("empty.csv", b"", "is empty"),
    ):
        hand(reader, name, data)
        assert said in reader.evaluate(TOLD), name
    hand(reader, "dropped.csv", WAGES.encode(), is_dropped=True)
    assert 'path = "dropped.csv"' in reader.evaluate(CODE)
    assert "Ran" in reader.evaluate(TOLD)
    reader.evaluate("document.querySelector('.run-choice details').open = true")
    reader.click(".run-choice textarea")
    reader.evaluate(f"document.querySelector('.run-choice textarea').value = {WAGES!r}")
    reader.click(".run-choice details button")
    wait(reader, SETTLED, RUN_SECONDS)
    assert 'path = "pasted.csv"' in reader.evaluate(CODE)
    reader.evaluate("window.confirm = () => true")
    reader.click(".run-page .run-reset")
    assert 'path = "irises.csv"' in reader.evaluate(CODE)
    assert_nothing_failed(reader)


def test_a_link_leads_to_the_entry_that_it_names(reader, address, site):
    headings = read_page(site, "reference/").select(".doc-heading[id]")
    for number in (1, len(headings) // 2, len(headings) - 8):
        name = headings[number]["id"]
        reader.open(f"{address}glossary/")
        reader.open(f"{address}reference/#{name}")
        top = f"document.getElementById('{name}').getBoundingClientRect().top"
        wait(reader, f"Math.abs({top} - 70) < 40 && document.readyState == 'complete'")
        reader.evaluate(PAINTED)
        assert 30 < reader.evaluate(top) < 110
