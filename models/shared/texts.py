"""Clean texts that people, files and the directory bring, and isolate names that are shown.

Every request, CSV cell and directory entry passes through `one_line` or `several_lines`, so that a
stored text has one spelling (NFC), shows what it holds, and cannot reorder the text around it.
A text that shows nothing is empty; the domain then says whether the field may be.
"""

import re
import unicodedata

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
# Format characters that belong to words: joiners and marks of direction, and signs that enclose
# the digits or letters after them. https://www.unicode.org/reports/tr44/ Prepended_Concatenation_Mark
_JOINERS, _MARKS = "\u200c\u200d", "\u200e\u200f\u061c"
_KEPT = (
    frozenset(_JOINERS + _MARKS)
    | {chr(code) for codes in (range(0x600, 0x606), range(0x13430, 0x13440)) for code in codes}
    | set("\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
)
# Tags make no letter, but for a flag such as England's.
_TAGS = re.compile("(\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f)|[\U000e0000-\U000e007f]+")
_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_BLANKS = re.compile(r"[\s\u00a0]*\n[\s\u00a0]*|\t")
# Letters and signs that have no ink. Old Hangul needs U+115F and U+1160 inside a syllable.
_INKLESS = "\u2800\u3164\uffa0\u115f\u1160\U0001d159"
_ENDS = _INKLESS + _JOINERS + _MARKS
_PLAIN = re.compile(r"[\n\x20-\x7e]*")


def several_lines(text: str) -> str:
    """Return the text in NFC with line ends as `\\n`, without what is never seen or reorders.

    Raises UnicodeEncodeError, a ValueError, for half a surrogate pair.
    """
    if _PLAIN.fullmatch(text):
        return text
    text.encode()
    text = _LINE_ENDS.sub("\n", text)
    text = "".join(mark for mark in text if _is_kept(mark))
    text = unicodedata.normalize("NFC", _TAGS.sub(r"\1", text))
    return text if shows_anything(text) else _only_blanks(text)


def one_line(text: str) -> str:
    """Return the text as `several_lines` does, with a blank for each line end or tab.

    Blanks and invisible characters at both ends are taken off.
    """
    text = _BLANKS.sub(" ", several_lines(text))
    while (bare := text.strip().strip(_ENDS)) != text:
        text = bare
    return text


def shows_anything(text: str) -> bool:
    """Return whether a person would see anything of the text."""
    return any(unicodedata.category(mark)[0] not in "ZCM" and mark not in _INKLESS for mark in text)


def isolate(text: str) -> str:
    """Return a name for use in a plain sentence, such as a toast or the subject of an email.

    A text with right-to-left letters comes in a pair of isolates, so that it cannot reorder the
    words around it; every other text is unchanged.
    """
    return f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}" if _is_right_to_left(text) else text


def _is_right_to_left(text: str) -> bool:
    return not text.isascii() and any(
        unicodedata.bidirectional(mark) in ("R", "AL", "AN") or mark in _MARKS for mark in text
    )


def _is_kept(mark: str) -> bool:
    kind = unicodedata.category(mark)
    if kind == "Cc":
        return mark in "\n\t"
    if kind == "Cf":
        return mark in _KEPT or "\U000e0020" <= mark <= "\U000e007f"
    return kind != "Cn" or not _is_noncharacter(mark)


def _is_noncharacter(mark: str) -> bool:
    return ord(mark) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(mark) <= 0xFDEF


def _only_blanks(text: str) -> str:
    """Return what a text that shows nothing is: nothing, but for the blanks that were typed."""
    return "".join(mark for mark in text if mark in " \n\t")
