"""Words: numbers of things, and places in an order, as a sentence has them."""

ORDINALS = ("first", "second", "third", "fourth", "fifth")


def counted(count: int, noun: str) -> str:
    """A number of things in words: 1 row, 1,200 rows."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def ordinal(place: int) -> str:
    """A place in an order, from 1, in words: second, or from the sixth on as 12th."""
    if place <= len(ORDINALS):
        return ORDINALS[place - 1]
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{place}{'th' if place % 100 // 10 == 1 else endings.get(place % 10, 'th')}"
