"""Questions on how a file is read: what may be chosen instead of what was found."""

from typing import Any

from linreg.columns import KINDS
from linreg.delimited import DELIMITERS
from linreg.tables import Table

Question = dict[str, Any]


def refuse_unlisted(name: str, value: Any, options: Any) -> None:
    """Raise ValueError for a choice that is not among the options."""
    for part in value if isinstance(value, list) else [value]:
        if part not in options:
            raise ValueError(f"{name} can't be {part!r}: choose from {options}")


def ask(
    options: Any, default: Any, why: Any, shown: list[str] | None = None
) -> Question:
    """A question with its options, the one that is chosen unless another is, and why.

    `shown` are words for the options where these are not words themselves.
    """
    question = {"options": options, "chosen": default, "why": why}
    return question | ({"shown": shown} if shown else {})


def reading_questions(table: Table) -> dict[str, Question]:
    """Questions on how a file is read; another choice needs the file to be read again."""
    columns = table.columns.values()
    words = DELIMITERS | {table.delimiter: DELIMITERS.get(table.delimiter, "another")}
    return {
        "delimiter": ask(
            list(words),
            table.delimiter,
            "With it the rows agree on their number of cells.",
            list(words.values()),
        ),
        "decimal": ask(
            [".", ","],
            table.decimal,
            "The numbers in the file have it, or none has any.",
            ["point", "comma"],
        ),
        "header": ask(
            [True, False],
            table.header,
            "The first line was compared with the others.",
            ["the first line has the names", "there are no names"],
        ),
        "types": ask(
            {column.name: list(KINDS) for column in columns},
            {column.name: column.kind for column in columns},
            {column.name: column.how for column in columns},
        ),
    }
