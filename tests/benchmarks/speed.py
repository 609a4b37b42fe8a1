"""How fast linreg is, as ratios to others' times on the same data in the same run.

Set it up with `.venv/bin/python -m pip install --editable ".[benchmark]"`; run it with
`.venv/bin/python tests/benchmarks/speed.py`. It takes some minutes, prints a table and
draws it (`--plot FILE`). Other options are pytest's: `-k "closed_form and 10-"`.

pytest-benchmark times one function after the other. Whatever else the machine does
then looks like a difference between them, so here the others are timed in the setup of
each round, in turn with linreg; of each, the best round counts.
"""

import argparse
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from sklearn.linear_model import LinearRegression, SGDRegressor
from sklearn.neural_network import MLPRegressor
from threadpoolctl import threadpool_info

from linreg.closed_form import least_squares
from linreg.files import read_chunks
from linreg.moment_descent import train_on_moments
from linreg.moments import Moments, measure
from linreg.scratch import train
from linreg.streaming import measure_stream

SECONDS = 3  # for one size
MEMORY = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")  # in bytes, free
THREADS = max([pool["num_threads"] for pool in threadpool_info()], default=1)
CHUNK = 10_000
Run = Callable[[], object]


def sizes(may: Callable[[int, int], bool]) -> pytest.MarkDecorator:
    """Choose the sizes that a case may have; memory must hold X and two copies."""
    return pytest.mark.parametrize(
        ("features", "rows"),
        [
            (D, N)
            for D in (1, 10, 100, 300)
            for N in (10**3, 10**4, 10**5, 10**6, 10**7)
            if 3 * 8 * N * (D + 1) < MEMORY and may(N, D)
        ],
        ids=lambda size: f"{size:.0e}" if size >= 1000 else str(size),
    )


@pytest.fixture
def data(rows: int, features: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw X (N, D) and y (N, 1)."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((rows, features))
    return X, X.sum(axis=1, keepdims=True) + rng.standard_normal((rows, 1))


@pytest.fixture
def times(benchmark) -> Callable[..., dict[str, float]]:
    """Time linreg and others in turn; answer with the best time of each."""

    def measure(
        ours: Run, others: dict[str, Run], slow: dict[str, Run] | None = None
    ) -> dict[str, float]:
        best = dict.fromkeys(others, math.inf)

        def time_others() -> None:
            for name, run in others.items():
                started = perf_counter()
                run()
                best[name] = min(best[name], perf_counter() - started)

        started = perf_counter()
        time_others()
        ours()
        rounds = math.ceil(SECONDS / (perf_counter() - started))
        benchmark.pedantic(ours, setup=time_others, rounds=min(max(rounds, 3), 100))
        for name, run in (slow or {}).items():  # once: they're not close
            started = perf_counter()
            run()
            best[name] = perf_counter() - started
        return {"linreg": benchmark.stats.stats.min, **best}

    return measure


@pytest.fixture
def report(record_property, request) -> Callable[..., None]:
    """Hand a line of the table to the plugin below, which prints and draws it."""

    def add(what: str, value: float, limit: float, unit: str = "") -> None:
        size = request.node.callspec.params if hasattr(request.node, "callspec") else {}
        record_property(
            "line",
            {**size, "what": what, "value": value} | {"limit": limit, "unit": unit},
        )

    return add


@sizes(lambda N, D: True)
def test_gradient_descent(features, rows, data, times, report):
    X, y = data
    X_val, y_val = X[:1].copy(), y[:1].copy()
    W, b, rate = np.zeros((features, 1)), np.zeros(1), 1e-3
    epochs = min(max(2 * 10**7 // X.size, 2), 100)
    X_torch, y_torch = torch.from_numpy(X), torch.from_numpy(y)
    model = torch.nn.Linear(features, 1, dtype=torch.float64)
    measure_loss, optimizer = (
        torch.nn.MSELoss(),
        torch.optim.SGD(model.parameters(), rate),
    )
    stochastic = SGDRegressor(learning_rate="constant", eta0=1e-9)
    full_batch = MLPRegressor(
        hidden_layer_sizes=(), solver="sgd", batch_size=rows, momentum=0
    )

    def descend(num_epochs: int) -> np.ndarray:
        return train(X, y, X_val, y_val, W, b, rate, num_epochs)[0]

    def multiply() -> None:
        for _ in range(epochs):
            X.T @ (X @ W)

    def step_torch() -> None:
        for _ in range(epochs):
            optimizer.zero_grad()
            measure_loss(model(X_torch), y_torch).backward()
            optimizer.step()

    for parameter in model.parameters():
        torch.nn.init.zeros_(parameter)
    step_torch()
    np.testing.assert_allclose(  # both do the same
        model.weight.detach().numpy().T, descend(epochs), rtol=1e-6, atol=1e-9
    )
    best = times(
        lambda: descend(1 + epochs),
        {
            "first epoch": lambda: descend(1),
            "products": multiply,
            "PyTorch": step_torch,
        },
        {
            "SGDRegressor": lambda: stochastic.partial_fit(X, y[:, 0]),
            "MLPRegressor": lambda: full_batch.partial_fit(X, y[:, 0]),
        },
    )
    epoch = (best["linreg"] - best["first epoch"]) / epochs
    report("epoch / two matrix products", epoch / best["products"] * epochs, 1.5)
    report("epoch / PyTorch's step", epoch / best["PyTorch"] * epochs, 1.0)
    for name in ("SGDRegressor", "MLPRegressor"):
        report(f"epoch / {name}'s", epoch / best[name], 1.0)


@sizes(lambda N, D: 10 * D <= N and N * D**2 < 10**10)  # tall; in seconds
def test_closed_form(features, rows, data, times, report):
    X, y = data
    best = times(lambda: least_squares(X, y), others_closed_form(X, y))
    for name in ("LinearRegression", "lstsq"):
        report(f"closed form / {name}", best["linreg"] / best[name], 1.0)


def others_closed_form(X: np.ndarray, y: np.ndarray) -> dict[str, Run]:
    """Solve the same problem with scikit-learn and NumPy; each answers with W."""
    A = np.hstack([X, np.ones((len(X), 1))])
    return {
        "LinearRegression": lambda: LinearRegression().fit(X, y).coef_,
        "lstsq": lambda: np.linalg.lstsq(A, y, rcond=None)[0][:-1],
    }


@pytest.mark.parametrize("condition", [1e0, 1e2, 1e4, 1e6, 1e8, 1e10])
def test_accuracy_of_the_closed_form(condition, times, report):
    rng = np.random.default_rng(0)
    directions = np.linalg.qr(rng.standard_normal((20_000, 4)))[0]
    turn = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    X = directions * np.geomspace(1, 1 / condition, 4) @ turn
    y = X.sum(axis=1, keepdims=True) + 1e-3 * rng.standard_normal((len(X), 1))
    W = exact_least_squares(X, y)
    others = others_closed_form(X, y)
    best = times(lambda: least_squares(X, y), others)
    others["linreg"] = lambda: least_squares(X, y)[0]
    errors = {
        name: np.linalg.norm(np.ravel(solve()) - W) / np.linalg.norm(W)
        for name, solve in others.items()
    }
    for name in ("LinearRegression", "lstsq"):
        report(f"closed form / {name}", best["linreg"] / best[name], 1.0)
    for name, error in errors.items():
        report(
            f"relative error of {name}", error, 100 * np.finfo(float).eps * condition
        )


def exact_least_squares(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Solve the normal equations in whole numbers and fractions; returns W (D,)."""
    table = np.hstack([X, np.ones((len(X), 1)), y])
    whole = np.vectorize(lambda value: int(value * 2.0**100), otypes=[object])(table)
    system = np.vectorize(Fraction, otypes=[object])(whole[:, :-1].T @ whole)
    for i in range(len(system)):
        system[i] = system[i] / system[i, i]
        for k in set(range(len(system))) - {i}:
            system[k] = system[k] - system[k, i] * system[i]
    return system[:-1, -1].astype(float)


@pytest.fixture
def table(data, tmp_path) -> Iterator[Path]:
    """Write X and y to a file; it is removed at once, for some are large."""
    path = tmp_path / "table.npy"
    np.save(path, np.hstack(data))
    yield path
    path.unlink()


def read_and_multiply(path: Path, chunk_size: int) -> None:
    """Read a table once and form its Gram matrix: what no stream can do without."""
    table, gram = np.load(path, mmap_mode="r"), 0
    for first in range(0, len(table), chunk_size):
        chunk = np.array(table[first : first + chunk_size])
        gram = gram + chunk.T @ chunk


@sizes(lambda N, D: N * D <= 10**8)  # for files of less than a gigabyte
def test_streaming(features, rows, table, times, report):
    best = times(
        lambda: measure_stream(read_chunks(table, CHUNK)),
        {"floor": lambda: read_and_multiply(table, CHUNK)},
    )
    report("streaming / reading and Gram", best["linreg"] / best["floor"], 1.3)


@sizes(lambda N, D: (N, D) == (10**6, 10))
def test_descent_on_moments(features, rows, data, table, times, report):
    X, y = data
    W, b, rate, epochs = np.zeros((features, 1)), np.zeros(1), 1e-1, 100
    X_torch, y_torch = torch.from_numpy(X), torch.from_numpy(y)
    model = torch.nn.Linear(features, 1, dtype=torch.float64)
    for parameter in model.parameters():
        torch.nn.init.zeros_(parameter)
    optimizer = torch.optim.SGD(model.parameters(), rate)
    stochastic = SGDRegressor(learning_rate="constant", eta0=1e-9)

    def descend(moments: Moments) -> np.ndarray:
        return train_on_moments(moments, moments, W, b, rate, epochs)[0]

    def on_rows() -> np.ndarray:
        return train(X, y, X[:1].copy(), y[:1].copy(), W, b, rate, epochs)[0]

    def step_torch() -> None:
        for _ in range(epochs):
            optimizer.zero_grad()
            torch.nn.MSELoss()(model(X_torch), y_torch).backward()
            optimizer.step()

    step_torch()
    found = descend(measure(X, y))  # all three do the same
    np.testing.assert_allclose(found, on_rows(), rtol=1e-10)
    np.testing.assert_allclose(found, model.weight.detach().numpy().T, rtol=1e-6)
    best = times(
        lambda: descend(measure_stream(read_chunks(table, 10 * CHUNK))),
        {
            "in memory": lambda: descend(measure(X, y)),
            "reading and Gram": lambda: read_and_multiply(table, 10 * CHUNK),
            "Gram in memory": lambda: X.T @ X,
        },
        {
            "train": on_rows,
            "PyTorch": step_torch,
            "an epoch of SGDRegressor": lambda: stochastic.partial_fit(X, y[:, 0]),
        },
    )
    many = f"{epochs} epochs on moments /"
    report(f"{many} reading and Gram", best["linreg"] / best["reading and Gram"], 1.5)
    report(f"{many} Gram in memory", best["in memory"] / best["Gram in memory"], 1.5)
    for name in ("train", "PyTorch", "an epoch of SGDRegressor"):
        report(f"{many} {name}", best["in memory"] / best[name], 1.0)


@pytest.mark.parametrize("module", ["linreg", "linreg.scratch", "linreg.closed_form"])
def test_import(module, report):
    clock = "from time import perf_counter; start = perf_counter()"
    code = f"import numpy; {clock}; import {module}; print(perf_counter() - start)"
    command = [sys.executable, "-c", code]
    best = min(float(subprocess.check_output(command)) for _ in range(10))
    report(f"import {module} after numpy", 1000 * best, 20, " ms")


class Summary:
    """Gathers the lines of all tests, prints them as a table, and draws the ratios."""

    def __init__(self, plot: Path) -> None:
        self.plot = plot
        self.lines: list[dict] = []

    def pytest_runtest_logreport(self, report) -> None:
        """Take the lines of a test that has run."""
        if report.when == "call":
            self.lines += [line for _, line in report.user_properties]

    def pytest_terminal_summary(self, terminalreporter) -> None:
        """Print and draw."""
        write = terminalreporter.write_line
        write(
            f"{THREADS} threads, {MEMORY / 1e9:.0f} GB free; the best of several rounds"
        )
        for line in sorted(self.lines, key=lambda line: line["what"]):
            size = "".join(
                f"  {line[name]:>7g} {name}"
                for name in ("rows", "features", "condition")
                if name in line
            )
            value, limit = line["value"], line["limit"]
            missed = "  <-- more" if value > limit else ""
            write(
                f"{line['what']:46}{size:30} {value:8.3g}{line['unit']}"
                f"  (at most {limit:.3g}{line['unit']}){missed}"
            )
        sized = [line for line in self.lines if "rows" in line]
        if sized:
            self.plot.parent.mkdir(parents=True, exist_ok=True)
            draw(sized).savefig(self.plot)
            write(f"drawn in {self.plot}")


def draw(lines: list[dict]) -> Figure:
    """Draw the ratios against rows: a panel for each pair, a line for each width."""
    panels = sorted({line["what"] for line in lines})
    columns = min(len(panels), 4)
    grid = math.ceil(len(panels) / columns), columns
    figure = Figure(figsize=(4 * grid[1], 3.5 * grid[0]), layout="constrained")
    for index, what in enumerate(panels, start=1):
        axes = figure.add_subplot(*grid, index)
        here = [line for line in lines if line["what"] == what]
        for features in sorted({line["features"] for line in here}):
            points = [line for line in here if line["features"] == features]
            rows, values = zip(*((p["rows"], p["value"]) for p in points), strict=True)
            axes.loglog(rows, values, marker="o", label=f"D = {features}")
        axes.axhline(here[0]["limit"], color="black", linestyle="--", label="at most")
        axes.set(title=what, xlabel="rows", ylabel="ratio")
        axes.legend(fontsize="small")
    return figure


def main() -> int:
    """Run this file by pytest, on one process and without coverage."""
    project = Path(__file__).parents[2]
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--plot", type=Path, default=project / ".cache" / "speed.svg")
    options, rest = parser.parse_known_args()
    torch.set_num_threads(THREADS)
    alone = ["--override-ini=addopts=", "--benchmark-quiet", f"--rootdir={project}"]
    return pytest.main([__file__, *alone, *rest], plugins=[Summary(options.plot)])


if __name__ == "__main__":
    sys.exit(main())
