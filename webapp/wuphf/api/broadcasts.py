"""REST API for WUPHFs to groups."""

import msgspec
from flask import Response, jsonify
from pydantic import AwareDatetime, BaseModel, Field
from spectree import Response as Answers

from models.shared.transactions import reading
from models.wuphf import broadcasts
from webapp.shared.people.rights import needs, person, takes_lines
from webapp.shared.requests.commands import run
from webapp.shared.rest.api import spec
from webapp.wuphf.api.area import blueprint


class BroadcastIn(BaseModel):
    """A WUPHF to send. With `asks`, each recipient is asked to acknowledge it."""

    text: str = Field(min_length=1, max_length=broadcasts.MOST_TEXT)
    groups: list[str] = Field(min_length=1, max_length=50)
    asks: bool = False


class ReaderOut(BaseModel):
    """One recipient."""

    uid: str
    name: str
    told: bool
    seen: bool
    acknowledged: bool


class BroadcastOut(BaseModel):
    """A WUPHF. `readers` is filled only for its sender; `done` means everyone was notified."""

    number: str
    sender: str
    sender_name: str
    text: str
    groups: list[str]
    asks: bool
    at: AwareDatetime
    done: bool
    readers: list[ReaderOut]
    acknowledged: bool


@blueprint.post("/broadcasts")
@needs("broadcasts.send")
@takes_lines("text")
@spec.validate(resp=Answers(HTTP_201=BroadcastOut), tags=["wuphf"])
def send(json: BroadcastIn) -> tuple[Response, int]:
    """Send a WUPHF to everyone in these groups, once per `Idempotency-Key`.

    A job notifies the recipients in portions.
    """
    groups = sorted(set(json.groups))
    number = run(broadcasts.send_broadcast, json.text, groups, asks=json.asks)
    return _shown(number), 201


@blueprint.get("/broadcasts/<number>")
@needs("inbox.see")
@spec.validate(resp=Answers(HTTP_200=BroadcastOut), tags=["wuphf"], skip_validation=True)
def broadcast(number: str) -> Response:
    """Return a WUPHF that the caller sent, with who has seen it, or that the caller received."""
    return _shown(number)


def _shown(number: str) -> Response:
    with reading("notifications") as session:
        return jsonify(msgspec.to_builtins(broadcasts.get_broadcast(session, number, person().uid)))
