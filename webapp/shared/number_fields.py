"""Numbers in forms: read what was typed, and tell a person what an unclear one may mean."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from models.shared.numbers import Unclear, read_count

Number = TypeVar("Number")
CASES = partial(read_count, example="Enter a whole number of cases, such as 12.")


def number_or_none(read: Callable[[str], Number], text: str) -> Number | None:
    """Return what `read` (of models.shared.numbers) makes of the text, or None if it is unclear."""
    try:
        return read(text)
    except Unclear:
        return None


def unclear_numbers(
    form: Mapping[str, str],
    readers: Mapping[str, Callable[[str], object]],
    *,
    may_be_blank: bool = True,
) -> dict[str, str]:
    """Return what to tell a person about each typed number that its reader cannot take.

    A blank field is left to the domain, which knows whether it may be blank, unless it may not.
    """
    said = {}
    for name, read in readers.items():
        text = form.get(name, "").strip()
        if not text and may_be_blank:
            continue
        try:
            read(text)
        except Unclear as error:
            said[name] = str(error)
    return said
