"""CSV in both directions: read what any spreadsheet saves, and protect what one would run.

`unprotect` takes off what `protect` puts on, so that what is exported can be imported as it was.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

from models.shared.texts import one_line

LONGEST_CELL = 10_000
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
# A spreadsheet set to another separator splits a cell at it, and a line end ends an unquoted cell.
_RUN = r"(?='*[ \u00a0\"]*[=+\-@＝＋－＠])"
_SPLIT = r"(?<=[;|\t\r\n])"
_START = r"^(?='*[ \u00a0]*[=+\-@＝＋－＠\t\r\n])"
_TO_PROTECT = re.compile(rf"{_START}|{_SPLIT}{_RUN}")
_PROTECTED = re.compile(rf"^'{_START[1:]}|{_SPLIT}'{_RUN}")
_SAID = re.compile(r'"?sep=(.)"?[ \t,;]*(?:\r\n|\r|\n|$)', re.IGNORECASE)


class Unreadable(Exception):
    """The file cannot be read; the message tells the person why."""


class Table(NamedTuple):
    """The lines that are not blank, as (line of the file, cells), and how they were read."""

    rows: list[tuple[int, list[str]]]
    encoding: str
    separator: str

    @property
    def in_words(self) -> str:
        """How the file was read, such as `UTF-8, separated by commas`."""
        return f"{self.encoding}, separated by {SEPARATORS.get(self.separator, self.separator)}"


def read_csv(content: bytes | str, most: int | None = None) -> Table:
    """Read at most `most` lines of a file, or of the text that a person pasted.

    Cells come as one line each, without protection. Raises Unreadable.
    """
    text, encoding = (content, "Text") if isinstance(content, str) else decode(content)
    text = text.removeprefix("\ufeff").replace("\0", "")
    if said := _SAID.match(text):
        text, separator, skipped = text[said.end() :], said[1], 1
    else:
        separator, skipped = _separator(text), 0
    rows = []
    for line, cells in _lines(text, separator):
        cells = [one_line(unprotect(cell)) for cell in cells]
        if any(cells):
            rows.append((line + skipped, cells))
        if most is not None and len(rows) >= most:
            break
    return Table(rows, encoding, separator)


def protect(cell: str) -> str:
    """Return the text with an apostrophe wherever a spreadsheet would begin a formula."""
    return _TO_PROTECT.sub("'", cell)


def unprotect(cell: str) -> str:
    """Return the text without what `protect` added."""
    return _PROTECTED.sub("", cell)


def _lines(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    lines, began = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), 1
    try:
        for cells in lines:
            if any(len(cell) > LONGEST_CELL for cell in cells):
                raise Unreadable(
                    f"A cell in line {began} has more than {LONGEST_CELL:,} characters."
                )
            yield lines.line_num, cells
            began = lines.line_num + 1
    except csv.Error as error:
        raise Unreadable(_words(str(error), began)) from error


def _words(error: str, line: int) -> str:
    if "unexpected end" in error:
        return f"A quotation mark that opens in line {line} is never closed."
    if "field limit" in error:
        return (
            f"A cell in line {line} has more than {LONGEST_CELL:,} characters; perhaps its "
            "quotation mark is never closed."
        )
    return f"Line {line} has a quotation mark in the middle of a cell; double it or remove it."


def decode(content: bytes) -> tuple[str, str]:
    """Return the text of a file and the name of its encoding. Raises Unreadable."""
    if content.startswith(codecs.BOM_UTF8):
        return content.decode("utf-8-sig", "replace"), "UTF-8"
    start = content[:4096]
    for mark, codec, zero in ((codecs.BOM_UTF16_LE, "le", 1), (codecs.BOM_UTF16_BE, "be", 0)):
        zeros = start[zero::2].count(0)
        if content.startswith(mark) or (
            zeros * 4 > len(start) and not start[1 - zero :: 2].count(0)
        ):
            return content.decode(f"utf-16-{codec}", "replace"), "UTF-16"
    if b"\0" in start:
        raise Unreadable("This is not a text file. Save it as CSV first.")
    try:
        return content.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "Latin-1"


def _separator(text: str) -> str:
    """Return the separator that the first line has most of, outside quotation marks."""
    first = next((line for line in re.split(r"[\r\n]+", text[:100_000]) if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", first)
    return max(SEPARATORS, key=bare.count)
