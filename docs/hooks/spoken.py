"""Shared. What a formula is called when it is read aloud.

Goes in: MathML. Comes out: words. Readers that know mathematics read the MathML itself; these words
are for those that don't, which would spell out TeX.
"""

import re
import unicodedata
from html import escape, unescape
from xml.etree import ElementTree

WORDS = {
    "=": "equals", "≈": "is about", "≠": "is not", "<": "is less than", ">": "is greater than",
    "≤": "is at most", "≥": "is at least", "∈": "in", "∼": "is distributed as", "~": "is distributed as",
    "←": "becomes", "→": "to", "⇒": "implies", "+": "plus", "−": "minus", "-": "minus", "±": "plus or minus",
    "·": "times", "⋅": "times", "×": "times", "∗": "star", "/": "over", "∂": "partial", "∇": "gradient of",
    "∑": "the sum", "∏": "the product", "∫": "the integral", "∞": "infinity", "√": "the square root of",
    "(": "open parenthesis", ")": "close parenthesis", "[": "open bracket", "]": "close bracket",
    "{": "open brace", "}": "close brace", "|": "bar", "‖": "double bar", "…": "and so on", "⋯": "and so on",
    "′": "prime", "⊤": "transpose", "⏟": "", "⁡": "of", "!": "factorial", "%": "percent",
}  # fmt: skip
ACCENTS = {
    "̂": "hat",
    "‾": "bar",
    "~": "tilde",
    "˙": "dot",
    "¨": "double dot",
    "→": "vector",
}
POWERS = {
    "2": "squared",
    "3": "cubed",
    "transpose": "transpose",
    "prime": "prime",
    "star": "star",
}
BIG = {"the sum", "the product", "the integral"}


def spoken(mathml: str) -> str:
    """Say a formula in words."""
    known = re.sub(r"&(?!lt;|gt;|amp;|#)\w+;", lambda e: escape(unescape(e[0])), mathml)
    return say(ElementTree.fromstring(known))


def say(element: ElementTree.Element) -> str:
    """Say a part of a formula: first its parts, then how they belong together."""
    parts = [say(child) for child in element]
    base, *rest = parts or [""]
    match element.tag:
        case "mi" | "mn" | "mo" | "mtext":
            return " ".join(word_of(sign) for sign in signs(element)).strip()
        case "mfrac":
            return f"the fraction {base} over {rest[0]}, end fraction,"
        case "msqrt":
            return f"the square root of {joined(parts)}, end root,"
        case "mroot":
            return f"the root of order {rest[0]} of {base}, end root,"
        case "msup":
            return f"{base} {power(rest[0])}"
        case "msub":
            return below(base, rest[0])
        case "msubsup":
            return f"{below(base, rest[0])} {power(rest[1])}"
        case "mover" if accent := ACCENTS.get((element[1].text or "").strip()):
            return f"{base} {accent}"
        case "munder" if base in BIG:
            return f"{base} over {rest[0]} of"
        case "munderover" if base in BIG:
            return f"{base} from {rest[0]} to {rest[1]} of"
        case "munder":
            return f"{base} {rest[0] and f'under which is {rest[0]},'}".strip()
        case "mtr":
            return joined(parts)
        case "mtable":
            return "; ".join(part.rstrip(",") for part in parts)
        case _:
            return joined(parts)


def signs(element: ElementTree.Element) -> list[str]:
    """Split what stands in a token: a word or number is one sign, anything else is itself."""
    text = unicodedata.normalize("NFKC", element.text or "").strip()
    return [text] if element.tag in ("mtext", "mn") or text.isalpha() else list(text)


def word_of(sign: str) -> str:
    """Say a sign; a Greek letter by its name."""
    if sign in WORDS:
        return WORDS[sign]
    name = unicodedata.name(sign, "") if len(sign) == 1 else ""
    if letter := re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)", name):
        greek = letter[2].lower().replace("lamda", "lambda")
        return greek if letter[1] == "SMALL" else greek.capitalize()
    return sign


def power(exponent: str) -> str:
    """Say what stands above."""
    if exponent == "minus 1":
        return "inverse"
    return POWERS.get(exponent, f"to the power of {exponent}")


def below(base: str, index: str) -> str:
    """Say what stands below."""
    return f"{base} over {index} of" if base in BIG else f"{base} sub {index}"


def joined(parts: list[str]) -> str:
    """Say one part after the other."""
    text = re.sub(r"\s+", " ", " ".join(parts)).strip()
    return re.sub(r"(,)? ?([,.;:])", lambda point: point[2], text)
