"""Files of text: how large, whether they are text at all, and in which encoding."""

import codecs
from io import BytesIO, TextIOWrapper
from pathlib import Path

MAX_BYTES = 2**27
OTHER_KINDS = {
    b"PK\x03\x04": "a zip archive, as Excel's .xlsx is",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "compressed",
    b"%PDF-": "a PDF",
}
BYTE_ORDER_MARKS = {  # UTF-32 first, as one of its marks begins with one of UTF-16
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
}
AS_CSV = "save the table as CSV in the program that made it"


def refuse_size(path: Path) -> None:
    """Refuse a file that is missing, empty, or larger than is worth trying.

    Raises FileNotFoundError for the first, ValueError for the rest.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}: is its folder right?")
    size = path.stat().st_size
    if size == 0:
        raise ValueError(f"{path.name} is empty: choose a file with a table")
    if size > MAX_BYTES:
        raise ValueError(
            f"{path.name} has {size / 2**20:,.0f} MB, more than the {MAX_BYTES >> 20} MB "
            f"that fit here: keep the columns that you need, or a sample of the rows"
        )


def refuse_binary(name: str, data: bytes) -> None:
    """Raise ValueError for bytes that begin as those of no text do."""
    for start, kind in OTHER_KINDS.items():
        if data.startswith(start):
            raise ValueError(f"{name} is {kind}, not text: {AS_CSV}")


def decoded(data: bytes, encoding: str) -> str | None:
    """Text of the bytes of a file in an encoding; None if it can't be read in that."""
    try:
        return TextIOWrapper(BytesIO(data), encoding, newline="").read()
    except (ValueError, LookupError):  # of the latter there is no such encoding
        return None


def find_encoding(data: bytes) -> str:
    """Encoding of a text: UTF-16 or 32 if marked so, else UTF-8, else Windows-1252.

    Windows-1252 is Latin-1 with the euro sign and curly quotes.
    """
    marks = BYTE_ORDER_MARKS.items()
    marked = [name for name, starts in marks if data.startswith(starts)]
    choices = marked or ["utf-8-sig", "cp1252"]
    readable = (name for name in choices if decoded(data, name) is not None)
    return next(readable, "latin-1")  # in which every byte is a character


def refuse_encoding(name: str, data: bytes, encoding: str) -> None:
    """Raise ValueError if the bytes are no text in an encoding."""
    text = decoded(data, encoding)
    if text is None:
        raise ValueError(
            f"{name} is no text in the encoding {encoding!r}: try {find_encoding(data)}"
        )
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise ValueError(f"{name} is not text, it has a zero in line {line}: {AS_CSV}")


def read_bytes(path: Path, encoding: str | None) -> tuple[bytes, str]:
    """Read a text that is not too large, and find its encoding unless it is given.

    Raises FileNotFoundError if there is none, ValueError for what is no text.
    """
    refuse_size(path)
    data = path.read_bytes()
    refuse_binary(path.name, data)
    encoding = find_encoding(data) if encoding is None else encoding
    refuse_encoding(path.name, data, encoding)
    return data, encoding
