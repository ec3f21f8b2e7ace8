"""What the bell, the inbox page and the streams ask."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import Row, Select, case, func, select
from sqlalchemy.orm import Session

from models.notifications.tables import FeedEntry, InboxCounter, Notification, Person, Tombstone
from models.shared.errors import NotFound


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One row of an inbox; `actor_name` is empty where the actor is no person of the directory."""

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


class Counts(NamedTuple):
    """The counts of one inbox as of feed entry `n`."""

    n: int
    unseen: int
    unread: int


class FeedItem(NamedTuple):
    """One feed entry with the notification it is about, where that is one and is still there.

    `reason` says why it was withdrawn.
    """

    n: int
    kind: str
    unseen: int
    unread: int
    notification_id: UUID | None
    notice: Notice | None
    reason: str = ""


class InboxPage(NamedTuple):
    """One page, newest first; `older` is the cursor (`before`) of the next one, None at the end."""

    notices: list[Notice]
    older: int | None


def get_counts(session: Session, recipient: str) -> Counts:
    """The counts now; zeros for somebody who was never told anything."""
    table = InboxCounter
    mine = select(table.n, table.unseen, table.unread).where(table.recipient == recipient)
    row = session.execute(mine).first()
    return Counts(*row) if row else Counts(0, 0, 0)


def counts_as_of(session: Session, recipient: str, n: int) -> Counts | None:
    """The counts as they were at feed entry `n`; None where this inbox has no such entry."""
    entry = session.get(FeedEntry, (recipient, n))
    return Counts(n, entry.unseen, entry.unread) if entry else None


def list_inbox(
    session: Session, recipient: str, *, unread: bool = False, category: str = "", before: int | None = None,
    limit: int = 25,
) -> InboxPage:
    """The inbox, newest first, from below feed entry `before`; if asked, only the unread or one category."""
    query = _notices().where(Notification.recipient == recipient)
    if unread:
        query = query.where(Notification.read_at.is_(None))
    if category:
        query = query.where(Notification.category == category)
    if before is not None:
        query = query.where(Notification.n < before)
    rows = session.execute(query.order_by(Notification.n.desc()).limit(limit + 1)).all()
    notices = [_notice(row) for row in rows[:limit]]
    return InboxPage(notices, notices[-1].n if len(rows) > limit else None)


def get_notice(session: Session, recipient: str, id_: UUID) -> Notice:
    """One row of this person's inbox; raises NotFound, also for another person's."""
    mine = _notices().where(Notification.recipient == recipient, Notification.id == id_)
    row = session.execute(mine).first()
    if row is None:
        raise NotFound("notification", id_)
    return _notice(row)


def count_by_category(session: Session, recipient: str) -> dict[str, int]:
    """Unread notifications by category; categories without any are absent."""
    unread = select(Notification.category, func.count()).where(Notification.recipient == recipient)
    rows = session.execute(unread.where(Notification.read_at.is_(None)).group_by(Notification.category))
    return {row[0]: row[1] for row in rows}


def count_inbox(session: Session, recipient: str, category: str = "") -> int:
    """How many rows the inbox has, counted to 10,000."""
    rows = select(Notification.id).where(Notification.recipient == recipient)
    if category:
        rows = rows.where(Notification.category == category)
    return session.scalar(select(func.count()).select_from(rows.limit(10_001).subquery())) or 0


def count_arrivals(session: Session, recipient: str, since: int) -> int:
    """How many arrived after feed entry `since` and are still there."""
    rows = select(func.count()).where(Notification.recipient == recipient, Notification.n > since)
    return session.scalar(rows) or 0


def feed_since(session: Session, recipient: str, n: int, limit: int = 200) -> list[FeedItem]:
    """The entries after `n` in order, at most `limit`: without gaps, and with the counts as of each."""
    entries = session.execute(
        select(FeedEntry).where(FeedEntry.recipient == recipient, FeedEntry.n > n)
        .order_by(FeedEntry.n).limit(limit)
    ).scalars().all()
    ids = {entry.notification_id for entry in entries if entry.notification_id}
    gone = {entry.notification_id for entry in entries if entry.notification_id and entry.kind == "withdrawal"}
    rows = session.execute(_notices().where(Notification.id.in_(ids))) if ids else ()
    notices = {row.id: _notice(row) for row in rows}
    reasons = _reasons(session, gone)
    return [_feed_item(entry, notices, reasons) for entry in entries]


def find_wrong_counts(session: Session) -> list[tuple[str, Counts, Counts]]:
    """The checker: inboxes whose counter differs from its rows, as (recipient, counter, rows)."""
    rows = select(
        Notification.recipient, func.count(case((Notification.seen_at.is_(None), 1))).label("unseen"),
        func.count(case((Notification.read_at.is_(None), 1))).label("unread"),
    ).group_by(Notification.recipient).subquery()
    unseen, unread = func.coalesce(rows.c.unseen, 0), func.coalesce(rows.c.unread, 0)
    wrong = session.execute(
        select(InboxCounter, unseen, unread).outerjoin(rows, rows.c.recipient == InboxCounter.recipient)
        .where((InboxCounter.unseen != unseen) | (InboxCounter.unread != unread))
    )
    return [(counter.recipient, Counts(counter.n, counter.unseen, counter.unread), Counts(counter.n, a, b))
            for counter, a, b in wrong]


def _feed_item(entry: FeedEntry, notices: dict[UUID, Notice], reasons: dict[UUID, str]) -> FeedItem:
    id_ = entry.notification_id
    notice, reason = (notices.get(id_), reasons.get(id_, "")) if id_ else (None, "")
    return FeedItem(entry.n, entry.kind, entry.unseen, entry.unread, id_, notice, reason)


def _reasons(session: Session, ids: set[UUID]) -> dict[UUID, str]:
    if not ids:
        return {}
    rows = session.execute(select(Tombstone.notification_id, Tombstone.reason).where(Tombstone.notification_id.in_(ids)))
    return {row[0]: row[1] for row in rows}


def _notices() -> Select[*tuple[Any, ...]]:
    return select(
        Notification.id, Notification.n, Notification.kind, Notification.category, Notification.priority,
        Notification.subject_type, Notification.subject_key, Notification.parts, Notification.actor,
        func.coalesce(Person.name, "").label("actor_name"), Notification.at,
        Notification.seen_at.is_not(None).label("seen"), Notification.read_at.is_not(None).label("read"),
        Notification.quiet_until,
    ).outerjoin(Person, Person.uid == Notification.actor)


def _notice(row: Row[Any]) -> Notice:
    return Notice(**row._mapping)
