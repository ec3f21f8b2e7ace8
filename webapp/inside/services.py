"""Query each service over HTTP with the person's token.

A service that does not respond is listed as away, so that pages can show the gap.
"""

import time
from collections.abc import Iterable
from typing import NamedTuple

from areas import SCHEMAS
from webapp.inside.trails import Push, Trail, build
from webapp.shared.process.json_objects import JsonObject
from webapp.shared.services.client import ServiceDown, call

PATIENCE = 15.0  # seconds after which a page that replays all dead letters responds


class Answers(NamedTuple):
    """Each service's response, by its name, and the services that did not respond."""

    of: JsonObject
    away: list[str]


def ask_each(path: str, **parameters: str) -> Answers:
    """Call `GET /inside/{service}{path}` for every service."""
    answers = Answers({}, [])
    for service in SCHEMAS:
        try:
            answers.of[service] = call(
                "inside", "GET", f"/inside/{service}{path}", params=parameters
            )
        except ServiceDown:
            answers.away.append(service)
    return answers


def find_trail(correlation: str) -> Trail | None:
    """Return what happened under this correlation id; None if no service knows it any more."""
    answers = ask_each("/trail", correlation=correlation)
    pushes, away = _find_pushes(correlation), answers.away
    if pushes is None and "notifications" not in away:
        away = [*away, "notifications"]
    return build(correlation, answers.of, away, pushes or [])


def _find_pushes(correlation: str) -> list[Push] | None:
    """Return the live pushes of a trail; None if the service does not respond."""
    try:
        found = call("wuphf", "GET", "/live/pushes", params={"correlation": correlation})
    except ServiceDown:
        return None
    items: list[Push] = found["items"]
    return items


def find_told(key: str) -> Answers:
    """Return all services' events about the record, newest first, under the name `all`."""
    answers = ask_each("/events", key=key)
    found = [
        {**each, "service": service}
        for service, answer in answers.of.items()
        for each in answer["items"]
    ]
    return Answers(
        {"all": sorted(found, key=lambda each: each["recorded_at"], reverse=True)}, answers.away
    )


def find_dead_letters() -> Answers:
    """Return every open dead letter, oldest first, under the name `all`."""
    answers = ask_each("/dead-letters")
    found = [each for answer in answers.of.values() for each in answer["items"]]
    return Answers({"all": sorted(found, key=lambda each: each["died_at"])}, answers.away)


class Replayed(NamedTuple):
    """The result of a replay.

    Says how many dead letters were handled, which failed again (by service and number), which
    services did not respond, and whether any dead letter was left untried.
    """

    handled: int
    failed: dict[tuple[str, int], str]
    away: list[str]
    is_unfinished: bool


def replay_each(services: Iterable[str]) -> Replayed:
    """Have each service replay its open dead letters, portion by portion. Raises ServiceRefused."""
    handled, failed, away, until = 0, {}, [], time.monotonic() + PATIENCE
    left: dict[str, int | None] = dict.fromkeys(services, 0)
    for service in left:
        while left[service] is not None and time.monotonic() < until:
            try:
                done = call(
                    "inside",
                    "POST",
                    f"/inside/{service}/dead-letters/replay",
                    params={"after": left[service]},
                )
            except ServiceDown:
                away.append(service)
                break
            handled, left[service] = handled + done["handled"], done["following"]
            failed.update({(service, each["id"]): each["cause"] for each in done["failed"]})
    return Replayed(
        handled,
        failed,
        away,
        any(each is not None for name, each in left.items() if name not in away),
    )
