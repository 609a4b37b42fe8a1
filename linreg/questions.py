"""Questions about a table: what may be chosen, what a careful analyst would, and why."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from linreg.cell_values import DATES
from linreg.column_names import is_called_id, is_time
from linreg.columns import Column
from linreg.design_matrix import Design
from linreg.new_rows import middle
from linreg.reading_questions import Question, ask, reading_questions, refuse_unlisted
from linreg.suggestions import is_group, is_likely_target, why_not
from linreg.tables import Table
from linreg.words import counted

TARGETS = {"target", "y"}
SPLITS = {
    "rows": "rows at random",
    "groups": "whole groups at random",
    "time": "the latest rows",
}
SHARES = [0.1, 0.2, 0.3]
SEEDS = [1234, 1, 2, 3]


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
    names = [column.name for column in columns if column.num_distinct > 1]
    refuse_no_numbers(names)
    called = [name for name in names if name.lower() in TARGETS]
    likely = [name for name in names if is_likely_target(table.columns[name])]
    why = (
        "It is called so." if called else "Most tables have it last, among the numbers."
    )
    return ask(names, (called or likely or names)[-1], why)


def ask_features(table: Table, target: str) -> Question:
    """Which columns may explain the target, and why the others are left out."""
    names = [name for name in table.columns if name != target]
    reasons: dict[str, str] = {}
    numbers: list[Column] = []
    chosen: list[str] = []
    room = max(table.num_rows // 3, 1)  # for coefficients
    for name in names:
        column = table.columns[name]
        out = why_not(column, table.columns[target], numbers, len(names) == 1)
        cost = column.num_distinct - 1 if column.kind == "category" else 1
        if not out and cost > room:
            rows = counted(table.num_rows, "row")
            out = f"would need more coefficients than {rows} allow"
        reasons[name] = f"Left out: it {out}." if out else ""
        if not out:
            room -= cost
            chosen.append(name)
            numbers += [column] * (column.kind != "category")
    if not chosen:
        columns = [table.columns[name] for name in names]
        numeric = [
            c.name for c in columns if c.kind != "category" and c.num_distinct > 1
        ]
        (taken,) = chosen = (numeric or names)[:1]
        out = reasons[taken].removeprefix("Left out: ")
        reasons[taken] = f"Taken, as no other is left, although {out}"
    return ask(names, chosen, reasons)


def ask_split(table: Table) -> dict[str, Question]:
    """How to choose the rows to test on: as the new rows will differ from these."""
    columns, rows = table.columns, table.num_rows
    counts = {name: column.num_distinct for name, column in columns.items()}
    groups = [name for name in columns if 2 < counts[name] < rows]
    times = [
        n for n in columns if columns[n].kind in ("number", *DATES) and counts[n] > 2
    ]
    group = [name for name in groups if is_group(columns[name], rows)]
    group.sort(key=lambda name: not is_called_id(columns[name]))
    categories = [name for name in groups if columns[name].kind == "category"]
    time = [n for n in times if is_time(columns[n]) and counts[n] > 9]
    split, why = "rows", "No column of dates or groups was recognized."
    if group:
        split, why = (
            "groups",
            f"Rows of one {group[0]!r} are alike: keep them together.",
        )
    if time:
        split, why = "time", f"By {time[0]!r} new rows come later: test on the latest."
    kinds = ["rows"] + ["groups"] * bool(groups) + ["time"] * bool(times)
    groups, times = groups or [""], times or [""]
    return {
        "split": ask(kinds, split, why, [SPLITS[kind] for kind in kinds]),
        "group": ask(
            groups, (group + categories + groups)[0], "Its rows stay together."
        ),
        "time": ask(times, (time + times)[0], "It says which rows come later."),
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
    reading = reading_questions(table)
    asked = reading | {"target": target}
    asked["features"] = ask_features(table, choices.get("target", target["chosen"]))
    asked |= ask_split(table)
    asked["test_size"] = ask(
        SHARES, 0.2, "A fifth is enough to judge, and leaves most."
    )
    asked["seed"] = ask(SEEDS, SEEDS[0], "Any number: it makes the shuffle repeatable.")
    for name, question in asked.items():
        if name in choices and name not in reading:
            refuse_unlisted(name, choices[name], question["options"])
            question["chosen"] = choices[name]
    return asked


def ask_row(design: Design) -> Question:
    """Which row to predict: a value for each feature, at first the median or the reference.

    The options of a feature are its levels, or the word number, or text for a date.
    """
    options: dict[str, Any] = {}
    chosen: dict[str, Any] = {}
    for name in design.features:
        column = design.table.columns[name]
        values = column.values[design.rows]
        if column.kind == "category":
            options[name], chosen[name] = design.levels[name], design.levels[name][0]
        elif column.kind == "yes/no":
            options[name], chosen[name] = (
                ["no", "yes"],
                ["no", "yes"][round(np.mean(values))],
            )
        elif column.kind in DATES:
            day = np.datetime64(int(np.median(values)), "D")
            options[name], chosen[name] = "text", str(day)
        else:
            options[name], chosen[name] = "number", middle(values)
    return ask(options, chosen, "It is in the middle of the rows.")
