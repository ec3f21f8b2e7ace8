"""The web application: one Flask process with every area's pages and REST API."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from flask import Flask
from sqlalchemy import text

import webapp.gateway
from models.shared import kept_snapshots
from models.shared.database import reading
from settings import settings
from telemetry import configure_logging
from webapp.gateway.directory import Directory
from webapp.shared import preferences, readiness, refusals, requests, saved_views
from webapp.shared.readiness import Dependency, NotWell

ROOT = Path(__file__).parent.parent

# The only list of blueprints. Each of these modules defines `blueprint`.
GATEWAY = (
    "webapp.gateway.pages",
    "webapp.gateway.sign_in",
    "webapp.gateway.back_channel",
    "webapp.gateway.health",
    "webapp.gateway.search",
    "webapp.gateway.api",
    "webapp.gateway.kept_posts",
)
AREAS = (
    "webapp.orders.pages",
    "webapp.orders.rest",
    "webapp.sales.pages",
    "webapp.sales.api",
    "webapp.finance.pages",
    "webapp.finance.api",
    "webapp.inventory.pages",
    "webapp.inventory.rest",
    "webapp.wuphf.pages",
    "webapp.wuphf.api",
    "webapp.wuphf.live",
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
    requests.install(app)
    webapp.gateway.install(app, directory or Directory())
    refusals.install(app)
    preferences.install(app)
    saved_views.install(app)
    if find_spec("webapp.shared.presentation"):
        import_module("webapp.shared.presentation").install(app)
    for name in GATEWAY + areas:
        if find_spec(name):
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
        session.execute(text("SELECT 1"))


def _look_at_snapshots() -> None:
    if (found := kept_snapshots.standing()).state not in ("off", "good"):
        raise NotWell(f"{found.state}: {' '.join(found.says)}")
