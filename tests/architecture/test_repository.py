"""Rules every file keeps, checked over everything git tracks so that nobody has to remember them."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

ROOT = Path(__file__).parents[2]
# Lines as the formatter lays them out; a table of the domain is longer than code that says as much.
LONGEST = {"module": 550, "test": 620, "function": 60}


@cache
def files(*endings: str) -> list[Path]:
    """What is in git or would be (untracked and not ignored), with one of these endings."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = sorted(set(listed.stdout.decode().split("\0")) - {""})
    return [ROOT / name for name in names if name.endswith(endings) and (ROOT / name).is_file()]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def functions() -> list[tuple[str, ast.FunctionDef, bool]]:
    """Each function of the product: `path:name`, its tree, whether a route stands on it."""
    found = []
    for path in files(".py"):
        if name_of(path).split("/")[0] in {"tests", "migrations"}:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found.append((f"{name_of(path)}:{node.name}", node, _is_route(node)))
    return found


def _is_route(node: ast.FunctionDef) -> bool:
    return any(
        "blueprint" in ast.unparse(each) or ".route(" in ast.unparse(each)
        for each in node.decorator_list
    )


def length(node: ast.FunctionDef) -> int:
    """Lines of a function without decorators, docstring and the functions inside it, which count alone."""
    first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
    inner = [each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
    nested = sum(
        (each.end_lineno or 0) - each.lineno + 1 + len(each.decorator_list) for each in inner
    )
    return (node.end_lineno or 0) - first.lineno + 2 - nested


def lengths(*, of_routes: bool) -> list[int]:
    return [length(node) for _, node, is_route in functions() if is_route == of_routes]


def test_no_function_is_longer_than_a_screen():
    long = {name: length(node) for name, node, _ in functions()}
    assert {name: lines for name, lines in long.items() if lines > LONGEST["function"]} == {}


def test_half_of_all_functions_have_fewer_than_ten_lines_and_few_more_than_thirty():
    measured = sorted(lengths(of_routes=False) + lengths(of_routes=True))
    assert measured[len(measured) // 2] < 10
    assert sum(lines > 30 for lines in measured) < 0.03 * len(measured)


def test_most_routes_have_at_most_fifteen_lines():
    measured = lengths(of_routes=True)
    assert sum(lines > 15 for lines in measured) < 0.25 * len(measured)


def test_no_module_is_longer_than_its_measure():
    long = {}
    for path in files(".py"):
        if name_of(path).startswith("migrations/"):
            continue
        limit = LONGEST["test" if name_of(path).startswith("tests/") else "module"]
        if (lines := len(path.read_text().splitlines())) > limit:
            long[name_of(path)] = lines
    assert long == {}


def templates() -> list[Path]:
    return [
        path for path in files(".html", ".xml", ".txt") if name_of(path).startswith("templates/")
    ]


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_each_template_parses(path: Path):
    Environment(loader=FileSystemLoader(ROOT / "templates"), autoescape=True).parse(
        path.read_text()
    )


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_what_a_template_includes_exists(path: Path):
    named = re.findall(r"{%-?\s*(?:extends|include|import|from)\s+\"([^\"]+)\"", path.read_text())
    assert [name for name in named if not (ROOT / "templates" / name).exists()] == []


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_no_template_needs_what_the_content_policy_forbids(path: Path):
    text = path.read_text()
    assert not re.search(r"<[^>]*\sstyle=", text), "inline style"
    assert not re.search(r"<[^>]*\son\w+=", text), "inline handler"
    assert not re.search(r"<script(?![^>]*\ssrc=)", text), "inline script"
    assert "|safe" not in text.replace(" ", ""), "unescaped output"


def public_things() -> list[tuple[str, ast.AST]]:
    """Public functions and classes of the domain: commands, queries, rules, events, the shared mechanism."""
    found = []
    for path in files(".py"):
        if name_of(path).split("/")[0] not in {"models", "consumers"}:
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(
                node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
            ) and not node.name.startswith("_"):
                found.append((f"{name_of(path)}:{node.name}", node))
    return found


def test_everything_public_in_the_domain_says_what_it_promises():
    assert [name for name, node in public_things() if not ast.get_docstring(node)] == []


def test_no_module_is_named_for_nothing():
    assert [
        name_of(path)
        for path in files(".py")
        if path.stem in {"utils", "util", "helpers", "misc", "common"}
    ] == []


def test_no_banner_comments():
    banner = re.compile(r"^\s*(#|//|/\*)\s*([-=*#~])\2{4,}", re.MULTILINE)
    culprits = [
        name_of(path)
        for path in files(".py", ".js", ".css", ".toml", ".html")
        if banner.search(path.read_text())
    ]
    assert culprits == []


def test_the_repository_names_no_machine_and_no_package_host():
    forbidden = re.compile(
        rf"({re.escape(str(ROOT))}|/home/\w+/|/root/|index-url\s*=|--index-url|_authToken|"
        r"registry\s*=|\"resolved\":\s*\"(?!https://registry\.npmjs\.org/))"
    )
    culprits = {}
    for path in files(""):
        text = path.read_bytes()
        if (
            b"\0" not in text
            and path != Path(__file__)
            and (found := forbidden.search(text.decode(errors="ignore")))
        ):
            culprits[name_of(path)] = found[0]
    assert culprits == {}


def test_no_third_party_code_is_in_git():
    assert [name_of(path) for path in files(".min.js", ".min.css", ".whl", ".jar")] == []
    large = [name_of(path) for path in files("") if path.stat().st_size > 400_000]
    assert large == []
