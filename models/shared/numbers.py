"""Read numbers that people and files bring: as they were meant, or refused with what is meant.

Forms, CSV imports and strings in REST all read through here. American writing (`1,250.00`) is the
default; a decimal comma, other thousands marks and blanks are read where they can mean only one
number. Babel would take `1.250` for 1.25 and `12,50` for 1250, which is what this module prevents.
"""

import re
import unicodedata
from decimal import Decimal

CURRENCY = "USD"  # of every amount
LONGEST = 40
MOST_DIGITS = 18
_BLANKS = re.compile(r"[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_SIGNS = {"+": 1, "-": -1, "−": -1, "–": -1, "﹣": -1, "－": -1}
_DOLLAR = re.compile(r"(?:US)?\$|USD\b|\bUSD", re.IGNORECASE)
_POWER = re.compile(r"([+-]?[0-9.]{1,12})[eE]([+-]?[0-9]{1,20})")
_MARKED = re.compile(r"[0-9]*(?:[.,'’ ][0-9]+)*\.?")


class Unclear(ValueError):
    """The text is not a number, or could mean several. The message is for the person."""


def read_amount(text: str, example: str = "Enter an amount, such as 1,250.00.") -> Decimal:
    """Read an amount of US dollars, such as `$1,250.00`, `1.250,00` or `1250`.

    Raises Unclear, with `example` unless there is something better to say.
    """
    bare = _tidy(text)
    if other := next((mark for mark in bare if unicodedata.category(mark) == "Sc"), ""):
        if other not in "$＄﹩":
            raise Unclear(f"Enter the amount in US dollars, not {other}.")
        bare = bare.replace("＄", "$").replace("﹩", "$")
    bare, found = _DOLLAR.subn("", bare)
    if found > 1:
        raise Unclear(example)
    return _read(bare, example, money=True)


def is_whole_cents(amount: Decimal) -> bool:
    """Check that an amount is a number with at most two decimals: what a column of money holds.

    PostgreSQL would round any other, and the event and the total made before would differ from it.
    """
    if not amount.is_finite():
        return False
    _sign, digits, exponent = amount.as_tuple()
    assert isinstance(exponent, int)
    beyond = -2 - exponent  # digits after the cents; to round would fail for a number of 29 digits
    return beyond <= 0 or not any(digits[-beyond:])


def read_percentage(text: str, example: str = "Enter a percentage, such as 12.5.") -> Decimal:
    """Read a percentage, such as `12.5`, `12,5` or `12.5 %`. Raises Unclear as read_amount."""
    bare = _tidy(text)
    bare = bare[:-1] if bare[-1:] in ("%", "％") and bare else bare
    return _read(bare, example)


def read_count(text: str, example: str = "Enter a whole number, such as 12.") -> int:
    """Read a whole number of at most nine digits, such as `1,250` or `12.00`. Raises Unclear."""
    found = _read(_tidy(text), example)
    if found != found.to_integral_value() or abs(found) >= 10**9:  # what a column holds
        raise Unclear(example)
    return int(found)


def _tidy(text: str) -> str:
    """Take out what no eye sees, such as the direction marks that come with a copied number."""
    if len(text) > LONGEST:
        raise Unclear(f"Enter a number with at most {LONGEST} characters.")
    seen = "".join(mark for mark in text if unicodedata.category(mark) != "Cf")
    return _BLANKS.sub(" ", seen).strip()


def _read(text: str, example: str, *, money: bool = False) -> Decimal:
    text, sign = text.strip(), 1
    if text[:1] in _SIGNS and text:
        text, sign = text[1:].strip(), _SIGNS[text[0]]
    _refuse_odd_digits(text, example, sign, money)
    if not _MARKED.fullmatch(text) or not any(map(str.isdigit, text)):
        raise Unclear(example)
    if sum(map(str.isdigit, text)) > MOST_DIGITS:
        raise Unclear(f"Enter a number with at most {MOST_DIGITS} digits.")
    meant = _meanings(text)
    if len(meant) != 1:
        shown = [_shown(sign * each, money) for each in meant]
        raise Unclear(f"Did you mean {' or '.join(shown)}?" if shown else example)
    return sign * meant[0]


def _refuse_odd_digits(text: str, example: str, sign: int, money: bool) -> None:
    """Raise Unclear for `1e3`, `1_000`, `(12.50)` and digits other than 0 to 9, with the meaning."""
    rewritten = ""
    if power := _POWER.fullmatch(text):
        try:
            rewritten = f"{Decimal(power[0]):f}" if abs(int(power[2])) <= 15 else ""
        except ArithmeticError:
            rewritten = ""
    elif "_" in text and re.fullmatch(r"[0-9._]+", text):
        rewritten = text.replace("_", "")
    elif text[:1] == "(" and text[-1:] == ")":
        rewritten, sign = text[1:-1], -sign
    elif text[-1:] in _SIGNS and text:
        rewritten, sign = text[:-1], sign * _SIGNS[text[-1]]
    elif any(mark.isdigit() and not mark.isascii() for mark in text):
        rewritten = "".join(_ascii(mark) for mark in text)
    else:
        return
    meant = _meanings(rewritten) if _MARKED.fullmatch(rewritten) else []
    if not meant or sum(map(str.isdigit, rewritten)) > MOST_DIGITS:
        raise Unclear(f"{example} Use only the digits 0 to 9.")
    raise Unclear(f"Did you mean {' or '.join(_shown(sign * each, money) for each in meant)}?")


def _ascii(mark: str) -> str:
    if not mark.isdigit():
        return {"٫": ".", "٬": ",", "．": ".", "，": ","}.get(mark, mark)
    return str(unicodedata.digit(mark))


def _meanings(text: str) -> list[Decimal]:
    """Return the numbers that these digits and marks can mean, the likeliest first."""
    text = text[:-1] if text.endswith(".") else text
    marks = re.findall(r"[.,'’ ]", text)
    groups = re.split(r"[.,'’ ]", text)
    if not any(groups):
        return []
    if not marks:
        return [Decimal(text)]
    *before, last = groups
    kinds, mark = set(marks[:-1]), marks[-1]
    as_groups = _in_threes(groups)
    if len(marks) == 1:
        return _one_mark(before[0], mark, last)
    if kinds == {mark}:  # 1,250,000 or 1.250.000
        if as_groups:
            return [_whole(groups)]
        if mark == "," and len(last) == 3 and _in_indian_groups(groups):
            return [_whole(groups)]  # 1,00,000
        return []
    if len(kinds) != 1 or mark in "'’ " or not _in_threes(before):
        return []
    decimal = Decimal(f"{''.join(before)}.{last}")
    return [decimal, _whole(groups)] if len(last) == 3 else [decimal]


def _one_mark(before: str, mark: str, after: str) -> list[Decimal]:
    could_be_groups = len(after) == 3 and 1 <= len(before) <= 3 and before[0] != "0"
    if mark in "'’ ":
        return [Decimal(before + after)] if could_be_groups else []
    decimal = Decimal(f"{before or '0'}.{after}")
    if mark == ",":
        if could_be_groups:
            return [Decimal(before + after)]
        if len(after) == 3 and len(before) > 3:
            return [decimal, Decimal(before + after)]
        return [decimal] if len(after) <= 2 or not before.strip("0") else []
    return [decimal, Decimal(before + after)] if could_be_groups else [decimal]


def _in_threes(groups: list[str]) -> bool:
    first, *rest = groups
    return 1 <= len(first) <= 3 and first[0] != "0" and all(len(each) == 3 for each in rest)


def _in_indian_groups(groups: list[str]) -> bool:
    first, *rest, last = groups
    return 1 <= len(first) <= 2 and len(last) == 3 and all(len(each) == 2 for each in rest)


def _whole(groups: list[str]) -> Decimal:
    return Decimal("".join(groups))


def _shown(number: Decimal, money: bool) -> str:
    text = f"{number:,f}"
    whole, _, part = text.partition(".")
    part = part.rstrip("0")
    if money:
        return f"{whole}.{part.ljust(2, '0')}".replace("-", "−")
    return (f"{whole}.{part}" if part else whole).replace("-", "−")
