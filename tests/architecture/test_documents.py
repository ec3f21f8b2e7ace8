"""What is not written down fails the build: settings, routes, events, metrics, commands, licences."""

import ast
import importlib.metadata
import importlib.util
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from docs import licences
from docs.contracts import generate, operating, rest
from models.shared.events.catalogue import EVENTS
from settings import Settings
from stack import ports

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SETTINGS, METRICS = DOCS / "reference/settings.md", DOCS / "reference/metrics.md"
CATALOG = DOCS / "contracts/event_catalog_v1.md"
AT_ROOT = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES = [*AT_ROOT, *sorted(DOCS.rglob("*.md"))]
NAMED_IN = re.compile(r"`([A-Za-z_][\w.]*)`\s+in\s+`((?:\w+/)+\w+\.py)`")


@pytest.mark.parametrize("name", Settings.__struct_fields__)
def test_each_setting_is_in_the_reference(name: str):
    assert f"| `DM_{name.upper()}` |" in SETTINGS.read_text()


def test_the_reference_names_no_setting_that_is_gone():
    named = set(re.findall(r"^\| `DM_(\w+)` \|", SETTINGS.read_text(), re.MULTILINE))
    assert named == {name.upper() for name in Settings.__struct_fields__}


def test_each_variable_that_make_demo_reads_is_in_the_reference():
    section = SETTINGS.read_text().split("## Settings of `make demo`")[1].split("\n## ")[0]
    reads = re.compile(r'(?:environ(?:\.get\(|\[)|_is_set\()"(DM_\w+|[A-Z]+)"')
    files = ("__main__", "installation", "embedded/program_copies")
    read = {
        name for file in files for name in reads.findall((ROOT / f"stack/{file}.py").read_text())
    }
    asked = {"STACK", "FRESH", "EMPTY", "DM_DEBUG", "DM_SHARED_FOLDER"}
    assert asked <= read
    read |= {"PYTHON", *ports.FROM_ENVIRONMENT.values()}
    assert {name for name in read - {"PATH"} if f"`{name}" not in section} == set()


@pytest.mark.parametrize("name", Settings.__struct_fields__)
def test_each_setting_says_what_it_is(name: str):
    assert operating.settings_described()[name][1]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_each_event_is_in_the_catalogue(event: Any):
    assert f"### `{event.type}`" in CATALOG.read_text()


def test_the_catalog_of_events_says_no_sentence_twice():
    prose = [line for line in CATALOG.read_text().splitlines() if line and line[0] not in "|#<-` "]
    said = re.split(r"(?<=\.)\s+", " ".join(prose))
    assert len(said) > len(EVENTS)
    assert [sentence for sentence, times in Counter(said).items() if times > 1] == []


@pytest.mark.parametrize(
    ("rule", "view"),
    [pytest.param(*each, id=f"{each[0].rule} {each[0].endpoint}") for each in rest.routes()],
)
def test_each_route_is_documented(rule: Any, view: Any):
    text = (DOCS / "contracts/rest_api_v1.md").read_text()
    assert f"`{rule.rule}`" in text
    assert rest.first_line(view), f"{rule.endpoint} has no docstring"


def test_each_route_of_the_rest_api_is_in_openapi_and_nothing_else():
    described = {
        (method.upper(), path)
        for path, item in rest.document()["paths"].items()
        for method in item
        if method.upper() in rest.METHODS
    }
    routed = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule, view in rest.routes()
        for method in rest.methods(rule)
        if rule.rule.startswith("/api/v1") and getattr(view, "action", None)
    }
    assert routed - described == set()
    assert {
        (method, path) for method, path in described if path.startswith("/api/v1")
    } - routed == set()


def test_the_openapi_document_is_openapi_3_1():
    document = json.loads((DOCS / "contracts/openapi.json").read_text())
    assert document["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(document).validate()


def test_the_contracts_are_what_the_code_says():
    assert generate.outdated() == [], "run python -m docs.contracts.generate"


def test_a_second_application_of_a_process_is_described_as_the_first():
    rest.document()
    rest.application.cache_clear()
    assert generate.outdated() == []


def test_each_metric_is_in_the_reference_and_none_that_is_gone():
    named = set(re.findall(r"^\| `(dm_\w+)` \|", METRICS.read_text(), re.MULTILINE))
    assert {metric.name for metric in operating.metrics()} == named
    assert {"dm_relay_backlog", "dm_listener_lag"} <= named


def test_every_metric_that_is_declared_was_found():
    declared = re.compile(r"\b(?:Counter|Gauge|Histogram|\w+MetricFamily)\(\s*f?\"(dm_[\w{}]+)\"")
    code = "\n".join(
        path.read_text()
        for package in ("webapp", "consumers", "models")
        for path in (ROOT / package).rglob("*.py")
    )
    assert set(declared.findall(code)) == {metric.name for metric in operating.metrics()}, (
        "names are literals"
    )


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_command_that_a_page_names_exists(page: Path):
    text = page.read_text()
    wanted = set(re.findall(r"(?:`|^|\n)make ([a-z][\w-]*)", text))
    assert wanted <= make_targets()
    for module in re.findall(r"python -m ([a-z][\w.]*)", text):
        assert importlib.util.find_spec(module), module


@pytest.mark.parametrize("target", ["demo", "test", "check", "clean", "help", "bench", "docs"])
def test_make_has_each_promised_target(target: str):
    assert target in make_targets()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_link_between_pages_leads_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target and not target.startswith("<"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_file_of_ours_that_a_page_names_exists(page: Path):
    named = re.findall(
        r"`((?:webapp|consumers|models|migrations|templates|static|stack|tests|docs)/[\w./-]+\.\w+)`",
        page.read_text(),
    )
    assert [
        name
        for name in named
        if not (ROOT / name).exists() and not name.startswith("static/vendor")
    ] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_function_that_a_page_names_is_in_the_file_that_it_names(page: Path):
    missing = [
        (name, file)
        for name, file in NAMED_IN.findall(page.read_text())
        if name not in set(defined_in(ROOT / file))
    ]
    assert missing == []


def test_the_walk_of_an_order_names_its_functions():
    walk = (DOCS / "architecture.md").read_text().split("## An order, from")[1].split("\n## ")[0]
    assert len(NAMED_IN.findall(walk)) > 20
    assert "no_such_function" not in set(defined_in(ROOT / "models/orders/commands.py"))


def defined_in(file: Path) -> Iterator[str]:
    """Every name that a module defines, and `Class.method` of its classes."""
    for node in ast.parse(file.read_text()).body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name, body=body):
                yield name
                yield from (f"{name}.{each.name}" for each in body if hasattr(each, "name"))
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name


# How-to page → what the files of its table have in common, and where else to look for it.
FOLLOWED = {
    "add-a-field": (r"purchase_order", ("models", "webapp", "templates")),
    "add-an-event": (r"ran_low|ProductRanLow", ("models", "webapp", "consumers")),
    "add-a-notification": (r"product_low|LowFact", ("models", "webapp", "consumers", "templates")),
    "add-a-page": (
        r"client_card\b|(?<![a-z_])of_client\b|\bclient_orders\b",
        ("webapp", "templates"),
    ),
    "add-an-area": (
        r"\bfinance\b",
        ("models", "webapp", "consumers", "templates", "static/css", "static/js", "stack"),
    ),
}


@pytest.mark.parametrize("guide", FOLLOWED)
def test_a_guide_names_the_files_that_its_example_touches(guide: str):
    example, folders = FOLLOWED[guide]
    text = (DOCS / f"howto/{guide}.md").read_text()
    named = set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))
    assert {name for name in named if not re.search(example, path_and_text(name))} == set()
    touched = {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob("*.*")
        if path.suffix in {".py", ".html", ".css", ".js", ".toml"}
        and re.search(example, path_and_text(path))
    }
    own = {name for name in touched if "finance" in name} if guide == "add-an-area" else set()
    seeded = {name for name in touched if name.startswith("stack/seed/")}
    assert touched - own - seeded <= named


def path_and_text(path: Path | str) -> str:
    """The path of a file of ours and what is in it, to be searched together."""
    return f"{path}\n{(ROOT / path).read_text()}"


def test_the_list_of_licences_is_what_is_installed():
    assert (DOCS / "reference/licences.md").read_text() == licences.page(), (
        "run python -m docs.licences"
    )


def test_every_dependency_has_a_licence_that_we_may_use():
    unknown = [row for row in licences.rows() if not licences.is_usable(row.licence)]
    assert unknown == []
    assert not licences.is_usable("Proprietary") and not licences.is_usable("")


def test_every_dependency_that_we_name_is_locked():
    locked = {row.name.lower().replace("_", "-") for row in licences.rows()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"].values()
    named = [*project["project"]["dependencies"], *(each for group in groups for each in group)]
    ours = [re.split(r"[\[<>=~! ;]", each)[0] for each in named]
    assert ours and {name.lower().replace("_", "-") for name in ours} <= locked
    assert importlib.metadata.version("flask")
