"""Observability per request: correlation id, span, one log line, counters and durations."""

import logging
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from wsgiref.types import WSGIEnvironment

from flask import Flask, Response, g, request
from opentelemetry import trace
from prometheus_client import Counter, Histogram

import telemetry

log = logging.getLogger("dm.access")

REQUESTS = Counter("dm_http_requests", "Requests answered", ["endpoint", "method", "status"])
SECONDS = Histogram(
    "dm_http_request_seconds",
    "Time until the answer began",
    ["endpoint"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)


class Observed:
    """WSGI middleware that sets the correlation id and opens the span before anything can fail."""

    def __init__(self, inner: Callable[..., Iterable[bytes]]) -> None:
        self.inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: object) -> Iterable[bytes]:
        telemetry.correlation.set(
            telemetry.accept_correlation_id(environ.get("HTTP_X_CORRELATION_ID"))
        )
        environ["dm.started"] = started = time.perf_counter()
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        inside = path.startswith("/api/")
        telemetry.http_request.set(
            telemetry.HttpRequest(telemetry.correlation.get(), f"{method} {path}"[:200], started)
        )
        parent = environ.get("HTTP_TRACEPARENT") if inside else None  # browsers' are not trusted
        with telemetry.span(method, traceparent=parent, kind="server", http_request_method=method):
            return self.inner(environ, start_response)


def install(app: Flask) -> None:
    """Wrap the application.

    Its `after_request` hook runs last, when the response is complete.
    """
    app.wsgi_app = Observed(app.wsgi_app)  # type: ignore[method-assign]
    app.after_request(_note)


def _note(response: Response) -> Response:
    endpoint = request.endpoint or "unknown"
    seconds = time.perf_counter() - request.environ["dm.started"]
    REQUESTS.labels(endpoint, _method(), response.status_code).inc()
    SECONDS.labels(endpoint).observe(seconds)
    span = trace.get_current_span()
    span.update_name(f"{_method()} {request.url_rule or 'unknown'}")
    span.set_attribute("http.response.status_code", response.status_code)
    if endpoint != "static":
        _log_line(response, endpoint, seconds)
    return response


def _log_line(response: Response, endpoint: str, seconds: float) -> None:
    """Log the path without its query, so that no code or search term reaches the log.

    Polls that find nothing new (304) are logged at DEBUG.
    """
    who = g.get("person")
    level = logging.DEBUG if response.status_code == HTTPStatus.NOT_MODIFIED else logging.INFO
    log.log(
        level,
        "%s %s %s",
        _method(),
        request.path,
        response.status_code,
        extra={
            "fields": {
                "endpoint": endpoint,
                "status": response.status_code,
                "ms": round(seconds * 1000, 1),
                "person": who.uid if who else "",
                "address": request.remote_addr,
                **({"access_token": token.id} if (token := g.get("access_token")) else {}),
            }
        },
    )


def _method() -> str:
    known = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    return request.method if request.method in known else "other"
