"""What is not written down fails the build: settings, routes, events, metrics, commands, licences."""

import importlib.metadata
import importlib.util
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from docs import licences
from docs.contracts import generate, operating, rest
from models.shared.catalogue import EVENTS
from settings import Settings
from stack import ports

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
OPERATIONS = DOCS / "operations.md"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


@pytest.mark.parametrize("name", Settings.__struct_fields__)
def test_each_setting_is_in_operations(name: str):
    assert f"| `DM_{name.upper()}` |" in OPERATIONS.read_text()


def test_operations_names_no_setting_that_is_gone():
    named = set(re.findall(r"^\| `DM_(\w+)` \|", OPERATIONS.read_text(), re.MULTILINE))
    assert named == {name.upper() for name in Settings.__struct_fields__}


def test_each_variable_that_make_demo_reads_is_in_operations():
    section = OPERATIONS.read_text().split("## Settings of `make demo`")[1].split("\n## ")[0]
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
    assert f"### `{event.type}`" in (DOCS / "contracts/event_catalog_v1.md").read_text()


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


def test_each_metric_is_in_operations_and_none_that_is_gone():
    named = set(re.findall(r"^\| `(dm_\w+)` \|", OPERATIONS.read_text(), re.MULTILINE))
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


@pytest.mark.parametrize("target", ["demo", "test", "check", "clean", "help", "bench"])
def test_make_has_each_promised_target(target: str):
    assert target in make_targets()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_link_between_pages_leads_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
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


def test_the_list_of_licences_is_what_is_installed():
    assert (DOCS / "licences.md").read_text() == licences.page(), "run python -m docs.licences"


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
