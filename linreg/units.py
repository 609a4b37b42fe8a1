"""Units: which texts in brackets behind the name of a column are units, and which not."""

import re

LONG = (  # what has more than two letters
    "[hkMG](?:Wh|Pa|Hz|eV)|mol|bar|kcal|ppm|rpm|bpm|mph|psi|mmHg|min|sec|deg|rad|percent|"
    "USD|EUR|GBP|CHF|JPY|CNY|INR|(?:second|minute|hour|day|week|month|year|mile)s?"
)
PART = re.compile(
    rf"(?:{LONG}|[kM]?[%‰$€£¥°]|°?[^\W\d_]|[^\W\d_]{{2}})(?:[\xb2\xb3]|\^?-?[1-4])?"
)


def is_unit(text: str) -> bool:
    """Whether a text is a unit, such as kg, km/h, m² or USD; old, 2 or 0-100 is none."""
    return all(PART.fullmatch(part) for part in re.split("[ /·*]", text))
