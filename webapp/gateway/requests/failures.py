"""Answers for failed requests: a generic sentence and the request id, never a traceback."""

import logging

from flask import Flask, Response, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from webapp.gateway.requests.short_addresses import meant_page
from webapp.gateway.sessions.errors import StoreAway
from webapp.shared.answers.problems import answer

log = logging.getLogger(__name__)

WORDS = {
    400: "We could not read this request.",
    404: "There is nothing at this address, or you do not have access to it.",
    405: "This address does not support that method.",
    408: "The request did not arrive in time. Nothing was changed.",
    413: "The request is too large. Nothing was changed.",
    415: "This address does not accept that type of content. Nothing was changed.",
    429: "Too many requests. Wait a moment; pages reload automatically.",
}


def install(app: Flask) -> None:
    """Register handlers for HTTP errors and for unexpected exceptions."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(StoreAway, _store_away)
    app.register_error_handler(Exception, _unforeseen)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()
    if error.code == 404 and (page := meant_page()):
        return redirect(page, 308)
    response = answer(error.code, (error.name or "error").lower().replace(" ", "_"), _words(error))
    _keep_headers(error, response)
    if error.code == 429 and request.method == "GET" and response.mimetype == "text/html":
        response.headers["Refresh"] = response.headers.get("Retry-After", "5")  # tries again itself
    return response


def _store_away(error: StoreAway) -> ResponseReturnValue:
    log.error("the session store does not answer: %s", error)
    return answer(
        503,
        "sessions_away",
        "We cannot check who is signed in right now. Try again in a moment.",
    )


def _unforeseen(error: Exception) -> ResponseReturnValue:
    log.exception("request failed")
    return answer(
        500,
        "internal",
        "Something went wrong on our end. Your last change may not have been saved.",
    )


def _words(error: HTTPException) -> str:
    own = error.description if error.description != type(error).description else None
    return own or WORDS.get(error.code or 500, "This request could not be completed.")


def _keep_headers(error: HTTPException, response: Response) -> None:
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after", "www-authenticate"):
            response.headers[name] = value
