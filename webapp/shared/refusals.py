"""Turns what the domain refuses, and a service that is away, into answers for pages, fragments and the API."""

from flask import Flask
from flask.typing import ResponseReturnValue

from models.shared.errors import DomainError
from webapp.shared.problems import answer
from webapp.shared.service_client import ServiceDown, ServiceRefused


def install(app: Flask) -> None:
    """Registers the handlers; a form route catches `Invalid` itself, to show the form again."""
    app.register_error_handler(DomainError, _refused)
    app.register_error_handler(ServiceDown, _service_down)
    app.register_error_handler(ServiceRefused, _service_refused)


def _refused(error: DomainError) -> ResponseReturnValue:
    return answer(error.status, error.code, error.message, **error.details)


def _service_down(error: ServiceDown) -> ResponseReturnValue:
    detail = f"{error.service.capitalize()} cannot be reached right now. Nothing was changed; please try again."
    return answer(503, "service_down", detail)


def _service_refused(error: ServiceRefused) -> ResponseReturnValue:
    return answer(error.status, error.problem.get("code", "refused"), str(error))
