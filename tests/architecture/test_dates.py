"""One formatter writes every date and time that a person reads: models/shared/dates.py."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORMATTER = ROOT / "models" / "shared" / "dates.py"
CODE = ("webapp", "consumers", "models", "stack")
METHODS = {"strftime", "strptime", "ctime", "asctime"}
PARTS = {"day", "month", "year", "hour", "minute", "second"}
CODES = re.compile(r"%-?[a-zA-Z]")
IN_TEMPLATES = re.compile(r"strftime|\.(?:day|month|year|hour|minute)\s*-?\}\}")
IN_SCRIPTS = re.compile(
    r"toLocale(?:Date|Time)String|toDateString|toTimeString|Intl\.DateTimeFormat|toUTCString"
    r"|\.get(?:UTC)?(?:Day|Date|Month|FullYear|Hours|Minutes)\("
)


def python_files() -> Iterator[Path]:
    for folder in CODE:
        yield from (each for each in (ROOT / folder).rglob("*.py") if each != FORMATTER)
    yield from (ROOT / name for name in ("areas.py", "settings.py", "telemetry.py"))


def formats_a_date(node: ast.AST) -> bool:
    """Whether it writes or reads a date by a pattern, or puts a part of one into a text."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and node.func.attr in METHODS
    if not isinstance(node, ast.FormattedValue):
        return False
    form = ast.unparse(node.format_spec) if node.format_spec else ""
    part = isinstance(node.value, ast.Attribute) and node.value.attr in PARTS
    return part or bool(CODES.search(form))


def dates_of(text: str) -> list[int]:
    """The lines of a module that format a date."""
    return [node.lineno for node in ast.walk(ast.parse(text)) if formats_a_date(node)]  # type: ignore[attr-defined]


def lines_with(pattern: re.Pattern[str], folder: str, ending: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / folder).rglob(f"*.{ending}"))
        if "vendor" not in path.parts
        for line, text in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(text)
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('f"{at:%d %b}"', True),
        ('f"{at.day} May"', True),
        ('at.strftime("%H")', True),
        ('f"{share:.0%}"', False),
        ('f"{total:,.2f}"', False),
        ('f"{month.total}"', False),
        ("at.isoformat()", False),
        ('log.info("%d", 5)', False),
    ],
)
def test_the_rule_knows_a_date_from_a_number(text: str, found: bool) -> None:
    assert bool(dates_of(text)) is found


def test_no_module_formats_a_date_but_the_formatter() -> None:
    assert dates_of(FORMATTER.read_text())
    assert not [
        f"{path.relative_to(ROOT)}:{line}"
        for path in python_files()
        for line in dates_of(path.read_text())
    ]


def test_no_template_formats_a_date() -> None:
    assert IN_TEMPLATES.search("<td>{{ at.day }}</td>")
    assert not lines_with(IN_TEMPLATES, "templates", "html")


def test_no_script_formats_a_date() -> None:
    assert IN_SCRIPTS.search("new Date().toLocaleDateString()")
    assert not lines_with(IN_SCRIPTS, "static/js", "js")
