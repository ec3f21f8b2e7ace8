"""Who may import whom is held by .importlinter; here it is run, and shown to catch what it forbids."""

import ast
import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs.contracts import rest

ROOT = Path(__file__).parents[2]
AREAS = ("profile", "sales", "orders", "inventory", "finance", "wuphf", "inside")
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
    for single in (".importlinter", "areas.py", "settings.py", "telemetry.py"):
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
            "import models.shared.transactions",
            "gateway imports no models and no database",
        ),
        ("models/orders/wrong.py", "import flask", "models knows no web framework"),
        ("models/orders/wrong.py", "import smtplib", "models knows no web framework"),
        ("models/orders/wrong.py", "import models.sales", "areas of models are independent"),
        ("models/shared/wrong.py", "import models.sales", "models.shared knows no area"),
        (
            "models/finance/events.py",
            "import models.finance.commands",
            "models.finance has its floors",
        ),
        (
            "webapp/orders/api/drafts.py",
            "import webapp.orders.order",
            "webapp.orders has its floors",
        ),
        (
            "webapp/inventory/api/products.py",
            "import webapp.inventory.packing_slip, webapp.inventory.pages",
            "REST imports no pages",
        ),
        (
            "webapp/finance/expense.py",
            "import webapp.finance.api.vouchers",
            "nothing imports the REST API of an area",
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


def test_every_module_stands_on_a_floor(copy: Path):
    for package in ("models/sales", "models/shared", "webapp/inventory", "consumers"):
        (copy / package / "new_module.py").touch()
        result = lint(copy)
        (copy / package / "new_module.py").unlink()
        assert result.returncode != 0 and "new_module" in result.stdout


def test_every_area_has_its_floors():
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    named = {
        contract["containers"]
        for contract in contracts.values()
        if contract.get("type") == "layers" and contract.getboolean("exhaustive")
    }
    packages = {
        f"{above}.{path.parent.name}"
        for above in ("models", "webapp")
        for path in (ROOT / above).glob("*/__init__.py")
    }
    assert packages and packages <= named


def test_routes_of_the_rest_api_are_in_the_package_api_and_no_others():
    app = rest.application()
    in_areas = {
        (rule.rule, module)
        for rule in app.url_map.iter_rules()
        if (module := app.view_functions[rule.endpoint].__module__).split(".")[1] in AREAS
    }
    assert len(in_areas) > 200
    for rule, module in sorted(in_areas):
        assert (".api." in module) is rule.startswith("/api/v1"), (rule, module)


def test_every_module_of_ours_that_is_imported_exists():
    """The type checker passes over modules it does not find, so that libraries without types do not stop it."""
    ours = {
        "webapp",
        "models",
        "consumers",
        "areas",
        "stack",
        "tests",
        "docs",
        "settings",
        "telemetry",
    }
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
