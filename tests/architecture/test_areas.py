"""What an area registers exists, needs the right that it names, and fails at start where it does not."""

import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from flask import Flask

import areas
import webapp
from areas import SCHEMAS
from tests.factories.routes import product
from webapp.app import AREAS, create_app
from webapp.finance.manifest import MANIFEST
from webapp.shared import manifest
from webapp.shared.manifest import Registry

ROOT = Path(__file__).parents[2]


@pytest.fixture
def registry() -> Registry:
    found: Registry = product().extensions["registry"]
    return found


def test_every_area_of_the_domain_is_served():
    assert {area.package for area in areas.AREAS} <= set(AREAS)
    assert {path.parent.name for path in (ROOT / "webapp").glob("*/manifest.py")} - {
        "shared"
    } == set(AREAS)
    assert tuple(area.schema for area in areas.AREAS) == SCHEMAS


def test_what_an_area_offers_leads_to_a_page_that_needs_the_same_right(registry: Registry):
    offered = list(chain(registry.places, registry.searches, registry.commands))
    assert len(offered) > 20
    views = product().view_functions
    assert {
        each.endpoint: (each.action, views[each.endpoint].action)
        for each in offered
        if views[each.endpoint].action != each.action
    } == {}


def test_every_card_of_home_and_every_record_has_its_page(registry: Registry):
    endpoints = [each.endpoint for each in (*registry.cards, *registry.records.values())]
    assert [each for each in endpoints if each not in product().view_functions] == []


def test_no_two_entries_of_the_navigation_share_a_key(registry: Registry):
    keys = [place.key for place in registry.places if place.key]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    "claims",
    [
        lambda: replace(MANIFEST, addresses={"expenses": "expenses"}),
        lambda: replace(MANIFEST, addresses={"expenses": "expenses"}, records=()),
    ],
)
def test_two_areas_cannot_claim_the_same(claims: Callable[[], manifest.Manifest]):
    with pytest.raises(ValueError, match="two areas register"):
        manifest.install(Flask("two"), [claims(), claims()])


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (None, "webapp.returns.manifest"),
        (
            "from webapp.shared.manifest import Manifest\n"
            'MANIFEST = Manifest(blueprints=("webapp.returns.pagse",))\n',
            "webapp.returns.pagse",
        ),
    ],
)
def test_an_area_without_its_manifest_or_its_pages_fails_at_start(
    text: str | None, missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    area = tmp_path / "returns"
    area.mkdir()
    (area / "__init__.py").touch()
    if text:
        (area / "manifest.py").write_text(text)
    monkeypatch.setattr(webapp, "__path__", [*webapp.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "webapp.returns", raising=False)
    with pytest.raises(ImportError, match=missing):
        create_app(served=("gateway", "returns"))
