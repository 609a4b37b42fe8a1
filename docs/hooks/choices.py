"""Shared. Choices: cells of nothing but assignments of literals, which readers change by controls.

Goes in: such a cell, and the dictionary of its page that says what each name may be. Comes out: what
a browser draws controls from; or a refusal. In the browser `adapted` is asked again after every run.
"""

import ast
import io
import json
import re
import tokenize
from typing import Any

import nbformat
from cells import code_cells, meant, tags_of
from names import tree
from refusals import LessonError

WIDTH = 88  # letters in a line, as everywhere
# What an entry may say beside what is chosen, by its kind.
KINDS = {"options": ["shown", "why"], "range": ["why"], "file": ["most_bytes"]}
ENDINGS = re.compile(r"\s*\.[\w.-]+\s*(?:,\s*\.[\w.-]+\s*)*")


def assigned(source: str) -> dict[str, Any] | None:
    """Read a cell of nothing but assignments of literals; give None for any other."""
    found: dict[str, Any] = {}
    try:
        for node in ast.parse(source).body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    found[name] = ast.literal_eval(value)
                    if not is_plain(found[name]):
                        return None
                case _:
                    return None
    except (SyntaxError, ValueError):
        return None
    return found


def is_plain(value: Any) -> bool:
    """Tell whether a value is one that JSON has, too."""
    if isinstance(value, list):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        names = all(isinstance(key, str) for key in value)
        return names and all(map(is_plain, value.values()))
    return value is None or isinstance(value, (str, bool, int, float))


def may_be(value: Any, entry: dict[str, Any]) -> bool:
    """Tell whether an entry of the dictionary allows a value."""
    if "file" in entry:
        return isinstance(value, str)
    if "range" in entry:
        low, high, _ = entry["range"]
        return is_number(value) and low <= value <= high
    options = entry["options"]
    if isinstance(options, dict):
        if not isinstance(value, dict) or value.keys() != options.keys():
            return False
        return all(fits(value[key], options[key]) for key in options)
    if isinstance(entry["chosen"], list):
        return isinstance(value, list) and all(is_in(one, options) for one in value)
    return is_in(value, options)


def fits(value: Any, options: Any) -> bool:
    """Tell whether a value is of a kind, or among some options."""
    if options == "text":
        return isinstance(value, str)
    return is_number(value) if options == "number" else is_in(value, options)


def is_number(value: Any) -> bool:
    """Tell whether a value is a number, which true is not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_in(value: Any, options: list[Any]) -> bool:
    """Tell whether a value is one of some options, true and 1 being two things."""
    return any(
        value == one and isinstance(value, bool) == isinstance(one, bool)
        for one in options
    )


def written(name: str, value: Any) -> str:
    """Write an assignment as the formatter does: what is too long has a line for each item."""
    line = f"{name} = {literal(value)}"
    if len(line) <= WIDTH or not isinstance(value, (list, dict)) or not value:
        return line
    items = (
        [f"{literal(key)}: {literal(one)}" for key, one in value.items()]
        if isinstance(value, dict)
        else [literal(one) for one in value]
    )
    inside = "".join(f"    {item},\n" for item in items)
    first, last = "{}" if isinstance(value, dict) else "[]"
    return f"{name} = {first}\n{inside}{last}"


def literal(value: Any) -> str:
    """Write a literal, its texts between double quotes."""
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, dict):
        pairs = (f"{literal(key)}: {literal(one)}" for key, one in value.items())
        return f"{{{', '.join(pairs)}}}"
    is_text = isinstance(value, str)
    return json.dumps(value, ensure_ascii=False) if is_text else repr(value)


def adapted(source: str, entries: dict[str, Any], known: dict[str, Any]) -> str:
    """Give a cell the suggestions that are news, and those for what can't be chosen any more.

    `known` has what was suggested before. Code that is no cell of choices stays as it is.
    """
    values = assigned(source)
    if values is None or not values.keys() <= entries.keys():
        return source
    for name, value in values.items():
        chosen = entries[name]["chosen"]
        if known.get(name, chosen) != chosen or not may_be(value, entries[name]):
            values[name] = chosen
    return "\n".join(written(name, value) for name, value in values.items())


def check_source(source: str, line: int) -> None:
    """Refuse a cell of choices that holds anything but assignments of literals, as they are written."""
    values: dict[str, Any] = {}
    for node in ast.parse(source).body:
        where = line + node.lineno - 1
        one = assigned(ast.get_source_segment(source, node) or "")
        if one is None:
            raise LessonError(
                where,
                "a cell of choices holds only lines like `name = 1`, each a literal",
            )
        (name,) = one
        if name in values:
            raise LessonError(where, f"{name} is chosen twice: say it once")
        values |= one
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            raise LessonError(
                line + token.start[0] - 1,
                "controls would lose a comment among choices: put it into the prose",
            )
    plain = "\n".join(written(name, value) for name, value in values.items())
    if source.strip() != plain:
        raise LessonError(line, f"controls would write this cell so:\n{plain}")


def refuse_unused_entries(notebook: nbformat.NotebookNode) -> None:
    """Refuse what a cell writes into a dictionary of choices and no cell below lets readers choose."""
    used: dict[str, set[str]] = {}
    for cell in reversed(code_cells(notebook)):
        lesson = cell.metadata.lesson
        if "choices" in tags_of(cell):
            used.setdefault(lesson.options, set()).update(assigned(cell.source) or {})
            continue
        for node in tree(cell.source).body if used else ():
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(keys=keys)):
                    written_out = [key for key in keys if isinstance(key, ast.Constant)]
                    for key in written_out if name in used else ():
                        if key.value not in used[name]:
                            raise LessonError(
                                lesson.line + key.lineno - 1,
                                f"no cell of choices below has a line `{key.value!s} = ...`: "
                                f"write it, or leave it out of {name}",
                            )


def check_entries(source: str, line: int, name: str, said: str) -> dict[str, Any]:
    """Refuse choices that their dictionary lacks or does not allow; return what it says of them."""
    entries = json.loads(said)
    values = assigned(source) or {}
    rows = {node.targets[0].id: node.lineno for node in ast.parse(source).body}  # type: ignore[attr-defined]
    if not isinstance(entries, dict):
        raise LessonError(
            line - 1,
            f"{name} is no dictionary: let it have an entry for each name of this cell",
        )
    for choice, value in values.items():
        where = line + rows[choice] - 1
        entry = entries.get(choice)
        if not isinstance(entry, dict) or len(KINDS.keys() & entry.keys()) != 1:
            raise LessonError(
                where,
                f'{name} says nothing of {choice}: give it "options", a "range" or a "file"',
            )
        if fault := fault_of(entry):
            raise LessonError(where, f"what {name} says of {choice}: {fault}")
        if "chosen" not in entry or not may_be(entry["chosen"], entry):
            raise LessonError(
                where, f"{name} suggests nothing for {choice} that can be chosen"
            )
        if not may_be(value, entry):
            raise LessonError(
                where, f"{choice} can't be {literal(value)}: {name} does not offer it"
            )
        for one in (value, entry["chosen"]):
            if "range" in entry and not is_on_step(one, *entry["range"]):
                raise LessonError(
                    where, f"{choice} can't be {one}: no step of its range leads there"
                )
    for choice in values:
        if fault := fault_of_when(entries[choice].get("when"), values, entries):
            where = line + rows[choice] - 1
            raise LessonError(where, f"what {name} says of {choice}: {fault}")
    return {choice: entries[choice] for choice in values}


def fault_of(entry: dict[str, Any]) -> str:
    """Say what is wrong with the form of an entry, if something is."""
    (kind,) = KINDS.keys() & entry.keys()
    heeded = [kind, *KINDS[kind], "chosen", "label", "when"]
    for key in entry:
        if key not in heeded:
            return f'nothing heeds "{key}" beside "{kind}": {meant(key, heeded)}'
    if not isinstance(entry.get("label") or "", str):
        return '"label" is a text'
    if kind == "file":
        return fault_of_file(entry["file"], entry.get("most_bytes"))
    if kind == "range":
        return fault_of_range(entry["range"]) or fault_of_why(entry.get("why"), None)
    return fault_of_options(entry["options"], entry.get("shown")) or fault_of_why(
        entry.get("why"), parts_of(entry)
    )


def fault_of_file(endings: Any, most_bytes: Any) -> str:
    """Say what is wrong with the endings of a file's name, or how large it may be."""
    if not isinstance(endings, str) or not ENDINGS.fullmatch(endings):
        return '"file" has the endings of its name, as ".csv,.txt"'
    if not is_number(most_bytes) or most_bytes <= 0:
        return '"most_bytes" is a number: how large the file may be'
    return ""


def fault_of_range(limits: Any) -> str:
    """Say what is wrong with a range."""
    is_list = isinstance(limits, list) and len(limits) == 3
    if not is_list or not all(map(is_number, limits)):
        return '"range" is a list of three numbers: lowest, highest, step'
    low, high, step = limits
    is_right = low < high and step > 0
    return "" if is_right else '"range" goes up, by steps greater than zero'


def fault_of_options(options: Any, shown: Any) -> str:
    """Say what is wrong with options, or with the words for them."""
    if isinstance(options, dict):
        for key, one in options.items():
            if not isinstance(one, list) and one not in ("number", "text"):
                return f'"options" has for {key} neither a list nor "number" or "text"'
    elif not isinstance(options, list):
        return '"options" is a list, or a dictionary with a list for each key'
    if shown is None:
        return ""
    if isinstance(options, dict):
        return '"shown" is for a list of options: without it the keys are shown'
    is_right = isinstance(shown, list) and len(shown) == len(options)
    return (
        "" if is_right else f'"shown" is a list of {len(options)}: one for each option'
    )


def fault_of_why(why: Any, parts: list[str] | None) -> str:
    """Say what is wrong with the reasons; `parts` lists what may have a reason of its own, if any."""
    if why is None or isinstance(why, str):
        return ""
    if not isinstance(why, dict) or parts is None:
        return '"why" is a sentence; only of boxes to tick and of keys, each may have its own'
    for part, text in why.items():
        if part not in parts:
            return f'"why" speaks of {part}, which is no option'
        if not isinstance(text or "", str):
            return f'"why" says of {part} no sentence, but {text}'
    return ""


def parts_of(entry: dict[str, Any]) -> list[str] | None:
    """List the parts of a control that has several: the keys, or the boxes to tick."""
    options = entry["options"]
    if isinstance(options, dict):
        return list(options)
    if not isinstance(entry.get("chosen"), list):
        return None
    return [one if isinstance(one, str) else json.dumps(one) for one in options]


def fault_of_when(when: Any, values: dict[str, Any], entries: dict[str, Any]) -> str:
    """Say what is wrong with the condition under which a choice is shown."""
    if not isinstance(when or {}, dict):
        return '"when" is a dictionary: {"other": value}'
    for other, wanted in (when or {}).items():
        if other not in values:
            return f'"when" waits for {other}, which this cell does not choose'
        if not may_be(wanted, entries[other]):
            return f'"when" waits for {other} = {literal(wanted)}, which it can\'t be'
    return ""


def is_on_step(value: float, low: float, high: float, step: float) -> bool:
    """Tell whether a number is one that steps from the lowest lead to, but for rounding."""
    steps = (value - low) / step
    return abs(steps - round(steps)) < 1e-6
