"""Turn domain errors and outages into answers for pages, fragments and the API.

A form shows again what the person can fix (`on_form`); everything else reaches the handlers here,
which answer in the client's format.
"""

import logging
from typing import Required, TypedDict

from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from models.shared.errors import DomainError, Invalid
from models.shared.uniqueness import UNIQUE_VIOLATION
from webapp.shared.answers.problems import answer
from webapp.shared.services.client import ServiceDown, ServiceRefused

log = logging.getLogger(__name__)

INTERNAL = "Something went wrong on our end. Your last change may not have been saved."
# SQLSTATEs that a bad value alone can cause: out of range, not in the character set, no such date.
# None: psycopg itself rejected a NUL.
UNREADABLE = {None, "22003", "22007", "22008", "22021", "22P02", "22P05"}


def install(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(DomainError, _refused)
    app.register_error_handler(ServiceDown, _service_down)
    app.register_error_handler(ServiceRefused, _service_refused)
    app.register_error_handler(IntegrityError, _conflict)
    for away in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(away, _database_away)
    app.register_error_handler(DBAPIError, _database_error)
    for cannot_be_kept in (DataError, UnicodeEncodeError):
        app.register_error_handler(cannot_be_kept, _unreadable)


class Shown(TypedDict, total=False):
    """What a form that is shown again says of the error."""

    status: Required[int]
    errors: dict[str, str]
    refused: DomainError


def on_form(error: DomainError) -> Shown:
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
    response = answer(error.status, error.code, error.message, **error.details)
    if error.status == 429:
        response.headers["Retry-After"] = "5"
    return response


def _service_down(error: ServiceDown) -> ResponseReturnValue:
    detail = f"{error.service.capitalize()} is unavailable right now. Nothing was changed; try again in a moment."
    return answer(503, "service_down", detail)


def _service_refused(error: ServiceRefused) -> ResponseReturnValue:
    return answer(error.status, error.problem.get("code", "refused"), str(error))


def _unreadable(error: Exception) -> ResponseReturnValue:
    """Answer 400 for a value that none of our forms sends and no column takes.

    Such as a NUL, half a surrogate pair or a number out of range.
    """
    if isinstance(error, DataError) and getattr(error.orig, "sqlstate", None) not in UNREADABLE:
        log.exception("request failed", exc_info=error)
        return answer(500, "internal", INTERNAL)
    log.warning("a value cannot be stored: %s", type(getattr(error, "orig", error)).__name__)
    return answer(
        400,
        "unreadable",
        "This contains a character or number that cannot be saved. Nothing was changed.",
    )


def _conflict(error: IntegrityError) -> ResponseReturnValue:
    """Answer 409 for a key that two took at once and that has no sentence of its own; log it.

    Every other integrity error is a fault of ours.
    """
    log.exception("request failed", exc_info=error)
    if getattr(error.orig, "sqlstate", None) == UNIQUE_VIOLATION:
        return answer(
            409,
            "conflict",
            "Someone else saved this at the same time. Nothing was changed; reload it and try again.",
        )
    return answer(500, "internal", INTERNAL)


def _database_error(error: DBAPIError) -> ResponseReturnValue:
    """Answer 503 if the connection was lost, whatever class of error says so; else it is our fault."""
    if error.connection_invalidated:
        return _database_away(error)
    log.exception("request failed", exc_info=error)
    return answer(500, "internal", INTERNAL)


def _database_away(error: Exception) -> ResponseReturnValue:
    """Answer 503 when PostgreSQL is down or too busy to answer in time.

    Whether a commit got through is not always known.
    """
    log.warning("the database is down: %s", type(getattr(error, "orig", error)).__name__)
    response = answer(
        503,
        "database_away",
        "The database is unavailable right now. Send this again in a moment: "
        "it is saved only once, no matter how often you send it.",
    )
    response.headers["Retry-After"] = "2"
    return response
