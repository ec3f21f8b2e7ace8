"""The web application: one Flask process with every area's pages and REST API."""

from importlib import import_module
from pathlib import Path

import sqlalchemy
from flask import Flask

import webapp.gateway
from models.shared.operations import snapshots
from models.shared.transactions import reading
from settings import settings
from telemetry import configure_logging
from webapp.gateway.people.directory import Directory
from webapp.shared.answers import refusals
from webapp.shared.lists import saved_views
from webapp.shared.pages import presentation
from webapp.shared.people import preferences
from webapp.shared.process import readiness
from webapp.shared.process.readiness import Dependency, NotWell
from webapp.shared.requests import text

ROOT = Path(__file__).parent.parent

# The only list of blueprints. Each of these modules defines `blueprint`.
GATEWAY = (
    "webapp.gateway.pages",
    "webapp.gateway.sign_in.routes",
    "webapp.gateway.sign_in.back_channel",
    "webapp.gateway.process.health",
    "webapp.gateway.search",
    "webapp.gateway.api",
    "webapp.gateway.sign_in.unsent_forms",
)
AREAS = (
    "webapp.orders.pages",
    "webapp.orders.api",
    "webapp.sales.pages",
    "webapp.sales.api",
    "webapp.finance.pages",
    "webapp.finance.api",
    "webapp.inventory.pages",
    "webapp.inventory.api",
    "webapp.wuphf.pages",
    "webapp.wuphf.api",
    "webapp.wuphf.streaming.routes",
    "webapp.profile.pages",
    "webapp.profile.api",
    "webapp.inside.pages",
    "webapp.inside.api",
)


def create_app(directory: Directory | None = None, areas: tuple[str, ...] = AREAS) -> Flask:
    """Create the application from `settings()`, with the pages and APIs of `areas`.

    `directory` looks up people's groups (LDAP by default).
    """
    configure_logging("web", settings().log_level)
    app = Flask(
        "webapp", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static")
    )
    text.install(app)
    webapp.gateway.install(app, directory or Directory())
    refusals.install(app)
    preferences.install(app)
    saved_views.install(app)
    presentation.install(app)
    for name in GATEWAY + areas:
        app.register_blueprint(import_module(name).blueprint)
    readiness.of(app).dependencies += [
        Dependency("postgresql", _ask_database, "Sign-in only.", needed=True),
        Dependency(
            "snapshots",
            _look_at_snapshots,
            "Everything; but what a loss of the database would take is more than a day.",
        ),
    ]
    return app


def _ask_database() -> None:
    with reading("profile") as session:
        session.execute(sqlalchemy.text("SELECT 1"))


def _look_at_snapshots() -> None:
    if (found := snapshots.standing()).state not in ("off", "good"):
        raise NotWell(f"{found.state}: {' '.join(found.says)}")
