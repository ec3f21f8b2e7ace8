"""The services are asked over HTTP, each for its own, with the person's token; one that is away
leaves a gap that is said.
"""

import time
from collections.abc import Iterable
from typing import Any, NamedTuple

from settings import SCHEMAS
from webapp.inside.trails import Trail, build
from webapp.shared.service_client import ServiceDown, call

PATIENCE = 15.0  # seconds in which a page that handles all dead letters again has its answer


class Answers(NamedTuple):
    """What each service answered, by its name, and who did not."""

    of: dict[str, Any]
    away: list[str]


def ask_each(path: str, **parameters: str) -> Answers:
    """`GET /inside/{service}{path}` of every service."""
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
    """What happened under this correlation id; None where nobody knows of it any more."""
    answers = ask_each("/trail", correlation=correlation)
    return build(correlation, answers.of, answers.away)


def find_told(key: str) -> Answers:
    """What every service told of the record, newest first; under the one name `all`."""
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
    """Every open dead letter, the oldest first; under the one name `all`."""
    answers = ask_each("/dead-letters")
    found = [each for answer in answers.of.values() for each in answer["items"]]
    return Answers({"all": sorted(found, key=lambda each: each["died_at"])}, answers.away)


class Replayed(NamedTuple):
    """How many dead letters were handled; which failed again, by service and number; who gave no
    answer; if any was not tried.
    """

    handled: int
    failed: dict[tuple[str, int], str]
    away: list[str]
    is_unfinished: bool


def replay_each(services: Iterable[str]) -> Replayed:
    """Each of these services handles its open dead letters again, portion by portion. Raises ServiceRefused."""
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
