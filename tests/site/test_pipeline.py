"""Small sites: what the pipeline makes of a lesson, and the lessons it must refuse."""

import ast
import io
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from html import unescape
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from bs4 import BeautifulSoup
from embedding import sorted_imports
from figures import inline_svg
from notebooks import lesson_to_notebook
from project import prose_of, run_mkdocs
from refusals import LessonError

PACKAGE = '''
"""A package of a test's own."""

import math

import numpy as np

from shapes.units import SCALE

HALF = 0.5


def half(x: float) -> float:
    """Halve a number."""
    return HALF * x


def scaled(x: float) -> float:
    """Scale a number."""
    return SCALE * x


@np.vectorize
def root(x: float) -> float:
    """Take the root."""  # with a remark
    return math.sqrt(x)
'''

CHART = """```python caption="A dot." alt="It can be moved."
import altair as alt

dot = alt.Chart(alt.InlineData(values=[{"x": 1}])).mark_point().encode(x="x:Q")
far = alt.param(name="far", value=2, bind=alt.binding_range(min=0, max=9, step=1))
state = alt.param(name="state", expr="'It is at ' + far")
alt.hconcat(dot, dot).add_params(far, state)
```
"""

FIGURE = """```python caption="A line of {{ n }} points." alt="It rises to {{ n - 1 }}."
import matplotlib.pyplot as plt

n = 3
plt.figure()
plt.plot(range(n), color="black")
plt.show()
```
"""


def build(project: Path) -> tuple[int, str]:
    """Build a small site; return mkdocs' exit code and what it said."""
    result = run_mkdocs(project, "build", "--strict")
    return result.returncode, result.stdout


def page(project: Path, name: str = "index.html") -> str:
    """Read a built page."""
    return (project / "site" / name).read_text("utf-8")


def text_of(html: str, css_class: str) -> list[str]:
    """List the texts of a page's elements of one class, without their markup."""
    found = re.findall(rf'<div class="{css_class}">(.*?)</div>', html, re.DOTALL)
    return [re.sub(r"<[^>]*>", "", part).strip() for part in found]


def test_cells_run_in_order_and_show_what_they_print(small_site):
    project = small_site(
        {"index.md": "# A\n\n```python\nx = 2\n```\n\n```python\nprint(x + 1)\n```\n"}
    )
    assert build(project)[0] == 0
    assert text_of(page(project), "cell-output") == ["3"]
    assert "no packages: a Python" in page(project)
    assert "pip install <" not in page(project)


def test_values_in_prose_are_computed_where_they_stand(small_site):
    lesson = (
        "# A\n\n```python\nx = [1.25, 2.5]\n```\n\n"
        "First {{ x[0]:.1f }}, slice {{ x[0:1] }}, choice {{ 'a:b' if x else 0 }}.\n\n"
        "```python\nx = [9.0]\n```\n\nThen {{ x[0]:.0f }}, and `{{ x }}` is code.\n"
    )
    project = small_site({"index.md": lesson})
    assert build(project)[0] == 0
    html = prose_of(page(project))
    assert "First 1.2, slice [1.25], choice a:b." in html
    assert "Then 9, and <code>{{ x }}</code> is code." in html


def test_an_embed_is_the_packages_text_with_the_imports_it_needs(small_site):
    lesson = (
        '# A\n\n```python tags=["embed"]\n'
        "from shapes.units import SCALE\nfrom shapes.sizes import HALF, half, scaled, root\n```\n\n"
        "```python\nprint(half(3.0), scaled(1.0), root(4.0))\n```\n"
    )
    project = small_site(
        {
            "index.md": lesson,
            "shapes/sizes.py": PACKAGE,
            "shapes/units.py": "SCALE = 10.0\n",
        }
    )
    code, said = build(project)
    assert code == 0, said
    notebook = json.loads((project / "site" / "index.ipynb").read_text("utf-8"))
    embedded = "".join(notebook["cells"][1]["source"])
    assert embedded.startswith(
        "import math\n\nimport numpy as np\n\nSCALE = 10.0\nHALF = 0.5\n"
    )
    for name in ("half", "scaled"):
        start = PACKAGE.index(f"def {name}")
        assert PACKAGE[start : PACKAGE.index("\n\n\n", start)] in embedded
    assert PACKAGE[PACKAGE.index("@np.vectorize") :].rstrip() in embedded
    assert "shapes" not in embedded
    assert text_of(page(project), "cell-output") == ["1.5 10.0 2.0"]


def test_the_imports_of_an_embed_are_a_line_for_each_module_as_ruff_sorts_them():
    names = ["Annotated", "Any", "ParamSpec", "TypeVar", "get_type_hints"]
    long = [f"a_rather_long_name_{k}" for k in range(4)]
    lines = [f"from typing import {name}" for name in reversed(names)]
    lines += ["import numpy as np", "import sys", "from numpy.typing import NDArray"]
    lines += [f"from scipy.special import {name}" for name in long]
    lines += ["import math", "from math import pi", "from math import tau as TURN"]
    text = sorted_imports("\n".join(lines))
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--select=I,E501",
        "--isolated",
        "-",
    ]
    run = subprocess.run(
        command, input=text + "\n", capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout
    assert len(ast.parse(text).body) == 8
    imported = [a.name for node in ast.parse(text).body for a in node.names]
    assert len(imported) == len(lines)


def test_a_module_embedded_whole_is_a_program_in_a_file_coloured_like_code(small_site):
    program = '"""Say how many."""\n\nCOUNT = 3 < 4\nprint(f"{COUNT}\\n")\n'
    lesson = (
        '# A\n\n```python tags=["embed"]\nfrom shapes import count\n```\n\n'
        "```python\nimport subprocess\nimport sys\n\n"
        'command = [sys.executable, "count.py"]\n'
        "print(subprocess.run(command, capture_output=True, text=True).stdout)\n"
        'print(len(open("count.py").read()))\n```\n'
    )
    project = small_site({"index.md": lesson, "shapes/count.py": program})
    code, said = build(project)
    assert code == 0, said
    (printed,) = text_of(page(project), "cell-output")
    assert printed.split() == ["True", str(len(program))]
    (cell, _) = text_of(page(project), "cell-input")
    notebook = json.loads((project / "site" / "index.ipynb").read_text("utf-8"))
    source = "".join(notebook["cells"][1]["source"])
    assert unescape(cell) == source and f"r'''{program}'''" in source
    assert '<span class="m">3</span>' in page(project)  # not just a long string


def test_what_is_measured_says_so(small_site):
    cell = '```python tags=["measured"]\nprint(1)\n```\n'
    project = small_site({"index.md": f"# A\n\n{cell}\n```python\nprint(2)\n```\n"})
    assert build(project)[0] == 0
    assert page(project).count("Measured when this page was built") == 1
    assert page(project).count('<div class="cell measured">') == 1


def test_an_image_in_a_figure_keeps_its_data():
    plt.figure()
    plt.imshow([[0, 1], [1, 0]])
    file = io.StringIO()
    plt.savefig(file, format="svg")
    plt.close()
    image = ET.fromstring(inline_svg(file.getvalue(), "four squares", "one-")).find(
        ".//{http://www.w3.org/2000/svg}image"
    )
    data = image.get("{http://www.w3.org/1999/xlink}href")
    assert data.startswith("data:image/png;base64,")


def test_a_figure_is_inline_svg_in_the_colour_of_the_text_with_its_texts(small_site):
    project = small_site({"index.md": "# A\n\n" + FIGURE})
    code, said = build(project)
    assert code == 0, said
    html = page(project)
    (svg,) = re.findall(r"<svg[^>]*role=.*?</svg>", html, re.DOTALL)
    assert 'role="img"' in svg and 'aria-label="It rises to 2."' in svg
    assert "currentColor" in svg and "#000000" not in svg
    assert "<figcaption>A line of 3 points.</figcaption>" in prose_of(html)


def test_a_chart_is_a_figure_for_each_width_until_it_comes_alive(small_site):
    project = small_site({"index.md": "# A\n\n" + CHART, "b.md": "# B\n"})
    code, said = build(project)
    assert code == 0, said
    html = page(project)
    figures = re.findall(r'<div class="explorable-figure (\w+)"><svg[^>]*>', html)
    assert figures == ["wide", "narrow"]
    assert html.count('aria-label="It can be moved."') == 2
    assert "<figcaption>A dot.</figcaption>" in html
    assert 'src="assets/explorables.js" data-vega="assets/javascripts/vega.js"' in html
    assert "vegaEmbed" in page(project, "assets/javascripts/vega.js")
    assert "explorables.js" not in page(project, "b/index.html")


CONTROLS = """```python caption="A dot." alt="It can be moved."
import altair as alt

dot = alt.Chart(alt.InlineData(values=[{"x": 1}])).mark_point().encode(x="x:Q")
alt.hconcat(dot, dot).add_params(
    alt.param("far", value=0.5, bind=alt.binding_range(min=-1, max=2, step=0.25)),
    alt.param("far_steps", value={"More & more": 2, "Play": 0}),
    alt.param("big", value=3, bind=alt.binding_range(min=0, max=9, step=1, name="a < b")),
    alt.param("big_text", expr="big + ' < 9'"),
    alt.param("on", value=True, bind=alt.binding_checkbox(name="seen")),
    alt.param("way", value=2, bind=alt.binding_radio(options=[1, 2], labels=["one", "two"])),
    alt.param("word", value="b", bind=alt.binding_select(options=["a", "b"])),
    alt.param("state", expr="on && way == 2 ? 'Far is ' + far + ' & big ' + (big < 4 ? '< 4' : '') : word"),
)
```
"""


def test_controls_stand_on_the_page_as_their_bindings_say(small_site):
    project = small_site({"index.md": "# A\n\n" + CONTROLS})
    code, said = build(project)
    assert code == 0, said
    (chart,) = BeautifulSoup(page(project), "html.parser").select(".explorable")
    form = chart.select_one("form.explorable-controls")
    assert form["autocomplete"] == "off", "browsers must not bring old values back"
    far, big = form.select("[type=range]")
    assert [far[n] for n in ("min", "max", "step", "value")] == [
        "-1",
        "2",
        "0.25",
        "0.5",
    ]
    assert far["aria-valuetext"] == far.parent["data-value"] == "0.50"
    assert big["aria-valuetext"] == big.parent["data-value"] == "3 < 9"
    names = [label.get_text() for label in form.select("label")]
    assert names == ["far", "a < b", "seen", "one", "two", "wordab"]
    buttons = {b.get_text(): b["data-step"] for b in form.select("button")}
    assert buttons == {"More & more": "2", "Play": "0"}
    assert form.select_one("[role=group]").find_next("input") == far
    assert form.select_one("[type=checkbox]").has_attr("checked")
    assert [r["value"] for r in form.select("[type=radio][checked]")] == ["2"]
    assert [o["value"] for o in form.select("option[selected]")] == ['"b"']
    state = chart.select_one(".explorable-state").get_text()
    assert state == "Far is 0.5 & big < 4"
    assert "bind" not in chart.select_one("script").get_text()


def test_a_formula_heads_a_page_that_has_a_title_in_words(small_site):
    lesson = "---\ntitle: The score\n---\n\n# The $R^2$ score\n\n## Of $x$\n"
    project = small_site({"index.md": lesson, "b.md": "# B\n"})
    code, said = build(project)
    assert code == 0, said
    assert "\\(" not in page(project) and "<msup>" in page(project)


def test_the_title_of_a_fold_shows_its_marks_as_a_caption_does(small_site):
    cells = "".join(
        f"```python {options}\nprint(1)\n```\n\n"
        for options in (
            'fold="`a <b`: **how** split_in_two is $x^2$, a & {{ 1 + 1 }}"',
            'tags=["solution"] fold="One `solution`"',
        )
    )
    project = small_site({"index.md": f"# A\n\n{cells}"})
    code, said = build(project)
    assert code == 0, said
    first, second = BeautifulSoup(page(project), "html.parser").select("summary")
    assert [code.get_text() for code in first.select("code")] == ["a <b"]
    assert first.strong.get_text() == "how" and first.select("math msup")
    assert "split_in_two" in first.get_text() and "a & 2" in first.get_text()
    assert second.get_text() == "One solution" and second.code
    assert len(first.parent.select(".cell-input")) == 1


def test_formulas_become_mathml_and_bring_their_font(small_site):
    project = small_site(
        {"index.md": "# A\n\nInline $x^2$, and\n\n$$\n\\frac{a}{b}\n$$\n"}
    )
    assert build(project)[0] == 0
    html = page(project)
    assert "<msup>" in html and "<mfrac>" in html and "x^2" not in html
    assert "</math>,</span> and" in html  # a comma does not begin a line
    assert (project / "site/assets/fonts/stix-two-math.woff2").stat().st_size > 1000


# Refused before anything runs, and refused by the build.
REFUSED = {
    "a program from no module": (
        '# A\n\n```python tags=["embed"]\nfrom shapes import nowhere\n```\n',
        r"index\.md:4: there is no module shapes\.nowhere to embed",
    ),
    "a program that would end the string it stands in": (
        '# A\n\n```python tags=["embed"]\nfrom shapes import quotes\n```\n',
        r"index\.md:4: quotes\.py holds ''', so it can't stand between them",
    ),
    "an embed from no module": (
        '# A\n\n```python tags=["embed"]\nfrom shapes.nowhere import half\n```\n',
        r"index\.md:4: there is no module shapes\.nowhere",
    ),
    "an embed of no name": (
        '# A\n\n```python tags=["embed"]\nfrom shapes.sizes import double\n```\n',
        r"index\.md:4: shapes\.sizes does not define double",
    ),
    "an embed that holds more than imports": (
        '# A\n\n```python tags=["embed"]\nfrom shapes.sizes import HALF\nprint(HALF)\n```\n',
        r"index\.md:5: an embed holds only",
    ),
    "an embed whose own needs are not on the page": (
        '# A\n\n```python tags=["embed"]\nfrom shapes.sizes import half\n```\n',
        r"index\.md:4: half needs HALF of shapes\.sizes: embed it earlier",
    ),
    "an import that readers do not have": (
        "# A\n\n```python\nx = 1\nimport shapes.sizes\n```\n",
        r"index\.md:5: readers don't have shapes\.sizes",
    ),
    "a value that is no expression": (
        "# A\n\nthen {{ 1 + }}\n",
        r"index\.md:3: the value \{\{ 1 \+ \}\} is not a Python expression",
    ),
    "a fence of another language that would run": (
        "# A\n\n```bash\necho no\n```\n",
        r"index\.md:3: this bash fence would be run",
    ),
    "a fence of another language beside Python": (
        "# A\n\n```python\nx = 1\n```\n\n```bash\necho no\n```\n",
        r"index\.md:7: this bash fence would be run",
    ),
    "a Python fence that would not run": (
        "# A\n\n- item\n\n    ```python\n    x = 1\n    ```\n",
        r"index\.md:5: this Python fence would not be run",
    ),
    "a magic": (
        "# A\n\n```python\nx = 1\n%timeit x\n```\n",
        r"index\.md:5: not plain Python",
    ),
}
# Each on a page of its own, in one site: what is wrong is told of all of them at once.
FAILING_WHEN_RUN = {
    "a cell that raises": (
        "# A\n\ntext\n\n```python\nx = 1\nx / 0\n```\n",
        r":7: ZeroDivisionError: division by zero",
    ),
    "a claim that is false": (
        '# A\n\n```python tags=["claim"]\nassert 1 > 2, "not greater"\n```\n',
        r":4: AssertionError: not greater",
    ),
    "a value that fails": (
        "# A\n\nfirst {{ 1 + 1 }}\n\nthen {{ nothing }}\n",
        r":5: NameError: name 'nothing' is not defined",
    ),
    "a value that only a notebook would show": (
        "# A\n\n```python\n1 + 1\n```\n",
        r":4: a script would not show this cell's last value",
    ),
    "a warning": (
        "# A\n\n```python\nimport warnings\nwarnings.warn('old')\n```\n",
        r":4: the cell wrote to stderr: (.|\n)*UserWarning: old",
    ),
}
FAILING = {
    "an embed of a name that is not there": (
        '# A\n\n```python tags=["embed"]\nfrom shapes.sizes import twice\n```\n',
        r"index\.md:4: shapes\.sizes does not define twice",
    ),
    "links to no page and to no anchor": (
        "# A\n\n[there](#nowhere)\n\n[there](nowhere.md)\n",
        r"index\.md:5: .*'nowhere\.md'(.|\n)*index\.md:3: .*'#nowhere'",
    ),
    "TeX that does not parse": (
        "# A\n\nfine $x$\n\nbroken $\\frac{1}$\n",
        r"index\.md:5: \\frac\{1\}: Expected argument but reached end of input\.\s",
    ),
    "TeX in a caption that does not parse": (
        (
            '# A\n\n```python caption="broken $\\\\frac{1}$" alt="a line"\n'
            "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()\n```\n"
        ),
        r"index\.md:3: \\frac\{1\}: ",
    ),
    "TeX of several lines that does not parse": (
        "# A\n\n$$\n\\begin{foo}\nx\n$$\n",
        r'index\.md:3: \\begin\{foo\} x: Unknown environment "foo"\.\s',
    ),
    "TeX in the title of a fold that does not parse": (
        '# A\n\n```python fold="broken $\\\\foo$"\nx = 1\n```\n',
        r'index\.md:3: \\foo: Unknown command "\\foo"\.\s',
    ),
    "a formula for a title": (
        "\n\n# The $R^2$ score\n",
        r"index\.md:3: a tab of the browser shows no formula: say `title: \.\.\.`",
    ),
    "a figure without a text alternative": (
        (
            '# A\n\n```python caption="a line"\n'
            "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()\n```\n"
        ),
        r"index\.md:4: 1 figures but 0 text alternatives",
    ),
    "a caption without a figure": (
        '# A\n\n```python caption="a line"\nx = 1\n```\n',
        r"index\.md:4: the cell draws nothing: end it .* or delete its caption",
    ),
    "a figure without a caption": (
        (
            '# A\n\n```python alt="a line"\n'
            "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()\n```\n"
        ),
        r"index\.md:4: the figure has no caption",
    ),
    "a chart that does not say its state in words": (
        "# A\n\n" + CHART.replace(".add_params(far, state)", ".add_params(far)"),
        r"index\.md:4: the chart does not say its state in words: give it alt\.param",
    ),
    "a control that the site does not have": (
        "# A\n\n"
        + CHART.replace(
            "alt.binding_range(min=0, max=9, step=1)", 'alt.binding(input="text")'
        ),
        r"index\.md:4: the control of far is not one of range, checkbox, radio, select",
    ),
    "a control with nothing to begin with": (
        "# A\n\n" + CHART.replace("value=2, ", ""),
        r"index\.md:4: far has a control and no value to begin with: give it value=",
    ),
    "a chart that would fetch its data": (
        "# A\n\n"
        + CHART.replace(
            'alt.InlineData(values=[{"x": 1}])', '"https://lesson.example/a.json"'
        ),
        r"index\.md:4: the chart would fetch https://lesson\.example/a\.json",
    ),
    "a chart that cannot be drawn": (
        "# A\n\n" + CHART.replace("+ far", "+ + far)"),
        r"index\.md:4: Vega-Lite to SVG conversion failed",
    ),
}


@pytest.mark.parametrize(("lesson", "message"), REFUSED.values(), ids=REFUSED)
def test_a_lesson_is_refused_for(lesson, message, tmp_path):
    (tmp_path / "shapes").mkdir()
    (tmp_path / "shapes/sizes.py").write_text(PACKAGE, "utf-8")
    (tmp_path / "shapes/quotes.py").write_text("TEXT = '''a'''\n", "utf-8")
    with pytest.raises(LessonError) as refused:
        lesson_to_notebook(lesson, tmp_path)
    said = f"index.md:{refused.value.line}: {refused.value}"
    assert re.search(message, said), said


def test_the_build_says_of_all_lessons_where_they_fail_when_they_run(small_site):
    lessons = [lesson for lesson, _ in FAILING_WHEN_RUN.values()]
    code, said = build(small_site({f"{n}.md": text for n, text in enumerate(lessons)}))
    assert code != 0 and "Traceback" not in said, said
    for number, (_, message) in enumerate(FAILING_WHEN_RUN.values()):
        assert re.search(rf"\b{number}\.md{message}", said), said


@pytest.mark.parametrize(("lesson", "message"), FAILING.values(), ids=FAILING)
def test_the_build_fails_and_says_where_for(lesson, message, small_site):
    files = {"index.md": lesson, "shapes/sizes.py": PACKAGE}
    code, said = build(small_site(files))
    assert code != 0, said
    assert re.search(message, said), said
    assert "Traceback" not in said, said


def test_building_again_executes_nothing_until_the_figures_style_changes(small_site):
    project = small_site({"index.md": "# A\n\n```python\nprint(1)\n```\n\n" + FIGURE})
    first, first_page = build(project)[1], page(project)
    second, second_page = build(project)[1], page(project)
    assert "Executing index.md" in first and "Executing" not in second
    assert first_page == second_page
    style = project / "docs/hooks/figures.mplstyle"
    narrow = re.sub("figsize: .*", "figsize: 3.6, 3.2", style.read_text("utf-8"))
    style.write_text(narrow, "utf-8")
    assert "Executing index.md" in build(project)[1]
    widths = [
        float(re.search(r'<svg(?=[^>]*role=)[^>]*viewBox="0 0 (\S+)', html)[1])
        for html in (first_page, page(project))
    ]
    assert widths[0] > 400 and 220 < widths[1] < 290  # in points: 72 an inch


def test_whether_it_ran_or_was_kept_makes_no_difference(small_site, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    project = small_site({"index.md": "# A\n\n```python\nprint(1)\n```\n\n" + FIGURE})
    sites = []
    for _ in range(2):
        assert build(project)[0] == 0
        files = [path for path in (project / "site").rglob("*") if path.is_file()]
        sites.append({path.name: path.read_bytes() for path in files})
    assert {*sites[0]} == {*sites[1]} and "index.ipynb" in sites[0]
    assert [n for n in sites[0] if sites[0][n] != sites[1][n]] == []


def test_an_edit_to_prose_executes_nothing_and_shows(small_site):
    lesson = "# A\n\nOld words, {{ 1 + 1 }}.\n\n```python\nprint(1)\n```\n"
    project = small_site({"index.md": lesson})
    build(project)
    edited = lesson.replace("Old words", "New words\n\nand more of them")
    (project / "docs/index.md").write_text(edited, "utf-8")
    code, said = build(project)
    assert code == 0 and "Executing" not in said
    assert "and more of them, 2." in page(project)


def test_an_edit_to_code_never_leaves_an_old_number(small_site):
    lesson = (
        '# A\n\n```python tags=["embed"]\nfrom shapes.sizes import HALF, half\n```\n\n'
        "```python\nprint(half(3.0))\n```\n\nIt is {{ half(3.0) }}.\n"
    )
    project = small_site({"index.md": lesson, "shapes/sizes.py": PACKAGE})
    build(project)
    assert text_of(page(project), "cell-output") == ["1.5"]
    for file, old, new, shown in (
        ("docs/index.md", "half(3.0)", "half(5.0)", "2.5"),
        ("shapes/sizes.py", "HALF = 0.5", "HALF = 0.25", "1.25"),
        ("shapes/sizes.py", "return HALF * x", "return HALF * x + 1", "2.25"),
    ):
        path = project / file
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
        code, said = build(project)
        assert code == 0 and "Executing index.md" in said, new
        assert text_of(page(project), "cell-output") == [shown]
        assert f"It is {shown}." in prose_of(page(project))


def test_a_second_subject_needs_no_change_to_a_hook(small_site):
    lesson = '# B\n\n```python tags=["embed"]\nfrom logreg.odds import odds\n```\n\n'
    lesson += "```python\nprint(odds(0.75))\n```\n"
    project = small_site(
        {
            "index.md": "# A\n",
            "lessons/odds.md": lesson,
            "logreg/odds.py": "def odds(p):\n    return p / (1 - p)\n",
        }
    )
    assert build(project)[0] == 0
    assert text_of(page(project, "lessons/odds/index.html"), "cell-output") == ["3.0"]


def test_repository_links_appear_only_where_a_repository_is_set(
    small_site, monkeypatch
):
    project = small_site({"index.md": "# A\n"})
    build(project)
    assert "md-source" not in page(project) and 'rel="edit"' not in page(project)
    monkeypatch.setenv("REPO_URL", "https://example.org/linreg")
    monkeypatch.setenv("EDIT_URI", "edit/main/docs/")
    assert build(project)[0] == 0
    html = page(project)
    assert 'href="https://example.org/linreg/edit/main/docs/index.md"' in html
    assert 'class="md-source"' in html
    # Material's own link would ask the host for its stars.
    assert 'data-md-component="source"' not in html


def test_programs_are_set_side_by_side_and_lines_marked_in_them(small_site):
    cells = {
        "NumPy": "for step in range(2):\n    dW = step\n    W = dW\nprint(W)",
        "PyTorch": "W = 1\nprint(W)",
    }
    marks = {"NumPy": "dW =; W =", "PyTorch": "print"}
    page = "\n".join(
        f'```python beside="{title}" mark="{marks[title]}"\n{code}\n```\n'
        for title, code in cells.items()
    )
    project = small_site({"index.md": f"# Two programs\n\n{page}"})
    build = run_mkdocs(project, "build", "--strict")
    assert build.returncode == 0, build.stdout
    html = BeautifulSoup((project / "site/index.html").read_text(), "html.parser")
    found = html.select(".cell:has(> .cell-input.beside)")
    assert [cell.select_one(".cell-title").get_text() for cell in found] == [*cells]
    assert [cell.select_one("code").get_text().rstrip() for cell in found] == [
        *cells.values()
    ]
    marked = ["".join(m.get_text() for m in cell.select(".hll")) for cell in found]
    assert marked == ["    dW = step\n    W = dW\n", "print(W)\n"]
