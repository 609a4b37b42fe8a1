"""Units: which texts in brackets behind the name of a column are units, and which not."""

import re

PREFIXES = "(?:da|[YZEPTGMkhdcmµμunpf])"
BASES = (  # of the SI, and what is used with it
    "m|g|s|A|K|mol|cd|Hz|N|Pa|J|W|V|Ω|ohm|C|F|T|H|lm|lx|Bq|Gy|Sv|l|L|t|bar|eV|B|bit|byte|"
    "h|Wh|cal|ha|M|dB"
)
MONEY = (
    "[$€£¥]|USD|EUR|GBP|JPY|CHF|CNY|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RUB|TRY|BRL|"
    "MXN|KRW|ZAR|SGD|HKD"
)
OTHERS = (
    "°|°C|°F|%|‰|ppm|ppb|dB|pH|in|ft|yd|mi|lb|lbs|oz|gal|mph|mpg|kn|hp|psi|rpm|bpm|deg|rad|"
    "px|pt|min|mins|sec|secs|hr|hrs|d|wk|mo|yr|yrs|a|mmHg|Mio|Mrd|pp|Std|Tage?|Jahre?|"
    "(?:second|minute|hour|day|week|month|year|inch|metre|meter|mile|pound|gram|degree|"
    "dollar|euro|percent)(?:s|es)?|feet|foot"
)
PART = re.compile(
    rf"(?:{PREFIXES}?(?:{BASES})|[kM]?(?:{MONEY})|{OTHERS}|[^\W\d_])\.?"
    r"(?:[²³]|\^?-?[1-4])?"
)


def is_unit(text: str) -> bool:
    """Whether a text is a unit, such as kg, km/h, m² or USD; old, 2 or 0-100 is none."""
    parts = re.split(r"\s*[/·*]\s*|\s+(?:per\s+)?", text.strip())
    return all(PART.fullmatch(part) for part in parts)
