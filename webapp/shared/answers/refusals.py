"""Turn domain errors and outages into answers for pages, fragments and the API.

A form shows again what the person can fix (`on_form`); everything else reaches the handlers here,
which answer in the client's format.
"""

import logging
from typing import Any

from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from models.shared.errors import DomainError, Invalid
from webapp.shared.answers.problems import answer
from webapp.shared.services.client import ServiceDown, ServiceRefused

log = logging.getLogger(__name__)

# SQLSTATEs that a bad value alone can cause: out of range, not in the character set, no such date.
# None: psycopg itself rejected a NUL.
UNREADABLE = {None, "22003", "22007", "22008", "22021", "22P02", "22P05"}


def install(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(DomainError, _refused)
    app.register_error_handler(ServiceDown, _service_down)
    app.register_error_handler(ServiceRefused, _service_refused)
    for away in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(away, _database_away)
    for cannot_be_kept in (DataError, UnicodeEncodeError):
        app.register_error_handler(cannot_be_kept, _unreadable)


def on_form(error: DomainError) -> dict[str, Any]:
    """Return template values for showing a form again after an error.

    They are `status` with `errors` by field, or `refused` if the record has changed. Reraises
    errors that a form cannot fix: no such record, no permission, a key used before.
    """
    if isinstance(error, Invalid):
        return {"status": error.status, "errors": error.errors}
    if error.status == 409:
        return {"status": error.status, "refused": error}
    raise error


def _refused(error: DomainError) -> ResponseReturnValue:
    return answer(error.status, error.code, error.message, **error.details)


def _service_down(error: ServiceDown) -> ResponseReturnValue:
    detail = f"{error.service.capitalize()} cannot be reached right now. Nothing was changed; please try again."
    return answer(503, "service_down", detail)


def _service_refused(error: ServiceRefused) -> ResponseReturnValue:
    return answer(error.status, error.problem.get("code", "refused"), str(error))


def _unreadable(error: Exception) -> ResponseReturnValue:
    """Answer 400 for a value that none of our forms sends and no column takes.

    Such as a NUL, half a surrogate pair or a number out of range.
    """
    if isinstance(error, DataError) and getattr(error.orig, "sqlstate", None) not in UNREADABLE:
        log.exception("request failed", exc_info=error)
        return answer(
            500,
            "internal",
            "Something went wrong on our side. What you sent may not have been done.",
        )
    log.warning("a value cannot be stored: %s", type(getattr(error, "orig", error)).__name__)
    return answer(
        400,
        "unreadable",
        "This holds a character or a number that cannot be stored. Nothing was done.",
    )


def _database_away(error: Exception) -> ResponseReturnValue:
    """Answer 503 when PostgreSQL is down or too busy to answer in time.

    Whether a commit got through is not always known.
    """
    log.warning("the database is down: %s", type(getattr(error, "orig", error)).__name__)
    response = answer(
        503,
        "database_away",
        "The database does not answer right now. Please send it again in a moment: "
        "what you send is done once, however often it is sent.",
    )
    response.headers["Retry-After"] = "2"
    return response
