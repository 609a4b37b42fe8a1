"""What other processes make for a build: the same as it would make, or nothing at all."""

import gc
from pathlib import Path

import pytest
from meanwhile import Helpers
from project import embed, fence, run_mkdocs

SIZES = '"""How large things are."""\n\n\ndef twice(size: float) -> float:\n    """The double, 2 · size."""\n    return 2 * size\n'
PAGES = {
    "index.md": "# Home\n\nHalf is $x$.\n",
    "shapes/__init__.py": '"""Shapes."""\n',
    "shapes/sizes.py": SIZES,
    **{
        f"lessons/{name}.md": f"# Lesson {name}\n\n"
        + embed("from shapes.sizes import twice")
        + fence(f"size = {number}\nprint(twice(size))")
        + "It is {{ twice(size) }}, or $\\alpha + {{ size }}$.\n"
        for number, name in enumerate("abcdef")
    },
}


def site_of(project: Path) -> dict[str, bytes]:
    """Read the pages of a built site, but for how long and when they ran."""
    built = run_mkdocs(project, "build")
    assert built.returncode == 0, built.stdout
    pages = sorted((project / "site").rglob("*.html"))
    return {str(p.relative_to(project)): p.read_bytes() for p in pages}


def edit(project: Path, name: str, old: str, new: str) -> None:
    """Change a hook of a project."""
    path = project / "docs" / "hooks" / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def reading_ahead(small_site, monkeypatch) -> Path:
    """A project of which another process reads the last lessons, and logs which."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    project = small_site(PAGES)
    edit(project, "lesson.py", "MANY_LETTERS = 250_000", "MANY_LETTERS = 1")
    edit(
        project,
        "notebooks.py",
        "    packages = described(root)\n    made:",
        f"    Path({str(project / 'log')!r}).write_text('\\n'.join(map(str, paths)))\n"
        "    packages = described(root)\n    made:",
    )
    return project


def test_lessons_that_another_process_reads_become_the_same_pages(reading_ahead):
    ahead = site_of(reading_ahead)
    read = (reading_ahead / "log").read_text().splitlines()
    assert 1 < len(read) < len(PAGES) and read[-1].endswith("f.md")
    edit(reading_ahead, "lesson.py", "MANY_LETTERS = 1", "MANY_LETTERS = 250_000")
    (reading_ahead / "log").unlink()
    assert site_of(reading_ahead) == ahead
    assert not (reading_ahead / "log").exists()


def test_what_is_wrong_in_a_lesson_read_ahead_is_told_with_its_line(reading_ahead):
    lesson = reading_ahead / "docs" / "lessons" / "f.md"
    lesson.write_text("# F\n\n" + fence("1 +"))
    built = run_mkdocs(reading_ahead, "build")
    assert built.returncode != 0
    assert "lessons/f.md:4: not plain Python" in built.stdout
    assert str(lesson) in (reading_ahead / "log").read_text()


def test_where_no_other_process_can_run_the_build_makes_all_itself(reading_ahead):
    whole = site_of(reading_ahead)
    edit(reading_ahead, "meanwhile.py", "[sys.executable, ", '["false", ')
    (reading_ahead / "log").unlink()
    assert site_of(reading_ahead) == whole
    assert not (reading_ahead / "log").exists()


def test_a_prose_edit_to_one_of_many_lessons_starts_no_other_process(reading_ahead):
    edit(reading_ahead, "lesson.py", "MANY_LETTERS = 1", "MANY_LETTERS = 1_000")
    site_of(reading_ahead)
    (reading_ahead / "log").unlink()
    lesson = reading_ahead / "docs" / "lessons" / "c.md"
    lesson.write_text(lesson.read_text("utf-8") + "\nMore.\n")
    site_of(reading_ahead)
    assert not (reading_ahead / "log").exists()


def test_a_helper_does_not_outlive_its_build(monkeypatch, tmp_path):
    (tmp_path / "endless.py").write_text(
        "import time\n\ndef wait():\n    time.sleep(99)\n"
    )
    monkeypatch.setattr("meanwhile.HOOKS", str(tmp_path))
    helpers = Helpers()
    helpers.call("endless.wait")
    [process] = helpers.running
    assert process.poll() is None
    del helpers
    gc.collect()
    assert process.poll() is not None


def test_a_helper_is_called_with_texts_and_paths_as_they_are(monkeypatch, tmp_path):
    (tmp_path / "noting.py").write_text(
        "def note(text, paths):\n    paths[0].write_text(text, 'utf-8')\n"
    )
    monkeypatch.setattr("meanwhile.HOOKS", str(tmp_path))
    helpers = Helpers()
    helpers.call("noting.note", 'it\'s "ŷ"\n\\', [tmp_path / "a b'c"])
    helpers.wait()
    assert (tmp_path / "a b'c").read_text("utf-8") == 'it\'s "ŷ"\n\\'
