"""The texts of Jinja templates."""

import re
from collections.abc import Iterator

import jinja2
from jinja2 import nodes

from docs.words.markup import Page, inner_texts
from docs.words.texts import ENDINGS, Text, is_seen_in_template, names, show_count

SILENT_NAMES = names("icon csrf_token caller super nonce")
OPERATORS = names("if else not and or in is none true false")
# Calls and keywords whose strings are names: of endpoints, rights, icons, classes.
NAMING = names(
    "url_for has_page can icon frame asset views_of_list get opened endpoint selectattr rejectattr"
    " map groupby sort attr startswith endswith partition split replace strftime getlist xmlattr"
    " namespace"
)
NAMING_KEYS = names(
    "class class_ id icon tone look name type href endpoint area tools_class kind size form method"
    " action role key attribute"
)


def of_template(path: str, source: str) -> Iterator[Text]:
    """Yield text, visible attributes, and strings in the expressions of a Jinja template."""
    environment = jinja2.Environment(autoescape=True)
    reader = Page(path)
    reader.feed(_as_html(environment, source))
    reader.close()
    reader.flush()
    yield from reader.found
    for line, words in _arguments(environment.parse(source)):
        if is_seen_in_template(words):
            yield from inner_texts(path, line, "argument", words)


def _as_html(environment: jinja2.Environment, source: str) -> str:
    """Replace expressions by their names in braces, and choices by `¦`, keeping the lines."""
    parts: list[str] = []
    tokens: list[tuple[str, str]] = []
    for _, sort, value in environment.lex(source):
        if sort == "data":
            parts.append(value)
            continue
        if sort.endswith("_begin"):
            tokens = []
        elif sort.endswith("_end"):
            parts.append(_placeholder(sort, tokens))
        else:
            tokens.append((sort, value))
        parts.append("\n" * value.count("\n"))
    return "".join(parts)


def _placeholder(kind: str, tokens: list[tuple[str, str]]) -> str:
    """Return what stands for an expression or a statement."""
    words = [value for sort, value in tokens if sort == "name"]
    if kind == "block_end" and words and words[0] in ("if", "elif", "else", "endif"):
        return "¦"
    if kind != "variable_end" or not words or words[0] in SILENT_NAMES:
        return ""
    strings = {value[1:-1] for sort, value in tokens if sort == "string"}
    if "if" in words and strings and strings <= ENDINGS:
        return "(s)"
    if "counted" in words:
        return show_count(value[1:-1] for sort, value in tokens if sort == "string")
    names = [each for each in words if each not in OPERATORS]
    shown = "".join(value for _, value in tokens)
    dotted = re.match(r"[a-z_]\w*(\.[a-z_]\w*)*", shown.strip())
    is_name = dotted and dotted[0].split(".")[0] == (names or [""])[0]
    return "{" + (dotted[0] if dotted and is_name else (names or ["…"])[-1]) + "}"


def _arguments(node: nodes.Node, names: bool = False) -> Iterator[tuple[int, str]]:
    """Yield the strings in expressions, except names."""
    if isinstance(node, nodes.Const):
        if isinstance(node.value, str) and not names:
            yield node.lineno, node.value
        return
    if isinstance(node, nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends):
        return
    if isinstance(node, nodes.Concat):
        yield node.lineno, "".join(_shown(each) for each in node.nodes)
        return
    if isinstance(node, nodes.Call | nodes.Filter):
        called = node.name if isinstance(node, nodes.Filter) else _called(node.node)
        if isinstance(node, nodes.Filter) and node.node is not None:
            yield from _arguments(node.node, names)
        for each in node.args:
            yield from _arguments(each, names or called in NAMING)
        for pair in node.kwargs:
            yield from _arguments(pair.value, names or pair.key in NAMING_KEYS)
        return
    if isinstance(node, nodes.Compare | nodes.Test | nodes.Getitem):
        return
    if isinstance(node, nodes.Pair):
        yield from _arguments(node.value, names)
        yield from ((line, words) for line, words in _arguments(node.key) if " " in words)
        return
    for child in node.iter_child_nodes():
        yield from _arguments(child, names)


def _called(node: nodes.Node) -> str:
    return getattr(node, "attr", None) or getattr(node, "name", "")


def _shown(node: nodes.Node) -> str:
    if isinstance(node, nodes.Const):
        return str(node.value)
    if isinstance(node, nodes.Call) and _called(node.node) == "counted":
        return show_count(each.value for each in node.args if isinstance(each, nodes.Const))
    return "{" + (_called(node) or "…") + "}"
