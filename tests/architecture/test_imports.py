"""Who may import whom is held by .importlinter; here it is run, and shown to catch what it forbids."""

import ast
import configparser
import importlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = Path(sys.executable).parent / "lint-imports"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT, "--no-logo", "--no-cache"], cwd=folder, capture_output=True, text=True
    )


def test_every_import_contract_is_kept():
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    for package in ("webapp", "consumers", "models", "stack"):
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    for single in (".importlinter", "settings.py", "telemetry.py"):
        shutil.copy(ROOT / single, folder / single)
    return folder


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        (
            "webapp/orders/wrong.py",
            "import consumers",
            "webapp and consumers do not know each other",
        ),
        (
            "webapp/orders/wrong.py",
            "import models.inventory",
            "webapp.orders reaches only models.orders",
        ),
        ("webapp/orders/wrong.py", "import webapp.wuphf", "areas of webapp are independent"),
        ("webapp/shared/wrong.py", "import webapp.orders", "webapp.shared knows no area"),
        ("webapp/gateway/wrong.py", "import psycopg", "gateway imports no models and no database"),
        (
            "webapp/gateway/wrong.py",
            "import models.shared.database",
            "gateway imports no models and no database",
        ),
        ("models/orders/wrong.py", "import flask", "models knows no web framework"),
        ("models/orders/wrong.py", "import smtplib", "models knows no web framework"),
        ("models/orders/wrong.py", "import models.sales", "areas of models are independent"),
        ("models/shared/wrong.py", "import models.sales", "models.shared knows no area"),
        (
            "models/finance/events.py",
            "import models.finance.commands",
            "handlers, then commands and queries",
        ),
        (
            "webapp/orders/drafts_api.py",
            "import webapp.orders.details",
            "REST imports no pages, in any area",
        ),
        (
            "webapp/inventory/shelves_api.py",
            "import webapp.inventory.paper, webapp.inventory.pages",
            "REST imports no pages, in any area",
        ),
        (
            "webapp/finance/details.py",
            "import webapp.finance.receipts_api",
            "pages import no REST, in any area",
        ),
        ("consumers/wrong.py", "import stack.database", "the product does not know which stack"),
    ],
)
def test_a_forbidden_import_breaks_its_contract(
    copy: Path, module: str, statement: str, contract: str
):
    culprit = copy / module
    before = culprit.read_text() if culprit.exists() else None
    culprit.write_text(f"{statement}\n")
    if module == "models/finance/events.py":
        (copy / "models/finance/commands.py").touch()
    result = lint(copy)
    culprit.unlink() if before is None else culprit.write_text(before)
    broken = [line for line in result.stdout.splitlines() if " BROKEN" in line]
    assert result.returncode != 0
    assert any(contract in line for line in broken), result.stdout


def routed_modules(of_rest: bool) -> set[str]:
    """Every module of webapp that has a blueprint: those of the REST API, or the others."""
    names = {
        f"webapp.{path.parent.name}.{path.stem}"
        for path in (ROOT / "webapp").glob("*/*.py")
        if path.parent.name != "shared" and path.stem != "__init__"
    }
    blueprints = {name: getattr(importlib.import_module(name), "blueprint", None) for name in names}
    return {
        name
        for name, blueprint in blueprints.items()
        if blueprint and (blueprint.url_prefix or "").startswith("/api/v1") is of_rest
    }


def test_every_module_with_routes_stands_on_its_side_of_the_contracts():
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    rest, pages = routed_modules(of_rest=True), routed_modules(of_rest=False)
    assert rest
    assert pages
    for name, sources, forbidden in (
        ("rest-without-pages", rest, pages),
        ("pages-without-rest", pages, rest),
    ):
        contract = contracts[f"importlinter:contract:{name}"]
        assert set(contract["source_modules"].split()) == sources
        assert set(contract["forbidden_modules"].split()) == forbidden


def test_the_web_opens_no_transaction_but_through_the_door():
    by_hand = {
        f"{path.relative_to(ROOT)}: {alias.name}"
        for path in (ROOT / "webapp").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if (node.module, alias.name)
        in {("models.shared.database", "transaction"), ("models.shared.idempotency", "once")}
    }
    assert by_hand == set()


@pytest.mark.parametrize("module", ["settings.py", "telemetry.py"])
def test_what_every_process_loads_first_knows_nothing_of_ours(module: str):
    names = {
        alias.name
        for node in ast.walk(ast.parse((ROOT / module).read_text()))
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    names |= {
        node.module or ""
        for node in ast.walk(ast.parse((ROOT / module).read_text()))
        if isinstance(node, ast.ImportFrom)
    }
    assert not {
        name for name in names if name.split(".")[0] in {"models", "webapp", "consumers", "stack"}
    }


def test_every_module_of_ours_that_is_imported_exists():
    """The type checker passes over modules it does not find, so that libraries without types do not stop it."""
    ours = {"webapp", "models", "consumers", "stack", "tests", "docs", "settings", "telemetry"}
    missing = {
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.module}"
        for folder in ("webapp", "models", "consumers", "stack", "tests", "docs", "migrations")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ours
        if not exists(node.module)
    }
    assert missing == set()
    assert not exists("webapp.shared.no_such_module")


def exists(module: str) -> bool:
    """Whether a dotted name is a module or a package of this repository."""
    place = ROOT.joinpath(*module.split("."))
    return place.with_suffix(".py").is_file() or place.is_dir()
