"""Answers for failed requests: a generic sentence and the request id, never a traceback."""

import logging

from flask import Flask, Response, redirect
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from webapp.gateway.requests.short_addresses import meant_page
from webapp.gateway.sessions.errors import StoreAway
from webapp.shared.answers.problems import answer

log = logging.getLogger(__name__)

WORDS = {
    400: "This request could not be read.",
    404: "There is nothing at this address, or nothing that you may see.",
    405: "This address cannot be used in that way.",
    413: "What was sent is too large.",
    429: "Too many requests. Please wait a moment.",
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
    return response


def _store_away(error: StoreAway) -> ResponseReturnValue:
    log.error("the session store does not answer: %s", error)
    return answer(
        503,
        "sessions_away",
        "We cannot look up who is signed in right now. Please try again in a moment.",
    )


def _unforeseen(error: Exception) -> ResponseReturnValue:
    log.exception("request failed")
    return answer(
        500, "internal", "Something went wrong on our side. What you sent may not have been done."
    )


def _words(error: HTTPException) -> str:
    own = error.description if error.description != type(error).description else None
    return own or WORDS.get(error.code or 500, "This request could not be done.")


def _keep_headers(error: HTTPException, response: Response) -> None:
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after", "www-authenticate"):
            response.headers[name] = value
