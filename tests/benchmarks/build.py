"""How long the site takes to build, as ratios of what was measured in one run.

Run it from anywhere: `.venv/bin/python tests/benchmarks/build.py`. It works on a copy.
"""

import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bs4 import BeautifulSoup

PROJECT = Path(__file__).parents[2]
EMPTY_SITE = "site_name: Empty\ntheme: {name: material, font: false}\n"


def seconds(command: list[str], folder: Path) -> float:
    """Time a command, which must succeed, with a Python that keeps what it has compiled."""
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "MPLBACKEND": "agg"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.perf_counter()
    subprocess.run(
        command, cwd=folder, env=environment, check=True, capture_output=True
    )
    return time.perf_counter() - started


def main() -> None:
    """Build cold, unchanged and after an edit to prose; compare; print."""
    mkdocs_build = [sys.executable, "-m", "mkdocs", "build"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy = folder / "project"
        ignored = shutil.ignore_patterns(".*", "site")
        shutil.copytree(PROJECT, copy, ignore=ignored)
        empty = folder / "empty"
        (empty / "docs").mkdir(parents=True)
        (empty / "docs" / "index.md").write_text("# Empty\n")
        (empty / "mkdocs.yml").write_text(EMPTY_SITE)

        seconds(
            mkdocs_build, copy
        )  # fills the file system's cache, as the scripts will
        shutil.rmtree(copy / ".cache")
        cold = seconds(mkdocs_build, copy)
        again = seconds(mkdocs_build, copy)
        lesson = next((copy / "docs" / "lessons").glob("*.md"))
        lesson.write_text(lesson.read_text("utf-8") + "\nOne more sentence.\n", "utf-8")
        prose = seconds(mkdocs_build, copy)
        nothing = seconds(mkdocs_build, empty)
        scripts = sorted((copy / "site").rglob("*.py"))
        plain = sum(
            seconds([sys.executable, str(script)], folder) for script in scripts
        )

        print(f"{len(scripts)} pages with code")
        print(f"cold build / plain scripts:           {cold / plain:5.2f}  (at most 1)")
        print(
            f"unchanged build - empty site:         {again - nothing:5.2f} s (at most 2.5)"
        )
        print(f"unchanged build / cold build:         {again / cold:5.2f}")
        print(f"build after an edit to prose / cold:  {prose / cold:5.2f}")
        for page in sorted((copy / "site").rglob("index.html")):
            html = BeautifulSoup(page.read_bytes(), "html.parser")
            whole = len(gzip.compress(str(html).encode())) / 1000
            for cell in html.select(".cell:has(.explorable)"):
                cell.decompose()
            weight = len(gzip.compress(str(html).encode())) / 1000
            print(
                f"{page.parent.name:20} {weight:5.1f} kB gzipped, its explorables"
                f" {whole - weight:5.1f}  (at most 60 each)"
            )


if __name__ == "__main__":
    main()
