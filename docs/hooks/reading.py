"""Shared. How texts are read: UTF-8, and nothing in it that an editor would not show.

Goes in: a file. Comes out: its text, or a refusal with the line.
"""

import re
from pathlib import Path

from refusals import LessonError

# Some end a line for Python and not for an editor; the others are not seen at all.
UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# What joins two signs into one, as in an emoji or in Hindi, is seen by what it does.
JOINED = re.compile(
    r"[^\x00-\u02ff\u2000-\u206f][\u200c\u200d][^\x00-\u02ff\u2000-\u206f]"
)


def read_text(path: Path) -> str:
    """Read a file as text."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise LessonError(
            line, f"byte {content[error.start]:#x} is not UTF-8: save the file as UTF-8"
        ) from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if match := UNSEEN.search(JOINED.sub("xxx", text)):
        line = text.count("\n", 0, match.start()) + 1
        raise LessonError(
            line,
            f"there is a character that is not seen, U+{ord(match[0]):04X}: delete it",
        )
    return text
