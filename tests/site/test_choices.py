"""Readers choose by controls, which only edit a cell: what may be chosen, and what then runs."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from choices import adapted, assigned, check_entries, written
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect
from project import fence, needs_pyodide, publish, run_mkdocs
from refusals import LessonError
from test_pages import WCAG

TABLE = """from pathlib import Path

if not Path("sample.csv").exists():
    Path("sample.csv").write_text("mass,length\\n1,2\\n3,5\\n", encoding="utf-8")
start = {"path": {"file": ".csv", "most_bytes": 1000, "chosen": "sample.csv"}}"""
ASK = """lines = Path(path).read_text(encoding="utf-8").splitlines()
names = lines[0].split(",")
if len(names) < 2:
    raise ValueError(f"{path} has one column: two are needed. Is there a comma?")
print(len(lines) - 1, "rows")
asked = {
    "target": {"options": names, "chosen": names[-1], "why": "Often it is the last."},
    "features": {
        "label": "Known before",
        "options": names,
        "chosen": names[:-1],
        "why": {name: f"{name} has numbers" for name in names[:-1]},
    },
    "kinds": {
        "options": {name: ["number", "words"] for name in names},
        "chosen": dict.fromkeys(names, "number"),
    },
    "test_share": {"range": [0.1, 0.5, 0.1], "chosen": 0.2},
    "group": {"options": [None, *names], "shown": ["none", *names], "chosen": None},
}"""
CHOSEN = """target = "length"
features = ["mass"]
kinds = {"mass": "number", "length": "number"}
test_share = 0.2
group = None"""
PAGES = {
    "index.md": "# A\n\n"
    + fence(TABLE)
    + fence('path = "sample.csv"', tags=["choices"], options="start")
    + fence(ASK)
    + fence(CHOSEN, tags=["choices"], options="asked")
    + fence("print(target, features, kinds, test_share, group)")
    + '[to the top](#a)\n\n<div class="take-along"></div>\n',
    "b.md": "# B\n\n" + fence("print(1)"),
}


ENTRIES = {
    "a": {"options": ["x", "y"], "chosen": "x"},
    "b": {"options": ["x", "y"], "chosen": ["x"]},
    "c": {"options": {"k": [1, 2]}, "chosen": {"k": 1}},
    "d": {"range": [0, 1, 0.1], "chosen": 0.5},
    "e": {"file": ".csv", "most_bytes": 1, "chosen": "x.csv"},
    "f": {"options": [1, True, None], "chosen": None},
}
REFUSED = {
    "a name that the dictionary lacks": ("g = 1", ENTRIES, "says nothing of g"),
    "an entry of no kind": ("a = 1", {"a": {"chosen": 1}}, "says nothing of a"),
    "an entry of two kinds": (
        "a = 1",
        {"a": {"options": [1], "range": [0, 1, 1], "chosen": 1}},
        "says nothing of a",
    ),
    "no suggestion": ("a = 1", {"a": {"options": [1]}}, "suggests nothing for a"),
    "a suggestion that can't be chosen": (
        "a = 1",
        {"a": {"options": [1], "chosen": 2}},
        "suggests nothing for a",
    ),
    "what is no option": ('a = "z"', ENTRIES, 'a can\'t be "z": asked does not offer'),
    "one of several that is no option": ('b = ["x", "z"]', ENTRIES, "b can't be"),
    "one where several are asked for": ('b = "x"', ENTRIES, "b can't be"),
    "a key that is not there": ('c = {"l": 1}', ENTRIES, "c can't be"),
    "a key's option that is none": ('c = {"k": 3}', ENTRIES, "c can't be"),
    "a number out of range": ("d = 2", ENTRIES, "d can't be 2"),
    "a truth for a number": ("d = True", ENTRIES, "d can't be True"),
    "a number for a file": ("e = 1", ENTRIES, "e can't be 1"),
    "nothing where it is no option": ("a = None", ENTRIES, "a can't be None"),
}
BOXES = {"options": ["x", 1], "chosen": ["x"]}
# What an entry for a, which is chosen to be the first value, must not be.
WRONG = {
    "a key misspelt": ("x", {**ENTRIES["a"], "lable": "A"}, '"lable" beside "options"'),
    "words for a range": (
        0,
        {"range": [0, 1, 1], "chosen": 0, "shown": ["a"]},
        "shown",
    ),
    "a label that is no text": (
        "x",
        {**ENTRIES["a"], "label": ["A"]},
        '"label" is a text',
    ),
    "too few words": ("x", {**ENTRIES["a"], "shown": ["X"]}, '"shown" is a list of 2'),
    "words in a text": ("x", {**ENTRIES["a"], "shown": "XY"}, '"shown" is a list of 2'),
    "words for keys": (
        {"k": 1},
        {**ENTRIES["c"], "shown": ["K"]},
        '"shown" is for a list',
    ),
    "a reason each for a selection": (
        "x",
        {**ENTRIES["a"], "why": {"x": "so"}},
        '"why" is a sentence',
    ),
    "a list of reasons": (["x"], {**BOXES, "why": ["so"]}, '"why" is a sentence'),
    "a reason for no option": (["x"], {**BOXES, "why": {"y": "so"}}, "speaks of y"),
    "a reason that is none": (
        ["x"],
        {**BOXES, "why": {"x": 3}},
        "says of x no sentence",
    ),
    "a reason for no key": (
        {"k": 1},
        {**ENTRIES["c"], "why": {"l": "so"}},
        "speaks of l",
    ),
    "options in a text": ("x", {"options": "xy", "chosen": "x"}, '"options" is a list'),
    "no options": (None, {"options": None, "chosen": None}, '"options" is a list'),
    "a number for options": (1, {"options": 1, "chosen": 1}, '"options" is a list'),
    "a kind that there is not": (
        {"k": 1},
        {"options": {"k": "numbers"}, "chosen": {"k": 1}},
        '"options" has for k neither',
    ),
    "a range of two": (0, {"range": [0, 2], "chosen": 0}, "three numbers"),
    "a range of texts": (0, {"range": ["0", "2", "1"], "chosen": 0}, "three numbers"),
    "a text for a range": (0, {"range": "012", "chosen": 0}, "three numbers"),
    "a range without steps": (
        0,
        {"range": [0, 2, 0], "chosen": 0},
        "greater than zero",
    ),
    "a range that goes down": (0, {"range": [2, 0, 1], "chosen": 0}, '"range" goes up'),
    "a number off the step": (
        0.5,
        {"range": [0, 2, 1], "chosen": 0},
        "can't be 0.5: no step",
    ),
    "a suggestion off it": (
        0,
        {"range": [0, 2, 1], "chosen": 0.5},
        "can't be 0.5: no step",
    ),
    "an ending without a point": (
        "x",
        {**ENTRIES["e"], "file": "csv"},
        '"file" has the',
    ),
    "endings in a list": ("x", {**ENTRIES["e"], "file": [".csv"]}, '"file" has the'),
    "no size": ("x", {"file": ".csv", "chosen": "x"}, '"most_bytes" is a number'),
    "a condition in a text": ("x", {**ENTRIES["a"], "when": "b"}, '"when" is a dict'),
    "a condition on no name": (
        "x",
        {**ENTRIES["a"], "when": {"z": 1}},
        "waits for z, which",
    ),
    "a condition on another cell": (
        "x",
        {**ENTRIES["a"], "when": {"d": 1}},
        "waits for d, which this cell does not choose",
    ),
    "a condition never met": (
        "x",
        {**ENTRIES["a"], "when": {"f": "z"}},
        'waits for f = "z", which it can\'t be',
    ),
}


@pytest.mark.parametrize(("value", "entry", "said"), WRONG.values(), ids=WRONG)
def test_the_build_refuses_an_entry_that_is(value, entry, said):
    source = f"f = None\n{written('a', value)}"
    with pytest.raises(LessonError, match=re.escape(said)) as refused:
        check_entries(source, 7, "asked", json.dumps({**ENTRIES, "a": entry}))
    assert refused.value.line == 8


def test_the_build_refuses_a_list_for_a_dictionary():
    with pytest.raises(LessonError, match="asked is no dictionary") as refused:
        check_entries("a = 1", 7, "asked", "[]")
    assert refused.value.line == 6


RIGHT = {
    "all that may be said": {
        "a": {
            "label": "A",
            "options": [None, "x"],
            "shown": ["none", "x"],
            "chosen": "x",
            "why": "It is so.",
            "when": {"b": ["x"], "c": 0.3},
        },
        "b": {"options": ["x", 1, True], "chosen": ["x"], "why": {"1": "so", "x": ""}},
        "c": {"range": [0.1, 0.5, 0.1], "chosen": 0.3, "why": "so"},
        "d": {"file": ".csv, .tar.gz", "most_bytes": 1e6, "chosen": "x"},
    },
    "what is left open": {
        "a": {
            "options": ["x"],
            "chosen": "x",
            "label": None,
            "why": None,
            "when": None,
        },
        "b": {"options": ["x"], "chosen": ["x"], "why": {}, "shown": None},
        "c": {"range": [-1, 1, 0.05], "chosen": 0.35, "when": {}},
        "d": {"options": {"k": "text"}, "chosen": {"k": "x"}, "why": {"k": "so"}},
    },
}


@pytest.mark.parametrize("entries", RIGHT.values(), ids=RIGHT)
def test_the_build_takes(entries):
    chosen = {name: entry["chosen"] for name, entry in entries.items()}
    source = "\n".join(written(name, value) for name, value in chosen.items())
    assert check_entries(source, 7, "asked", json.dumps(entries)) == entries


@pytest.mark.parametrize(("source", "entries", "said"), REFUSED.values(), ids=REFUSED)
def test_the_build_refuses(source, entries, said):
    above = "f = None\n" if "f" in entries else ""
    with pytest.raises(LessonError, match=re.escape(said)) as refused:
        check_entries(above + source, 7, "asked", json.dumps(entries))
    assert refused.value.line == 7 + bool(above)


def test_what_is_offered_is_not_refused():
    source = 'a = "y"\nb = []\nc = {"k": 2}\nd = 1\ne = "other.csv"\nf = True'
    assert check_entries(source, 7, "asked", json.dumps(ENTRIES)) == ENTRIES


def test_a_build_names_file_and_line(small_site):
    wrong = fence(
        CHOSEN.replace('"length"', '"width"', 1), tags=["choices"], options="asked"
    )
    page = PAGES["index.md"].replace(
        fence(CHOSEN, tags=["choices"], options="asked"), wrong
    )
    build = run_mkdocs(small_site({"index.md": page}), "build", "--strict")
    line = page.split("target = ")[0].count("\n") + 1
    assert build.returncode != 0
    assert f'index.md:{line}: target can\'t be "width": asked does not' in build.stdout


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(PLAIN)
def test_what_is_written_is_read_as_it_was(value):
    assert assigned(written("a", value)) == {"a": value}
    assert ast.literal_eval(written("a", value)[4:]) == value


def test_suggestions_that_are_news_are_taken_and_other_choices_kept():
    known = {name: entry["chosen"] for name, entry in ENTRIES.items()}
    mine = 'a = "y"\nb = ["y"]\nd = 0.3'
    assert adapted(mine, ENTRIES, known) == mine
    news = {**ENTRIES, "a": {"options": ["x", "y"], "chosen": "y"}}
    assert adapted('a = "x"', ENTRIES, {"a": "y"}) == 'a = "x"'
    assert adapted('a = "x"', news, known) == 'a = "y"'
    fewer = {**ENTRIES, "b": {"options": ["x"], "chosen": ["x"]}}
    assert adapted(mine, fewer, known) == 'a = "y"\nb = ["x"]\nd = 0.3'
    own = "a = max('x', 'y')"
    assert adapted(own, news, known) == own
    assert adapted("z = 1", news, known) == "z = 1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small project with choices."""
    return tmp_path_factory.mktemp("choices")


@pytest.fixture(scope="module")
def choices_address(folder: Path) -> Iterator[str]:
    """The address of its site."""
    with publish(folder, PAGES) as address:
        yield address


@pytest.fixture
def page(browser: Browser, choices_address: str) -> Iterator[Page]:
    """Its first page, in a browser that has been nowhere yet."""
    context = browser.new_context()
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())  # "This takes back your changes"
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(choices_address)
    page.wait_for_selector(".run-choices select")
    yield page
    context.close()
    assert problems == []


def hand(page: Page, name: str, text: str) -> None:
    """Choose a file."""
    data = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    page.get_by_label("Path", exact=True).set_input_files([data])


def code(page: Page, number: int) -> str:
    """Read the code of a cell."""
    return (page.locator(".cell-input code").nth(number).text_content() or "").rstrip()


def output(page: Page) -> str:
    """Wait until nothing runs or is about to, and read what the last cell printed."""
    page.wait_for_timeout(700)  # longer than a pause between two ticks
    page.wait_for_function("!document.querySelector('.run-stop')", timeout=60_000)
    last = page.locator(".cell").last.locator(".run-output")
    return (last.text_content() or "").strip()


def notes(page: Page, number: int) -> str:
    """Read the line of some controls."""
    return page.locator(".run-choices .run-note").nth(number).text_content() or ""


@needs_pyodide
def test_a_new_file_brings_new_options_and_its_own_suggestions(page):
    hand(page, "Größe.csv", "a,b,c\n1,2,3\n")
    kinds = dict.fromkeys("abc", "number")
    assert output(page) == f"c ['a', 'b'] {kinds} 0.2 None"
    assert code(page, 1) == 'path = "Größe.csv"'
    assert code(page, 3).startswith('target = "c"\nfeatures = ["a", "b"]\n')
    target = page.get_by_label("Target", exact=True)
    assert target.locator("option").all_text_contents() == ["a", "b", "c"]
    expect(target).to_have_value("c")
    assert (
        page.get_by_label("Group", exact=True).locator("option").first.text_content()
        == "none"
    )
    # What depends on nothing new is kept, with another file and after a stop.
    page.get_by_label("Test share", exact=True).fill("0.3")
    page.get_by_label("Test share", exact=True).press("Tab")
    assert output(page).endswith("0.3 None")
    hand(page, "same.csv", "a,b,c\n4,5,6\n7,8,9\n")
    assert output(page).endswith("0.3 None")


@needs_pyodide
def test_every_kind_of_control_edits_its_line_and_runs_from_there(page):
    page.get_by_label("Target", exact=True).select_option("mass")
    assert output(page).startswith("mass ['mass']")
    assert "Ran" in notes(page, 1)
    page.get_by_role("checkbox", name="length").check()
    page.get_by_role("checkbox", name="mass").uncheck()
    assert output(page).startswith("mass ['length']")
    page.get_by_role("group", name="Kinds", exact=True).get_by_label(
        "length"
    ).select_option("words")
    assert "'length': 'words'" in output(page)
    page.get_by_label("Group", exact=True).focus()
    page.get_by_label("Group", exact=True).select_option("mass")
    assert output(page).endswith("0.2 mass")
    assert code(page, 3) == (
        'target = "mass"\nfeatures = ["length"]\n'
        'kinds = {"mass": "number", "length": "words"}\ntest_share = 0.2\ngroup = "mass"'
    )
    # The focus stays at what was chosen last.
    assert page.evaluate(
        "document.activeElement.closest('.run-choice').textContent"
    ).startswith("Group")


@needs_pyodide
def test_a_file_that_cells_refuse_is_told_at_the_controls_and_the_next_one_runs(page):
    hand(page, "one.csv", "a\n1\n")
    output(page)
    assert notes(page, 0).startswith("one.csv has one column: two are needed.")
    hand(page, "large.csv", "a,b\n" * 300)
    expect(page.locator(".run-choices .run-note").first).to_contain_text(
        "large.csv has 0.0012 MB, more than the 0.001 MB"
    )
    assert code(page, 1) == 'path = "one.csv"'
    hand(page, "one.csv", "a,b\n1,2\n")  # the same name, mended
    assert output(page).startswith("b ['a']")
    assert "Ran" in notes(page, 0)


@needs_pyodide
def test_text_can_be_pasted_and_files_dropped(page):
    page.get_by_text("Or paste a table").click()
    page.get_by_label("The table as text").fill("x,y\n1,2\n")
    page.get_by_role("button", name="Use this text").click()
    assert output(page).startswith("y ['x']")
    assert code(page, 1) == 'path = "pasted.csv"'
    page.evaluate("""() => {
        const data = new DataTransfer();
        data.items.add(new File(["v,w\\n1,2\\n"], "dropped.csv"));
        document.querySelector(".run-choices").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
    }""")
    assert output(page).startswith("w ['v']")


@needs_pyodide
def test_code_of_ones_own_is_left_alone_and_takes_the_controls_away(page):
    editor = page.locator(".cell-input code").nth(3)
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(CHOSEN.replace('"length"', "names[0]", 1))
    said = page.locator(".run-controls").nth(1)
    expect(said).to_contain_text("Reset brings them back")
    page.keyboard.press("Shift+Enter")
    output(page)
    hand(page, "own.csv", "a,b\n1,2\n")
    output(page)
    assert code(page, 3).startswith("target = names[0]")
    page.get_by_role("button", name="Reset page").click()
    expect(page.get_by_label("Target", exact=True)).to_have_value("length")
    assert code(page, 1) == 'path = "sample.csv"'


@needs_pyodide
def test_a_reset_takes_back_a_file_that_has_the_samples_name(page):
    hand(page, "sample.csv", "a,b\n1,2\n")
    assert output(page).startswith("b ['a']")
    page.get_by_role("button", name="Reset page").click()
    page.get_by_role("button", name="Run all the cells of this page").click()
    assert output(page).startswith("length ['mass']")


@needs_pyodide
def test_choices_made_while_something_runs_are_the_ones_that_count(page):
    page.get_by_label("Target", exact=True).select_option("mass")
    output(page)
    page.evaluate("""() => {
        const choose = (value) => {
            const select = document.querySelectorAll(".run-choices")[1].querySelector("select");
            select.value = value;
            select.dispatchEvent(new Event("change"));
        };
        for (const value of ["length", "mass", "length"]) choose(value);
        setTimeout(() => choose("mass"), 3);
        setTimeout(() => choose("length"), 20);
    }""")
    assert output(page).startswith("length ['mass']")


@needs_pyodide
def test_files_outlast_a_stop_and_nothing_of_them_is_stored(page):
    hand(page, "mine.csv", "a,b\n1,2\n")
    assert output(page).startswith("b ['a']")
    last = page.locator(".cell-input code").nth(4)
    last.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("while True:\n    pass")
    page.keyboard.press("Shift+Enter")
    page.wait_for_timeout(300)
    page.locator(".run-stop").first.click()
    last.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("print(path, target)")
    page.keyboard.press("Shift+Enter")
    assert output(page) == "mine.csv b"
    stored = page.evaluate("JSON.stringify(localStorage) + document.cookie")
    assert "mine.csv" not in stored
    # A jump within the page puts it in place anew; a new visit finds the page as it was built.
    page.get_by_role("link", name="to the top").click()
    expect(page.locator(".cell-input code").nth(1)).to_have_text('path = "mine.csv"')
    expect(page.get_by_label("Target", exact=True)).to_have_value("b")
    page.reload()
    page.wait_for_selector(".run-choices select")
    assert code(page, 1) == 'path = "sample.csv"'


@needs_pyodide
def test_what_is_taken_along_has_the_choices(page, tmp_path):
    page.get_by_label("Target", exact=True).select_option("mass")
    output(page)
    for ending in ("script", "notebook"):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Download the {ending}").click()
        download.value.save_as(tmp_path / download.value.suggested_filename)
    script = jupytext.read(tmp_path / "index.py")
    notebook = nbformat.read(tmp_path / "index.ipynb", as_version=4)
    nbformat.validate(notebook)
    sources = [cell.source for cell in notebook.cells]
    assert [cell.source for cell in script.cells] == sources
    shown = page.locator(".cell-input code").all_text_contents()
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert cells == [text.rstrip() for text in shown]
    assert 'target = "mass"' in cells[3]
    assert not any(cell.get("outputs") for cell in notebook.cells)


@needs_pyodide
def test_the_browser_reads_and_writes_what_the_build_does(page):
    texts = [
        "a",
        "quotes \" and '",
        "back\\slash, comma, [bracket] {brace}: x = 1",
        "Größe 数 🙂",
        "line\nbreak\ttab",
        "True",
        "x" * 100,
    ]
    values = [*texts, [], texts, dict.fromkeys(texts, texts[0]), True, None, -3, 0.25]
    values += [[None, False, 1], {"a": [1, 2], "b": "None,]"}, {}]
    source = "\n".join(written(f"n{i}", value) for i, value in enumerate(values))
    read = page.evaluate(
        """async (source) => {
            const path = new URL("assets/run/choices.js", location.origin).href;
            const { read, write } = await import(path);
            const values = read(source);
            return [values, Object.entries(values).map((pair) => write(...pair)).join("\\n")];
        }""",
        source,
    )
    assert read == [{f"n{i}": value for i, value in enumerate(values)}, source]
    foreign = [
        "a = b",
        "a = 'it\\'s \"so\"'",
        "a = (1, 2)",
        "a = [1,\n]",
        "if a:\n    b = 1",
    ]
    found = page.evaluate(
        """async (sources) => {
            const { read } = await import(new URL("assets/run/choices.js", location.origin).href);
            return sources.map((source) => read(source) ?? null);
        }""",
        foreign,
    )
    assert found == [None, {"a": 'it\'s "so"'}, None, {"a": [1]}, None]


@needs_pyodide
def test_the_module_is_loaded_only_where_something_can_be_chosen(
    browser, choices_address
):
    page = browser.new_page()
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    page.goto(f"{choices_address}b/")
    page.wait_for_selector(".run-button")
    assert not [url for url in loaded if "choices.js" in url]
    page.close()


@needs_pyodide
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_controls_are_accessible(scheme, browser, choices_address):
    page = browser.new_page(color_scheme=scheme)
    page.goto(choices_address)
    page.wait_for_selector(".run-choices select")
    page.get_by_text("Or paste a table").click()
    found = Axe().run(page, options={"runOnly": WCAG})
    assert found.response["violations"] == []
    page.close()


def test_without_javascript_or_python_there_are_no_controls(
    browser, choices_address, small_site
):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(choices_address)
    assert page.locator(".run-choices:visible, .take-along:visible").count() == 0
    context.close()
    build = run_mkdocs(small_site({"index.md": PAGES["index.md"]}), "build", "--strict")
    assert build.returncode == 0
