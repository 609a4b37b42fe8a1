"""Names of columns: which say identifier, group, code or time, whatever the values are."""

import re

import numpy as np

from linreg.cell_values import DATES
from linreg.columns import Column
from linreg.units import is_unit

IDS = {"id", "ids", "index", "idx", "row", "no", "nr", "nummer", "number", "#"}
GROUP = (
    "subject|patient|person|participant|student|pupil|customer|user|"
    "respondent|proband|household|family|school|classroom|hospital|firm|company|animal"
)
CODES = {"zip", "zipcode", "postcode", "postal", "plz", "region", "district", "fips"}
TIMES = {"year", "quarter", "month", "week", "date", "day", "hour", "time", "t"}.union(
    ["timestamp", "jahr", "monat", "woche", "datum", "tag", "zeit"]
)


def words_of(column: Column) -> list[str]:
    """Words of a name in lower case, without a unit: patient and id of PatientID."""
    apart = re.sub(r"(?<=[^\W\d_A-Z])(?=[A-Z])", " ", column.noun)
    return re.findall(r"[^\W_]+|#", apart.lower())


def is_whole(column: Column) -> bool:
    """Whether a column has texts, or whole numbers alone."""
    if column.kind == "category":
        return True
    values = column.values[~column.is_missing]
    return column.kind == "number" and bool((values == np.floor(values)).all())


def is_called_group(column: Column) -> bool:
    """Whether a column is called what has several rows, as subject or patient no are."""
    words = words_of(column)
    groups = {w for w in words if re.fullmatch(rf"(?:{GROUP})(?:id|no|nr)?", w)}
    rest = set(words) - groups
    return bool(groups) and rest <= IDS | {"code", "name"} and is_whole(column)


def is_called_id(column: Column) -> bool:
    """Whether a column is called an identifier, as row, id or order_id are."""
    words = words_of(column)
    ends_so = words[-1:] == ["id"] or (bool(words) and set(words) <= IDS)
    return is_whole(column) and (ends_so or is_called_group(column))


def is_called_code(column: Column) -> bool:
    """Whether a column of numbers is called a code of places, as zip or region are."""
    words = set(words_of(column))
    is_code = bool(words & CODES) and words <= CODES | IDS | {"code"}
    return is_code and is_whole(column) and column.kind == "number"


def is_called_time(column: Column) -> bool:
    """Whether a column is called a time, as year, time (s) or time_ms are."""
    first, *rest = words_of(column) or [""]
    return first in TIMES and all(map(is_unit, rest))


def is_time(column: Column) -> bool:
    """Whether a column is of dates, or has the name of a time and never turns back."""
    if column.kind != "number" or not is_called_time(column):
        return column.kind in DATES
    steps = np.diff(column.values)
    return bool((steps >= 0).all() or (steps <= 0).all())
