"""Columns of a table: of which kind the values are, and what stands for them."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from linreg.cell_values import (
    DATES,
    is_all,
    is_rounded,
    missing_among,
    plain_numbers,
    read_as,
)
from linreg.units import is_unit

KINDS = ("number", "yes/no", *DATES, "category")


def split_unit(name: str) -> tuple[str, str]:
    """Name and unit of a column such as "mass (g)" or "mass [g]", or the name and ""."""
    found = re.fullmatch(r"(.*\S)\s*(?:\(([^()]+)\)|\[([^][]+)\])", name)
    unit = found and (found[2] or found[3])
    return (found[1], unit) if found and unit and is_unit(unit) else (name, "")


@dataclass(frozen=True)
class Column:
    """A column of a table. Missing values are NaN, in a category "".

    A date is in days since the start of 1970, yes is 1 and no is 0.
    """

    name: str
    kind: str
    values: NDArray
    unit: str = ""
    how: str = ""  # what was doubtful when its cells were read
    decimal: str = "."

    @property
    def noun(self) -> str:
        """Name without a unit in brackets at its end."""
        return split_unit(self.name)[0]

    @property
    def label(self) -> str:
        """Name and unit."""
        is_told = self.unit in ("", split_unit(self.name)[1]) or self.kind in DATES
        return self.name if is_told else f"{self.noun} ({self.unit})"

    @property
    def is_missing(self) -> NDArray[np.bool_]:
        """Which rows have no value."""
        is_category = self.kind == "category"
        return np.asarray(self.values == "" if is_category else np.isnan(self.values))

    @cached_property
    def num_distinct(self) -> int:
        """Number of different values, missing ones aside."""
        return len(set(self.values[~self.is_missing].tolist()))


def find_kind(texts: Counter[str], decimal: str) -> tuple[str, str]:
    """Kind of the values that texts stand for, and in words what is doubtful."""
    if not texts:
        return "category", "no values"
    bare = {text.strip() for text in texts}
    if all(map(str.isdecimal, bare)) and any(re.match(r"0\d", text) for text in bare):
        return "category", "codes, as some start with a zero"
    is_whole = all(text.lstrip("+−-").isdecimal() for text in bare)
    if is_whole and any(map(is_rounded, bare)):
        return "category", "codes, as some have more digits than a number keeps"
    kinds = [kind for kind in KINDS[:-1] if is_all(kind, texts, decimal)]
    if "day.month.year" in kinds and "month/day/year" in kinds:
        return "category", "dates, but day and month can't be told apart: choose which"
    if kinds:
        return kinds[0], ""
    odd = texts.keys() - read_as("number", texts, decimal)[0].keys()
    if sum(texts[text] for text in odd) > texts.total() / 2:
        return "category", ""
    return "category", f"mostly numbers, but not {min(odd)!r}: as number, it is missing"


def as_category(texts: Sequence[str], missing: set[str]) -> NDArray:
    """Texts without spaces around them, and "" for those that say it is missing."""
    levels = {text: text.strip() for text in texts} | dict.fromkeys(missing, "")
    return np.array([levels[text] for text in texts], dtype=object)


def parse_numbers(texts: Sequence[str], decimal: str) -> NDArray[np.float64] | None:
    """Numbers as Python writes them, or missing; None unless all cells are such."""
    if decimal == "," and any("." in text for text in texts):  # between thousands
        return None
    values = plain_numbers(texts)
    if values is not None:
        return values
    missing = missing_among(set(texts))
    present = [text for text in texts if text not in missing]
    numbers = plain_numbers(present) if missing and present else None
    if numbers is not None:
        values = np.full(len(texts), np.nan)
        values[[text not in missing for text in texts]] = numbers
    return values


def parse_column(
    name: str, texts: Sequence[str], decimal: str, kind: str | None = None
) -> Column:
    """Read the cells of a column, as a kind that is found unless it is given.

    A text that the given kind can't read counts as missing.
    """
    numbers = parse_numbers(texts, decimal) if kind in (None, "number") else None
    if numbers is not None:
        return Column(name, "number", numbers, split_unit(name)[1], decimal=decimal)
    distinct = Counter(texts)
    missing = missing_among(distinct)
    for text in missing:
        del distinct[text]
    found, how = (kind, "") if kind else find_kind(distinct, decimal)
    if found == "category":
        return Column(name, found, as_category(texts, missing), "", how, decimal)
    known, unit = read_as(found, distinct, decimal)
    if odd := distinct.keys() - known.keys():
        how = f"{min(odd)!r} and other such texts count as missing"
    elif found == "number" and (odd := {*filter(is_rounded, known)}):
        how = f"{min(odd)!r} and other such numbers are rounded: as category, they are kept"
    values = np.array([known.get(text, np.nan) for text in texts])
    unit = "day" if found in DATES else unit or split_unit(name)[1]
    return Column(name, found, values, unit, how, decimal)
