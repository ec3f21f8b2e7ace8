"""Liveness and readiness: one word for everyone, details on the internal port."""

import socket
from urllib.parse import urlsplit

import httpx
from flask import Blueprint, Flask, current_app, jsonify
from flask.typing import ResponseReturnValue

from settings import settings
from webapp.shared.people.rights import public
from webapp.shared.process import readiness
from webapp.shared.process.readiness import Dependency

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    """Answer that the process is alive."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """Answer with one word; the internal port says which dependency is down."""
    status = readiness.of(current_app).status()
    return jsonify(status=status), 503 if status == "down" else 200


def install(app: Flask) -> None:
    """Register the gateway's own dependencies."""
    app.extensions["readiness"] = readiness.Readiness()
    readiness.of(app).dependencies += [
        Dependency(
            "oidc",
            _ask_provider,
            "People who are signed in can keep working; no one else can sign in.",
        ),
        Dependency(
            "ldap",
            lambda: _connect(settings().ldap_url, 389),
            "The last known groups apply; after 15 minutes nothing can be approved.",
        ),
        Dependency(
            "kafka",
            lambda: _connect(f"kafka://{settings().kafka_bootstrap.split(',')[0]}", 9092),
            "Pages and commands work; other services and notifications catch up when it is back.",
        ),
    ]


def _ask_provider() -> None:
    answer = httpx.get(f"{settings().oidc_base()}/.well-known/openid-configuration", timeout=1.0)
    answer.raise_for_status()


def _connect(url: str, port: int) -> None:
    parts = urlsplit(url)
    socket.create_connection(
        (parts.hostname or "127.0.0.1", parts.port or port), timeout=1.0
    ).close()
