"""The web application: one Flask process with every area's pages and REST API."""

from importlib import import_module
from itertools import chain
from pathlib import Path

import sqlalchemy
from flask import Flask

import areas
import webapp.gateway
from models.shared.operations import snapshots
from models.shared.transactions import reading
from settings import settings
from telemetry import configure_logging
from webapp.gateway.people.directory import Directory
from webapp.shared import manifest
from webapp.shared.answers import compression, refusals
from webapp.shared.lists import saved_views
from webapp.shared.pages import presentation
from webapp.shared.people import names, preferences
from webapp.shared.process import readiness, turns
from webapp.shared.process.readiness import Dependency, NotWell
from webapp.shared.requests import text

ROOT = Path(__file__).parent.parent

# Each has its manifest in webapp/<area>/manifest.py. The gateway and the inside view have no schema.
AREAS = ("gateway", *(area.package for area in areas.AREAS), "inside")


def create_app(directory: Directory | None = None, served: tuple[str, ...] = AREAS) -> Flask:
    """Create the application from `settings()`, with the pages and APIs of the areas `served`.

    `directory` looks up people's groups (LDAP by default). Raises ImportError if an area or one of
    its blueprints is missing.
    """
    configure_logging("web", settings().log_level)
    app = Flask(
        "webapp", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static")
    )
    text.install(app)
    webapp.gateway.install(app, directory or Directory())
    refusals.install(app)
    turns.install(app)
    names.install(app)
    preferences.install(app)
    saved_views.install(app)
    presentation.install(app)
    compression.install(app)
    manifests = [import_module(f"webapp.{area}.manifest").MANIFEST for area in served]
    manifest.install(app, manifests)
    for name in chain.from_iterable(each.blueprints for each in manifests):
        app.register_blueprint(import_module(name).blueprint)
    readiness.of(app).dependencies += [
        Dependency("postgresql", _ask_database, "Sign-in only.", needed=True),
        Dependency(
            "snapshots",
            _look_at_snapshots,
            "Everything works; the last good backup is over a day old.",
        ),
    ]
    return app


def _ask_database() -> None:
    with reading("profile") as session:
        session.execute(sqlalchemy.text("SELECT 1"))


def _look_at_snapshots() -> None:
    if (found := snapshots.standing()).state not in ("off", "good"):
        raise NotWell(f"{found.state}: {' '.join(found.says)}")
