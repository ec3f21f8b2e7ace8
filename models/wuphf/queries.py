"""Queries for the bell, the inbox page and the streams."""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from models.shared.database.rows import AnyRow, AnySelect
from models.shared.errors import NotFound
from models.shared.search import fold
from models.wuphf.tables import (
    FeedEntry,
    InboxCounter,
    Notification,
    Person,
    Request,
)


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One row of an inbox. `actor_name` is empty if the actor is not a person in the directory."""

    id: UUID
    n: int
    kind: str
    category: str
    priority: str
    subject_type: str
    subject_key: str
    parts: dict[str, str]
    actor: str
    actor_name: str
    at: datetime
    seen: bool
    read: bool
    quiet_until: datetime | None = None
    mentions: bool = False
    archived: bool = False
    snoozed_until: datetime | None = None
    pinned: bool = False
    woken: bool = False
    asked: bool = False

    @property
    def stands(self) -> bool:
        """Whether it is in the inbox: neither archived nor snoozed."""
        return not self.archived and self.snoozed_until is None


class Counts(NamedTuple):
    """The counts of one inbox as of feed entry `n`."""

    n: int
    unseen: int
    unread: int


Place = tuple[int, int]
VIEWS = ("inbox", "unread", "mentions", "decide", "snoozed", "archived")


class InboxFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows to list.

    `up_to`: only those there as of that feed entry, so that a list does not shift while it is read.
    """

    view: str = "inbox"
    category: str = ""
    q: str = ""
    up_to: int | None = None


class InboxPage(NamedTuple):
    """One page: pinned rows, then unread important ones, then the rest, each newest first.

    `older` is the cursor (`before`) of the next page, or None at the end.
    """

    notices: list[Notice]
    older: Place | None


def get_counts(session: Session, recipient: str) -> Counts:
    """Return the current counts; zeros for a person who was never notified."""
    table = InboxCounter
    mine = select(table.n, table.unseen, table.unread).where(table.recipient == recipient)
    row = session.execute(mine).first()
    return Counts(*row) if row else Counts(0, 0, 0)


def counts_as_of(session: Session, recipient: str, n: int) -> Counts | None:
    """Return the counts as of feed entry `n`, or None if this inbox has no such entry."""
    entry = session.get(FeedEntry, (recipient, n))
    return Counts(n, entry.unseen, entry.unread) if entry else None


def list_inbox(
    session: Session,
    recipient: str,
    *,
    unread: bool = False,
    wanted: InboxFilter | None = None,
    before: Place | None = None,
    limit: int = 25,
    pins_first: bool = True,
) -> InboxPage:
    """Return a page of the inbox below `before`: everything in it, or the rows that match `wanted`.

    Archived and snoozed rows appear only in their own views.
    """
    wanted = wanted or InboxFilter(view="unread" if unread else "inbox")
    rank = _rank(pins_first)
    query = _narrowed(_notices().add_columns(rank.label("rank")), recipient, wanted)
    if before is not None:
        query = query.where(tuple_(rank, Notification.n) < before)
    rows = session.execute(
        query.order_by(rank.desc(), Notification.n.desc()).limit(limit + 1)
    ).all()
    notices = [_notice(row) for row in rows[:limit]]
    return InboxPage(
        notices, (rows[limit - 1].rank, rows[limit - 1].n) if len(rows) > limit else None
    )


def get_notice(session: Session, recipient: str, id_: UUID) -> Notice:
    """Return one row of this person's inbox. Raises NotFound, also for another person's row."""
    mine = _notices().where(Notification.recipient == recipient, Notification.id == id_)
    row = session.execute(mine).first()
    if row is None:
        raise NotFound("notification", id_)
    return _notice(row)


def get_notices(session: Session, recipient: str, ids: list[UUID]) -> list[Notice]:
    """Return those of these rows that are this person's and still exist, newest first."""
    mine = _notices().where(Notification.recipient == recipient, Notification.id.in_(ids))
    return [_notice(row) for row in session.execute(mine.order_by(Notification.n.desc()))]


def count_by_category(session: Session, recipient: str) -> dict[str, int]:
    """Return the unread count of each category; categories without unread rows are absent."""
    unread = select(Notification.category, func.count()).where(Notification.recipient == recipient)
    rows = session.execute(
        unread.where(Notification.read_at.is_(None), stands()).group_by(Notification.category)
    )
    return {row[0]: row[1] for row in rows}


def count_by_view(session: Session, recipient: str) -> dict[str, int]:
    """Return the count of each view: unread rows for inbox and mentions, all rows for others."""
    counted = [
        func.count(
            case(
                (
                    _view(view)
                    & (Notification.read_at.is_(None) if view in ("inbox", "mentions") else true()),
                    1,
                )
            )
        )
        for view in VIEWS
    ]
    row = session.execute(select(*counted).where(Notification.recipient == recipient)).one()
    return dict(zip(VIEWS, row, strict=True))


def count_inbox(
    session: Session, recipient: str, wanted: InboxFilter, before: Place | None = None
) -> int:
    """How many rows `wanted` has from below `before` on, counted to 10,000."""
    rows = _narrowed(select(Notification.id), recipient, wanted)
    if before is not None:
        rows = rows.where(tuple_(_rank(True), Notification.n) < before)
    return session.scalar(select(func.count()).select_from(rows.limit(10_001).subquery())) or 0


def count_arrivals(session: Session, recipient: str, since: int) -> int:
    """Return how many rows arrived or woke after feed entry `since` and are still in the inbox."""
    rows = select(func.count()).where(
        Notification.recipient == recipient, Notification.n > since, stands()
    )
    return session.scalar(rows) or 0


def oldest_entry(session: Session, recipient: str) -> int | None:
    """Return the number of the oldest feed entry kept, or None for an empty feed."""
    return session.scalar(select(func.min(FeedEntry.n)).where(FeedEntry.recipient == recipient))


def stands() -> ColumnElement[bool]:
    """Return the condition for rows in the inbox: neither archived nor snoozed."""
    return Notification.archived_at.is_(None) & Notification.snoozed_until.is_(None)


def _view(view: str) -> ColumnElement[bool]:
    if view == "archived":
        return Notification.archived_at.is_not(None)
    if view == "snoozed":
        return Notification.snoozed_until.is_not(None)
    narrower = {
        "unread": Notification.read_at.is_(None),
        "mentions": Notification.mentions,
        "decide": exists().where(Request.notification_id == Notification.id),
    }
    return stands() & narrower.get(view, true())


def _narrowed(query: AnySelect, recipient: str, wanted: InboxFilter) -> AnySelect:
    query = query.where(Notification.recipient == recipient, _view(wanted.view))
    if wanted.category:
        query = query.where(Notification.category == wanted.category)
    if wanted.q:
        said = func.concat(Notification.subject_key, " ", cast(Notification.parts, Text))
        query = query.where(func.folded(said).contains(fold(wanted.q), autoescape=True))
    return query.where(Notification.n <= wanted.up_to) if wanted.up_to is not None else query


def _rank(pins_first: bool) -> ColumnElement[int]:
    urgent = case((Notification.pinned_at.is_not(None), 2), else_=0) if pins_first else literal(0)
    important = (Notification.priority == "high") & Notification.read_at.is_(None)
    return func.greatest(urgent, case((important, 1), else_=0))


def notices_by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, Notice]:
    """Return those of these rows that still exist, by id, whoever they belong to."""
    rows = session.execute(_notices_of_ids(), {"ids": list(ids)}) if ids else ()
    return {row.id: _notice(row) for row in rows}


@cache
def _notices_of_ids() -> AnySelect:
    """Build the query once, the same text for one id or a hundred: streams run it all the time."""
    return _notices().where(Notification.id == any_(bindparam("ids", type_=ARRAY(Uuid))))


def _notices() -> AnySelect:
    """Select the fields of Notice, in their order."""
    return select(
        Notification.id,
        Notification.n,
        Notification.kind,
        Notification.category,
        Notification.priority,
        Notification.subject_type,
        Notification.subject_key,
        Notification.parts,
        Notification.actor,
        func.coalesce(Person.name, "").label("actor_name"),
        Notification.at,
        Notification.seen_at.is_not(None).label("seen"),
        Notification.read_at.is_not(None).label("read"),
        Notification.quiet_until,
        Notification.mentions,
        Notification.archived_at.is_not(None).label("archived"),
        Notification.snoozed_until,
        Notification.pinned_at.is_not(None).label("pinned"),
        Notification.woken_at.is_not(None).label("woken"),
        exists().where(Request.notification_id == Notification.id).label("asked"),
    ).outerjoin(Person, Person.uid == Notification.actor)


def _notice(row: AnyRow) -> Notice:
    return Notice(
        **dict(zip(Notice.__struct_fields__, row, strict=False))
    )  # columns after the fields serve only to sort the rows
