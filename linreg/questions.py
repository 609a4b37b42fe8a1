"""Questions about a table: what may be chosen, what a careful analyst would, and why."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from linreg.cells import DATES
from linreg.checks import Array
from linreg.columns import KINDS, Column
from linreg.delimited import DELIMITERS
from linreg.design_matrix import Design
from linreg.splits import Rows, split_by_groups, split_by_rows, split_by_time
from linreg.tables import Table

Question = dict[str, Any]

TARGETS = {"target", "y"}
TIMES = {"year", "date", "time", "day", "month", "t"}
MAX_MISSING = 0.3
SAME = 0.9999  # of two columns whose correlation is larger, one says nothing new
SHARES = [0.1, 0.2, 0.3]
SEEDS = [1234, 1, 2, 3]


def num_distinct(column: Column) -> int:
    """Number of different values, missing ones aside."""
    return len(set(column.values[~column.is_missing].tolist()))


def numbers_rows(column: Column) -> bool:
    """Whether a column counts the rows, or has another text in each."""
    values = column.values[~column.is_missing]
    if column.kind == "category":
        return num_distinct(column) == len(values) > 1
    return len(values) > 2 and bool((abs(np.diff(np.sort(values))) == 1).all())


def is_name_of_id(name: str) -> bool:
    """Whether a column is called an identifier, as id or patient_id are."""
    return name.lower().replace("_", " ").split()[-1:] in (["id"], ["index"])


def is_ordered(column: Column) -> bool:
    """Whether the values never fall from row to row."""
    return column.kind != "category" and bool((np.diff(column.values) >= 0).all())


def correlation(one: Array, other: Array) -> float:
    """Correlation of two columns over the rows where both have values; 0 if one is constant."""
    both = np.isfinite(one) & np.isfinite(other)
    a, b = one[both] - one[both].mean(), other[both] - other[both].mean()
    size = np.sqrt(np.sum(a**2) * np.sum(b**2))
    return float(np.sum(a * b) / size) if size > 0 else 0.0


def why_not(column: Column, target: Column, earlier: list[Column]) -> str:
    """Say why a careful analyst would leave a feature out; "" if there is no reason to."""
    num_values = len(column.values) - int(column.is_missing.sum())
    levels, share = num_distinct(column), 1 - num_values / len(column.values)
    if levels < 2:
        return "is the same in every row, so it can't explain a difference"
    if share > MAX_MISSING:
        return f"misses {share:.0%} of its values, and every one would cost a row"
    if numbers_rows(column):
        return "differs in every row as a number or name of the row would"
    if is_name_of_id(column.name):
        return "is called an identifier: its size means nothing"
    if column.kind in DATES:
        return "says when: as a feature it would stand for a steady trend"
    if column.kind == "category":
        too_many = levels > 20 or num_values < 10 * levels
        return f"has {levels} levels, many for {num_values} rows" * too_many
    if abs(correlation(column.values, target.values)) > SAME:
        return f"gives {target.name!r} away: their correlation is 1.000"
    for other in earlier:
        if abs(correlation(column.values, other.values)) > SAME:
            return f"says what {other.name!r} says: their correlation is 1.000"
    return ""


def refuse_unlisted(name: str, value: Any, options: Any) -> None:
    """Raise ValueError for a choice that is not among the options."""
    for part in value if isinstance(value, list) else [value]:
        if part not in options:
            raise ValueError(f"{name} can't be {part!r}: choose from {options}")


def ask(options: Any, default: Any, why: Any) -> Question:
    """A question with its options, the one that is chosen unless another is, and why."""
    return {"options": options, "chosen": default, "why": why}


def reading_questions(table: Table) -> dict[str, Question]:
    """Questions on how a file is read; another choice needs the file to be read again."""
    columns = table.columns.values()
    return {
        "delimiter": ask(list(DELIMITERS), table.delimiter, "The rows agree under it."),
        "decimal": ask([".", ","], table.decimal, "The numbers in the file have it."),
        "header": ask(
            [True, False], table.header, "The first line, beside the others."
        ),
        "types": ask(
            {column.name: list(KINDS) for column in columns},
            {column.name: column.kind for column in columns},
            {column.name: column.how for column in columns},
        ),
    }


def refuse_no_numbers(names: list[str]) -> None:
    """Raise ValueError if no column can be a target."""
    if not names:
        raise ValueError(
            "no column holds numbers that vary, so none can be the target: if one should, "
            "say that its type is number, or choose another delimiter or decimal mark"
        )


def ask_target(table: Table) -> Question:
    """Which column to explain: one called so, else the last that holds many numbers."""
    columns = [c for c in table.columns.values() if c.kind != "category"]
    names = [column.name for column in columns if num_distinct(column) > 1]
    refuse_no_numbers(names)
    called = [name for name in names if name.lower() in TARGETS]
    likely = [
        name
        for name in names
        if table.columns[name].kind == "number"
        and num_distinct(table.columns[name]) > 2
        and not numbers_rows(table.columns[name])
    ]
    why = (
        "It is called so." if called else "Most tables have it last, among the numbers."
    )
    return ask(names, (called or likely or names)[-1], why)


def ask_features(table: Table, target: str) -> Question:
    """Which columns may explain the target, and of each why it is in or out."""
    names = [name for name in table.columns if name != target]
    reasons: dict[str, str] = {}
    numbers: list[Column] = []
    chosen: list[str] = []
    room = max(table.num_rows // 3, 1)  # for coefficients
    for name in names:
        column = table.columns[name]
        out = why_not(column, table.columns[target], numbers)
        cost = num_distinct(column) - 1 if column.kind == "category" else 1
        if not out and cost > room:
            out = f"{table.num_rows} rows are too few for so many coefficients"
        reasons[name] = (
            f"out: {out}" if out else "in: known before, as far as we can see"
        )
        if not out:
            room -= cost
            chosen.append(name)
            numbers += [column] * (column.kind != "category")
    return ask(names, chosen or names[:1], reasons)


def ask_split(table: Table) -> dict[str, Question]:
    """How to choose the rows to test on: as the new rows will differ from these."""
    columns, rows = table.columns, table.num_rows
    counts = {name: num_distinct(column) for name, column in columns.items()}
    groups = [name for name in columns if 1 < counts[name] < rows]
    times = [
        n for n in columns if columns[n].kind in ("number", *DATES) and counts[n] > 1
    ]
    many = [n for n in groups if counts[n] > 20 and columns[n].kind == "category"]
    group = [n for n in groups if is_name_of_id(n) and counts[n] > 2] + many
    dated = [n for n in times if columns[n].kind in DATES and counts[n] > 9]
    called = [n for n in times if n.lower() in TIMES and is_ordered(columns[n])]
    time = dated + [name for name in called if counts[name] > 9]
    split, why = "rows", "The rows look like draws of one kind, in no order."
    if group:
        split, why = (
            "groups",
            f"Rows of one {group[0]!r} are alike: keep them together.",
        )
    if time:
        split, why = "time", f"By {time[0]!r} new rows come later: test on the latest."
    kinds = ["rows"] + ["groups"] * bool(groups) + ["time"] * bool(times)
    return {
        "split": ask(kinds, split, why),
        "group": ask(groups, (group + groups + [""])[0], "Rows that belong together."),
        "time": ask(times, (time + times + [""])[0], "When a row was measured."),
    }


def questions(
    table: Table, choices: Mapping[str, Any] | None = None
) -> dict[str, Question]:
    """All that can be chosen before a table is fitted: options, choice and reason.

    `choices` holds what a reader chose, by name of the question; the others have what
    a careful analyst would choose beside them. Raises ValueError for a choice that is
    not among the options, and for a table without a possible target.
    """
    choices = choices or {}
    target = ask_target(table)
    refuse_unlisted(
        "target", choices.get("target", target["chosen"]), target["options"]
    )
    asked = reading_questions(table) | {"target": target}
    asked["features"] = ask_features(table, choices.get("target", target["chosen"]))
    asked |= ask_split(table)
    asked["test_size"] = ask(
        SHARES, 0.2, "A fifth is enough to judge, and leaves most."
    )
    asked["seed"] = ask(SEEDS, SEEDS[0], "Any number: it makes the shuffle repeatable.")
    for name in set(choices) & set(asked) - set(reading_questions(table)):
        refuse_unlisted(name, choices[name], asked[name]["options"])
        asked[name]["chosen"] = choices[name]
    return asked


def refuse_missing_times(name: str, times: Array) -> None:
    """Raise ValueError if a row has no time."""
    missing = int(np.isnan(times).sum())
    if missing:
        raise ValueError(f"{name!r} misses {missing} values: split by another column")


def split_once(
    design: Design, rows: Rows, chosen: Mapping[str, Any], rng: np.random.RandomState
) -> tuple[Rows, Rows]:
    """Split some rows of X in two, as was chosen; the later or smaller part is second."""
    columns, of_table = design.table.columns, design.rows[rows]
    if chosen["split"] == "groups":
        groups = columns[chosen["group"]].values[of_table].astype(str)
        first, second = split_by_groups(groups, chosen["test_size"], rng)
    elif chosen["split"] == "time":
        times = columns[chosen["time"]].values[of_table]
        refuse_missing_times(chosen["time"], times)
        first, second = split_by_time(times, chosen["test_size"])
    else:
        first, second = split_by_rows(len(rows), chosen["test_size"], rng)
    return rows[first], rows[second]


def split_rows(design: Design, chosen: Mapping[str, Any]) -> tuple[Rows, Rows, Rows]:
    """Rows of X to train on, to tune on and to test on, split as was chosen.

    `chosen` has the answers to `split`, `group`, `time`, `test_size` and `seed`.
    """
    rng = np.random.RandomState(chosen["seed"])
    rest, test = split_once(design, np.arange(len(design.X)), chosen, rng)
    train, val = split_once(design, rest, chosen, rng)
    return train, val, test
