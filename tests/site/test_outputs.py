"""What cells put out: what a page accepts of it, and what a kernel allows."""

import asyncio
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import psutil
import pytest
from bs4 import BeautifulSoup
from colours import coloured
from execution import imported_by
from kernels import Limits, kernel_environment, run_cells
from notebooks import lesson_to_notebook
from order import check_same, depends_on_order
from outputs import UNSHOWN, check_outputs
from project import fence, run_mkdocs
from readers import python_of
from refusals import LessonError
from rendering import outputs_to_html
from values import fill_values

DRAWN = {"image/svg+xml": '<svg viewBox="0 0 1 1"/>', "text/plain": "<Figure>"}


def stream(text: str, name: str = "stdout") -> nbformat.NotebookNode:
    """Make what a cell prints."""
    return nbformat.v4.new_output("stream", name=name, text=text)


def data(kind: str, **values: object) -> nbformat.NotebookNode:
    """Make what a cell shows."""
    names = {"svg": "image/svg+xml", "plain": "text/plain", "html": "text/html"}
    names["chart"] = "application/vnd.vegalite.v6+json"
    return nbformat.v4.new_output(kind, {names[n]: v for n, v in values.items()})


def notebook_of(lesson: str, *outputs: nbformat.NotebookNode, root: Path = Path()):
    """Make a lesson's notebook whose last cell has put something out."""
    notebook, _ = lesson_to_notebook(f"# A\n\n{lesson}", root)
    notebook.cells[-1].outputs = list(outputs)
    return notebook


REFUSED = {
    "a warning": (stream("UserWarning: old\n", "stderr"), "wrote to stderr: UserW"),
    "colours": (stream("\x1b[31mred\x1b[0m\n"), r"prints '\\x1b'"),
    "a bell": (stream("\a"), r"prints '\\x07'"),
    "a form feed": (stream("a\x0cb"), r"prints '\\x0c'"),
    "an address": (stream("<function f at 0x7f0123456789>"), "another in every run"),
    "a folder of whoever builds": (stream(f"in {Path.home() / 'a'}\n"), "folder that"),
    "a folder of Python": (stream(f"{sys.prefix}/lib\n"), "a folder that other mach"),
    "a folder that does not last": (stream("/tmp/abc/x.csv"), "prints /tmp, a folder"),
    "a number": (data("execute_result", plain="2"), "would not show"),
    "an object": (data("display_data", html="<b>x</b>"), "would not show"),
    "SVG of its own": (data("execute_result", svg="<svg/>", plain="x"), "not show"),
    "a figure left open": (
        stream("a figure is drawn and never shown", "stderr"),
        "plt",
    ),
}
ACCEPTED = {
    "the words by which a kernel tells of figures": stream(UNSHOWN),
    "words": stream("a\tb\n\nc\n"),
    "words with the name of a folder": stream("sqrt/root, a/tmp/b and /tmpfiles\n"),
    "a number in hexadecimal": stream("0x7f0123456789"),
    "a figure": data("display_data", svg="<svg/>", plain="<Figure>"),
    "a chart": data("execute_result", chart={}, plain="alt.Chart(...)"),
}


@pytest.mark.parametrize(("output", "message"), REFUSED.values(), ids=REFUSED)
def test_a_page_does_not_show(output, message):
    with pytest.raises(LessonError, match=message) as refused:
        check_outputs(notebook_of(fence("x = 1"), output))
    assert refused.value.line == 4


@pytest.mark.parametrize("output", ACCEPTED.values(), ids=ACCEPTED)
def test_a_page_shows(output):
    check_outputs(notebook_of(fence("x = 1"), output))


def values_notebook(*values: str, printed: str = ""):
    """Make a notebook in which some values have been computed."""
    notebook, _ = lesson_to_notebook(
        "# A\n\n" + "\n".join("{{ x }}" for _ in values), Path()
    )
    results = [data("execute_result", plain=repr(list(values)))]
    notebook.cells[0].outputs = [stream(printed)] * bool(printed) + results
    return notebook


@pytest.mark.parametrize(
    "value",
    [
        *(
            "nan",
            "inf",
            "-inf",
            "nan%",
            "+nan",
            "[nan 1.]",
            "(1.0, inf)",
            "NaT",
            "<NA>",
        ),
        *("None", "[None, 1]", "(1, None)", "nan+0j", "infinity", "NaN", "a\x1b[0m"),
        *("Nan", "Infinity", "-Infinity", "INFINITY"),
        *("<object object at 0x7f0123456789>", "{'a': None}"),
        *("", " ", "-0.0", "-0", "-0.00%", "from -0.0 to 2", "-0e+00", "[-0. 1.]"),
        *("<class 'int'>", "*a*", "_a_", "3|4", "$5", "a\n\n# b", "`a`", "\\_", "&lt;"),
        *(
            "(np.float64(1.5), 2)",
            "{'a': np.int64(3)}",
            "array([1, 2])",
            "[tensor(3.)]",
        ),
        *("0.30000000000000004", "(1, 0.30000000000000004)", "-1.4142135623730951e-05"),
    ],
)
def test_a_value_that_is_none_stops_the_build_in_its_line(value):
    with pytest.raises(LessonError) as refused:
        check_outputs(values_notebook("1", value))
    assert refused.value.line == 4


@pytest.mark.parametrize(
    "value",
    [
        *("1", "-1.5e-05", "nanometre", "information", "None of it", "[1.25]"),
        *("(1, 2)", "a_b", "R&D", "a > b", "50%", "Nan Goldin", "Infinity Road"),
        *("-0.01", "-0.5", "0.0", "1e-0", "2-0", "from 3 to -0.04", "x-0"),
        *(
            "0.123456789012",
            "12345678901234567890",
            "an array (of 3)",
            "0.000000000000001",
        ),
    ],
)
def test_a_value_that_says_something_is_accepted(value):
    check_outputs(values_notebook("1", value))


@pytest.mark.parametrize("value", ["'s' if n > 1 else ''", "'s' * (n > 1)"])
def test_the_ending_of_a_plural_may_be_nothing(value):
    notebook, _ = lesson_to_notebook(f"# A\n\nrow{{{{ {value} }}}}\n", Path())
    notebook.cells[0].outputs = [data("execute_result", plain="['']")]
    check_outputs(notebook)


def test_a_value_that_prints_or_warns_stops_the_build():
    with pytest.raises(LessonError, match="prints or warns: old") as refused:
        check_outputs(values_notebook("1", printed="old"))
    assert refused.value.line == 3


@pytest.mark.parametrize("call", ["x:.15f", "f'{x:.15f}'"])
def test_whoever_asks_for_many_digits_gets_them(call):
    notebook, _ = lesson_to_notebook(f"# A\n\n{{{{ {call} }}}}\n", Path())
    notebook.cells[0].outputs = [data("execute_result", plain="['0.300000000000000']")]
    check_outputs(notebook)


# What TeX makes of values: the formula, its value, and what the page gets or what is said of it.
IN_TEX = {
    "a small number": ("$x = {{ v }}$", "1e-07", "e stands for no power of ten"),
    "a truth": ("$x = {{ v }}$", "True", "put it into \\text{}"),
    "a word": ("a\n\n$$\nx = {{ v }}\n$$", "large", "large would be a product"),
}
AS_TEX = {
    "a negative base": ("${{ v }}^2$", "-2.5", "${(-2.5)}^2$"),
    "a positive base": ("${{ v }}^2$", "2.5", "${2.5}^2$"),
    "a negative number": ("${{ v }} + 1$", "-2.5", "${-2.5} + 1$"),
    "thousands": ("${{ v }}$", "1,234,567.5", "${1{,}234{,}567.5}$"),
    "a pair": ("$({{ v }})$", "1, 234", "$({1, 234})$"),
    "per cent": ("${{ v:.0%}}$", "50%", r"${50\%}$"),
    "per cent in TeX": ("${{ v }}$", r"50\%", r"${50\%}$"),
    "a word in text": (
        r"$\text{is {{ v }} and {{ v }}}$",
        "large",
        r"$\text{is {large} and {large}}$",
    ),
    "TeX": ("${{ v }}$", r"\mathrm{Adam} + \alpha_1", r"${\mathrm{Adam} + \alpha_1}$"),
    "prose": (
        "{{ v }} large",
        "1,234 and 1e-07 and 5%",
        "1,234 and 1e-07 and 5% large",
    ),
}


def formula_notebook(text: str, value: str):
    """Make a notebook whose values have all become the same."""
    notebook, _ = lesson_to_notebook(f"# A\n\n{text}\n", Path())
    values = repr([value] * text.count("{{"))
    notebook.cells[0].outputs = [data("execute_result", plain=values)]
    return notebook


@pytest.mark.parametrize(("text", "value", "message"), IN_TEX.values(), ids=IN_TEX)
def test_a_value_that_tex_would_misread_stops_the_build(text, value, message):
    with pytest.raises(LessonError) as refused:
        check_outputs(formula_notebook(text, value))
    assert message in str(refused.value)
    assert refused.value.line == 3 + text[: text.index("{{")].count("\n")


@pytest.mark.parametrize(("text", "value", "shown"), AS_TEX.values(), ids=AS_TEX)
def test_a_value_in_a_formula_is_written_as_tex(text, value, shown):
    notebook = formula_notebook(text, value)
    check_outputs(notebook)
    fill_values(notebook)
    assert notebook.cells[0].source == f"# A\n\n{shown}"


def test_in_a_formula_a_value_may_be_tex():
    notebook, _ = lesson_to_notebook("# A\n\n$x {{ 'a' }}$ and {{ 'b' }}\n", Path())
    for values in (["\\\\alpha_1 < 3", "b"], ["a", "b < 3"]):
        result = data("execute_result", plain=repr(values))
        notebook.cells[0].outputs = [result]
        if values[1] == "b":
            check_outputs(notebook)
        else:
            with pytest.raises(LessonError, match="Markdown takes '<' for its own"):
                check_outputs(notebook)


def test_values_are_groups_in_mathematics_and_leave_braces_in_code_alone():
    notebook, _ = lesson_to_notebook("# A\n\n$10^{{-3}}$ `{{}}` {{ 5 }}\n", Path())
    notebook.cells[0].outputs = [data("execute_result", plain="['-3', '5']")]
    fill_values(notebook)
    assert notebook.cells[0].source.endswith("$10^{-3}$ `{{}}` 5")


def test_a_solution_that_its_check_does_not_call_right_stops_the_build():
    lesson = fence("print(check_a(1))", tags=["solution"], fold="One solution")
    for said in ("Right.\n", "4 steps\nRight. That is all.\n"):
        check_outputs(notebook_of(lesson, stream(said)))
    for said in (
        "Too large.\n",
        "No, not Right yet.\n",
        "Rightly not.\n",
        "Not Right.\n",
    ):
        with pytest.raises(LessonError, match="check_a does not call this solution r"):
            check_outputs(notebook_of(lesson, stream(said)))


START = "import matplotlib.pyplot as plt\n\n"
UNDRAWN = {
    "a backend that shows nothing": (
        START + "plt.switch_backend('Agg')\nplt.plot([1])\nplt.show()",
        ":6: this line keeps figures from being shown: leave it out",
    ),
    "a backend that shows nothing, chosen first": (
        "import matplotlib\n\nmatplotlib.use('Agg')\n" + START + "plt.plot([1])",
        ":6: this line keeps figures from being shown",
    ),
    "mathematics that is none": (
        START + "plt.plot([1])\nplt.title(r'a $\\alpa$')\nplt.show()",
        r":7: what this cell shows can't be drawn: \\alpa .*Unknown symbol",
    ),
    "a half of a sign": (
        "print('a' + chr(0xD800))",
        r":4: the cell prints a half of a sign, '\\ud800' to",
    ),
}


def test_a_build_says_what_keeps_a_cell_from_showing_something(small_site):
    pages = {
        f"{number}.md": f"# A\n\n{fence(code)}"
        for number, (code, _) in enumerate(UNDRAWN.values())
    }
    build = run_mkdocs(small_site({"index.md": "# A\n", **pages}), "build")
    for number, (_, message) in enumerate(UNDRAWN.values()):
        assert re.search(rf"\b{number}\.md{message}", build.stdout), build.stdout


NOTHING_DRAWN = [
    "import altair as alt\n\nc = alt.Chart(alt.sequence(3)).mark_point()",
    "import altair as alt\n\nalt.Chart(alt.sequence(3)).mark_point();",
    START + "plt.plot([1])\nplt.close()\nplt.show()",
]


@pytest.mark.parametrize("code", NOTHING_DRAWN)
def test_a_build_says_that_a_cell_with_texts_draws_nothing(code, small_site):
    page = f"# A\n\n{fence(code, caption='a', alt='b')}"
    build = run_mkdocs(small_site({"index.md": page}), "build")
    assert "index.md:4: the cell draws nothing: end it with the chart" in build.stdout


def test_tildes_in_code_and_blank_lines_in_output_stay_as_they_are():
    source = '\n\nx = """\n~~~~~~~\n```\n--8<-- "mkdocs.yml"\n<b>&amp; {{ x }} $y$\n"""'
    html = BeautifulSoup(coloured(source, "1 3"), "html.parser")
    assert html.pre.get_text() == f"{source}\n"
    assert html.select_one(".highlight code .hll")
    # A browser drops the first line break of a block.
    assert outputs_to_html([stream("\n\na\n")]) == "<pre>\n\n\na</pre>"


def test_an_output_in_columns_is_told_from_sentences():
    for text, kind in {
        "a sentence, two\nlines": "",
        "  indented words": "",
        "slope  3.5\nbias  20": ' class="columns"',
        "    low  high": ' class="columns"',
    }.items():
        cell = notebook_of(fence("x = 1"), stream(text)).cells[-1]
        assert outputs_to_html(cell.outputs) == f"<pre{kind}>{text}</pre>"


ORDERED = {
    "sorted({1, 2})": False,
    "len({1, 2}), max(set(x)), 1 in {1, 2}": False,
    "set(a) == set(b)": False,
    "s = {1, 2}\nprint(len(s), sorted(s | {3}))": False,
    "if not x:\n    raise ValueError(f'{set(x)}')": False,
    "{'a': 1}": False,
    "own = set(x)\nif not own:\n    pass": False,
    "print({1, 2})": True,
    "s = {1, 2}\nprint(s)": True,
    "f'{set(x)}'": True,
    "', '.join({'a', 'b'})": True,
    "for a in set(x):\n    pass": True,
    "[a for a in {1, 2}]": True,
    "list(frozenset(x) - {1})": True,
    "print(*{1, 2})": True,
    "{1, 2}.pop()": True,
    "hash('a')": True,
    "print(id(x))": True,
    "f'{id(x):x}'": True,
    "own = {id(p) for p in x}\nassert own == {id(q) for q in y}": False,
    "date.today().isoformat()": True,
    "getattr(date, 'today')().isoformat()": True,
    "from datetime import date\nday = date.today\nday().isoformat()": True,
    "import operator\noperator.methodcaller('now')(datetime)": True,
    "import time\nclock = time.time\nclock()": True,
    "import os\nwhere = os.getcwd\nprint(where())": True,
    "import uuid\nlist(map(vars(uuid)['uuid4'], []))": True,
    "getattr(x, 'size')": False,
    "time.strftime('%d')": True,
    "np.random.default_rng(3).normal()": False,
    "np.random.RandomState(3).rand()": False,
    "random.seed(3)": False,
    "rng.random(), rng.choice([1])": False,
    "np.random.default_rng().normal()": True,
    "default_rng()": True,
    "random.random()": True,
    "np.random.rand(3)": True,
    "time.time()": True,
    "datetime.datetime.now()": True,
    "os.getcwd()": True,
    "Path.cwd()": True,
    "uuid.uuid4()": True,
    "np.random.default_rng(None)": True,
    "np.random.default_rng(seed=None)": True,
    "np.random.default_rng(seed=1).normal()": False,
    "from random import random\nprint(random())": True,
    "import numpy.random as draws\ndraws.rand()": True,
    "from numpy.random import rand\nrand(2)": True,
    "from numpy.random import default_rng\ndefault_rng(1).normal()": False,
    "from numpy.random import rand as draw\nlist(map(draw, [1]))": True,
    "torch.rand(2)": True,
    "torch.nn.Linear(1, 1)": True,
    "torch.manual_seed(1)\ntorch.rand(2)": False,
    "torch.ones(2)": False,
    "train_test_split(x, y)": True,
    "train_test_split(x, y, random_state=1)": False,
    "norm.rvs(3)": True,
    "norm.rvs(3, random_state=rng)": False,
    "norm.cdf(3)": False,
    "import secrets\nsecrets.token_hex()": True,
    "from uuid import uuid4 as new\nnew()": True,
    "import timeit\ntimeit.timeit('1')": True,
    "time.perf_counter_ns()": True,
    "time.sleep(1)": False,
    "list(a.keys() & b.keys())": True,
    "len(a.keys() - b.keys())": False,
    "list(a.keys())": False,
    "import tempfile\ntempfile.NamedTemporaryFile().name": True,
    "import traceback\ntraceback.format_exc()": True,
    "Path.home()": True,
    "import sys\nprint(sys.executable)": True,
    "import sys\nprint(sys.maxsize)": False,
    "import platform\nprint(platform.node())": True,
    "import sys\nrun([sys.executable])": False,
    "import os\nprint(f'{os.environ}')": True,
    "time = 3\nprint(time, random)": False,
    "RandomForestRegressor(3).fit(X, y)": True,
    "SGDRegressor(random_state=1)": False,
    "KFold(2)": False,
    "KFold(2, shuffle=True)": True,
    "KFold(2, shuffle=True, random_state=1)": False,
    "from sklearn.utils import shuffle\nshuffle(x)": True,
    "rng.shuffle(x)": False,
    "def f(seed=None):\n    return np.random.default_rng(seed).normal()": True,
    "def f(seed=3):\n    return np.random.default_rng(seed).normal()": False,
    "SEED = None\nnp.random.default_rng(SEED)": True,
    "SEED = 3\nnp.random.default_rng(SEED)": False,
    "table.sample(5)": True,
    "table.sample(5, random_state=1)": False,
    "DataLoader(x, shuffle=True)": True,
    "DataLoader(x, shuffle=True, generator=g)": False,
    "torch.nn.init.normal_(w)": True,
    "torch.zeros(2).normal_()": True,
    "torch.zeros(2).normal_(generator=g)": False,
    "torch.manual_seed(1)\ntorch.zeros(2).normal_()": False,
    "qmc.Sobol(1).random(2)": True,
    "np.datetime64('now')": True,
    "np.datetime64('2026-11-27')": False,
    "from email.utils import formatdate\nformatdate()": True,
}


@pytest.mark.parametrize(("code", "expected"), ORDERED.items(), ids=ORDERED)
def test_code_that_may_show_the_order_of_a_set_is_noticed(code, expected):
    notebook, _ = lesson_to_notebook(fence(code), Path())
    assert depends_on_order(notebook) is expected


def test_two_runs_that_show_another_order_are_refused():
    one, other = (notebook_of(fence("x = 1"), stream(text)) for text in ("a b", "b a"))
    check_same(one, one)
    with pytest.raises(LessonError, match="is another in every run: sort a set"):
        check_same(one, other)


DAY = """from datetime import date, datetime, timedelta

print(date.today() if {today} else date(2026, 11, 26))
"""


@pytest.mark.parametrize("today", [True, False])
def test_two_runs_are_on_two_days(today, small_site):
    project = small_site({"index.md": f"# A\n\n{fence(DAY.format(today=today))}"})
    built = run_mkdocs(project, "build", "--strict")
    assert ("index.md:4: what this cell shows is another" in built.stdout) == today
    assert bool(built.returncode) == today


def test_what_depends_on_chance_or_whose_machine_it_is_is_refused(small_site):
    cells = {
        "chance.md": "from random import random\n\nprint(random())",
        "home.md": "from pathlib import Path\n\nprint(Path.home())",
        "user.md": "import os\n\nprint(os.environ.get('USER', 'nobody'))",
        "keys.md": "x = dict.fromkeys('abcdefgh')\nprint(*(x.keys() & x.keys()))",
        "seeded.md": "from random import Random\n\nprint(Random(1).random())",
    }
    pages = {name: f"# A\n\n{fence(code)}" for name, code in cells.items()}
    build = run_mkdocs(small_site({"index.md": "# A\n", **pages}), "build", USER="me")
    refused = re.findall(r"(\w+)\.md:4: what this cell shows is another", build.stdout)
    assert {*refused} == {"chance", "user", "keys"}, build.stdout
    assert "home.md:4: the cell prints" in build.stdout


DATED = {
    "print(date.today().year)": "year",
    "today = datetime.now()\nprint(f'{today:%B}')": "%B",
    "print(time.strftime('%Y'))": "%Y",
    "print(time.localtime().tm_year)": "tm_year",
    "print(datetime.now().isocalendar()[0])": "isocalendar",
    "print(getattr(date, 'today')().year)": "year",
    "print(getattr(date.today(), 'month'))": "month",
    "day = date.today\nprint(day().year)": "year",
    "import operator\nprint(operator.attrgetter('year')(date.today()))": "year",
    "print(vars(date)['today']().year)": "year",
    "from operator import methodcaller\nprint(methodcaller('today')(date).year)": "year",
    "print(getattr(date(2026, 11, 26), 'year'))": "",
    "print(date(2026, 11, 26).year)": "",
    "print(f'{date(2026, 11, 26):%B}')": "",
    "print(date(2026, 11, 26).strftime('%B'))": "",
    "print(time.strftime('%Y', time.gmtime(0)), time.gmtime(0).tm_year)": "",
    "started = datetime.now()": "",
    "print('50%')": "",
}


@pytest.mark.parametrize(("code", "found"), DATED.items(), ids=DATED)
def test_this_year_and_this_month_are_refused_though_two_days_share_them(code, found):
    lesson = f"# A\n\n{fence(code)}"
    if not found:
        lesson_to_notebook(lesson, Path())
        return
    with pytest.raises(LessonError, match=f"asks for {found}, and the page") as refused:
        lesson_to_notebook(lesson, Path())
    assert refused.value.line == 4


def test_what_is_measured_may_ask_for_the_year():
    cell = fence("print(date.today().year)", tags=["measured"])
    lesson_to_notebook(f"# A\n\n{cell}", Path())


MEASURE = fence("import time\n\ntold = time.time()", tags=["measured"])
MEASURED = {
    "a cell": (fence("print(told)"), 10),
    "a cell by another": (fence("more = told + 1"), 10),
    "a value": ("Words,\nand {{ 1 + 1 }}\nor {{ told:.1f }}.\n", 11),
    "a caption": (fence("x = 1", caption="It took {{ told }}.", alt="A line."), 9),
}


@pytest.mark.parametrize(("shown", "line"), MEASURED.values(), ids=MEASURED)
def test_what_was_measured_is_not_shown_as_what_stays(shown, line):
    with pytest.raises(LessonError, match="told was measured in line 4") as refused:
        lesson_to_notebook(f"# A\n\n{MEASURE}{shown}", Path())
    assert refused.value.line == line


def test_what_was_measured_may_be_used_where_no_number_is_compared():
    helper = fence("def late():\n    return 1", tags=["measured"])
    for shown in (
        fence("print(told)", tags=["measured"]),
        fence("assert told > 0", tags=["claim"]),
        fence("told = 1\nprint(told)"),
        helper + fence("print(late())"),
    ):
        lesson_to_notebook(f"# A\n\n{MEASURE}{shown}", Path())


def run(lesson: str, folder: Path, seconds: int = 60, characters: int = 100_000):
    """Run a lesson in a kernel of its own."""
    notebook, _ = lesson_to_notebook(f"# A\n\n{lesson}", folder)
    limits = Limits(seconds, characters)
    python = python_of(imported_by(notebook))
    settings, turn = kernel_environment(folder), asyncio.Semaphore()
    cells = run_cells(notebook, "python3", limits, settings, python, turn)
    # In a thread of its own: a browser of another test may keep this one's event loop busy.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, cells).result()
    return notebook


FAILURES = {
    "endless": ("while True:\n    pass", ":4: the cell ran for more than 2 seconds"),
    "too much": (
        "while True:\n    print('much' * 1000)",
        ":4: the cell puts out more than 100,000 characters",
    ),
    "a crash": ("import os\n\nos._exit(3)", ":4: Python ended while this cell ran"),
    "an exit": ("x = 1\nimport sys\nsys.exit()", ":6: SystemExit: "),
    "an error in a function": (
        "def f():\n    1 / 0\n\n\nf()",
        ":8: ZeroDivisionError: division by zero, at: f\\(\\)",
    ),
}


@pytest.mark.parametrize(("code", "message"), FAILURES.values(), ids=FAILURES)
def test_a_cell_that_does_not_end_well_is_named(code, message, tmp_path):
    seconds = 2 if "pass" in code else 60
    with pytest.raises(LessonError) as failed:
        run(fence("y = 1")[:0] + fence(code), tmp_path, seconds)
    assert re.search(message, f":{failed.value.line}: {failed.value}")


LED_TO = """def f():
    a = {}
    b = 1
    c = 2
    try:
        a["x"]
    except KeyError as error:
        raise ValueError("bad") from error
"""


@pytest.mark.parametrize("how", [" from error", "", " from None"])
def test_of_errors_that_led_to_another_the_last_is_told(how, tmp_path):
    code = LED_TO.replace(" from error", how)
    with pytest.raises(LessonError, match=r"ValueError: bad, at: f\(\)") as failed:
        run(fence(code) + fence("f()"), tmp_path)
    assert failed.value.line == 16
    with pytest.raises(LessonError, match=r"ValueError: bad, at: f\(\)") as failed:
        run(fence(code) + fence("f()\n" + "x = 1\n" * 20), tmp_path)
    assert failed.value.line == 16
    with pytest.raises(LessonError, match="ValueError: bad") as failed:
        run(fence(code) + "Words, and\n{{ f() }}.\n", tmp_path)
    assert failed.value.line == 16


def test_errors_in_a_group_have_their_line(tmp_path):
    code = "x = 1\nraise ExceptionGroup('several', [ValueError(1)])"
    with pytest.raises(LessonError, match="ExceptionGroup: several") as failed:
        run(fence("y = 1") + fence(code), tmp_path)
    assert failed.value.line == 8


def test_a_figure_that_is_not_shown_is_refused(tmp_path):
    code = "import matplotlib.pyplot as plt\n\nplt.plot([1, 2])"
    with pytest.raises(LessonError, match="never shown"):
        check_outputs(run(fence(f"{code};"), tmp_path))


LOOK = """import builtins
import os

import matplotlib

print(__debug__, hasattr(builtins, "leak"), matplotlib.rcParams["lines.linewidth"])
print([n for n in os.environ if n in ("GIT_DIR", "PYTHONWARNINGS", "SECRET")])
print(hash("a") == hash("a"), os.environ["PYTHONHASHSEED"])
"""


def test_a_kernel_has_nothing_of_its_authors_environment(tmp_path, monkeypatch):
    startup = tmp_path / "home/.ipython/profile_default/startup/leak.py"
    startup.parent.mkdir(parents=True)
    startup.write_text("import builtins\nbuiltins.leak = 1\n")
    settings = tmp_path / "matplotlibrc"
    settings.write_text("lines.linewidth: 77\n")
    foreign = {
        "PYTHONOPTIMIZE": "1",
        "PYTHONWARNINGS": "error",
        "PYTHONSTARTUP": str(startup),
        "IPYTHONDIR": str(tmp_path / "home/.ipython"),
        "MATPLOTLIBRC": str(settings),
        "GIT_DIR": "/nowhere",
        "SECRET": "x",
    }
    for name, value in foreign.items():
        monkeypatch.setenv(name, value)
    notebook = run(fence(LOOK), tmp_path / "own")
    check_outputs(notebook)
    assert notebook.cells[-1].outputs[0].text == "True False 2.0\n[]\nTrue 0\n"


LOOK_FOR = """import importlib.metadata
import importlib.util


def look_for(name):
    try:
        __import__(name)
        return name
    except ImportError as error:
        return error


print(look_for("mkdocs"), look_for("numpy"), look_for("json"))
print([importlib.util.find_spec(name) for name in ("mkdocs", "pytest")])
names = {entry.metadata["Name"].lower() for entry in importlib.metadata.distributions()}
print("numpy" in names, "mkdocs" in names)
"""


def test_a_kernel_has_what_a_page_imports_and_no_more(tmp_path):
    notebook = run(fence("import numpy") + fence(LOOK_FOR), tmp_path)
    said = "No module named 'mkdocs' numpy json\n[None, None]\nTrue False\n"
    assert notebook.cells[-1].outputs[0].text == said
    # What a library needs comes with it, and what finds it uses, too.
    code = "from sklearn.linear_model import Ridge\nimport sys\n\nprint('scipy' in sys.modules, 'pandas' in sys.modules)"
    notebook = run(fence(code), tmp_path)
    assert notebook.cells[-1].outputs[0].text == "True False\n"


def test_who_needs_what_a_page_does_not_import_is_told(tmp_path):
    code = "from sklearn.datasets import load_iris\n\nprint(load_iris(as_frame=True).frame.shape)"
    with pytest.raises(
        LessonError, match=r"pandas is here, but .* import it in a cell"
    ):
        run(fence(code), tmp_path)
    notebook = run(fence(f"import pandas\n{code}"), tmp_path)
    assert notebook.cells[-1].outputs[0].text == "(150, 5)\n"


def test_the_time_that_a_lesson_waits_for_its_turn_is_none_that_it_takes(tmp_path):
    notebook, _ = lesson_to_notebook(f"# A\n\n{fence('print(1)')}", tmp_path)
    settings, nobody = kernel_environment(tmp_path), python_of([])

    async def late() -> float:
        turn = asyncio.Semaphore(0)
        limits = Limits(60, 100_000)
        cells = run_cells(notebook, "python3", limits, settings, nobody, turn)
        running = asyncio.create_task(cells)
        await asyncio.sleep(5)
        assert not notebook.cells[1].outputs
        turn.release()
        return await running

    with ThreadPoolExecutor(1) as thread:
        seconds = thread.submit(asyncio.run, late()).result()
    assert notebook.cells[1].outputs[0].text == "1\n"
    assert 0 < seconds < 5


def test_a_kernel_loads_no_debugger_and_hides_none(tmp_path):
    looked = "import sys\nprint([name for name in ('debugpy', 'pydevd') if name in sys.modules])"
    asked = "import debugpy\nprint(debugpy.__name__)"
    cells = run(fence(looked) + fence(asked), tmp_path).cells
    printed = [c.outputs[0].text for c in cells if c.cell_type == "code"]
    assert printed == ["[]\n", "debugpy\n"]


def heed_ctrl_c() -> None:
    """Have a process end by Ctrl-C, whatever its parent does."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_ends_a_build_at_once_and_leaves_no_process(small_site):
    slow = fence(
        "import subprocess, sys\nquiet = 'import signal, time; signal.signal(2, signal.SIG_DFL); time.sleep(99)'"
        "\nsubprocess.run([sys.executable, '-c', quiet], stdout=-1)"
    )
    project = small_site({"index.md": f"# A\n\n{slow}", "b.md": f"# B\n\n{slow}"})
    command = [sys.executable, "-m", "mkdocs", "build"]
    log = project / "log"
    with log.open("w") as output:
        build = subprocess.Popen(
            command,
            cwd=project,
            stdout=output,
            stderr=output,
            # What a shell starts in the background ignores Ctrl-C: these tests, too.
            preexec_fn=heed_ctrl_c,  # noqa: PLW1509 - it takes no lock
        )
    deadline = time.monotonic() + 120
    mine = psutil.Process(build.pid)
    while len(children := mine.children(recursive=True)) < 4:
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    build.send_signal(signal.SIGINT)
    before = time.monotonic()
    assert build.wait(timeout=60) != 0
    assert time.monotonic() - before < 2 * slowness()
    _, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []
    assert "Traceback" not in log.read_text()


def slowness() -> float:
    """Say how many times as long as on a quiet machine a thing may take here and now."""
    load = psutil.getloadavg()[0] / (psutil.cpu_count() or 1)
    return max(1.0, 2 * load)
