"""The texts of the pages' scripts."""

import re
from collections.abc import Iterator

from pygments.lexers.javascript import JavascriptLexer
from pygments.token import String, Token

from docs.words.markup import inner_texts
from docs.words.texts import ENDINGS, KEYS, SELECTOR, Text, is_seen, show_count


def of_script(path: str, source: str) -> Iterator[Text]:
    """Yield sentences and labels in a script."""
    for line, words in _literals(source):
        said = re.sub(r"\{[^{}]*\}", "", words)
        if (
            is_seen(words)
            and words not in KEYS
            and (not SELECTOR.search(said) or re.search(r"<\w+", said))
        ):
            yield from inner_texts(path, line, "script", words)


def _literals(source: str) -> Iterator[tuple[int, str]]:
    """Yield each string and template literal with its line."""
    words, inside, begun, depth = "", "", 0, 0
    for place, token, value in JavascriptLexer().get_tokens_unprocessed(source):
        line = source.count("\n", 0, place) + 1
        if token in Token.Error:
            raise SyntaxError(f"cannot read a script at line {line}: {value!r}")
        if token in String.Interpol:
            depth += 1 if value == "${" else -1
            if not depth:
                words += _interpolation(inside)
            inside = ""
        elif token in String.Double or token in String.Single:
            inside += value
            yield line, value[1:-1]
        elif depth:
            inside += value
        elif token in String.Backtick and value == "`":
            if begun:
                yield begun, words
            words, begun = "", 0 if begun else line
        elif token in String.Backtick:
            words += value


def _interpolation(code: str) -> str:
    """Return what stands for an expression in a template literal."""
    strings = set(re.findall(r'"([^"]*)"', code))
    if "?" in code and strings and strings <= ENDINGS:
        return "(s)"
    if code.startswith("counted("):
        return show_count(re.findall(r'"([^"]*)"', code))
    return "{" + re.sub(r"[{}<>\s]+", " ", code) + "}"
