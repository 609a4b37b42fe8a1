"""`mkdocs serve` shows the result of an edit, wherever the edit was made."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from project import PYODIDE, embed, needs_pyodide, prose_of, run_mkdocs, serve

LESSON = (
    '# A\n\n```python tags=["embed"]\nfrom shapes.sizes import half\n```\n\n'
    "```python\nprint(half(3.0))\n```\n\nIt is {{ half(3.0) }}.\n"
)


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, text: str, server: subprocess.Popen[str], log: Path) -> None:
    """Wait until a page holds a text."""
    seen = ""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text("utf-8")
        try:
            with urllib.request.urlopen(address, timeout=5) as response:
                seen = response.read().decode()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            seen = "no answer yet"
        if text in prose_of(seen):
            return
        time.sleep(0.2)
    raise AssertionError(
        f"{text!r} did not come; the log says\n{log.read_text('utf-8')}"
    )


def replace(path: Path, old: str, new: str) -> None:
    """Edit a file as a writer would."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@contextmanager
def served(project: Path, **environment: str) -> Iterator[tuple[str, Callable]]:
    """Run `mkdocs serve`; give the address, and a function that waits until a page holds a text."""
    address = f"127.0.0.1:{free_port()}"
    log = project / "serve.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", address],
            cwd=project,
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1", **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        yield (
            f"http://{address}/",
            lambda text, page="": wait_for(
                f"http://{address}/{page}", text, server, log
            ),
        )
    finally:
        server.terminate()
        server.wait(timeout=20)


HALF = "def half(x):\n    return x / 2\n"


def test_serve_rebuilds_on_an_edit_to_lesson_package_hook_and_style(small_site):
    project = small_site({"index.md": LESSON, "shapes/sizes.py": HALF})
    with served(project, PYODIDE="none") as (_, wait):
        wait("It is 1.5.")

        replace(project / "docs/index.md", "It is", "The half is")
        wait("The half is 1.5.")

        replace(project / "shapes/sizes.py", "x / 2", "x / 2 + 10")
        wait("The half is 11.5.")

        # A file that several stages share is loaded anew as well.
        replace(project / "docs/hooks/kept.py", "def keep(", "def keep (")
        hook = project / "docs/hooks/rendering.py"
        replace(hook, 'class="cell-origin"', 'class="cell-origin edited"')
        wait("cell-origin edited")

        replace(project / "docs/assets/lesson.css", "/* What", "/* Edited. What")
        wait("/* Edited.", "assets/lesson.css")

        # What is first embedded while the site is served is watched, too.
        (project / "other").mkdir()
        (project / "other/sizes.py").write_text("def third(x):\n    return x / 3\n")
        cells = (
            embed("from other.sizes import third") + "One third is {{ third(3.0) }}."
        )
        with (project / "docs/index.md").open("a") as lesson:
            lesson.write(f"\n{cells}\n")
        wait("One third is 1.0.")
        replace(project / "other/sizes.py", "x / 3", "x / 3 + 4")
        wait("One third is 5.0.")

        # A mistake is told in one line, and mending it is enough.
        replace(project / "docs/index.md", "One third", "{{ 1 + }} One third")
        log = project / "serve.log"
        until(lambda: "is not a Python expression" in log.read_text())
        assert "index.md:" in log.read_text() and "Traceback" not in log.read_text()
        replace(project / "docs/index.md", "{{ 1 + }} One third", "Mended: one third")
        wait("Mended: one third")


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_drafts_are_served_and_not_built(small_site):
    project = small_site(
        {"index.md": "# A\n", "drafts/b.md": "# B\n\n{{ 1 + 1 }} drafted"}
    )
    with (project / "mkdocs.yml").open("a") as settings:
        settings.write("\ndraft_docs: drafts/\n")
    with served(project, PYODIDE="none") as (_, wait):
        wait("2 drafted", "drafts/b/")
    build = run_mkdocs(project, "build")
    assert build.returncode == 0 and not (project / "site/drafts").exists()


def test_a_busy_port_is_told_before_anything_is_built(small_site):
    project = small_site({"index.md": "# A\n\n```python\nprint(1)\n```\n"})
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        address = f"127.0.0.1:{busy.getsockname()[1]}"
        run = run_mkdocs(project, "serve", "--dev-addr", address)
    assert run.returncode != 0 and "Executing" not in run.stdout
    assert f"{address} can't be served" in run.stdout and "--dev-addr" in run.stdout
    assert "Traceback" not in run.stdout


@needs_pyodide
def test_run_buttons_come_when_what_they_need_has_been_fetched(small_site):
    project = small_site({"index.md": LESSON, "shapes/sizes.py": HALF})
    with serve(Path(PYODIDE)) as source, served(project, PYODIDE=source) as (_, wait):
        wait("It is 1.5.")
        wait("data-run")
        said = (project / "serve.log").read_text()
        assert "Fetched pyodide.asm.wasm" in said
        assert said.index("Serving on") > said.index("while the pages are served")
        replace(project / "docs/index.md", "It is", "The half is")
        wait("The half is 1.5.")
        wait("data-run")
        assert (project / "serve.log").read_text().count("while the pages are") == 1


def test_without_a_network_a_server_says_so_in_one_line_and_goes_on(small_site):
    project = small_site({"index.md": LESSON, "shapes/sizes.py": HALF})
    gone = f"http://127.0.0.1:{free_port()}/"
    with served(project, PYODIDE=gone) as (_, wait):
        wait("It is 1.5.")
        until(lambda: "No Run buttons" in (project / "serve.log").read_text())
        said = (project / "serve.log").read_text()
        assert said.count("No Run buttons") == 1 and "Traceback" not in said
        replace(project / "docs/index.md", "It is", "The half is")
        wait("The half is 1.5.")
