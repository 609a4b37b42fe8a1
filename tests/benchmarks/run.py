"""How long a reader waits for the first result in the page, and how much is loaded for it.

Run it from anywhere, with a distribution of Pyodide at hand:
`PYODIDE=folder .venv/bin/python tests/benchmarks/run.py`. It builds the site in a folder of its own.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import BrowserContext, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "site"))
from project import PROJECT, PYODIDE, run_mkdocs, serve

# The first cell needs NumPy; the first that draws needs Matplotlib as well.
CELLS = {"NumPy": ".cell[data-run]", "Matplotlib": "figure.cell[data-run]"}
SECONDS = """async selector => {
    const cell = document.querySelector(selector);
    const began = performance.now();
    cell.querySelector('.run-button').click();
    while (document.querySelector('.run-stop')) await new Promise(resolve => setTimeout(resolve, 10));
    return (performance.now() - began) / 1000;
}"""


def measure(context: BrowserContext, address: str, name: str) -> None:
    """Open a page, run one cell, with those above it, and print time and bytes."""
    page = context.new_page()
    page.goto(address, wait_until="networkidle")
    served.clear()
    seconds = page.evaluate(SECONDS, CELLS[name])
    print(f"{name:10} {seconds:5.1f} s {sum(served) / 1e6:6.1f} MB")
    page.close()


served: list[int] = []


def main() -> None:
    """Measure cold and warm, with NumPy alone and with Matplotlib."""
    if PYODIDE == "none":
        sys.exit("set PYODIDE to a folder with a distribution of Pyodide")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        build = run_mkdocs(PROJECT, "build", "--site-dir", folder, pyodide=PYODIDE)
        build.check_returncode()
        with serve(Path(folder), lambda _, size: served.append(size)) as address:
            lesson = f"{address}lessons/from-scratch/"
            for name in CELLS:
                profile = Path(folder, f"profile-{name}")  # whose cache is on the disk
                for state in ("cold", "warm"):
                    context = playwright.chromium.launch_persistent_context(
                        profile, executable_path=chromium, args=["--no-sandbox"]
                    )
                    print(f"{state}: ", end="")
                    measure(context, lesson, name)
                    context.close()


if __name__ == "__main__":
    main()
