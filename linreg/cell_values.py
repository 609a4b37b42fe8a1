"""Cells of a table: the number, the date, or the yes or no that a text stands for."""

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice

import numpy as np
from numpy.typing import NDArray

Texts = set[str] | frozenset[str] | Counter[str]  # a Counter knows of how many rows

DASHES = {"-", "--", "–"}
MISSING = DASHES | {"", "na", "n/a", "#n/a", "nan", "null", "?", "."}
PLUS = re.compile("[+±][+±/−–-]*")  # levels, as ++ and +/-
PAIRS = (("no", "yes"), ("n", "y"), ("false", "true"), ("f", "t"))
TRUTHS = {word: float(k) for pair in PAIRS for k, word in enumerate(pair)}
EPOCH = datetime(1970, 1, 1)
TIME = r"(?:[T ](\d\d?):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?Z?"
YEAR = r"(\d{4}|(?<=[./])\d\d)"  # 3-4-05 may be no date
DATES = {  # how a date is written: its pattern, and where year, month and day are in it
    "year-month-day": (
        rf"(\d{{4}})[-/.](\d\d?)(?:[-/.](\d\d?){TIME})?",  # or a month alone
        (1, 2, 3),
    ),
    "day.month.year": (rf"(\d\d?)[./-](\d\d?)[./-]{YEAR}{TIME}", (3, 2, 1)),
    "month/day/year": (rf"(\d\d?)[/-](\d\d?)[/-]{YEAR}{TIME}", (3, 1, 2)),
}
SPACES = " \u00a0\u202f"  # the last two break no line
GROUPS = {".": f",’'{SPACES}", ",": f".’'{SPACES}"}  # between thousands
LARGEST = 1e100  # number whose powers are numbers, too
COUNTABLE = 2**53  # up to it float64 has every whole number
SIGN = "[+−-]"
# A currency, as in $5 and -$5; after a number a unit, too, as in 5kg or 5 yards.
BEFORE = f"({SIGN}(?=[$€£¥]))?([$€£¥]?)[{SPACES}]?"
AFTER = (
    rf"([{SPACES}]?(?:[%‰$€£¥]|°[CF]?|[kmcµ]?[gms][\xb2\xb3]?)"
    rf"|[{SPACES}][^\W\d_]{{1,9}}[\xb2\xb3]?|)"
)


def missing_among(texts: Texts) -> set[str]:
    """Texts which say that a value is missing; a dash among plus signs says minus."""
    missing = {t for t in texts if len(t) < 9 and t.strip().lower() in MISSING}
    dashes = {text for text in missing if text.strip() in DASHES}
    if not dashes or len(missing) == len(texts):
        return missing
    are_signs = all(t in missing or PLUS.fullmatch(t.strip()) for t in texts)
    return missing - dashes if are_signs else missing


def number_pattern(decimal: str) -> re.Pattern[str]:
    """Pattern of a number with a decimal point or comma, in groups of three or not."""
    mark = re.escape(decimal)
    whole = rf"[1-9]\d{{0,2}}(?:[{GROUPS[decimal]}]\d{{3}})+|\d+"
    number = rf"(?(1)|{SIGN}?)(?:(?:{whole})(?:{mark}\d*)?|{mark}\d+)(?:[eE][+-]?\d+)?"
    return re.compile(f"{BEFORE}({number}){AFTER}")


def decimal_mark(texts: Texts) -> str:
    """Decimal mark that some texts leave no doubt of: "." or ",", or "" if none does.

    1,5 and 0,125 have a decimal comma, 1.5 and 1,234.5 a decimal point; 1,234 may be
    both, and so may 1.234.
    """
    point, comma = number_pattern("."), number_pattern(",")
    fits = {
        (bool(point.fullmatch(text.strip())), bool(comma.fullmatch(text.strip())))
        for text in texts
    }
    marks = {(True, False): ".", (False, True): ","}.items()
    found = [mark for pair, mark in marks if pair in fits]
    return found[0] if len(found) == 1 else ""


def is_rounded(number: str) -> bool:
    """Whether float64 does not have a whole number."""
    digits = number.strip().lstrip("+−-")
    return digits.isdecimal() and int(digits[:400]) != float(digits)


def vanishes(number: str) -> bool:
    """Whether float64 takes a number for zero that is none, such as 1e-400."""
    mantissa = re.split("[eE]", number)[0]
    return float(number) == 0 and any(int(d) for d in mantissa if d.isdecimal())


def split_numbers(texts: Texts, decimal: str) -> dict[str, tuple[str, str]]:
    """Number, as Python writes it, and unit of each text that is a number."""
    pattern = number_pattern(decimal)
    found = {text: pattern.fullmatch(text.strip()) for text in texts}
    point = str.maketrans(dict.fromkeys(GROUPS[decimal]) | {decimal: ".", "−": "-"})
    return {
        text: (
            ((match[1] or "") + match[3]).translate(point),
            match[2] + match[4].strip(),
        )
        for text, match in found.items()
        if match
    }


def to_numbers(texts: Texts, decimal: str) -> tuple[dict[str, float], str]:
    """Numbers that texts stand for, where their unit is that of most, and that unit."""
    parts, rows = split_numbers(texts, decimal), Counter(texts)
    units: Counter[str] = Counter()
    for text, (_, own) in parts.items():
        units[own] += rows[text]
    unit = max(units, key=lambda unit: (units[unit], unit), default="")
    return {
        text: float(number)
        for text, (number, own) in parts.items()
        if own == unit and abs(float(number)) <= LARGEST and not vanishes(number)
    }, unit


def to_truths(texts: Texts) -> dict[str, float]:
    """1 for each text that says yes or true, 0 for no or false."""
    lower = {text: text.strip().lower() for text in texts}
    return {text: TRUTHS[word] for text, word in lower.items() if word in TRUTHS}


def are_of_one_pair(texts: Texts) -> bool:
    """Whether all words are of the same pair, as N and F are not."""
    words = {text.strip().lower() for text in texts}
    return any(words <= set(pair) for pair in PAIRS)


def full_year(digits: str) -> int:
    """Year of four digits, or of two: 69 to 99 are of the last century, as in POSIX."""
    century = (1900 if digits > "68" else 2000) * (len(digits) == 2)
    return century + int(digits)


def to_days(texts: Texts, kind: str) -> dict[str, float]:
    """Days since the start of 1970, of each text that is a date written in one way.

    A time of day counts to the second; a month stands for its first day.
    """
    pattern, order = DATES[kind]
    found = {text: re.fullmatch(pattern, text.strip()) for text in texts}
    days = {}
    for text, match in found.items():
        if match:
            year, month, day = (match[place] or "1" for place in order)
            time = [int(match[place] or 0) for place in (4, 5, 6)]
            with suppress(ValueError):  # there is no 31 February
                day_of = full_year(year), int(month), int(day)
                moment = datetime(*day_of, time[0], time[1], time[2])
                days[text] = (moment - EPOCH) / timedelta(days=1)
    return days


def read_as(kind: str, texts: Texts, decimal: str) -> tuple[dict[str, float], str]:
    """What texts stand for as values of a kind, where they do, and their unit."""
    if kind == "number":
        return to_numbers(texts, decimal)
    return (to_truths(texts) if kind == "yes/no" else to_days(texts, kind)), ""


def is_all(kind: str, texts: Texts, decimal: str) -> bool:
    """Whether all texts are values of a kind, tried on a few of them first."""
    few = set(islice(texts, 20))
    return all(
        len(read_as(kind, some, decimal)[0]) == len(some) > 0 for some in (few, texts)
    ) and (kind != "yes/no" or are_of_one_pair(texts))


def plain_numbers(texts: Sequence[str]) -> NDArray[np.float64] | None:
    """Numbers as Python writes them, many times as fast; None unless all are.

    Whole numbers of which some start with a zero, as 007, are codes, not numbers, and so
    are those that float64 does not keep.
    """
    try:
        values = np.array(list(map(float, texts)))
    except ValueError:
        return None
    together = "\n".join(texts)
    if "_" in together or not together.isascii() or not (abs(values) <= LARGEST).all():
        return None
    extreme = np.flatnonzero((values == 0) | (abs(values) >= COUNTABLE)).tolist()
    if any(is_rounded(text) or vanishes(text) for text in {texts[k] for k in extreme}):
        return None
    is_whole = bool((values == np.floor(values)).all())
    is_code = is_whole and re.search(r"^\s*0\d", together, re.MULTILINE)
    return None if is_code else values
