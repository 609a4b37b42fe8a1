"""Each page says what computed it, and the same inputs give the same bytes."""

import datetime
import importlib.metadata
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from project import PROJECT

LESSON = """# A

Two and two is {{ 2 + 2 }}, and $x^2$.

```python caption="A line." alt="It rises."
import matplotlib.pyplot as plt

plt.plot([1, 2])
plt.show()
```
"""


def facts_of(page: Path) -> str:
    """Read what a page says of itself at its foot."""
    html = page.read_text("utf-8")
    (facts,) = re.findall(r'<aside class="facts".*?</aside>', html, re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", facts).split())


@pytest.mark.parametrize(
    ("page", "libraries"),
    [
        ("from-scratch", ["numpy", "matplotlib"]),
        ("pytorch", ["numpy", "matplotlib", "scikit-learn", "torch"]),
        ("regularization", ["numpy", "matplotlib", "scikit-learn", "torch"]),
    ],
)
def test_each_lesson_names_the_versions_that_computed_it(page, libraries, site):
    facts = facts_of(site / "lessons" / page / "index.html")
    assert f"Python {platform.python_version()}" in facts
    for library in libraries:
        assert f"{library} {importlib.metadata.version(library)}" in facts
    assert re.search(r"in \d+\.\d seconds", facts)


def test_each_lesson_names_its_revision_and_day(site):
    describe = ["git", "-C", str(PROJECT), "describe", "--always", "--dirty"]
    done = subprocess.run(describe, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("this is no git checkout, so there is no revision to name")
    facts = facts_of(site / "lessons" / "problem" / "index.html")
    assert done.stdout.strip().removesuffix("-dirty") in facts
    assert ("local changes" in facts) == done.stdout.strip().endswith("-dirty")
    day = re.search(r"built on (\d{4}-\d\d-\d\d)", facts)
    today = datetime.datetime.now(datetime.UTC).date()
    assert day and abs(datetime.date.fromisoformat(day[1]) - today) <= (
        datetime.timedelta(days=1)
    )


def test_a_build_repeated_with_the_same_inputs_gives_the_same_bytes(
    small_site, monkeypatch
):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    project = small_site({"index.md": LESSON})
    sites = []
    for seed in "12":  # sets and dictionaries of names are ordered otherwise
        shutil.rmtree(project / ".cache", ignore_errors=True)
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        build = subprocess.run(
            [sys.executable, "-m", "mkdocs", "build"],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
        assert build.returncode == 0 and "Executing" in build.stderr, build.stderr
        files = (path for path in (project / "site").rglob("*") if path.is_file())
        sites.append({str(path): path.read_bytes() for path in files})
    assert sites[0].keys() == sites[1].keys()
    assert [name for name in sites[0] if sites[0][name] != sites[1][name]] == []
    assert "2023-11-14" in facts_of(project / "site" / "index.html")
