"""REST API of the inside view: each service's view of its own events.

Every response is read under that service's own database role.
"""

import logging
from typing import Annotated

import msgspec
from flask import Blueprint, Response, jsonify
from pydantic import BaseModel, Field
from spectree import Response as Answers

from areas import SCHEMAS
from models.shared.errors import NotFound
from models.shared.events.catalogue import LISTENERS
from models.shared.listeners.fault_switches import (
    Switch,
    end_switch,
    list_switches,
    put_on,
)
from models.shared.listeners.interface import (
    list_dead_letters,
    replay,
    replay_all,
    skip,
)
from models.shared.operations.progress import (
    count_held,
    get_part,
    get_state,
    list_told_of,
)
from models.shared.transactions import reading
from webapp.inside.api.shapes import (
    DeadLettersOut,
    PartOut,
    PutOnIn,
    ReplayedOut,
    ServiceStateOut,
    SkipIn,
    SwitchesOut,
    SwitchOut,
    ToldListOut,
)
from webapp.shared.pages.form_keys import whole
from webapp.shared.people.rights import needs, person
from webapp.shared.process.faults import are_offered, only_with_faults
from webapp.shared.requests.commands import door_of
from webapp.shared.rest.api import asked, choices, spec
from webapp.shared.rest.shapes import PLACE

log = logging.getLogger(__name__)
blueprint = Blueprint("inside_api", __name__, url_prefix="/api/v1/inside")


class TrailQuery(BaseModel):
    """The correlation id of a request, as in `X-Correlation-ID`, the logs and every event."""

    correlation: str = Field(min_length=1, max_length=100)


class KeyQuery(BaseModel):
    """The business number of a record: `DM-100042`, `EX-2001`, a product's SKU."""

    key: str = Field(min_length=1, max_length=100)


class ReplayQuery(BaseModel):
    """Where a portion of dead letters starts: after the one with this number."""

    after: Annotated[int, PLACE] = Field(0, ge=0, le=10**18 - 1)


@blueprint.get("/<service>")
@needs("inside.see")
@choices(service=SCHEMAS)
@spec.validate(resp=Answers(HTTP_200=ServiceStateOut), tags=["inside"], skip_validation=True)
def state(service: str) -> Response:
    """Return the state of the service's events: counts by topic, unpublished, held and dead."""
    with reading(_known(service)) as session:
        found, switched = get_state(session), list_switches(session) if are_offered() else []
    return jsonify(**msgspec.to_builtins(found), switches=list(map(_switch, switched)))


@blueprint.get("/<service>/trail")
@needs("inside.see")
@choices(service=SCHEMAS)
@spec.validate(
    query=TrailQuery, resp=Answers(HTTP_200=PartOut), tags=["inside"], skip_validation=True
)
def trail(service: str) -> Response:
    """Return what the service published and handled under a correlation id, oldest first.

    At most 500 events of each.
    """
    correlation = asked(TrailQuery).correlation
    with reading(_known(service)) as session:
        return _plain(get_part(session, correlation))


@blueprint.get("/<service>/events")
@needs("inside.see")
@choices(service=SCHEMAS)
@spec.validate(
    query=KeyQuery, resp=Answers(HTTP_200=ToldListOut), tags=["inside"], skip_validation=True
)
def events(service: str) -> Response:
    """Return the newest 50 retained events the service published about a record, newest first."""
    key = asked(KeyQuery).key
    with reading(_known(service)) as session:
        return _plain({"items": list_told_of(session, key)})


@blueprint.get("/<service>/dead-letters")
@needs("inside.see")
@choices(service=SCHEMAS)
@spec.validate(resp=Answers(HTTP_200=DeadLettersOut), tags=["inside"], skip_validation=True)
def dead_letters(service: str) -> Response:
    """Return the events that the service could not handle and nobody has settled, oldest first."""
    return _plain({"items": list_dead_letters_of(_known(service))})


@blueprint.post("/<service>/dead-letters/replay")
@needs("deadletters.settle")
@choices(service=LISTENERS)
@spec.validate(
    query=ReplayQuery, resp=Answers(HTTP_200=ReplayedOut), tags=["inside"], skip_validation=True
)
def replay_every(service: str) -> Response:
    """Replay the open dead letters, oldest first, for about a second.

    Pass `following` as `after` for the next portion.
    """
    done = replay_all(_known(service), by=person().uid, after=asked(ReplayQuery).after)
    log.info(
        "%s replayed dead letters of %s: %d handled, %d failed again",
        person().uid,
        service,
        done.handled,
        len(done.failed),
    )
    return _plain(done)


@blueprint.post("/<service>/dead-letters/<number>/replay")
@needs("deadletters.settle")
@choices(service=LISTENERS)
@spec.validate(resp=Answers("HTTP_204"), tags=["inside"])
def replay_one(service: str, number: str) -> tuple[str, int]:
    """Replay the event, then the events held behind it, in order; 409 if it fails again."""
    replay(_known(service), _number(number, "dead letter"), by=person().uid)
    return "", 204


@blueprint.post("/<service>/dead-letters/<number>/skip")
@needs("deadletters.settle")
@choices(service=LISTENERS)
@spec.validate(resp=Answers("HTTP_204"), tags=["inside"])
def skip_one(service: str, number: str, json: SkipIn) -> tuple[str, int]:
    """Skip the event permanently, recording the reason, and release the events held behind it."""
    skip(_known(service), _number(number, "dead letter"), by=person().uid, reason=json.reason)
    return "", 204


@blueprint.get("/<service>/switches")
@needs("faults.switch")
@choices(service=LISTENERS)
@spec.validate(resp=Answers(HTTP_200=SwitchesOut), tags=["inside"], skip_validation=True)
def switches(service: str) -> Response:
    """Return the switches that are on or ended in the last two minutes; 404 unless DM_FAULTS=1."""
    only_with_faults()
    with reading(_listening(service)) as session:
        return jsonify(items=list(map(_switch, list_switches(session))))


@blueprint.post("/<service>/switches")
@needs("faults.switch")
@choices(service=LISTENERS)
@spec.validate(json=PutOnIn, resp=Answers(HTTP_200=SwitchOut), tags=["inside"])
def put_switch_on(service: str, json: PutOnIn) -> Response:
    """Pause, slow or poison the service's listener for a while; 404 unless DM_FAULTS=1.

    409 if the switch is already on.
    """
    only_with_faults()
    made = door_of(_listening(service)).run(put_on, json.kind, json.seconds, json.delay)
    log.warning("%s turned on %s for %s until %s", made.put_on_by, made.kind, service, made.until)
    return jsonify(_switch(made))


@blueprint.post("/<service>/switches/<number>/end")
@needs("faults.switch")
@choices(service=LISTENERS)
@spec.validate(resp=Answers(HTTP_200=SwitchOut), tags=["inside"], skip_validation=True)
def end_switch_now(service: str, number: str) -> Response:
    """End a switch early; 404 unless DM_FAULTS=1, 409 if it has ended."""
    only_with_faults()
    ended = door_of(_listening(service)).run(end_switch, _number(number, "switch"))
    log.warning("%s ended %s for %s", person().uid, ended.kind, service)
    return jsonify(_switch(ended))


def _switch(one: Switch) -> dict[str, object]:
    return {**msgspec.to_builtins(one), "is_on": one.is_on}


def list_dead_letters_of(service: str) -> list[dict[str, object]]:
    """Return the service's open dead letters, in the shape of `DeadLetterOut`."""
    with reading(service) as session:
        waiting = count_held(session)
    return [
        {
            "id": one.id,
            "service": service,
            "type": one.type,
            "topic": one.topic,
            "key": one.key,
            "sequence": one.sequence,
            "partition": one.partition,
            "offset": one.offset,
            "cause": one.cause,
            "correlation": one.correlation_id,
            "attempts": one.attempts,
            "died_at": one.died_at,
            "waiting": waiting.get((one.topic, one.key), 0),
        }
        for one in list_dead_letters(service)
    ]


def _known(service: str) -> str:
    if service not in SCHEMAS:
        raise NotFound("service", service)
    return service


def _listening(service: str) -> str:
    if service not in LISTENERS:
        raise NotFound("listening service", service[:20])
    return service


def _number(given: str, what: str) -> int:
    if (number := whole(given)) is None:
        raise NotFound(what, given[:20])
    return number


def _plain(found: object) -> Response:
    return jsonify(msgspec.to_builtins(found))
