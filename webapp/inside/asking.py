"""The services are asked over HTTP, each for its own, with the person's token; one that is away leaves a gap that is said."""

from typing import Any, NamedTuple

from settings import SCHEMAS
from webapp.inside.trails import Trail, build
from webapp.shared.service_client import ServiceDown, call


class Answers(NamedTuple):
    """What each service answered, by its name, and who did not."""

    of: dict[str, Any]
    away: list[str]


def ask_each(path: str, **parameters: str) -> Answers:
    """`GET /inside/{service}{path}` of every service."""
    answers = Answers({}, [])
    for service in SCHEMAS:
        try:
            answers.of[service] = call("inside", "GET", f"/inside/{service}{path}", params=parameters)
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
    found = [{**each, "service": service} for service, answer in answers.of.items() for each in answer["items"]]
    return Answers({"all": sorted(found, key=lambda each: each["recorded_at"], reverse=True)}, answers.away)


def find_dead_letters() -> Answers:
    """Every open dead letter, the oldest first; under the one name `all`."""
    answers = ask_each("/dead-letters")
    found = [each for answer in answers.of.values() for each in answer["items"]]
    return Answers({"all": sorted(found, key=lambda each: each["died_at"])}, answers.away)
