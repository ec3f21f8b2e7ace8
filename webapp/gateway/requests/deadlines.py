"""One deadline for all that a view waits for: connections, statements, other services.

Under gunicorn every wait is gevent's, so one timer reaches them all, also where the server at the
other end is frozen and no timeout of its own can act. What a view computes without waiting is not
interrupted. SQLAlchemy drops a connection on which something was under way.
"""

import logging
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import gevent
from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from settings import settings
from webapp.shared.answers.problems import answer, request_id, wants_json
from webapp.shared.pages.fragments import is_partial
from webapp.shared.services.client import TIME_LEFT

Answer = TypeVar("Answer")
Given = ParamSpec("Given")

log = logging.getLogger(__name__)

FILE_SECONDS = 30.0  # a view that takes a file, or makes one for download
FILES = (".pdf", ".csv")
NOT_SHOWN = "This took too long to load. Try again in a moment."
UNKNOWN = (
    "The server did not answer in time, so we do not know whether this was saved. Send it again "
    "without changes: it is saved only once, no matter how often you send it."
)


class DeadlinePassed(Exception):
    """The view waited too long. What it wrote last may or may not have been done."""


def install(app: Flask) -> None:
    """Run every view of `app` under the deadline of its kind."""
    app.dispatch_request = _within_deadline(app.dispatch_request)  # type: ignore[method-assign]
    app.register_error_handler(DeadlinePassed, _too_late)


def seconds_of_request() -> float:
    """Return the time that the view of this request has: `DM_PAGE_SECONDS` or `DM_REST_SECONDS`.

    A call of ours, on behalf of a page, has what is left of the page's.
    """
    config, view = settings(), current_app.view_functions.get(request.endpoint or "")
    if hasattr(view, "most_bytes") or request.path.endswith(FILES):
        return max(FILE_SECONDS, config.page_seconds)
    if not wants_json():
        return config.page_seconds
    left = request.headers.get(TIME_LEFT, type=float) if g.get("own_token") else None
    return config.rest_seconds if left is None else max(0.1, min(left, config.rest_seconds))


def _within_deadline(dispatch: Callable[Given, Answer]) -> Callable[Given, Answer]:
    def dispatch_in_time(*given: Given.args, **named: Given.kwargs) -> Answer:
        seconds = seconds_of_request()
        g.deadline = time.monotonic() + seconds
        if "gunicorn.socket" not in request.environ:  # another server, whose waits are not gevent's
            return dispatch(*given, **named)
        timer = gevent.Timeout(seconds)
        try:
            with timer:
                return dispatch(*given, **named)
        except gevent.Timeout as passed:
            if passed is not timer:
                raise
            raise DeadlinePassed(f"after {seconds:g} s") from None

    return dispatch_in_time


def _too_late(error: DeadlinePassed) -> ResponseReturnValue:
    log.warning("%s %s was given up %s", request.method, request.path, error)
    is_write = request.method not in ("GET", "HEAD", "OPTIONS")
    response = _ask_again() if is_write else answer(503, "not_in_time", NOT_SHOWN)
    response.headers["Retry-After"] = "2"
    return response


def _ask_again() -> Response:
    """Say that the outcome is unknown; a plain form comes back with its key, to be sent once more."""
    is_form = request.mimetype == "application/x-www-form-urlencoded"
    if wants_json() or is_partial() or not is_form:
        return answer(503, "outcome_unknown", UNKNOWN)
    page = render_template(
        "resume.html",
        action=request.full_path.rstrip("?"),
        fields=[each for each in request.form.items(multi=True) if each[0] != "csrf_token"],
        heading="We do not know yet whether this was saved",
        words=UNKNOWN,
        request_id=request_id(),
    )
    return make_response(page, 503)
