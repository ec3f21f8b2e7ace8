"""Fold texts for search and sort: case, accents, forms of letters and blanks make no difference.

The function `folded` of each schema does the same in PostgreSQL (migration 0032); a test compares
the two. It folds every stored `search_text` by a trigger, whichever version writes it. PostgreSQL's
ICU collations would sort too, but not every server is built with them (docs/adr/0017).
"""

import re
import unicodedata

# Letters that have no decomposition but that people type and look up as others.
LETTERS = {
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ħ": "h",
    "ı": "i",
    "ŧ": "t",
    "ŋ": "n",
    "ς": "σ",
}
# Accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic, and what is never seen. Vowel
# signs of Indian scripts and of Thai are letters of their own and stay.
UNWRITTEN = (
    "\u00ad\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u061c\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u2060\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
    "\ufeff"
)
_UNWRITTEN = re.compile(f"[{UNWRITTEN}]+")
_LETTERS = str.maketrans(LETTERS)
_PHONE = re.compile(r"[+(]?[0-9][0-9 ().\-/\u2010-\u2015\u00a0]{6,}")
_LOCAL = re.compile(r"[0-9]{3}[^0-9]?[0-9]{4}")


def fold(text: str) -> str:
    """Return the text as it is compared: `Müller  STRASSE` and `muller straße` are the same."""
    if not text.isascii():
        bare = _UNWRITTEN.sub("", unicodedata.normalize("NFKD", text))
        text = unicodedata.normalize("NFKC", bare.lower().translate(_LETTERS))
    return " ".join(text.lower().split())


def words_of(q: str) -> tuple[str, ...]:
    """Return the folded words that a search asks for, each once.

    A phone number in any writing is one word: its digits, without the country code of the US.
    """
    if _PHONE.fullmatch(q.strip()):
        digits = re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", q)).removeprefix("00")
        if len(digits) == 11:
            digits = digits.removeprefix("1")
        if 10 <= len(digits) <= 15 or _LOCAL.fullmatch(q.strip()):
            return (digits,)
    return tuple(dict.fromkeys(fold(q).split()))
