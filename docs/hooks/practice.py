"""Shared. The rules that exercises and questions keep, so that a page can be practised.

Goes in: a lesson's notebook, before it runs. Comes out: nothing, or a refusal.
"""

import ast
import builtins
import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import nbformat
from cells import code_cells, meant, tags_of
from names import names_read, nodes, top_level_names
from prose import MISSPELT, hide_code
from refusals import LessonError

SECTIONS = {"practice": "Practice", "check yourself": "Check yourself"}
# What such sections are called elsewhere; under another name no rule would reach them.
OTHER_NAMES = {"exercises": "Practice"}
FOLDS = ["The check, in code", "One solution"]
HEADING = re.compile(r"^(#{1,6}) +(.+?) *(?:\{.*\})? *$")
MARKER = re.compile(
    r"^(?P<kind>!!!|\?\?\?\+?) *(?P<words>[\w -]*?) *(?:\"(?P<title>.*)\")? *$"
)
KINDS = [
    "abstract",
    "answer",
    "attention",
    "bug",
    "caution",
    "check",
    "cite",
    "danger",
    "done",
    "error",
    "example",
    "fold",
    "fail",
    "failure",
    "faq",
    "help",
    "hint",
    "important",
    "info",
    "missing",
    "note",
    "question",
    "quote",
    "success",
    "summary",
    "tip",
    "tldr",
    "todo",
    "warning",
]


@dataclass
class Part:
    """What stands below a heading: options of a question, or folds of an exercise."""

    title: str
    level: int
    line: int
    above: str  # the title of the section that it belongs to
    options: list[tuple[str, int, str]] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)
    folds: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    checking: list[nbformat.NotebookNode] = field(default_factory=list)
    solutions: list[nbformat.NotebookNode] = field(default_factory=list)


def check_practice(notebook: nbformat.NotebookNode, hides_code: int = 0) -> None:
    """Refuse exercises without a check or a solution, and questions without one right answer.

    `hides_code` is the line in which the front matter hides the code, if one does.
    """
    parts = read_parts(notebook)
    claims = "\n".join(c.source for c in notebook.cells if "claim" in tags_of(c))
    tried: set[str] = set()
    for part in parts:
        check_heading(part)
        if part.options or (part.level > 2 and part.above == "Check yourself"):
            check_question(part)
        for check in part.checks:
            if claims.count(f"{check}(") < 2:
                raise LessonError(
                    part.line,
                    f"{check} is not shown to hint: claim what it says to right answers and to "
                    "wrong ones",
                )
            if check in tried:
                raise LessonError(
                    part.line,
                    f"{check} is defined twice, and the second takes the place of the first: "
                    "give this one a name of its own",
                )
            tried.add(check)
        check_alone(part, code_cells(notebook))
    for part in parts:
        inside = [p for p in parts if p.above == part.title]
        if part.title == "Practice":
            if hides_code:
                raise LessonError(
                    hides_code,
                    "without its code a page has no checks, and no solutions: delete code from "
                    f"hide, or the section Practice in line {part.line}",
                )
            check_exercises(part, [p for p in inside if p.level == 3])
        if part.title == "Check yourself":
            check_questions(part, [p for p in inside if p.level > 2])


def check_heading(part: Part) -> None:
    """Refuse a heading that is called like a section with rules, and would escape them."""
    title = part.title.lower()
    near = difflib.get_close_matches(title, SECTIONS, 1, 0.86)
    meant_for = SECTIONS[near[0]] if near else OTHER_NAMES.get(title, part.title)
    if part.title != meant_for:
        raise LessonError(part.line, f"{part.title}: did you mean {meant_for}?")
    if near and part.level != 2:
        raise LessonError(
            part.line, f"{part.title} is a section of the page: write ## {part.title}"
        )


def check_questions(section: Part, questions: list[Part]) -> None:
    """Refuse too few questions or too many, one that is asked twice, and answers easy to guess."""
    asked = [p.title for p in questions]
    for number, question in enumerate(questions):
        if question.title in asked[:number]:
            raise LessonError(question.line, "this question is asked twice")
    if not 2 <= len(questions) <= 5:
        raise LessonError(
            section.line, f"{len(questions)} questions: a page asks 2 to 5"
        )
    places = {[kind for kind, _, _ in p.options].index("right") for p in questions}
    if len(places) == 1:
        raise LessonError(
            section.line, "the right answer always stands at the same place: move some"
        )


def check_alone(exercise: Part, cells: Iterable[nbformat.NotebookNode]) -> None:
    """Refuse a check that fails for whoever has not run the solution, but tries alone."""
    solved = set().union(*(top_level_names(c.source) for c in exercise.solutions))
    others = [
        c for c in cells if c not in exercise.solutions and "claim" not in tags_of(c)
    ]
    there = {*dir(builtins)}.union(*(top_level_names(cell.source) for cell in others))
    for cell in exercise.checking:
        for name in sorted(names_read(cell.source) & solved - there):
            row = min(
                node.lineno
                for node in nodes(cell.source)
                if isinstance(node, ast.Name) and node.id == name
            )
            raise LessonError(
                int(cell.metadata.lesson.line) + row - 1,
                f"only the solution binds {name}, which whoever tries alone has not: "
                "compute it in the check",
            )


def read_parts(notebook: nbformat.NotebookNode) -> list[Part]:
    """Read the headings of a lesson, and what of practice stands below each."""
    parts = [Part("", 0, 1, "")]
    section = ""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            lesson = cell.metadata.lesson
            if fold := lesson.get("fold"):
                parts[-1].folds.append(fold)
            if fold == FOLDS[1]:
                parts[-1].solutions.append(cell)
            if fold == FOLDS[0]:
                parts[-1].checking.append(cell)
                parts[-1].checks += re.findall(
                    r"^def (check_\w+)\(", cell.source, re.MULTILINE
                )
            continue
        lines = cell.source.split("\n")
        shown = hide_code(cell.source).split("\n")
        for row, line in enumerate(lines):
            where = int(cell.metadata.lesson.line) + row
            if (match := HEADING.match(line)) and shown[row].strip():
                level = len(match[1])
                section = match[2] if level <= 2 else section
                parts.append(Part(match[2], level, where, section))
            elif MISSPELT.match(line.strip()) and shown[row].strip():
                raise LessonError(where, "an admonition begins with !!!, ??? or ???+")
            elif (match := MARKER.match(line.strip())) and shown[row].strip():
                words = match["words"].split()
                check_marker(match["kind"], words, match["title"], where, parts[-1])
                if words[0] == "answer":
                    text = [*lines[row + 1 :], "end"]
                    end = next(
                        n for n, t in enumerate(text) if t.strip() and t[:4].strip()
                    )
                    told = " ".join(" ".join(text[:end]).split())
                    parts[-1].options.append((words[1], where, told))
                    parts[-1].offered.append(match["title"].strip())
    return parts


def check_marker(
    kind: str, words: list[str], title: str | None, line: int, part: Part
) -> None:
    """Refuse an admonition that would look otherwise than its writer meant."""
    if not words or words[0] not in KINDS:
        said = words[0] if words else "nothing"
        raise LessonError(line, f"there is no admonition {said}: {meant(said, KINDS)}")
    if words[0] != "answer":
        if {*words[1:]} - {"inline", "end"}:
            raise LessonError(
                line, f'the title stands between quotes: {kind} {words[0]} "..."'
            )
        return
    if words[1:] not in (["right"], ["wrong"]):
        said = " ".join(words[1:]) or "nothing"
        raise LessonError(line, f"an answer is right or wrong, not {said}")
    if kind != "???":
        raise LessonError(line, "an answer is folded: begin it with ???")
    if not (title or "").strip():
        raise LessonError(line, 'an answer needs its text: ??? answer right "..."')
    if part.level != 4:  # so that no table of contents and no search gives it away
        raise LessonError(
            line, "an answer stands below a question, a heading with ####"
        )


def check_question(part: Part) -> None:
    """Refuse a question that has no right answer or two, or explains too little."""
    right = [kind for kind, _, _ in part.options].count("right")
    if right != 1:
        raise LessonError(part.line, f"{right} right answers: a question has one")
    if len(part.options) < 3:
        raise LessonError(
            part.line, f"{len(part.options)} answers: offer three at least"
        )
    for number, (kind, line, told) in enumerate(part.options):
        if part.offered[number] in part.offered[:number]:
            raise LessonError(line, "this answer is offered twice: change one")
        begin = "Right. " if kind == "right" else "Not quite. "
        if not told.startswith(begin) or len(told) <= 40:
            raise LessonError(
                line, f'explain this answer, beginning with "{begin.strip()}"'
            )


def check_exercises(practice: Part, exercises: list[Part]) -> None:
    """Refuse exercises without a check and a solution; the last one alone may be open."""
    if not 2 <= len(exercises) <= 5:
        raise LessonError(
            practice.line, f"{len(exercises)} exercises: a page sets 2 to 5"
        )
    for exercise in exercises:
        is_open = exercise is exercises[-1] and FOLDS[0] not in exercise.folds
        if exercise.folds != FOLDS and not is_open:
            raise LessonError(
                exercise.line,
                f"this exercise has the folds {exercise.folds}: give it {FOLDS}, in this order",
            )
        if not is_open:
            check_solutions(exercise)


def check_solutions(exercise: Part) -> None:
    """Refuse a check that is no function to call, and a solution that is not checked."""
    if not exercise.checks:
        raise LessonError(
            exercise.line,
            f"{FOLDS[0]} defines no check: write `def check_name(answer):`, which gives its hint",
        )
    calls = [f"print({check}(" for check in exercise.checks]
    for cell in exercise.solutions:
        line = int(cell.metadata.lesson.line) - 1
        if "solution" not in tags_of(cell):
            raise LessonError(line, 'tag this solution: tags=["solution"]')
        if not any(call in cell.source for call in calls):
            raise LessonError(
                line, f"this solution is not checked: end it with {calls[0]}...))"
            )
