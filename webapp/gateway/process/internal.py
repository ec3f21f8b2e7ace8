"""The internal port: metrics and full readiness, for operators."""

import json
from collections.abc import Callable, Iterable
from wsgiref.types import WSGIEnvironment

from cachelib import SimpleCache
from flask import Flask
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from settings import settings
from webapp.shared.process import readiness

SESSIONS = Gauge("dm_sessions", "Sessions in the memory of this process")
JSON = "application/json"


def internal_application(app: Flask) -> Callable[..., Iterable[bytes]]:
    """Return the WSGI application for `DM_INTERNAL_BIND`: `/metrics`, `/readyz`, `/healthz`."""

    def serve(environ: WSGIEnvironment, start_response: Callable[..., object]) -> Iterable[bytes]:
        status, kind, body = _answer(app, environ)
        headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
        start_response(status, [*headers, ("X-Content-Type-Options", "nosniff")])
        return [body]

    return serve


def _answer(app: Flask, environ: WSGIEnvironment) -> tuple[str, str, bytes]:
    path = environ.get("PATH_INFO", "")
    if not is_for_us(environ.get("HTTP_HOST", "")):
        return "400 Bad Request", "text/plain", b"not a name of this server"
    if path == "/metrics":
        _count_sessions(app)
        return "200 OK", CONTENT_TYPE_LATEST, generate_latest()
    if path == "/readyz":
        status = readiness.of(app).status()
        body = {"status": status, "dependencies": readiness.of(app).report()}
        return (
            "503 Service Unavailable" if status == "down" else "200 OK",
            JSON,
            json.dumps(body).encode(),
        )
    if path == "/healthz":
        return "200 OK", JSON, b'{"status": "alive"}'
    return "404 Not Found", "text/plain", b"not found"


def is_for_us(host: str) -> bool:
    """Check the `Host` of a request; one that no client would send is not for us."""
    try:
        return settings().names_us(host)
    except ValueError:
        return False


def _count_sessions(app: Flask) -> None:
    store = app.session_interface.cache  # type: ignore[attr-defined]
    if isinstance(store, SimpleCache):
        SESSIONS.set(sum(1 for key in list(store._cache) if key.startswith("session:")))
