"""HTTP calls from one service to another on behalf of the request's person."""

import time
from collections.abc import Mapping
from typing import Any, TypedDict

import httpx
from flask import current_app, g
from opentelemetry import propagate

import telemetry
from settings import settings
from webapp.shared.people.rights import Person, person

TIMEOUT = httpx.Timeout(2.0, connect=1.0)
TIME_LEFT = "X-Time-Left"  # seconds that the caller waits; the called view takes no longer
# An idle connection is used again for a second only, less than gunicorn keeps it open: later it may
# be closed at the very moment of its next use, or be forgotten by a firewall, which tells nobody.
IDLE = 1.0
_client = httpx.Client(
    timeout=TIMEOUT,
    limits=httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=IDLE),
)


class ServiceDown(Exception):
    """The service did not answer in time, or answered 5xx; its answer is unknown."""

    def __init__(self, service: str) -> None:
        super().__init__(f"{service} cannot be reached right now")
        self.service = service


class Problem(TypedDict, total=False):
    """An RFC 9457 body as our services send it."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: dict[str, str]


class ServiceRefused(Exception):
    """The service answered 4xx; `problem` is its RFC 9457 body."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(problem.get("detail", f"refused with {status}"))
        self.status, self.problem = status, problem


def call(
    service: str,
    method: str,
    path: str,
    *,
    params: Mapping[str, str | int | list[str] | None] | None = None,
    json: object = None,
    key: str | None = None,
    caller: Person | None = None,
) -> Any:
    """Call `/api/v1{path}` of `service` and return the parsed JSON.

    The call carries a 60-second token of `caller`, by default the request's person. Never call it
    inside an open transaction.
    `key` is sent as Idempotency-Key. Raises ServiceDown after two seconds or on a 5xx,
    ServiceRefused on a 4xx.
    """
    headers = {
        "Authorization": f"Bearer {_token(service, caller or person())}",
        "X-Correlation-ID": telemetry.correlation.get(),
    }
    propagate.inject(headers)
    if "deadline" in g:
        headers[TIME_LEFT] = f"{max(0.1, g.deadline - time.monotonic()):.1f}"
    if key:
        headers["Idempotency-Key"] = key
    request = _client.build_request(
        method, f"{settings().api_base()}/api/v1{path}", params=params, json=json, headers=headers
    )
    try:
        answer = _send(request, may_repeat=method == "GET" or key is not None)
    except httpx.HTTPError as error:
        raise ServiceDown(service) from error
    if answer.status_code >= 500:
        raise ServiceDown(service)
    if answer.is_error:
        raise ServiceRefused(answer.status_code, answer.json())
    return answer.json() if answer.content else None


def _send(request: httpx.Request, *, may_repeat: bool) -> httpx.Response:
    """Send it, and once more over a new connection if the one it went over turned out dead.

    A connection that the other end closes at the moment of its next use fails; of the idle ones the
    pool drops those that were closed before. What may not be done twice is not repeated: it may
    have arrived.
    """
    try:
        return _client.send(request)
    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
        if not may_repeat:
            raise
    with httpx.Client(timeout=TIMEOUT) as fresh:
        return fresh.send(request)


def _token(service: str, caller: Person) -> str:
    token: str = current_app.extensions["own_tokens"].issue(caller, service)
    return token
