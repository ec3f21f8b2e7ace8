"""HTTP calls from one service to another on behalf of the request's person."""

from typing import Any

import httpx
from flask import current_app
from opentelemetry import propagate

import telemetry
from settings import settings
from webapp.shared.people.rights import person

TIMEOUT = httpx.Timeout(2.0, connect=1.0)
_client = httpx.Client(
    timeout=TIMEOUT, limits=httpx.Limits(max_connections=100, max_keepalive_connections=20)
)


class ServiceDown(Exception):
    """The service did not answer in time, or answered 5xx; its answer is unknown."""

    def __init__(self, service: str) -> None:
        super().__init__(f"{service} cannot be reached right now")
        self.service = service


class ServiceRefused(Exception):
    """The service answered 4xx; `problem` is its RFC 9457 body."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(problem.get("detail", f"refused with {status}"))
        self.status, self.problem = status, problem


def call(
    service: str,
    method: str,
    path: str,
    *,
    params: dict[str, Any] | None = None,
    json: Any = None,
    key: str | None = None,
) -> Any:
    """Call `/api/v1{path}` of `service` and return the parsed JSON.

    The call carries the person's own 60-second token. Never call it inside an open transaction.
    `key` is sent as Idempotency-Key. Raises ServiceDown after two seconds or on a 5xx,
    ServiceRefused on a 4xx.
    """
    headers = {
        "Authorization": f"Bearer {_token(service)}",
        "X-Correlation-ID": telemetry.correlation.get(),
    }
    propagate.inject(headers)
    if key:
        headers["Idempotency-Key"] = key
    try:
        answer = _client.request(
            method,
            f"{settings().api_base()}/api/v1{path}",
            params=params,
            json=json,
            headers=headers,
        )
    except httpx.HTTPError as error:
        raise ServiceDown(service) from error
    if answer.status_code >= 500:
        raise ServiceDown(service)
    if answer.is_error:
        raise ServiceRefused(answer.status_code, answer.json())
    return answer.json() if answer.content else None


def _token(service: str) -> str:
    return current_app.extensions["own_tokens"].issue(person(), service)
