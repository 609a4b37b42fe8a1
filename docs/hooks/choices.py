"""Shared. Choices: cells of nothing but assignments of literals, which readers change by controls.

Goes in: such a cell, and the dictionary of its page that says what each name may be. Comes out: what
a browser draws controls from; or a refusal. In the browser `adapted` is asked again after every run.
"""

import ast
import io
import json
import tokenize
from typing import Any

from refusals import LessonError

WIDTH = 88  # letters in a line, as everywhere
KINDS = {"options", "range", "file"}


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


def check_entries(source: str, line: int, name: str, said: str) -> dict[str, Any]:
    """Refuse choices that their dictionary lacks or does not allow; return what it says of them."""
    entries = json.loads(said)
    values = assigned(source) or {}
    rows = {node.targets[0].id: node.lineno for node in ast.parse(source).body}  # type: ignore[attr-defined]
    for choice, value in values.items():
        where = line + rows[choice] - 1
        entry = entries.get(choice)
        if not isinstance(entry, dict) or len(KINDS & entry.keys()) != 1:
            raise LessonError(
                where,
                f'{name} says nothing of {choice}: give it "options", a "range" or a "file"',
            )
        if "chosen" not in entry or not may_be(entry["chosen"], entry):
            raise LessonError(
                where, f"{name} suggests nothing for {choice} that can be chosen"
            )
        if not may_be(value, entry):
            raise LessonError(
                where, f"{choice} can't be {literal(value)}: {name} does not offer it"
            )
    return {choice: entries[choice] for choice in values}
