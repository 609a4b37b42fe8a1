"""Shared. The front matter of a lesson, which MkDocs and the other stages read.

Goes in: a lesson's text. Comes out: the text with blank lines in its place, or a refusal.
"""

import re
from pathlib import Path

import yaml
from cells import meant
from mkdocs.utils.meta import YAML_RE
from refusals import LessonError

# What the front matter may say, and, where that is one of some words, which.
FRONT_MATTER: dict[str, tuple[str, ...]] = {
    "title": (),
    "description": (),
    "hide": ("code", "minutes", "navigation", "toc", "footer", "path", "feedback"),
    "terms": ("introduced",),
    "search": (),
    "icon": (),
    "status": ("new", "deprecated"),
    "template": (),
}

TEXTS = ("title", "description")  # what readers see of it


def without_front_matter(text: str) -> str:
    """Leave blank lines where a lesson has its front matter, which MkDocs reads."""
    match = YAML_RE.search(text)
    if match is None:
        if begins := re.match(r"\s*---[ \t]*\n(?=[ \t]*[\w-]+[ \t]*:)", text):
            line = begins[0].rstrip("\n").count("\n") + 1
            raise LessonError(
                line,
                "front matter begins in the first line of a file and ends with ---",
            )
        return text
    if "{{" in match[0]:
        line = text.count("\n", 0, text.index("{{")) + 1
        raise LessonError(line, "a value can't stand in the front matter: write words")
    try:
        meta = yaml.safe_load(match[1])
    except yaml.MarkedYAMLError as error:
        row = error.problem_mark.line if error.problem_mark else 0
        raise LessonError(
            row + 2, f"the front matter is no YAML: {error.problem}"
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        raise LessonError(2, f"the front matter can't be read: {error}") from error
    if not isinstance(meta, dict):
        raise LessonError(1, "the front matter holds no names: write `title: ...`")
    refuse_doubles(match[1])
    for name, value in meta.items():
        row = next(
            (
                n
                for n, t in enumerate(match[0].split("\n"), 1)
                if t.startswith(str(name))
            ),
            1,
        )
        if name in TEXTS and (problem := misread(value)):
            raise LessonError(row, f"{name} {problem}")
        for said in [name] if name not in FRONT_MATTER else listed(value):
            words = FRONT_MATTER.get(name, FRONT_MATTER)
            if words and said not in words:
                raise LessonError(
                    row,
                    f"nothing heeds {said} in the front matter: {meant(str(said), words)}",
                )
    return "\n" * match[0].count("\n") + text[match.end() :]


def line_that_hides_code(text: str) -> int:
    """Find the line in which the front matter hides the code of a page; 0 if none does."""
    head = YAML_RE.search(text)
    meta = yaml.safe_load(head[1]) if head else {}
    if head is None or "code" not in listed(meta.get("hide", [])):
        return 0
    rows = head[0].split("\n")
    return next((n for n, row in enumerate(rows, 1) if row.startswith("hide")), 1)


def refuse_doubles(head: str) -> None:
    """Refuse a setting that is made twice: the first would count for nothing."""
    seen: dict[str, int] = {}
    for key, _ in yaml.compose(head).value:
        row = key.start_mark.line + 2
        if key.value in seen:
            raise LessonError(row, f"{key.value} is also in line {seen[key.value]}")
        seen[key.value] = row


def misread(value: object) -> str:
    """Say why a title or a description would not be shown as it was meant."""
    if isinstance(value, (bool, list, dict, float)) or value is None:
        return f"would be {value}: put the words into quotes"
    if found := re.search(r'["<>]', str(value)):
        return f"stands in the head of the page, where {found[0]} ends it: write “ ”, or words"
    return ""


def refuse_missing_looks(text: str, folders: list[str]) -> None:
    """Refuse a template or an icon in the front matter that is in no folder of the theme."""
    head = YAML_RE.search(text)
    looks = re.finditer(
        r"^(template|icon): *[\"']?([^\"'\n]*)", head[0] if head else "", re.MULTILINE
    )
    for match in looks:
        kind, name = match[1], match[2].strip()
        file = f".icons/{name}.svg" if kind == "icon" else name
        if not any(Path(folder, file).is_file() for folder in folders):
            line = text.count("\n", 0, match.start()) + 1
            raise LessonError(line, f"the theme has no {kind} {name}")


def listed(value: object) -> list[str]:
    """List what a setting of the front matter says: one word, or several."""
    return [str(part) for part in (value if isinstance(value, list) else [value])]
