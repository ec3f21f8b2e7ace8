"""What stands on a paper, such as an order confirmation, and which letters its faces have."""

import json
import re
import unicodedata
from bisect import bisect_right
from functools import cache
from itertools import groupby
from pathlib import Path

import msgspec

from models.shared.counts import counted
from models.shared.texts import FIRST_STRONG_ISOLATE, POP_ISOLATE, several_lines

FACES = Path(__file__).parents[3] / "static" / "vendor" / "faces"
# Invisible characters that join letters or keep a name's direction; the typesetter obeys them.
_OBEYED = "\u200c\u200d\u200e\u200f\u061c\u2066\u2067\u2068\u2069"
_ISOLATES = re.compile(f"([{FIRST_STRONG_ISOLATE}{POP_ISOLATE}])")


class Sender(msgspec.Struct, frozen=True):
    """The letterhead: who sends the paper."""

    name: str
    address: str
    phone: str


COMPANY = Sender(
    name="Dunder Mifflin Paper Company",
    address="1725 Slough Avenue, Scranton, PA 18505",
    phone="(570) 555-0100",
)


class Block(msgspec.Struct, frozen=True):
    """A heading with lines under it, such as an address; empty lines are left out."""

    label: str
    lines: tuple[str, ...]


class Picture(msgspec.Struct, frozen=True):
    """A JPEG or PDF file to show on the paper, under its caption."""

    caption: str
    kind: str
    content: bytes
    pages: int = 1


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a document.

    `notice` warns above everything else. `shares` are the columns' parts of the width, and the last
    `numbers` columns hold numbers. In a cell, each line after the first is a remark. `signed` are
    the labels of lines to fill in by hand, `pictures` come last.
    """

    title: str
    number: str
    notice: str = ""
    facts: tuple[Block, ...] = ()
    parties: tuple[Block, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    shares: tuple[float, ...] = ()
    numbers: int = 0
    sums: tuple[tuple[str, str], ...] = ()
    notes: tuple[Block, ...] = ()
    signed: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()


class PrintJob(msgspec.Struct, frozen=True):
    """What the typesetter gets: the papers, and the title of the file."""

    title: str
    papers: tuple[Paper, ...]
    sender: Sender = COMPANY


def printable(content: object) -> object:
    """Return a text, or all texts of a list or dictionary, with what the faces lack named instead.

    Such as `[4 Cuneiform letters]`; format characters that nothing obeys are left out.
    """
    if isinstance(content, str):
        return _printable(content)
    if isinstance(content, dict):
        return {name: printable(each) for name, each in content.items()}
    if isinstance(content, (list, tuple)):
        return [printable(each) for each in content]
    return content


def is_covered(mark: str) -> bool:
    """Return whether some face has this letter."""
    firsts, lasts = _coverage()
    at = bisect_right(firsts, ord(mark)) - 1
    return at >= 0 and ord(mark) <= lasts[at]


def _printable(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    parts = _ISOLATES.split(text)  # the cleaning below would take them off
    clean = "".join(part if _ISOLATES.fullmatch(part) else several_lines(part) for part in parts)
    shown = [mark for mark in clean if _is_shown(mark)]
    return "".join(
        _named(kind, list(run)) if kind else "".join(run)
        for kind, run in groupby(shown, lambda mark: "" if _is_set(mark) else _kind(mark))
    )


def _is_set(mark: str) -> bool:
    return mark in "\n\t" or mark in _OBEYED or is_covered(mark)


def _is_shown(mark: str) -> bool:
    is_format = unicodedata.category(mark) == "Cf" or "VARIATION SELECTOR" in unicodedata.name(
        mark, ""
    )
    return not is_format or _is_set(mark)


def _kind(mark: str) -> str:
    """Return what letters of this script are called, or the name of a symbol."""
    name = unicodedata.name(mark, "unknown")
    if unicodedata.category(mark)[0] in "LMN":
        return {"CJK": "Chinese or Japanese", "HANGUL": "Korean"}.get(
            name.split()[0], name.split()[0].title()
        )
    return name.lower()


def _named(kind: str, run: list[str]) -> str:
    if not kind[0].isupper():
        return f"[{kind}]" * len(run)
    return f"[{counted(len(run), f'{kind} letter')}]"


@cache
def _coverage() -> tuple[list[int], list[int]]:
    ranges = json.loads((FACES / "coverage.json").read_text())
    return [first for first, _ in ranges], [last for _, last in ranges]
