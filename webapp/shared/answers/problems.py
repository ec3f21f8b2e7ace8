"""Refusals in the client's format: an error page, a toast for htmx, or problem+json (RFC 9457)."""

import logging
from http import HTTPStatus

from flask import Response, jsonify, make_response, render_template, render_template_string, request

import telemetry
from webapp.shared.pages.fragments import is_partial, toast

log = logging.getLogger(__name__)

# The fallback if error.html itself fails to render.
BARE = """<!doctype html><html lang="en"><title>{{ title }}</title>
<h1>{{ title }}</h1><p>{{ detail }}</p><p>Request {{ request_id }}</p></html>"""


def wants_json() -> bool:
    """Check whether this request goes to the REST API."""
    return request.path.startswith("/api/")


def request_id() -> str:
    """Return the correlation id, which a person may quote to support."""
    return telemetry.correlation.get()


def answer(status: int, code: str, detail: str, **more: object) -> Response:
    """Return a refusal in the format this client reads; every format names the request id."""
    if wants_json():
        return problem(status, code, detail, **more)
    if is_partial():
        return toast(make_response("", status), detail, "bad")
    errors = more.get("errors")
    return make_response(
        _page(status=status, code=code, detail=detail, title=title(status), errors=errors), status
    )


def _page(**values: object) -> str:
    try:
        return render_template("error.html", request_id=request_id(), **values)
    except Exception:
        log.exception("the error page failed")
        return render_template_string(BARE, request_id=request_id(), **values)


def problem(status: int, code: str, detail: str, **more: object) -> Response:
    """Return an RFC 9457 response; `code` is stable, `detail` is for people."""
    body = {
        "type": f"/api/v1/#problem-{code}",
        "title": title(status),
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id(),
        **more,
    }
    response = jsonify(body)
    response.status_code, response.mimetype = status, "application/problem+json"
    return response


def title(status: int) -> str:
    """Return the standard phrase of an HTTP status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
