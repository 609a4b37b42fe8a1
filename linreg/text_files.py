"""Files of text: how large, whether they are text at all, and in which encoding."""

import codecs
from pathlib import Path

MAX_BYTES = 2**27
OTHER_KINDS = {
    b"PK\x03\x04": "a zip archive, as Excel's .xlsx is",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "compressed",
    b"%PDF-": "a PDF",
}
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
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
    """Raise ValueError for bytes that are not those of a text."""
    for start, kind in OTHER_KINDS.items():
        if data.startswith(start):
            raise ValueError(f"{name} is {kind}, not text: {AS_CSV}")
    if b"\0" in data and not data.startswith(UTF_16):
        place = data.index(b"\0") + 1
        raise ValueError(f"{name} is not text, it has a zero in byte {place}: {AS_CSV}")


def is_text(data: bytes, encoding: str) -> bool:
    """Whether an encoding gives each byte a meaning."""
    try:
        data.decode(encoding)
    except (UnicodeError, LookupError):  # of the latter there is no such encoding
        return False
    return True


def find_encoding(data: bytes) -> str:
    """Encoding of a text: UTF-16 if it is marked so, else UTF-8, else Windows-1252.

    Windows-1252 is Latin-1 with the euro sign and curly quotes.
    """
    choices = ("utf-16",) if data.startswith(UTF_16) else ("utf-8-sig", "cp1252")
    # In Latin-1 every byte is a character.
    return next((name for name in choices if is_text(data, name)), "latin-1")


def refuse_encoding(name: str, data: bytes, encoding: str) -> None:
    """Raise ValueError if the bytes are no text in an encoding."""
    if not is_text(data, encoding):
        raise ValueError(
            f"{name} is no text in the encoding {encoding}: try {find_encoding(data)}"
        )


def read_bytes(path: Path, encoding: str | None) -> tuple[bytes, str]:
    """Read a text that is not too large, and find its encoding unless it is given.

    Raises FileNotFoundError if there is none, ValueError for what is no text.
    """
    refuse_size(path)
    data = path.read_bytes()
    refuse_binary(path.name, data)
    encoding = encoding or find_encoding(data)
    refuse_encoding(path.name, data, encoding)
    return data, encoding
