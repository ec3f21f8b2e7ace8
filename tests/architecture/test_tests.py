"""How tests are written: names come from where one sees them, and pages are read by a parser."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
SOURCES = sorted(TESTS.rglob("*.py"))
# These read templates, style sheets and a pom.xml as text; web_client.py evens out the whitespace of a page.
OF_SOURCES = (
    "architecture/",
    "look/test_sources.py",
    "stack/test_containers.py",
    "web_client.py",
)
MARKUP = re.compile(r"""(?<!\?)<|=["'{\\(]|class=|\bid=|name=|href=""")


def name_of(path: Path) -> str:
    return str(path.relative_to(TESTS))


def test_no_name_comes_from_an_import_of_everything():
    found = {name_of(path): list(imports_of_everything(path.read_text())) for path in SOURCES}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_no_page_is_taken_apart_as_a_string():
    found = {
        name_of(path): list(taken_apart(path.read_text()))
        for path in SOURCES
        if not name_of(path).startswith(OF_SOURCES)
    }
    assert {name: lines for name, lines in found.items() if lines} == {}


def imports_of_everything(code: str) -> Iterator[str]:
    """The lines that import a star."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and any(each.name == "*" for each in node.names):
            yield f"line {node.lineno}: from {node.module} import *"


def taken_apart(code: str) -> Iterator[str]:
    """The lines that split, search or replace by a piece of markup."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            told = [text for each in node.args[:1] for text in texts_in(each)]
            if is_cut(node.func) and any(MARKUP.search(text) for text in told):
                yield f"line {node.lineno}: {ast.unparse(node)[:100]}"


def is_cut(function: ast.Attribute) -> bool:
    """Whether this is a method of strings that cuts, or a function of `re`."""
    if isinstance(function.value, ast.Name) and function.value.id == "re":
        return function.attr != "escape"
    return function.attr in {"split", "rsplit", "partition", "rpartition", "index", "find"}


def texts_in(node: ast.AST) -> Iterator[str]:
    """The literal pieces of a string, formatted or not."""
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


@pytest.mark.parametrize(
    "code",
    [
        "page.split('<main')[1]",
        """page.text.split('name="csrf_token" value="')[1]""",
        """re.findall(r'href="([^"]+)"', page)""",
        "re.compile(rf'>{topic}</td>')",
        "page[: page.index('</tbody>')]",
        """page.partition('class="sheet"')""",
    ],
)
def test_these_rules_see_what_they_are_for(code: str):
    assert list(taken_apart(code)) and not list(imports_of_everything(code))
    assert list(imports_of_everything("from tests.pages.orders import *"))


@pytest.mark.parametrize(
    "code",
    [
        "name.split('.')",
        "page.link('Change')",
        "re.findall(r'SH-\\d+', page.text)",
        "'<main' in page",
        "line.split('=', 1)",
    ],
)
def test_these_rules_let_plain_text_pass(code: str):
    assert list(taken_apart(code)) == []
