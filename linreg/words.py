"""Words: numbers of things, as a sentence has them."""


def counted(number: int, noun: str) -> str:
    """A number of things in words: 1 row, 1,200 rows."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
