"""REST of the inside view: what each service tells of its own events. Every answer is read under that service's role alone."""

from typing import Any

import msgspec
from flask import Blueprint, Response, jsonify
from pydantic import BaseModel, Field
from spectree import Response as Answers

from models.shared.database import reading
from models.shared.errors import NotFound
from models.shared.inside import count_held, get_part, get_state, list_told_of
from models.shared.listening import list_dead_letters, replay, skip
from settings import SCHEMAS
from webapp.inside.shapes import DeadLettersOut, PartOut, ServiceStateOut, SkipIn, ToldListOut
from webapp.shared.api import asked, spec
from webapp.shared.rights import needs, person

blueprint = Blueprint("inside_api", __name__, url_prefix="/api/v1/inside")


class TrailQuery(BaseModel):
    """The correlation id of a request, as `X-Correlation-ID`, the logs and every event have it."""

    correlation: str = Field(min_length=1, max_length=100)


class KeyQuery(BaseModel):
    """The business number of a record: `DM-100042`, `EX-2001`, a product's SKU."""

    key: str = Field(min_length=1, max_length=100)


@blueprint.get("/<service>")
@needs("inside.see")
@spec.validate(resp=Answers(HTTP_200=ServiceStateOut), tags=["inside"], skip_validation=True)
def state(service: str) -> Response:
    """How the service's events stand: recorded and handled by topic, unpublished, held, dead."""
    with reading(_known(service)) as session:
        return _plain(get_state(session))


@blueprint.get("/<service>/trail")
@needs("inside.see")
@spec.validate(query=TrailQuery, resp=Answers(HTTP_200=PartOut), tags=["inside"], skip_validation=True)
def trail(service: str) -> Response:
    """What the service told and heard under a correlation id, oldest first, 500 of each at most."""
    correlation = asked(TrailQuery).correlation
    with reading(_known(service)) as session:
        return _plain(get_part(session, correlation))


@blueprint.get("/<service>/events")
@needs("inside.see")
@spec.validate(query=KeyQuery, resp=Answers(HTTP_200=ToldListOut), tags=["inside"], skip_validation=True)
def events(service: str) -> Response:
    """The newest 50 events that the service told of a record and still keeps, newest first."""
    key = asked(KeyQuery).key
    with reading(_known(service)) as session:
        return _plain({"items": list_told_of(session, key)})


@blueprint.get("/<service>/dead-letters")
@needs("inside.see")
@spec.validate(resp=Answers(HTTP_200=DeadLettersOut), tags=["inside"], skip_validation=True)
def dead_letters(service: str) -> Response:
    """The events that the service could not handle and nobody has settled, oldest first."""
    return _plain({"items": list_dead_letters_of(_known(service))})


@blueprint.post("/<service>/dead-letters/<number>/replay")
@needs("deadletters.settle")
@spec.validate(resp=Answers("HTTP_204"), tags=["inside"])
def replay_one(service: str, number: str) -> tuple[str, int]:
    """Handles the event again, and then, in order, what waited behind it; 409 where it fails again."""
    replay(_known(service), _letter(number), by=person().uid)
    return "", 204


@blueprint.post("/<service>/dead-letters/<number>/skip")
@needs("deadletters.settle")
@spec.validate(resp=Answers("HTTP_204"), tags=["inside"])
def skip_one(service: str, number: str, json: SkipIn) -> tuple[str, int]:
    """Passes over the event for good, for a reason that stays with it, and lets go on what waited behind it."""
    skip(_known(service), _letter(number), by=person().uid, reason=json.reason)
    return "", 204


def list_dead_letters_of(service: str) -> list[dict[str, Any]]:
    """As `DeadLetterOut`."""
    with reading(service) as session:
        waiting = count_held(session)
    return [{"id": one.id, "service": service, "type": one.type, "topic": one.topic, "key": one.key, "sequence": one.sequence,
             "partition": one.partition, "offset": one.offset, "cause": one.cause, "correlation": one.correlation_id,
             "attempts": one.attempts, "died_at": one.died_at, "waiting": waiting.get((one.topic, one.key), 0)}
            for one in list_dead_letters(service)]


def _known(service: str) -> str:
    if service not in SCHEMAS:
        raise NotFound("service", service)
    return service


def _letter(number: str) -> int:
    if not number.isdecimal() or len(number) > 18:
        raise NotFound("dead letter", number)
    return int(number)


def _plain(found: Any) -> Response:
    return jsonify(msgspec.to_builtins(found))
