"""REST API of wuphf: the caller's own notifications. Nobody can read or mark another person's."""

from typing import Annotated, Literal, cast
from uuid import UUID

import msgspec
from flask import Response, jsonify, request
from pydantic import AwareDatetime, BaseModel, Field
from spectree import Response as Answers
from werkzeug.exceptions import BadRequest

from models.shared import clock
from models.shared.errors import Invalid, NotFound
from models.shared.transactions import reading
from models.wuphf import commands, queries
from models.wuphf.queries import InboxFilter, Place
from models.wuphf.snooze import LONGEST
from models.wuphf.states import VERBS, Verb
from webapp.shared.lists.cursors import Keys
from webapp.shared.people.rights import needs, person
from webapp.shared.requests.commands import run_each_time
from webapp.shared.rest.api import (
    api_page,
    asked,
    choices,
    page_request,
    spec,
)
from webapp.shared.rest.shapes import PLACE, Whole
from webapp.wuphf.api.area import blueprint


class NoticeOut(BaseModel):
    """One notification. `kind` says what happened; `parts` are names and numbers in its text."""

    id: UUID
    n: int = Field(description="The feed entry of its arrival; a later one is newer")
    kind: str
    category: str
    priority: str
    subject_type: str
    subject_key: str
    parts: dict[str, str]
    actor: str
    actor_name: str
    at: AwareDatetime
    seen: bool
    read: bool
    mentions: bool = Field(description="Whether it mentions the caller")
    archived: bool
    snoozed_until: AwareDatetime | None
    pinned: bool
    woken: bool = Field(description="Whether it came back from a snooze")


class InboxOut(BaseModel):
    """One page: pinned, then unread important ones, then the rest, each newest first.

    Pass `next` as `after` to get the next page.
    """

    items: list[NoticeOut]
    next: str | None


class CountsOut(BaseModel):
    """The counts as of feed entry `n`."""

    n: int
    unseen: int
    unread: int


class InboxQuery(BaseModel):
    """Which notifications to list."""

    unread: bool = False
    view: Literal["inbox", "unread", "mentions", "decide", "snoozed", "archived"] = "inbox"
    q: str = Field("", max_length=100)
    category: str = Field("", max_length=32)
    after: str = ""
    limit: Whole = Field(25, ge=1, le=100)


class MarkIn(BaseModel):
    """Which notifications to mark: these, or (`up_to`) all that arrived up to that feed entry."""

    ids: list[UUID] = Field(default_factory=list, max_length=100)
    up_to: Annotated[int, Field(ge=0), PLACE] | None = None


class DoIn(BaseModel):
    """Which notifications to change, and for a snooze when it ends."""

    ids: list[UUID] = Field(max_length=100)
    until: AwareDatetime | None = None


class DoneOut(CountsOut):
    """How many changed, the number for `undo`, and the new counts."""

    changed: int
    undo: UUID | None


@blueprint.get("/notifications")
@needs("inbox.see")
@spec.validate(
    query=InboxQuery, resp=Answers(HTTP_200=InboxOut), tags=["wuphf"], skip_validation=True
)
def notifications() -> Response:
    """Return the caller's notifications: pinned, unread important, then others, newest first."""
    query = asked(InboxQuery)
    after, _ = page_request()
    with reading("notifications") as session:
        wanted = InboxFilter(
            view="unread" if query.unread else query.view, category=query.category, q=query.q
        )
        page = queries.list_inbox(
            session, person().uid, wanted=wanted, before=_place(after), limit=query.limit
        )
    items: list[object] = [msgspec.to_builtins(notice) for notice in page.notices]
    return api_page(items, page.older)


@blueprint.get("/notifications/counts")
@needs("inbox.see")
@spec.validate(resp=Answers(HTTP_200=CountsOut), tags=["wuphf"], skip_validation=True)
def counts() -> Response:
    """Return how many notifications of the caller are unseen and unread."""
    return jsonify(_counts()._asdict())


@blueprint.post("/notifications/read")
@needs("inbox.see")
@spec.validate(json=MarkIn, resp=Answers(HTTP_200=CountsOut), tags=["wuphf"])
def mark_read() -> Response:
    """Mark notifications of the caller as read; other people's ids are skipped."""
    asked = _asked_to_mark()
    run_each_time(commands.mark_read, asked.ids, asked.up_to)
    return jsonify(_counts()._asdict())


@blueprint.post("/notifications/unread")
@needs("inbox.see")
@spec.validate(json=MarkIn, resp=Answers(HTTP_200=CountsOut), tags=["wuphf"])
def mark_unread() -> Response:
    """Mark notifications of the caller as unread; other people's ids are skipped."""
    asked = _asked_to_mark()
    run_each_time(commands.mark_unread, asked.ids)
    return jsonify(_counts()._asdict())


@blueprint.post("/notifications/do/<verb>")
@needs("inbox.see")
@choices(verb=VERBS)
@spec.validate(json=DoIn, resp=Answers(HTTP_200=DoneOut), tags=["wuphf"])
def act(verb: str) -> Response:
    """Apply an action to notifications of the caller; other people's ids are skipped.

    `verb` is read, unread, archive, unarchive, snooze, wake, pin or unpin.
    """
    if verb not in VERBS:
        raise NotFound("action", verb[:20])
    asked = DoIn.model_validate(request.get_json())
    if verb == "snooze" and (
        asked.until is None or not clock.now() < asked.until <= clock.now() + LONGEST
    ):
        raise Invalid({"until": "Enter a time in the future, at most one year from now."})
    until = asked.until if verb == "snooze" else None
    done = run_each_time(commands.change, cast(Verb, verb), asked.ids, until)
    return _done(done.changed, done.undo)


@blueprint.post("/notifications/undo/<uuid:number>")
@needs("inbox.see")
@spec.validate(resp=Answers(HTTP_200=DoneOut), tags=["wuphf"], skip_validation=True)
def undo(number: UUID) -> Response:
    """Undo an action of the caller, once, within a day."""
    return _done(run_each_time(commands.undo, number), None)


def _done(changed: int, number: UUID | None) -> Response:
    return jsonify(
        {"changed": changed, "undo": str(number) if number else None, **_counts()._asdict()}
    )


def _counts() -> queries.Counts:
    with reading("notifications") as session:
        return queries.get_counts(session, person().uid)


def _asked_to_mark() -> MarkIn:
    body = request.get_json()
    if not isinstance(body, dict):  # validation lets an empty list through
        raise Invalid({"body": "Send a JSON object."})
    return MarkIn.model_validate(body)


def _place(after: Keys | None) -> Place | None:
    if after is None:
        return None
    match after:
        case (int(rank), int(n)):
            return rank, n
    raise BadRequest("This link to a page of the list is damaged.")
