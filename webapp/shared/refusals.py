"""Turns what the domain refuses, and a service that is away, into answers for pages, fragments and the API."""

import logging

from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from models.shared.errors import DomainError
from webapp.shared.problems import answer
from webapp.shared.service_client import ServiceDown, ServiceRefused

log = logging.getLogger(__name__)


def install(app: Flask) -> None:
    """Registers the handlers; a form route catches `Invalid` itself, to show the form again."""
    app.register_error_handler(DomainError, _refused)
    app.register_error_handler(ServiceDown, _service_down)
    app.register_error_handler(ServiceRefused, _service_refused)
    for away in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(away, _database_away)


def _refused(error: DomainError) -> ResponseReturnValue:
    return answer(error.status, error.code, error.message, **error.details)


def _service_down(error: ServiceDown) -> ResponseReturnValue:
    detail = f"{error.service.capitalize()} cannot be reached right now. Nothing was changed; please try again."
    return answer(503, "service_down", detail)


def _service_refused(error: ServiceRefused) -> ResponseReturnValue:
    return answer(error.status, error.problem.get("code", "refused"), str(error))


def _database_away(error: Exception) -> ResponseReturnValue:
    """PostgreSQL is away, or too busy to answer in time. Whether a commit reached it is not always known."""
    log.warning("database away: %s", type(getattr(error, "orig", error)).__name__)
    response = answer(503, "database_away", "The database does not answer right now. Please send it again in a moment: "
                      "what you send is done once, however often it is sent.")
    response.headers["Retry-After"] = "2"
    return response
