"""How long a writer waits under `mkdocs serve`: from saving a file until the served page has changed.

Run it from anywhere, on a quiet machine: `.venv/bin/python tests/benchmarks/loop.py`. It works on a
copy, with what the project's own builds have kept. The memory is that of the serving process.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median

import psutil

PROJECT = Path(__file__).parents[2]
REBUILDS = 30
PAGE = "lessons/problem/"
# What is edited: the file, the text to replace, by what (with a number), the page that shows it.
EDITS = {
    "prose of a page": (
        "docs/lessons/problem.md",
        "# The problem",
        "# The {} problem",
        PAGE,
    ),
    "mkdocs.yml": ("mkdocs.yml", "site_name: Linear", "site_name: {} linear", PAGE),
    "the style sheet": (
        "docs/assets/lesson.css",
        "/*",
        "/* {}: ",
        "assets/lesson.css",
    ),
    "the glossary": ("docs/glossary.md", "# Glossary", "# Glossary {}", "glossary/"),
    "a docstring": ("linreg/data.py", '"""', '"""{}: ', "reference/"),
}
LIMITS = {"prose of a page": 3, "mkdocs.yml": 5, "the style sheet": 5}


def read(address: str) -> str:
    """Read a served file; nothing while nobody answers."""
    try:
        with urllib.request.urlopen(address, timeout=120) as response:
            return str(response.read().decode())
    except OSError:
        return ""


def seconds_until(
    address: str, text: str, server: subprocess.Popen[bytes], log: Path
) -> float:
    """Time how long a served file takes to hold a text."""
    started = time.perf_counter()
    while text not in read(address):
        if time.perf_counter() - started > 300 or server.poll() is not None:
            raise TimeoutError(log.read_text("utf-8"))
        time.sleep(0.02)
    return time.perf_counter() - started


def processor_seconds(server: subprocess.Popen[bytes]) -> float:
    """Say how long a server has computed, which a busy machine changes less than how long it took."""
    times = psutil.Process(server.pid).cpu_times()
    return times.user + times.system


def main() -> None:
    """Serve a copy, edit it, print how long each edit took and what the memory did."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name, "project")
        ignored = shutil.ignore_patterns(".git", ".venv", "site", "*_cache")
        shutil.copytree(PROJECT, copy, ignore=ignored)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            host = f"127.0.0.1:{probe.getsockname()[1]}"
        log = copy / "serve.log"
        command = [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", host]
        environment = {"PYODIDE": "none", **os.environ, "NO_MKDOCS_2_WARNING": "1"}
        with log.open("w") as output:
            server = subprocess.Popen(
                command, cwd=copy, env=environment, stdout=output, stderr=output
            )
        try:
            seconds_until(f"http://{host}/{PAGE}", "<h1", server, log)
            for what, (file, old, new, page) in EDITS.items():
                times, before = [], processor_seconds(server)
                text = (copy / file).read_text("utf-8")
                for number in range(3):
                    mark = f"{what.split()[-1][:5]}{number}".replace(".", "")
                    edited = text.replace(old, new.format(mark), 1)
                    assert edited != text, file
                    time.sleep(1)  # the clock of the file system is coarse
                    (copy / file).write_text(edited, "utf-8")
                    times.append(
                        seconds_until(f"http://{host}/{page}", mark, server, log)
                    )
                limit = f"  (at most {LIMITS[what]})" if what in LIMITS else ""
                each = ", ".join(f"{t:.1f}" for t in times)
                spent = (processor_seconds(server) - before) / len(times)
                print(
                    f"{what:20} {median(times):5.1f} s{limit}   each: {each}; "
                    f"of the processor: {spent:.1f}"
                )
            lesson = copy / "docs/lessons/problem.md"
            text = lesson.read_text("utf-8")
            memory = []
            for number in range(REBUILDS):
                lesson.write_text(f"{text}\nRebuilt {number} times.\n", "utf-8")
                mark = f"Rebuilt {number} times."
                seconds_until(f"http://{host}/{PAGE}", mark, server, log)
                memory.append(psutil.Process(server.pid).memory_info().rss / 1e6)
            late = (memory[-1] - memory[9]) / (REBUILDS - 10)
            print(
                f"memory: {memory[0]:.0f} MB after one rebuild, {memory[9]:.0f} after ten,"
            )
            print(
                f"{memory[-1]:.0f} after {REBUILDS}: {late:.2f} MB a rebuild since the tenth"
            )
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
