"""Counts that agree with their noun, for every sentence a person reads."""


def counted(number: int, one: str, many: str = "") -> str:
    """Return the number with its noun: "1 case", "2 cases", "1,200 cases".

    `many` is the plural of a noun that does not simply take an s: `counted(2, "box", "boxes")`.
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
