"""REST of wuphf: a person's own notifications. Nobody reads or marks another's."""

from typing import Any
from uuid import UUID

import msgspec
from flask import Blueprint, Response, jsonify, request
from pydantic import AwareDatetime, BaseModel, Field, ValidationError
from spectree import Response as Answers
from werkzeug.exceptions import BadRequest

from models.notifications import commands, queries
from models.shared.database import reading, transaction
from models.shared.errors import Invalid
from webapp.shared.api import api_page, page_request, spec
from webapp.shared.listing import Cursor
from webapp.shared.rights import needs, person

blueprint = Blueprint("wuphf_api", __name__, url_prefix="/api/v1")


class NoticeOut(BaseModel):
    """One notification. `kind` says what happened; `parts` are the names and numbers of its sentence."""

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


class InboxOut(BaseModel):
    """One page, newest first; `next` goes into `after` for the page that follows."""

    items: list[NoticeOut]
    next: str | None


class CountsOut(BaseModel):
    """Counts as of feed entry `n`."""

    n: int
    unseen: int
    unread: int


class InboxQuery(BaseModel):
    """Which notifications."""

    unread: bool = False
    category: str = Field("", max_length=32)
    after: str = ""
    limit: int = Field(25, ge=1, le=100)


class MarkIn(BaseModel):
    """Which to mark: these, or (`up_to`) all that arrived up to that feed entry."""

    ids: list[UUID] = Field(default_factory=list, max_length=100)
    up_to: int | None = Field(None, ge=0)


@blueprint.get("/notifications")
@needs("inbox.see")
@spec.validate(query=InboxQuery, resp=Answers(HTTP_200=InboxOut), tags=["wuphf"], skip_validation=True)
def notifications() -> Response:
    """The caller's notifications, newest first."""
    asked = _asked()
    after, _ = page_request()
    with reading("notifications") as session:
        page = queries.list_inbox(session, person().uid, unread=asked.unread, category=asked.category,
                                  before=_number(after), limit=asked.limit)
    items: list[Any] = [msgspec.to_builtins(notice) for notice in page.notices]
    return api_page(items, (page.older,) if page.older else None)


@blueprint.get("/notifications/counts")
@needs("inbox.see")
@spec.validate(resp=Answers(HTTP_200=CountsOut), tags=["wuphf"], skip_validation=True)
def counts() -> Response:
    """How many notifications of the caller are unseen and unread."""
    with reading("notifications") as session:
        return jsonify(queries.get_counts(session, person().uid)._asdict())


@blueprint.post("/notifications/read")
@needs("inbox.see")
@spec.validate(json=MarkIn, resp=Answers(HTTP_200=CountsOut), tags=["wuphf"])
def mark_read() -> Response:
    """Marks notifications of the caller as read; ids of others are passed over."""
    asked = _asked_to_mark()
    with transaction("notifications", actor=person().uid) as session:
        if asked.up_to is not None:
            commands.mark_all_read(session, asked.up_to)
        commands.mark_read(session, asked.ids)
        return jsonify(queries.get_counts(session, person().uid)._asdict())


@blueprint.post("/notifications/unread")
@needs("inbox.see")
@spec.validate(json=MarkIn, resp=Answers(HTTP_200=CountsOut), tags=["wuphf"])
def mark_unread() -> Response:
    """Marks notifications of the caller as unread; ids of others are passed over."""
    asked = _asked_to_mark()
    with transaction("notifications", actor=person().uid) as session:
        commands.mark_unread(session, asked.ids)
        return jsonify(queries.get_counts(session, person().uid)._asdict())


def _asked() -> InboxQuery:
    single = {name: value.replace("\0", "") for name, value in request.args.items()}
    try:
        return InboxQuery.model_validate(single)
    except ValidationError as error:
        raise Invalid({str(item["loc"][0]): item["msg"] for item in error.errors()}) from error


def _asked_to_mark() -> MarkIn:
    body = request.get_json()
    if not isinstance(body, dict):  # an empty list is let through by the checks before
        raise Invalid({"body": "This is a JSON object."})
    return MarkIn.model_validate(body)


def _number(after: Cursor | None) -> int | None:
    if after is None:
        return None
    if len(after) != 1 or not isinstance(after[0], int):
        raise BadRequest("This link to a page of the list is damaged.")
    return after[0]
