"""Claims and values leave nothing behind: a reader's cells find what they would find without them."""

import builtins
import decimal
import io
import math
import os
import random
import subprocess
import sys
import warnings
from contextlib import redirect_stderr
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import sklearn
import torch
from project import fence, run_mkdocs
from unseen import CHANGED, UNSEEN, VALUES, Watch


class Shell:
    """As much of IPython as a watch asks of it."""

    def __init__(self) -> None:
        self.user_ns: dict[str, Any] = {"__name__": "__main__"}
        self.events, self.watching = self, {}
        Watch(self)

    def register(self, event: str, react: Any) -> None:
        """Remember who reacts to an event."""
        self.watching[event] = react

    def run(self, code: str) -> str:
        """Run a cell, and return what it says on stderr."""
        info = SimpleNamespace(raw_cell=code)
        self.watching["pre_run_cell"](info)
        with redirect_stderr(io.StringIO()) as said:
            exec(code, self.user_ns)  # noqa: S102 - it is a shell
            self.watching["post_run_cell"](SimpleNamespace(info=info))
        return said.getvalue()


@pytest.fixture
def shell(tmp_path, monkeypatch) -> Shell:
    """A shell in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Shell()


# What readers have made, what a cell that they don't see does to it, and what is changed by that.
CHANGES = {
    "a list": ("x = [1]", "x.append(2)", "x"),
    "an item": ("x = [1]", "x[0] = 2", "x"),
    "an item that goes": ("x = {'a': 1}", "del x['a']", "x"),
    "a list in a list": ("x = [[1]]", "x[0] += [2]", "x"),
    "by another name": ("x = [1]", "y = x\ny.append(2)", "x"),
    "an array": ("import numpy as np\nx = np.zeros(3)", "x[1] = 1", "x"),
    "an array, in place": ("import numpy as np\nx = np.zeros(3)", "x += 1", "x"),
    "by a function": ("x = [1]\ndef f():\n    x.append(2)", "f()", "x"),
    "an attribute of a class": ("class A:\n    v = 1", "A.v = 2", "A"),
    "an attribute": ("class A:\n    pass\na = A()\na.v = 1", "a.v = 2", "a"),
    "a default": ("def f(x=[]):\n    return x", "f().append(1)", "f"),
    "a default of a method": (
        "class A:\n    @staticmethod\n    def f(x=[]):\n        return x",
        "A.f().append(1)",
        "A",
    ),
    "what a property keeps": (
        "class A:\n    @property\n    def f(self, x=[]):\n        return x",
        "A().f.append(1)",
        "A",
    ),
    "what a partial call keeps": (
        "from functools import partial\n\n\ndef f(x):\n    return x\n\n\ng = partial(f, [1])",
        "g().append(1)",
        "g",
    ),
    "a place in an array": (
        "import numpy as np\nx = np.arange(3).flat",
        "next(x)",
        "x",
    ),
    "a generator": ("g = (n for n in range(3))", "list(g)", "g"),
    "an iterator": ("g = iter([1, 2])", "next(g)", "g"),
    "draws": (
        "import numpy as np\nrng = np.random.default_rng(1)",
        "rng.random()",
        "rng",
    ),
    "old draws": (
        "import numpy as np\nr = np.random.RandomState(1)",
        "r.rand()",
        "r",
    ),
    "draws in a list": (
        "import random\nall = [random.Random(1)]",
        "all[0].random()",
        "all",
    ),
    "draws of torch": (
        "import torch\ng = torch.Generator()",
        "torch.rand(1, generator=g)",
        "g",
    ),
    "weights": (
        "import torch\nm = torch.nn.Linear(1, 1)",
        "with torch.no_grad():\n    m.weight += 1",
        "m",
    ),
    "gradients": (
        "import torch\nm = torch.nn.Linear(1, 1)",
        "m(torch.ones(1, 1)).sum().backward()",
        "m",
    ),
    "a model that is fitted": (
        "from sklearn.linear_model import Ridge\nm = Ridge()",
        "m.fit([[1.0], [2.0]], [1.0, 3.0])",
        "m",
    ),
    "a place in a file": ("import io\nf = io.StringIO('12')", "f.read(1)", "f"),
    "a file that comes": (
        "x = 1",
        "import pathlib; pathlib.Path('b').write_text('1')",
        "the files",
    ),
    "a file that goes": (
        "import pathlib; pathlib.Path('c').write_text('1')",
        "import os\nos.remove('c')",
        "the files",
    ),
}


@pytest.mark.filterwarnings("ignore")  # of files that nobody closes, and of old pickles
@pytest.mark.parametrize(("seen", "unseen", "changed"), CHANGES.values(), ids=CHANGES)
def test_a_cell_that_nobody_sees_says_what_it_changes(seen, unseen, changed, shell):
    assert shell.run(seen) == ""
    assert changed in shell.run(unseen + UNSEEN).removeprefix(CHANGED).split(", ")[
        0
    ].strip().split("\n")


# What such a cell may do, without a word.
FREE = {
    "read": ("x = [1]", "assert x[0] == 1 and sum(x) == 1"),
    "copies": ("x = [1]", "y = [*x]\ny.append(2)"),
    "its own draws": ("import numpy as np", "np.random.default_rng(1).random()"),
    "functions": ("def f(x):\n    return [x]", "f(1).append(2)"),
    "modules": ("import math", "math.sqrt(2)"),
    "a lambda": ("x = {'a': lambda n: n}", "x['a'](1)"),
    "a figure": (
        "from matplotlib.figure import Figure\nfigure = Figure()\naxes = figure.subplots()",
        "axes.get_xlim(), figure.canvas",
    ),
    "a model": (
        "from sklearn.linear_model import Ridge\nm = Ridge().fit([[1.0], [2.0]], [1.0, 3.0])",
        "m.predict([[1.0]])",
    ),
    "predictions": (
        "import torch\nm = torch.nn.Linear(1, 1)",
        "m(torch.ones(1, 1)).item()",
    ),
    "rows of torch": (
        "import torch\nx = torch.utils.data.TensorDataset(torch.ones(3, 1))"
        + "\nl = torch.utils.data.DataLoader(x, generator=torch.Generator())",
        "len(l)",
    ),
    "a lock": ("import threading\nx = threading.Lock()", "x.locked()"),
}


@pytest.mark.parametrize(("seen", "unseen"), FREE.values(), ids=FREE)
def test_a_cell_that_nobody_sees_may_do(seen, unseen, shell):
    shell.run(seen)
    assert shell.run(unseen + UNSEEN) == ""


def test_names_of_such_cells_are_for_others_like_them(shell):
    shell.run("def f():\n    return n\n\nx = 1")
    shell.run(f"n = 1\nx = 2\nassert f() == 1{UNSEEN}")
    assert "n" not in shell.user_ns and shell.user_ns["x"] == 1
    with pytest.raises(NameError):
        shell.run("f()")
    shell.run(f"assert (n, x) == (1, 2){UNSEEN}")
    shell.run("x = 3")  # readers have bound it since
    shell.run(f"assert (n, x) == (1, 3){UNSEEN}")


def test_in_prose_a_name_says_what_it_says_to_readers(shell):
    shell.run("x = 1\n\n\ndef f():\n    return x")
    shell.run(f"x = y = 2\nassert f() == 2{UNSEEN}")
    shell.run(f"told = [x, f(), y]{VALUES}")
    shell.run(f"assert told == [1, 1, 2]{UNSEEN}")


# What all code of a process shares, how to change it, and how to see that.
SHARED = {
    "draws": ("import random\nrandom.random()", random.getstate),
    "draws of NumPy": (
        "import numpy as np\nnp.random.rand()",
        lambda: np.random.get_state()[1].tolist(),
    ),
    "a seed of NumPy": (
        "import numpy as np\nnp.random.seed(7)",
        lambda: np.random.get_state()[1].tolist(),
    ),
    "digits": (
        "import numpy as np\nnp.set_printoptions(precision=2)",
        np.get_printoptions,
    ),
    "errors": ("import numpy as np\nnp.seterr(all='raise')", np.geterr),
    "draws of torch": (
        "import torch\ntorch.rand(1)",
        lambda: torch.get_rng_state().tolist(),
    ),
    "a seed of torch": (
        "import torch\ntorch.manual_seed(7)",
        lambda: torch.get_rng_state().tolist(),
    ),
    "the dtype": (
        "import torch\ntorch.set_default_dtype(torch.float64)",
        torch.get_default_dtype,
    ),
    "the style": (
        "import matplotlib\nmatplotlib.rcParams['lines.linewidth'] = 7",
        lambda: mpl.rcParams["lines.linewidth"],
    ),
    "where figures are drawn": (
        "import matplotlib\nmatplotlib.use('svg')",
        lambda: mpl.rcParams["backend"],
    ),
    "the environment": (
        "import os\nos.environ['LESSON'] = '1'",
        lambda: dict(__import__("os").environ),
    ),
    "warnings": (
        "import warnings\nwarnings.simplefilter('ignore')",
        lambda: [*warnings.filters],
    ),
    "gradients of torch": (
        "import torch\ntorch.set_grad_enabled(False)",
        torch.is_grad_enabled,
    ),
    "digits of torch": (
        "import torch\ntorch.set_printoptions(precision=1)",
        lambda: str(torch.tensor([1 / 3])),
    ),
    "settings of scikit-learn": (
        "import sklearn\nsklearn.set_config(print_changed_only=False)",
        sklearn.get_config,
    ),
    "digits of decimals": (
        "from decimal import getcontext\ngetcontext().prec = 3",
        lambda: decimal.getcontext().prec,
    ),
    "Python's own functions": (
        "import builtins\nbuiltins.sum = max",
        lambda: builtins.sum,
    ),
    "the folder": ("import os\nos.chdir('/')", Path.cwd),
    "where modules are": ("import sys\nsys.path.insert(0, '/')", lambda: [*sys.path]),
    "the depth of calls": (
        "import sys\nsys.setrecursionlimit(7777)",
        sys.getrecursionlimit,
    ),
}


@pytest.mark.parametrize(("unseen", "state"), SHARED.values(), ids=SHARED)
def test_what_all_code_shares_is_put_back(unseen, state, shell):
    before = state()
    assert shell.run(unseen + UNSEEN) == ""
    assert state() == before


def test_what_a_claim_is_the_first_to_import_is_put_back():
    code = """
from IPython.core.interactiveshell import InteractiveShell
from unseen import UNSEEN, Watch

shell = InteractiveShell()
Watch(shell)
shell.run_cell("import numpy as np\\nnp.set_printoptions(precision=1)" + UNSEEN)
shell.run_cell("import torch\\n_ = torch.manual_seed(3)" + UNSEEN)
shell.run_cell("import numpy as np, torch\\nprint(np.array([1 / 3]))")
shell.run_cell("print(torch.initial_seed() == 3)")
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[0.33333333]\nFalse\n"


def test_a_function_of_a_module_that_a_claim_changes_is_told(shell):
    shell.run("import math\nimport numpy as np")
    sqrt, mean = math.sqrt, np.mean
    try:
        assert shell.run(f"math.sqrt = abs{UNSEEN}") == f"{CHANGED}math.sqrt\n"
        assert shell.run(f"np.mean = abs{UNSEEN}") == f"{CHANGED}np.mean\n"
    finally:
        math.sqrt, np.mean = sqrt, mean
    assert shell.run(f"import scipy.stats\nassert math.sqrt(4) == 2{UNSEEN}") == ""


def test_the_build_says_in_which_line_readers_would_be_misled(small_site):
    pages = {
        "claim.md": fence("x = [1]") + fence("x.append(5)\nassert x", tags=["claim"]),
        "value.md": fence("import random\n\ndice = random.Random(1)")
        + "Words, and\nthen {{ dice.random():.3f }}.\n",
        "pop.md": fence("x = [1, 2]") + "Words {{ x.pop() }}.\n",
        "late.md": fence("def late():\n    return told")
        + fence("told = 1\nassert told", tags=["claim"])
        + fence("print(late())"),
    }
    pages = {name: f"# A\n\n{text}" for name, text in pages.items()}
    build = run_mkdocs(small_site({"index.md": "# Home\n", **pages}), "build")
    assert build.returncode != 0
    assert "claim.md:8: this claim changes x, and for readers" in build.stdout
    assert "value.md:10: a value here changes dice, and for readers" in build.stdout
    assert "pop.md:7: a value here changes x, and for readers" in build.stdout
    assert "late.md:14: NameError: name 'told' is not defined" in build.stdout
