"""Lessons that would mislead a reader, each refused with its line before anything runs."""

import re
from pathlib import Path

import pytest
from front_matter import refuse_missing_looks
from names import names_read
from notebooks import lesson_to_notebook
from project import embed, fence
from reading import read_text
from refusals import LessonError

HERE = Path(__file__)
PACKAGES = {
    "shapes/units.py": "SCALE = 10.0\nHALF = 0.5\nHALF = 0.25\n",
    "shapes/sizes.py": """
import math
import os.path as place
from collections import Counter as Bag

from shapes.units import SCALE
from .units import SCALE as AGAIN
import shapes.units

FACTOR = 0.5


def half(x):
    return FACTOR * x


def scaled(x):
    return SCALE * x


def renamed(x):
    return AGAIN * x


def whole(x):
    return shapes.units.SCALE * x


def root(x):
    return math.sqrt(x)


def largest(*values):
    def inner():
        return max(values)

    return inner()


def bag(values):
    return Bag(values), place.sep


def late(x):
    from .units import SCALE

    return SCALE * x


def late_too(x):
    import shapes.units as units

    return units.SCALE * x


def fall(n):
    return n and fall(n - 1)
""",
    "other/sizes.py": "FACTOR = 100.0\n\n\ndef half(x):\n    return x\n",
    "broken/syntax.py": "x = 1\ndef f(:\n",
    "broken/text.py": b"x = '\xe9'\n",
    "helper.py": "x = 1\n",
    "part.md": "words\n\n```python\nx = 1\n```\n\n{{ value }}\n<!-- --8<-- [start:a] -->\nfine\n<!-- --8<-- [end:a] -->\n",
}

LATER = """LIMITS = {}
NAMES = []
FIRST, SECOND = 1, 2
LIMITS["a"] = 4
NAMES.append("b")


def grow():
    return 1


grow.unit = "m"
THIRD = 3; FOURTH = 4
"""
MUTABLE = """import math

TABLE = {"a": 1}


def look():
    return math.sqrt(TABLE["a"])
"""
PACKAGES["shapes/tables.py"] = MUTABLE
PACKAGES["shapes/later.py"] = LATER
PACKAGES["shapes/acting.py"] = (
    '"""Words."""\n\nT = {}\n\n\ndef fill(d):\n    d["a"] = 1\nfill(T)\n'
)
PACKAGES["shapes/cut.py"] = "x = 'a'"
PACKAGES["nested.md"] = 'words\n\n--8<-- "part.md:a"\n'
LOOK = embed("from shapes.tables import TABLE, look")
HALF = embed("from shapes.sizes import FACTOR, half")
DRAW = "import matplotlib.pyplot as plt\n\nplt.plot([1])\nplt.show()"
QUESTION = """# A

## Check yourself

#### Why?

??? answer right "This."
    Right. It is so because it is so, as has been shown above.

??? answer wrong "That."
    Not quite. It is not so because it is so, as has been shown.

??? answer wrong "Nothing."
    Not quite. It is not so because it is so, as has been shown.
"""

EXERCISES = "# A\n\n## Practice\n\n" + "".join(
    f"### {name}\n\n"
    + fence(f"def check_{name}(a): return 'Right.'", fold="The check, in code")
    + fence(f"print(check_{name}(1))", tags=["solution"], fold="One solution")
    + fence(f"assert check_{name}(1) == check_{name}(2)", tags=["claim"])
    for name in ("one", "two")
)
# What is wrong with a name: the lesson, and what is said of it.
NAMES = {
    "a name of the package, bound again": (
        HALF + fence("half = abs\nprint(half(-1))"),
        r":8: half is shapes\.sizes\.half, embedded above, and what line 8 binds would pass",
    ),
    "a function of the package under another's name": (
        HALF + fence("def half(x):\n    return x"),
        r":8: half is shapes\.sizes\.half, embedded above",
    ),
    "a name of the package, imported from elsewhere": (
        HALF + fence("from math import sqrt as half"),
        r":8: half is shapes\.sizes\.half, .* and math\.sqrt would pass for it",
    ),
    "a part of a function of the package": (
        HALF + fence("half.__defaults__ = (9,)"),
        r":8: this changes shapes\.sizes\.half, embedded above: change a copy",
    ),
    "a constant of the package, changed": (
        embed("from shapes.tables import TABLE") + fence("TABLE.update(a=7)"),
        r":8: this changes shapes\.tables\.TABLE, embedded above",
    ),
    "a module that does something when it is loaded": (
        embed("from shapes.acting import T"),
        r":4: line 8 of shapes\.acting does something when it is loaded",
    ),
    "a variable that an embed would take for its own": (
        fence("FACTOR = 300.0") + embed("from shapes.sizes import half"),
        r":8: half needs shapes\.sizes\.FACTOR under the name FACTOR, .* what line 4 binds",
    ),
    "another package's name that an embed would take": (
        embed("from other.sizes import FACTOR")
        + embed("from shapes.sizes import half"),
        r":8: half needs shapes\.sizes\.FACTOR .* here is other\.sizes\.FACTOR",
    ),
    "another package's name that takes the place of one in use": (
        HALF + embed("from other.sizes import FACTOR"),
        r":8: half, embedded above, needs shapes\.sizes\.FACTOR",
    ),
    "a method that changes a part": (
        LOOK + fence("TABLE.update(a=7)"),
        r":8: look, embedded above, needs shapes\.tables\.TABLE as it is",
    ),
    "a method that takes a part away": (LOOK + fence("TABLE.pop('a')"), ":8: look"),
    "a part that is set by name": (
        LOOK + fence("setattr(math, 'sqrt', abs)"),
        ":8: look, embedded above, needs math as it is",
    ),
    "a module by another name": (
        LOOK + fence("import math as m\n\nm.sqrt = abs"),
        ":10: look, embedded above, needs math",
    ),
    "a name that its module changes": (
        embed("from shapes.later import LIMITS"),
        r":4: line 4 of shapes\.later changes LIMITS, which an embed would leave out",
    ),
    "a list that its module changes": (
        embed("from shapes.later import NAMES"),
        r":4: line 5 of shapes\.later changes NAMES",
    ),
    "a function that its module changes": (
        embed("from shapes.later import grow"),
        r":4: line 12 of shapes\.later changes grow",
    ),
    "two names in one line": (
        embed("from shapes.later import FIRST"),
        r":4: shapes\.later binds FIRST together with SECOND",
    ),
    "two statements in one line": (
        embed("from shapes.later import THIRD"),
        r":4: shapes\.later binds THIRD together with FOURTH",
    ),
    "our package, imported by its name": (
        fence("sizes = __import__('shapes.sizes')"),
        r":4: readers don't have shapes\.sizes",
    ),
    "our package, imported by a function": (
        fence("import importlib\n\nx = importlib.import_module('shapes.sizes')"),
        r":6: readers don't have shapes\.sizes",
    ),
    "another format for values": (
        fence("def format(x, how=''):\n    return 'X'") + "a {{ 1 + 1 }}\n",
        ":4: values in prose need Python's own format",
    ),
    "a program that ends within a line": (
        embed("from shapes import cut"),
        r":4: cut\.py ends within a line",
    ),
    "an assignment": (HALF + fence("x = 1\nFACTOR = 2"), r":9: half, embedded above"),
    "a loop": (HALF + fence("for FACTOR in range(3):\n    pass"), ":8: half"),
    "a tuple": (HALF + fence("x, (y, FACTOR) = 1, (2, 3)"), ":8: half"),
    "an addition": (HALF + fence("FACTOR *= 2"), ":8: half"),
    "a with": (HALF + fence("with open('a') as FACTOR:\n    pass"), ":8: half"),
    "a walrus": (HALF + fence("print([(FACTOR := 2) for _ in 'ab'])"), ":8: half"),
    "a function": (HALF + fence("\ndef FACTOR():\n    pass"), ":9: half"),
    "a class": (HALF + fence("class FACTOR:\n    pass"), ":8: half"),
    "an import": (HALF + fence("import math as FACTOR"), ":8: half.* math would take"),
    "a from-import": (HALF + fence("from math import pi as FACTOR"), ":8: half"),
    "a global of a function": (
        HALF + fence("def f():\n    global FACTOR\n    FACTOR = 2\n\n\nf()"),
        ":10: half",
    ),
    "an except": (
        HALF + fence("try:\n    pass\nexcept KeyError as FACTOR:\n    pass"),
        "half",
    ),
    "a pattern": (HALF + fence("match 1:\n    case FACTOR:\n        pass"), "half"),
    "a claim": (HALF + fence("FACTOR = 2", tags=["claim"]), ":8: half"),
    "a library under another's name": (
        fence("import statistics as math") + embed("from shapes.sizes import root"),
        r":8: root needs math under the name math, which here is statistics",
    ),
    "a library's part under another's name": (
        fence("from random import choice as place")
        + embed("from shapes.sizes import bag"),
        r":8: bag needs os\.path under the name place, which here is random\.choice",
    ),
    "a builtin in a nested function": (
        fence("max = min") + embed("from shapes.sizes import largest"),
        r":8: largest needs builtins\.max under the name max",
    ),
    "a builtin, later": (
        embed("from shapes.sizes import largest") + fence("max = min"),
        r":8: largest, embedded above, needs builtins\.max",
    ),
    "the name by which a function calls itself": (
        embed("from shapes.sizes import fall") + fence("fall = 3"),
        r":8: fall, embedded above, needs shapes\.sizes\.fall",
    ),
    "an alias that no embed can give": (
        embed("from shapes.units import SCALE")
        + embed("from shapes.sizes import renamed"),
        r":8: renamed needs SCALE of shapes\.units under the name AGAIN, which no embed",
    ),
    "a module of ours, whole": (
        embed("from shapes.sizes import whole"),
        r":4: whole needs shapes",
    ),
    "an import of ours inside a function": (
        embed("from shapes.sizes import late"),
        r":4: late imports \.units inside",
    ),
    "another import of ours inside a function": (
        embed("from shapes.sizes import late_too"),
        r":4: late_too imports shapes\.units inside",
    ),
    "a name defined twice": (
        embed("from shapes.units import HALF"),
        r":4: shapes\.units defines HALF 2 times",
    ),
    "a name that a claim has bound": (
        fence("n = 1", tags=["claim"]) + fence("print(n)"),
        r":8: n comes from the claim in line 4",
    ),
    "a name that a claim has bound, in a function": (
        fence("n = 1", tags=["claim"]) + fence("def f():\n    return n\n"),
        r":8: n comes from the claim",
    ),
    "a module beside docs": (fence("import helper"), ":4: readers don't have helper"),
    "a package of ours, in a function": (
        fence("def f():\n    from shapes.units import SCALE\n"),
        r":5: readers don't have shapes\.units",
    ),
    "a package of ours, second": (
        fence("import math, shapes as s"),
        ":4: readers don't have shapes",
    ),
    "a name embedded twice": (
        embed("from shapes.units import SCALE\nfrom shapes.units import SCALE"),
        ":5: SCALE is embedded twice",
    ),
    "a star": (fence("from math import *"), ":4: a star hides"),
    "a change of what an embed needs": (
        LOOK + fence("x = 1\nTABLE['a'] = 7"),
        r":9: look, embedded above, needs shapes\.tables\.TABLE as it is",
    ),
    "another change of it": (LOOK + fence("del TABLE['a']"), ":8: look, embedded"),
    "an addition to it": (LOOK + fence("TABLE['a'] += 7"), ":8: look, embedded"),
    "a library that an embed needs, patched": (
        LOOK + fence("math.sqrt = abs"),
        r":8: look, embedded above, needs math as it is",
    ),
    "a name bound out of sight": (
        HALF + fence("globals()['FACTOR'] = 2"),
        r":8: globals\(\) has names",
    ),
    "code in a string": (HALF + fence("exec('FACTOR = 2')"), r":8: exec\(\) has names"),
    "a list of names that is another in a script": (
        fence("x = 1\nprint(dir())"),
        r":5: dir\(\) has names",
    ),
    "a future that no script begins with": (
        fence("x = 1") + fence("from __future__ import annotations"),
        ":8: a script of this page could not begin with it",
    ),
    "what only notebooks have": (
        fence("from IPython.display import SVG"),
        r":4: readers don't have IPython",
    ),
}

CELLS = {
    "a fence in capitals": ("```Python\nx = 1\n```", ":3: .*would not be run"),
    "a fence py": ("```py\nx = 1\n```", ":3: .*would not be run"),
    "a fence {python}": ("```{python}\nx = 1\n```", ":3: .*would not be run"),
    "a fence { .python }": ("``` { .python }\nx = 1\n```", ":3: .*would not be run"),
    "a class among others": ("```{#a .python}\nx = 1\n```", ":3: .*not be run"),
    "another class": ("``` { #a .py }\nx = 1\n```", ":3: .*would not be run"),
    "a cell of another Markdown": ("```{code-cell}\nx\n```", ":3: .*would not be run"),
    "a language misspelt": ("```pyhton\nx = 1\n```", ":3: there is no language pyhton"),
    "a fence around a cell": (
        "a\n\n~~~text\n```python\nx = 1\n```\n~~~",
        ":5: this fence has no end",
    ),
    "a fence without an end": ("a\n\n````text\nb\n\n{{ c }}", ":5: .*no end|:8: "),
    "a quoted fence without an end": (
        "> ```text\n> b\n\nc",
        ":3: this fence has no end",
    ),
    "another set of quotes": (
        "~~~text\n```python tags='a'\n```\n~~~\n\n```python tags='a'\n1\n```",
        ":8: tags are a list",
    ),
    "a question to the reader": (fence("x = input('n? ')"), r":4: .*answer input\(\)"),
    "a debugger": (fence("x = 1\nbreakpoint()"), r":5: .*answer breakpoint\(\)"),
    "what is typed": (
        fence("import sys\n\nx = sys.stdin.read()"),
        r":6: sys\.stdin waits",
    ),
    "a password": (
        fence("from getpass import getpass as ask") + fence("x = ask()"),
        r":8: getpass\.getpass waits",
    ),
    "output past Python": (
        fence("import sys\n\nprint(1, file=sys.__stdout__)"),
        r":6: sys\.__stdout__ prints past",
    ),
    "bytes past Python": (
        fence("from os import write\n\nn = write(1, b'a')"),
        r":6: os\.write prints past",
    ),
    "another program that prints": (
        fence("import subprocess as s") + fence("x = s.run(['a'], check=True)"),
        r":8: subprocess\.run prints past Python, .* capture_output=True",
    ),
    "a shell": (fence("import os\n\nx = os.system('a')"), r":6: os\.system prints"),
    "work at the end": (
        fence("import atexit\n\n@atexit.register\ndef f():\n    print(1)"),
        r":6: atexit\.register does its work when",
    ),
    "another standard output": (
        fence("import sys\n\nsys.stdout = open('a', 'w')"),
        r":6: sys\.stdout changes what every cell below",
    ),
    "another way to show": (
        fence("import sys\n\nsys.displayhook = print"),
        r":6: sys\.displayhook changes",
    ),
    "a file of this machine": (
        fence(f"x = 1\nprint(open({__file__!r}).read())"),
        ":5: a reader has no /",
    ),
    "a file of this machine, in a value": (
        f"\n\nis {{{{ len(open({__file__!r}).read()) }}}}",
        ":5: a reader has no /",
    ),
    "a file of this machine, joined from parts": (
        fence(
            f"from pathlib import Path\n\nfolder = Path({HERE.parent.as_posix()!r})\n"
            f"print((folder / {HERE.name!r}).read_text())"
        ),
        ":7: a reader has no /",
    ),
    "a file of this machine, in a format": (
        fence(
            f"folder = {HERE.parent.as_posix()!r}\nprint(open(f'{{folder}}/{HERE.name}'))"
        ),
        ":5: a reader has no /",
    ),
    "a file of this machine, by os.path": (
        fence(
            f"import os\n\nprint(open(os.path.join({HERE.parent.as_posix()!r}, {HERE.name!r})))"
        ),
        ":6: a reader has no /",
    ),
    "a file of this machine, added up": (
        fence(f"print(open({HERE.parent.as_posix()!r} + '/' + {HERE.name!r}))"),
        ":4: a reader has no /",
    ),
    "a magic": ("```python\n%%capture\nprint(1)\n```", ":4: not plain Python"),
    "a tag twice": (fence("1", tags=["measured", "measured"]), ":3: .*given twice"),
    "a list for a tag": (fence("1", tags=[["claim"]]), ":3: there is no tag"),
    "tildes": ("~~~python\nx = 1\n~~~", ":3: .*write it as ```python"),
    "a session": ("```pycon\n>>> 1\n```", ":3: .*would not be run"),
    "a block quote": ("> ```python\n> x = 1\n> ```", ":3: .*would not be run"),
    "a quote in a list": ("- > ```python\n  > x\n  > ```", ":3: .*would not be run"),
    "a numbered item": ("1. ```python3\n   x\n   ```", ":3: .*would not be run"),
    "an admonition": (
        '!!! note\n    ```python title="a"\n    x\n    ```',
        ":4: .*not be",
    ),
    "a snippet": ('--8<-- "part.md"', r":3: part\.md holds Python"),
    "a comment": ("<!--\n\n```python\nx = 1\n```\n\n-->", ":5: .*HTML comment"),
    "a comment begun above": (
        "text <!-- hidden\n\nmore\n\n```python\nx = 1\n```\n\n--> text",
        ":7: .*HTML comment",
    ),
    "a raw cell": ("<!-- #raw -->\n1\n<!-- #endraw -->", ":3: the comment #raw"),
    "a region": ("<!-- #region -->\n1\n<!-- #endregion -->", ":3: the comment #region"),
    "await": (fence("x = 1\nawait x"), ":5: not plain Python: 'await' outside"),
    "async for": (fence("async for x in y:\n    pass"), ":4: not plain Python"),
    "return": (fence("return 1"), ":4: not plain Python: 'return' outside"),
    "quit": (fence("x = 1\nquit()"), ":5: a reader's Python has no quit"),
    "exit in a function": (fence("def f():\n    exit(1)"), ":5: .*no exit"),
    "get_ipython": (fence("get_ipython()"), ":4: .*no get_ipython"),
    "display": (fence("display(1)"), ":4: a reader's Python has no display"),
    "the last output": (fence("print(_)"), ":4: a reader's Python has no _"),
    "a shell command": (fence("x = 1\n!ls"), ":5: not plain Python"),
    "an escape that is none": (fence("x = '\\d'"), ":4: not plain Python"),
    "nothing": ("```python\n```", ":3: this fence is empty"),
    "blank lines": ("```python\n\n\n```", ":3: this fence is empty"),
    "an empty embed": (embed(""), ":3: this fence is empty|:4: this embed is empty"),
    "an unknown tag": (fence("1", tags=["clam"]), ":3: .*clam: did you mean claim"),
    "tag for tags": ('```python tag=["claim"]\n1\n```', ":3: .*tag: did you mean tags"),
    "a tag that is no list": ('```python tags="embed"\n1\n```', ":3: tags are a list"),
    "an option that can't be read": (
        '```python tags=["claim"\n1\n```',
        r""":3: tags=\["claim" can't be read""",
    ),
    "quotes in quotes": ('```python fold="a "b""\n1\n```', ":3: .* can't be read"),
    "tags twice": (
        '```python tags=["embed"] tags=["claim"]\n1\n```',
        ":3: tags is said twice",
    ),
    "a bare word": ("```python claim\n1\n```", ':3: claim says .*write tags=."claim".'),
    "another bare word": ("```python tags\n1\n```", ':3: tags says .* name="text"'),
    "a fence that is not closed": (
        "```python\n1\n\nwords\n\n```python\n2\n```\n",
        ":8: the fence of line 3 is open here: close it with ```, alone",
    ),
    "a fence that is closed further in": (
        "```python\n1\n  ```\n\nwords\n",
        ":5: the fence of line 3 is open here",
    ),
    "a fence whose end goes on": (
        "```python\n1\n``` words\n\nmore\n",
        ":5: the fence of line 3 is open here",
    ),
    "the last fence, not closed": (
        "```python\n1\n",
        ":3: this fence has no end: close",
    ),
    "a fence at the very end": ("words\n\n```python", ":5: this fence has no end"),
    "a fence of text, not closed": (
        "```text\na\n\n```python\n1\n```\n",
        ":6: the fence of line 3 is open here",
    ),
    "a claim without an assertion": (
        fence("x = 1", tags=["claim"]),
        ":4: this claim claims nothing: assert something",
    ),
    "a claim that only compares": (
        fence("assert 1\n\n1 == 2".replace("assert 1", "assert 1 < 2"), tags=["claim"]),
        ":6: 1 == 2 checks nothing: write assert before it",
    ),
    "a claim that only asks": (
        fence("import numpy as np\n\nassert 1 < 2\nnp.allclose(1, 2)", tags=["claim"]),
        r":7: np.allclose\(1, 2\) checks nothing",
    ),
    "a claim that is never called": (
        fence("def f():\n    assert 1 == 2", tags=["claim"]),
        r":4: def f\(\): is never called",
    ),
    "a generator that is claimed": (
        fence("assert (x > 3 for x in [1])", tags=["claim"]),
        ":4: this assertion can't fail: .* is always true",
    ),
    "a word that is claimed": (
        fence("assert 'x < 3'", tags=["claim"]),
        ":4: this assertion can't fail: 'x < 3' is always true",
    ),
    "a claim that is caught": (
        fence(
            "try:\n    assert 1 > 2\nexcept (ValueError, AssertionError):\n    pass",
            tags=["claim"],
        ),
        ":4: this assertion can't fail: what it raises is caught",
    ),
    "a time that is rounded": (
        fence("import time\n\nt = time.time()\nprint(f'{time.time() - t:.1f} s')"),
        ":7: what this shows was read off a clock, .* tag the cell measured",
    ),
    "a time by its own name": (
        fence("from time import perf_counter as now\n\nt = now()")
        + "It took {{ round(t) }} s.\n",
        ":9: t was measured in line 4, and is another in every run",
    ),
    "a time by its module's other name": (
        fence("import time as clock\n\nprint(round(clock.monotonic()))"),
        ":6: what this shows was read off a clock",
    ),
    "a time that only prose asks for": (
        fence("from time import time as now\n\nbegun = 3")
        + "It is {{ round(now() - begun) }} s.\n",
        ":9: what this shows was read off a clock",
    ),
    "a cell for another format": (fence("1", active="md"), ":3: .*no option active"),
    "an unknown option": (fence("1", flod="x"), ":3: .*flod: did you mean fold"),
    "another unknown option": (fence("1", Caption="x"), ":3: .*did you mean caption"),
    "a number for a caption": (fence("1", caption=3), ":3: caption is a text"),
    "a mark on no line": (
        fence("x = 1\ny = 2", mark="x =; z ="),
        ":3: mark: no line of the cell begins with 'z ='",
    ),
    "a number beside": (fence("1", beside=3), ":3: beside is a text"),
    "a number to mark": (fence("1", mark=3), ":3: mark is a text"),
    "a fence for NumPy": ("```numpy\nx = 1\n```", ":3: .*would not be run"),
    "indented Python with a name": ("a\n\n    #!python\n    x = 1", ":5: .*not be run"),
    "another name for it": ("a\n\n    :::py3\n    x = 1", ":5: .*not be run"),
    "Python within a line": ("a `#!python import os` b", ":3: .*not be run"),
    "Python in HTML": (
        'a\n\n<pre><code class="language-python">x</code></pre>',
        ":5: .*not be run",
    ),
    "a box that passes for a cell": (
        'a\n\n<div class="cell">\nb\n</div>',
        ":5: the class cell is for what cells become",
    ),
    "a figure that passes for one": (
        "a\n\n<figure id=x class='wide cell measured'>b</figure>",
        ":5: the class cell is for",
    ),
    "a class without quotes": (
        "<p class=cell-output>a</p>",
        ":3: the class cell-output is",
    ),
    "a class in an attribute list": (
        "a\n\nb\n{: #x .explorable-state }",
        ":6: the class explorable-state is for",
    ),
    "a number for an alt": (fence(DRAW, alt=[3]), ":3: alt is a text"),
    "a fold without a title": (fence("1", fold=" "), ":3: a fold needs a title"),
    "a solution without a fold": (fence("1", tags=["solution"]), ":3: a solution is"),
    "a claim with a caption": (
        fence("1", tags=["claim"], caption="x"),
        ":3: a claim is not shown",
    ),
    "the syntax of a package": (
        embed("from broken.syntax import f"),
        r":4: broken/syntax\.py:2: invalid syntax",
    ),
    "the encoding of a package": (
        embed("from broken.text import x"),
        r":4: broken/text\.py:1: byte 0xe9 is not UTF-8",
    ),
}

PROSE = {
    "a value without an end": ("a {{ x and more\n\n}}", ":3: {{ begins a value"),
    "a value that binds": ("a {{ (x := 3) }}", r":3: the value .* is not a Python"),
    "a value with a remark": ("a {{ 3 # three }}", ":3: the value .* is not a Python"),
    "a list in a paragraph": (
        "words\n- a\n- b",
        ":4: above a list stands a blank line",
    ),
    "numbers in a paragraph": ("words\n1. a\n2. b", ":4: above a list stands a blank"),
    "a table in a paragraph": (
        "words\na | b\n--- | ---\n1 | 2",
        ":4: above a table stands a blank line",
    ),
    "a box with its text outside": ("!!! note\nwords", ":4: .*indented by four"),
    "a fold with its text outside": ('??? fold "A"\nwords', ":4: .*indented by four"),
    "a script around a cell": (
        "<script>\n\n```python\nx = 1\n```\n\n</script>",
        ":3: <script> has no end in the same piece",
    ),
    "dollars in a caption": (
        fence("x = 1", caption="From $5-$10.", alt="a"),
        r":3: \$5-\$1 would become mathematics",
    ),
    "a footnote in a caption": (
        fence("x = 1", caption="a[^1]", alt="a") + "b[^1]\n\n[^1]: c",
        ":3: no footnote can stand in a caption",
    ),
    "a fold that looks like a tag": (
        fence("x = 1", fold="If a <b then"),
        ":3: in fold, <b then would be lost",
    ),
    "a list to tick": ("- a\n- [x] b", ":4: there are no boxes"),
    "a tab": ('=== "One"\n    a', ":3: there are no tabs"),
    "a heading behind a blank": ("a\n\n ## B", ":5: a heading begins in the first"),
    "a heading without a blank": ("##Bee is a letter", ":3: between # and a heading's"),
    "a loop of a template": ("{% for x in y %}", ":3: {% is shown as it is"),
    "a title in curly quotes": ("!!! note “A title”\n    a", ":3: .*straight double"),
    "an answer in single quotes": (
        "#### A\n\n??? answer wrong 'x'\n    a",
        ":5: .*straight double quotes",
    ),
    "an abbreviation": ("MSE\n\n*[MSE]: mean", ":5: there are no abbreviations"),
    "a heading with a line below": ("B\n===\n\nc", ":3: underlined, this becomes"),
    "a rule below words": ("a\n\nb\n---\n\nc", ":5: underlined, this becomes"),
    "Markdown in a fold of HTML": (
        "<details><summary>a</summary>\nb **c**\n</details>",
        r":4: in HTML \*\*c stays .* <details markdown=",
    ),
    "Markdown in a box, below another one": (
        "a\n\n<div>\n<div>a</div>\n\n- b\n</div>",
        ":8: in HTML - stays as it is",
    ),
    "a link in a box": ("<p>[a](b.md)</p>", ":3: in HTML .* stays as it is"),
    "a formula in a box": ("<div>\nis $x^2$\n</div>", r":4: in HTML \$x\^2\$ stays"),
    "code in a box": ("<div>\nis `x`\n</div>", ":4: in HTML `x` stays"),
    "two texts of a footnote": (
        "a[^1] b[^1]\n\n[^1]: c\n\n[^1]: d",
        r":7: the footnote \[\^1\] has two texts",
    ),
    "two headings with one anchor": (
        "## B {#b}\n\n## C { #b }",
        ":5: the anchor b is also in line 3",
    ),
    "two anchors, one of HTML": (
        "## B {#b .c}\n\n" + fence("x = 1") + '<p id="b">c</p>',
        ":9: the anchor b is also in line 3",
    ),
    "a box of another Markdown": (":::{note}\na\n:::", ":3: ::: begins an entry"),
    "a comment without an end": ("a\n\n<!-- b", ":5: this comment has no end"),
    "a snippet as a block": ("--8<--\npart.md\n--8<--", ":3: a snippet is one line"),
    "a snippet in single quotes": ("a\n\n--8<-- 'part.md'", ":5: a snippet is one"),
    "a snippet with a broken mark": ('--8< "part.md"', ":3: a snippet is one line"),
    "a snippet in a snippet": ('--8<-- "nested.md"', r":3: nested\.md takes a snippet"),
    "a value for a function": ("a {{ (yield) }}", ":3: the value .* is not a Python"),
    "a footnote without its text": (
        "a[^1]\n\nb[^2]\n\n[^1]: c",
        r":5: .*\[\^2\] has no",
    ),
    "a footnote without a mark": ("a\n\n[^1]: c", r":5: .*\[\^1\] is nowhere"),
    "a title without quotes": (
        "!!! note My title\n    a",
        ":3: the title stands between",
    ),
    "two marks of exclamation": ('!! note "x"\n    a', ":3: an admonition begins with"),
    "one question mark": ('? note "x"\n    a', ":3: an admonition begins with"),
    "dollars": ("It costs $5-$10.", r":3: \$5-\$1 would become mathematics"),
    "dollars, later": ("a\nfor $5/$10 each", r":4: \$5/\$1 would become"),
    "a formula without an end": ("a\n\n$$ x = 1\n\nmore", r":5: \$\$ begins a formula"),
    "a formula that ends twice": ("$$x$$ and $$", r":3: \$\$ begins a formula"),
    "a snippet from no file": ('--8<-- "gone.md"', r":3: there is no file gone\.md"),
    "a snippet from no section": (
        'a\n\n--8<-- "part.md:gone"',
        r":5: part\.md has no section gone",
    ),
    "an entry for no module": (
        "a\n\n::: shapes.sises\n",
        r":5: there is no shapes\.sises to write an entry for: shapes/__init__\.py has",
    ),
    "an entry for no function": (
        "::: shapes.units\n\n::: shapes.sizes.helf\n    options: {}",
        r":5: there is no shapes\.sizes\.helf .*: shapes/sizes\.py has no helf",
    ),
    "an entry for no package": ("::: shappes.sizes", r":3: there is no shappes\.sizes"),
    "a bar in a table": (
        "a | b\n--- | ---\n1 | $x|y$",
        r":5: in a table \| ends a cell",
    ),
    "a bar in a table's head": ("| $|x|$ | b |\n| --- | --- |\n", ":3: in a table"),
    "an unknown admonition": ('??? anwser right "x"', ":3: .*did you mean answer"),
    "a right answer misspelt": ('#### A\n\n??? answer rigth "x"', ":5: .*not rigth"),
    "an answer that is neither": ('#### A\n\n??? answer "x"', ":5: .*not nothing"),
    "an answer that is open": ('#### A\n\n???+ answer right "x"', ":5: .*is folded"),
    "an answer below no question": ('??? answer right "x"', ":3: .*below a question"),
    "a question that the table of contents would list": (
        '### A\n\n??? answer right "x"',
        ":5: .*with ####",
    ),
    "an answer without text": ("#### A\n\n??? answer right", ":5: .*needs its text"),
}

QUESTIONS = {
    "two right answers": (
        QUESTION.replace('wrong "That."', 'right "That."').replace(
            "Not quite", "Right", 1
        ),
        r":5: 2 right answers",
    ),
    "no right answer": (
        QUESTION.replace("answer right", "answer wrong").replace(
            "Right.", "Not quite."
        ),
        r":5: 0 right answers",
    ),
    "two answers only": (
        QUESTION[: QUESTION.index('??? answer wrong "N')],
        ":5: 2 answers",
    ),
    "no answers": (QUESTION[: QUESTION.index("???")], ":5: 0 right answers"),
    "no explanation": (
        QUESTION.replace("Not quite. It is not", "Right. It"),
        "explain",
    ),
    "a short explanation": (
        re.sub("Right. It.*", "Right. So.", QUESTION),
        ":7: explain this answer",
    ),
    "one question": (QUESTION, r":3: 1 questions: a page asks 2 to 5"),
    "no exercise": (
        "# A\n\n## Practice\n\nwords\n",
        r":3: 0 exercises: a page sets 2 to 5",
    ),
    "an answer that is offered twice": (
        QUESTION.replace('"Nothing."', '"That."'),
        ":13: this answer is offered twice",
    ),
    "a question that is asked twice": (
        QUESTION + "\n" + QUESTION[QUESTION.index("####") :],
        ":16: this question is asked twice",
    ),
    "a check that is no function to call": (
        EXERCISES.replace("def check_one(a): return", "check_one = lambda a:"),
        r":5: The check, in code defines no check",
    ),
    "a solution without its tag": (
        EXERCISES.replace(' tags=["solution"]', "", 1),
        ":11: tag this solution",
    ),
    "a solution that is not checked": (
        EXERCISES.replace("print(check_one(1))", "print(1)"),
        r":11: this solution is not checked: end it with print\(check_one\(",
    ),
    "a solution that another check checks": (
        EXERCISES.replace("print(check_two(1))", "print(check_one(1))"),
        r":25: this solution is not checked: end it with print\(check_two\(",
    ),
    "an exercise without a solution": (
        "# A\n\n## Practice\n\n### One\n\n### Two\n\n### Three\n",
        r":5: this exercise has the folds \[\]",
    ),
    "a check that two exercises define": (
        EXERCISES.replace("check_two", "check_one"),
        ":19: check_one is defined twice",
    ),
    "a check that needs what only the solution binds": (
        EXERCISES.replace(
            "def check_one(a): return",
            "def check_one(a):\n    return 'No.' if a != goal else",
        ).replace("print(check_one", "goal = 1\nprint(check_one"),
        r":9: only the solution binds goal",
    ),
    "practice as a page": (
        EXERCISES.replace("# A\n\n## Practice", "# Practice"),
        r":1: Practice is a section of the page: write ## Practice",
    ),
    "practice within a section": (
        EXERCISES.replace("## Practice", "## B\n\n### Practice"),
        r":5: Practice is a section of the page",
    ),
    "questions within a section": (
        QUESTION.replace("## Check", "## B\n\n### Check"),
        r":5: Check yourself is a section of the page: write ## Check yourself",
    ),
    "practice by another name": (
        EXERCISES.replace("## Practice", "## Exercises"),
        r":3: Exercises: did you mean Practice\?",
    ),
    "practice on a page without code": (
        "---\ntitle: A\nhide: [toc, code]\n---\n\n" + EXERCISES,
        r":3: without its code a page has no checks.* line 8",
    ),
    "practice on a page without code, said in two lines": (
        "---\nhide:\n  - code\n---\n\n" + EXERCISES,
        r":2: without its code a page has no checks",
    ),
    "a section misspelt": (
        "# A\n\n## Practise\n",
        r":3: Practise: did you mean Practice",
    ),
    "a section in capitals": (
        QUESTION.replace("yourself", "Yourself"),
        r":3: Check Yourself: did you mean Check yourself",
    ),
    "a setting that nothing heeds": (
        "---\ntitle: A\ntitel: B\n---\n\n# A\n",
        ":3: nothing heeds titel in the front matter: did you mean title",
    ),
    "a part to hide that there is not": (
        "---\nhide: [minutes, cod]\n---\n\n# A\n",
        ":2: nothing heeds cod in the front matter: did you mean code",
    ),
    "a way to link terms that there is not": (
        "---\nterms: introducd\n---\n\n# A\n",
        ":2: nothing heeds introducd",
    ),
    "a check that no claim tries": (
        fence("def check_a(a):\n    return 'Right'", fold="The check, in code"),
        "check_a is not shown to hint",
    ),
    "a value in the front matter": (
        "---\ntitle: A\ndescription: has {{ n }}\n---\n\n# A\n",
        ":3: a value can't stand in the front matter",
    ),
    "front matter that is no YAML": (
        "---\ntitle: A\ndescription: [a\n---\n\n# A\n",
        r":4: the front matter is no YAML",
    ),
    "front matter below a blank line": (
        "\n---\ntitle: A\n---\n\n# A\n",
        ":2: front matter begins in the first line",
    ),
    "front matter without an end": (
        "---\ntitle: A\n\n# A\n",
        ":1: front matter begins in the first line of a file and ends with ---",
    ),
    "front matter with a date that there is not": (
        "---\ntitle: 2024-13-45\n---\n\n# A\n",
        ":2: the front matter can't be read: month must be",
    ),
    "front matter with a number for a name": (
        "---\n1: a\n---\n\n# A\n",
        ":2: nothing heeds 1 in the front matter",
    ),
    "front matter that is no mapping": (
        "---\n- a\n---\n\n# A\n",
        ":1: the front matter",
    ),
}

KNOWN = fence("known = {}")
CHOICES = {
    "choices without a dictionary": (
        fence("a = 1", tags=["choices"]),
        ':3: choices name a dictionary .* options="name"',
    ),
    "a dictionary without choices": (
        KNOWN + fence("a = 1", options="known"),
        ":7: choices name a dictionary",
    ),
    "a dictionary that is computed": (
        KNOWN + fence("a = 1", tags=["choices"], options="known['a']"),
        ":7: options names a dictionary",
    ),
    "a dictionary that is not there": (
        fence("a = 1", tags=["choices"], options="known"),
        ":3: no cell above that is shown binds known",
    ),
    "a dictionary that no reader has": (
        fence("known = {}", tags=["claim"])
        + fence("a = 1", tags=["choices"], options="known"),
        ":7: no cell above that is shown binds known",
    ),
    "a choice that is no literal, but": (
        KNOWN + fence("a = 1\nb = a", tags=["choices"], options="known"),
        ":9: a cell of choices holds only lines like `name = 1`",
    ),
    "a choice of two names": (
        KNOWN + fence("a = b = 1", tags=["choices"], options="known"),
        ":8: a cell of choices holds only",
    ),
    "a tuple among choices": (
        KNOWN + fence("a = (1, 2)", tags=["choices"], options="known"),
        ":8: a cell of choices holds only",
    ),
    "an import among choices": (
        KNOWN + fence("import math", tags=["choices"], options="known"),
        ":8: a cell of choices holds only",
    ),
    "a choice that is made twice": (
        KNOWN + fence("a = 1\na = 2", tags=["choices"], options="known"),
        ":9: a is chosen twice",
    ),
    "a comment among choices": (
        KNOWN + fence("a = 1\n# or two", tags=["choices"], options="known"),
        ":9: controls would lose a comment",
    ),
    "an entry that is nowhere chosen": (
        fence('known = {\n    "a": {},\n    "b": {},\n}')
        + fence("a = 1", tags=["choices"], options="known")
        + fence("c = 1", tags=["choices"], options="known"),
        ":6: no cell of choices below has a line `b = ...`: write it, or leave it out of",
    ),
    "an entry that is chosen above": (
        fence('known = {"a": {}}')
        + fence("a = 1", tags=["choices"], options="known")
        + fence('known = {"a": {}}')
        + fence("b = 1", tags=["choices"], options="known"),
        ":12: no cell of choices below has a line `a = ...`",
    ),
    "a choice that controls write otherwise": (
        KNOWN + fence("a = 'b'", tags=["choices"], options="known"),
        '(?s):8: controls would write this cell so:\na = "b"',
    ),
}
ALL = {
    **{
        name: (f"# A\n\n{text}\n", said)
        for name, (text, said) in (NAMES | CELLS | PROSE | CHOICES).items()
    },
    **QUESTIONS,
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory):
    """A project with two packages, a module beside docs/, and a file to quote from."""
    folder = tmp_path_factory.mktemp("project")
    for name, text in PACKAGES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


@pytest.mark.parametrize(("lesson", "message"), ALL.values(), ids=ALL)
def test_a_lesson_is_refused_for(lesson, message, root):
    with pytest.raises(LessonError) as refused:
        lesson_to_notebook(lesson, root)
    said = f":{refused.value.line}: {refused.value}"
    assert re.search(message, said), said


FINE = {
    "names that embeds share": embed("from shapes.units import SCALE")
    + embed("from shapes.sizes import scaled")
    + embed("from shapes.units import SCALE"),
    "the same library twice": fence("import math")
    + embed("from shapes.sizes import root")
    + fence("import math"),
    "the same part under one name": fence("from os import path as place")
    + embed("from shapes.sizes import bag"),
    "another name": HALF + fence("OTHER = 2"),
    "a local variable": HALF + fence("def f():\n    FACTOR = 2\n    return FACTOR"),
    "a name in a comprehension": HALF + fence("x = [FACTOR for FACTOR in range(3)]"),
    "a claim's names, bound again": fence("n = 1\nassert n", tags=["claim"])
    + fence("n = 2\nprint(n)"),
    "a claim's names in a claim": fence("n = 1\nassert n", tags=["claim"]) * 2,
    "claims by functions": fence("def f(x):\n    assert x", tags=["claim"])
    + fence("f(1)", tags=["claim"])
    + fence("import numpy as np\n\nnp.testing.assert_equal(1, 1)", tags=["claim"])
    + fence("if 1 > 2:\n    raise ValueError", tags=["claim"]),
    "an error that is claimed": fence(
        "try:\n    int('a')\n    assert False\nexcept ValueError:\n    pass",
        tags=["claim"],
    ),
    "a claim that says what it saw": fence(
        "try:\n    assert 1 < 2\nexcept AssertionError as e:\n    raise ValueError from e",
        tags=["claim"],
    ),
    "a fence in a fence": "````text\n```python\n1\n```\n````\n\n~~~text\n```\n~~~\n",
    "a fence in a text of Python": fence('x = """\n    ```python\n    ```\n"""'),
    "a fence without its last line's end": "```python\nx = 1\n```",
    "a clock that measures later": fence(
        "import time\n\n\ndef timed(f):\n    t = time.time()\n    f()\n    return time.time() - t"
    )
    + fence("t = time.time()")
    + fence("print(time.time() - t, timed(print))", tags=["measured"]),
    "names of the package, bound in a claim": HALF
    + fence("half = abs\nassert half(-1) == 1", tags=["claim"]),
    "a loop over nothing in particular": fence("for _ in range(3):\n    print(_)"),
    "Python inside another fence": "# A\n\n````text\n```python\nx = 1\n```\n````\n",
    "a copy, changed": LOOK + fence("MINE = dict(TABLE)\nMINE['a'] = 7"),
    "a part of another thing, changed": LOOK + fence("x = [1]\nx[0] = 2"),
    "what a function has": fence("def f():\n    return 1\n\n\nprint(dir(f))"),
    "footnotes": "# A\n\na[^1] `[^2]` b\n\n[^1]: words\n\n```python\nx = 1\n```\n",
    "an admonition at the side": '# A\n\n!!! note inline end "A title"\n    words\n',
    "a sentence that ends in marks": "# A\n\nWhat? Why!\n\n? and ! alone.\n",
    "classes of one's own": fence("cell = 3")
    + 'a {{ cell }}, {{ (cell + 1) }} `<div class="cell">` class="cell"\n{ .wide }\n\n'
    '<p class="a cellar">b <b class="lead">c</b></p>\n\nd\n{ .lead .celled }\n',
    "a heading of its own": "# A\n\n## In practice\n",
    "a snippet of words": '# A\n\n--8<-- "part.md:a"\n',
    "dollars that stay": "# A\n\nFrom $5 to $10, or \\$5-\\$10, or `$5-$10`.\n",
    "bars outside mathematics": "# A\n\na | b\n--- | ---\n1 | $x \\mid y$\n\n$|x|$\n",
    "choices": KNOWN
    + fence('a = "b"\nc = [1, None]', tags=["choices"], options="known"),
    "choices that share a dictionary, and one that is bound anew": fence(
        'known = {"a": {}, "b": {}}\nother = {"x": 1}'
    )
    + fence("a = 1", tags=["choices"], options="known")
    + fence("b = 1", tags=["choices"], options="known")
    + fence('known = {"c": {}}')
    + fence("c = 1", tags=["choices"], options="known")
    + fence('known = {"free": 1}'),
    "entries": "# A\n\n::: shapes\n\n::: shapes.sizes.half\n\n::: json.loads\n\n`::: gone`\n",
    "functions of a module that are called like methods": embed(
        "from shapes.sizes import root"
    )
    + fence("import numpy as np\n\nx = np.append(np.insert([1.0], 0, 2.0), 3)"),
    "a comment that begins with a number": "# A\n\na <!-- #1 fix --> b\n",
    "lists and boxes": "# A\n\n- a\n- b\n\n    more\n\n1. c\n2. d\n\n## E\n- f\n\n"
    '!!! note "Only a title"\n\nwords - and\n\n> - quoted\n\n<script>let x = 1;</script>\n',
    "texts of a cell": fence("x = 1", caption="a <b>c</b> and $x$, 5 < 6", alt="d")
    + fence("y = 1", fold="`a <b`: how"),
    "a rule between paragraphs": "# A\n\na\n\n---\n\nb\n",
    "a value that takes from what it makes": "# A\n\n{{ 'b,a'.split(',').pop() }}\n",
    "a language that Pygments knows": "# A\n\n```toml\na = 1\n```\n",
    "HTML": "# A\n\n<p>2 * 3 * 4, a_b and $5</p>\n\n<div markdown='1'>\n**a**\n</div>\n\n"
    "<div>\n<pre>**a**</pre>\n</div>\n\n<div><svg><text>**a**</text></svg></div>\n\n"
    "`<div>` **b**\n",
    "rules": "# A\n\na\n\n---\n\n- b\n\n===\n\nc | d\n--- | ---\n1 | 2\n\n```text\na\n---\n```\n",
    "exercises": EXERCISES,
    "exercises on a page without minutes": "---\nhide: [minutes]\n---\n\n" + EXERCISES,
    "a check that needs what the page or itself has": fence("goal = 1")
    + EXERCISES.replace(
        "def check_one(a): return",
        "import math\ndef check_one(a):\n    y = max(goal, math.pi)\n    return y and",
    ).replace("print(check_one", "y = goal = a = 1\nmath = 2\nprint(check_one"),
    "headings that speak of practice": "# In practice\n\n## Exercise of power\n\n### Exercises for later\n",
    "cells without code to see": "---\nhide: [code]\n---\n\n# A\n\n"
    + fence("print(1)"),
    "names of one's own": fence("input = 3\nprint(input)")
    + fence("x = {'sys': 1}\nprint(len('/'), '~', '/gone/a.csv')"),
    "programs whose output is taken": fence(
        "import subprocess\n\nsubprocess.run(['a'], capture_output=True)"
    )
    + fence("how = {'stdout': -1}\nsubprocess.run(['a'], **how)"),
    "what standard output is": fence("import sys\n\nprint(1, file=sys.stdout)"),
    "quoted fences": "# A\n\n````text\n```python tags='a' tags=['b']\n```\n````\n",
    "anchors": "# A {#a}\n\n## B {#b}\n\n`{#a}` $x_{#a}$ {{ {1: 2}[1] }}\n\n~~~text\n# A {#a}\n~~~\n",
    "a number with a sign": "# A\n\n\\#1 of 3, and `##x y`, #2.\n",
    "a comment": "# A\n\n<!-- a remark -->\n\n```python\nx = 1\n```\n",
}


@pytest.mark.parametrize("lesson", FINE.values(), ids=FINE)
def test_nothing_is_said_against(lesson, root):
    lesson_to_notebook(lesson, root)


VALUES = {
    "prose": ("{{ 1 }}", "{{", "V"),
    "a fence of tildes": ("~~~text\n{{ 1 }}\n~~~", "{{ 1 }}", ""),
    "a fence in a list": ("- a\n\n    ```text\n    {{ 1 }}\n    ```", "{{ 1 }}", ""),
    "indented code": ("a\n\n    {{ 1 }}\n\n{{ 2 }}", "    {{ 1 }}\n\nV", "V"),
    "an item's second paragraph": ("- a\n\n    {{ 1 }}", "- a\n\n    V", "V"),
    "indented code in an item": ("- a\n\n        {{ 1 }}", "        {{ 1 }}", ""),
    "an admonition": ("!!! note\n    {{ 1 }}", "    V", "V"),
    "a lone backtick": ("a ` b {{ 1 }}\n\nc ` d {{ 2 }}", "a ` b V\n\nc ` d V", "VV"),
    "two backticks": ("``a ` {{ 1 }}`` {{ 2 }}", "``a ` {{ 1 }}`` V", "V"),
    "escaped backticks": (r"\`{{ 1 }}\`", r"\`V\`", "V"),
    "braces in the expression": ("{{ {'a': {1: 2}}['a'][1] }}", "V", "V"),
    "a string with braces": ("{{ '}}' + 'a' }}", "V", "V"),
    "braces as code": ("`{{}}` and {{ 1 }}", "`{{}}` and V", "V"),
    "a power": ("$10^{{ -3 }}$", "$10^{V}$", "V"),
    "a group that is an expression": ("$10^{{-3}}$", "$10^{V}$", "V"),
    "display": ("$$\nx^{{ 1 }}\n$$", "x^{V}", "V"),
    "two values": ("{{ 1, 2 }}", "V", "V"),
    "a number that begins no list": ("{{ 7 }}. The", r"V\. The", "V"),
    "several lines": ("{{ max(\n  1,\n  2) }} {{ 3 }}", "V V", "VV"),
}


@pytest.mark.parametrize(("text", "shown", "marks"), VALUES.values(), ids=VALUES)
def test_values_are_taken_where_prose_is_and_nowhere_else(text, shown, marks, root):
    cells = lesson_to_notebook(f"# A\n\n{text}\n", root)[0].cells
    source = cells[-1].source.replace("\x00{}", "V")
    if text != "{{ 1 }}":
        assert shown in source
    lines = cells[0].metadata.lesson.lines if marks else []
    assert len(lines) == len(marks)
    assert [line - 3 for line in lines] == sorted(line - 3 for line in lines)


def test_a_fold_has_values_too(root):
    notebook, _ = lesson_to_notebook(fence("x = 1", fold="It is {{ 1 + 1 }}"), root)
    assert "{{" not in str(notebook.cells[0].metadata.lesson.fold)
    assert "1 + 1" in notebook.cells[1].source


LOOKS = {
    "a template": ("---\ntemplate: gone.html\n---\n", 2, "no template gone.html"),
    "an icon": (
        "---\ntitle: A\nicon: 'material/gone'\n---\n",
        3,
        "no icon material/gone",
    ),
}


@pytest.mark.parametrize(("text", "line", "message"), LOOKS.values(), ids=LOOKS)
def test_a_page_has_no_look_that_the_theme_has_not(text, line, message, tmp_path):
    with pytest.raises(LessonError, match=message) as refused:
        refuse_missing_looks(text, [str(tmp_path)])
    assert refused.value.line == line
    for name in ("gone.html", ".icons/material/gone.svg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    refuse_missing_looks(text, ["nowhere", str(tmp_path)])
    refuse_missing_looks(f"# A\n\n{text}", [])


TEXTS = {
    "signs joined": (
        "# A\n\n\U0001f469\u200d\U0001f52c \u0915\u094d\u200d\u0937\n".encode(),
        None,
    ),
    "letters joined": ("# A\n\na\u200db\n".encode(), r":3: .*U\+200D"),
    "a mark at the beginning": (b"\xef\xbb\xbf# A\n", None),
    "Windows": (b"# A\r\n\r\ntext\r\n", None),
    "Latin-1": (b"# A\n\nna\xefve\n", ":3: byte 0xef is not UTF-8"),
    "UTF-16": ("# A\n".encode("utf-16"), ":1: byte 0xff is not UTF-8"),
    "a line separator": ("# A\n\na\u2028b\n".encode(), r":3: .*U\+2028"),
    "a form feed": (b"# A\n\x0c\n", r":2: .*U\+000C"),
    "an isolate": ("# A\n\na \u2066b\u2069".encode(), r":3: .*U\+2066"),
    "a mark of direction": ("# A\n\n\u200ea\n".encode(), r":3: .*U\+200E"),
    "a soft hyphen": ("# A\n\na\u00adb\n".encode(), r":3: .*U\+00AD"),
    "a tag": ("# A\n\U000e0041\n".encode(), r":2: .*U\+E0041"),
    "a zero": (b"# A\n\n\x00", r":3: .*U\+0000"),
    "a mark in the middle": ("# A\n\ufeff\n".encode(), r":2: .*U\+FEFF"),
    "a direction": ("# A\n\n\u202ea\n".encode(), r":3: .*U\+202E"),
}


@pytest.mark.parametrize(("content", "message"), TEXTS.values(), ids=TEXTS)
def test_a_text_is_read_as_its_writer_sees_it(content, message, tmp_path):
    (tmp_path / "a.md").write_bytes(content)
    if message is None:
        assert read_text(tmp_path / "a.md").startswith("# A\n")
        return
    with pytest.raises(LessonError) as refused:
        read_text(tmp_path / "a.md")
    assert re.search(message, f":{refused.value.line}: {refused.value}")


# What some code needs from above.
READ = {
    "n += 1": {"n"},
    "x = x + 1": {"x"},
    "x = 1\nprint(x, y)": {"print", "y"},
    "print(y)\ny = 1": {"print", "y"},
    "x = [n for n in y]": {"y"},
    "for a in b:\n    a += c": {"b", "c"},
    "def f(x):\n    return x + g": {"g"},
    "def f():\n    return g\n\n\ng = 1": {"g"},
    "try:\n    x\nexcept E as e:\n    e": {"x", "E"},
    "a.b += 1\na[c] = d": {"a", "c", "d"},
    "while w:\n    w -= 1": {"w"},
}


@pytest.mark.parametrize(("code", "names"), READ.items(), ids=READ)
def test_what_code_needs_from_above_is_found(code, names):
    assert names_read(code) == names
