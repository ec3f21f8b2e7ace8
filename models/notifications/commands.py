"""What a person does with their inbox. Each change is one feed entry, and the streams hear of it.

Every command acts on the inbox of the transaction's actor; nobody changes another's.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, func, true, update
from sqlalchemy.orm import Session

from models.notifications.feed import append_entry, lock_inbox
from models.notifications.tables import Notification
from models.shared import clock
from models.shared.errors import NotFound


def mark_seen(session: Session, up_to: int) -> int:
    """What arrived up to feed entry `up_to` was looked at (the bell was opened). How many it was news to."""
    recipient = session.info["actor"]
    lock_inbox(session, recipient)
    seen = len(session.execute(
        update(Notification).where(Notification.recipient == recipient, Notification.n <= up_to)
        .where(Notification.seen_at.is_(None)).values(seen_at=clock.now()).returning(Notification.id)
        .execution_options(synchronize_session=False)
    ).all())
    if seen:
        append_entry(session, recipient, "seen", None, unseen=-seen, unread=0)
    return seen


def mark_read(session: Session, ids: Collection[UUID]) -> int:
    """These were read (and so seen). How many had not been; ids that are not the actor's are passed over."""
    return _mark_read(session, Notification.id.in_(ids))


def mark_one_read(session: Session, id_: UUID) -> None:
    """This one was read. Raises NotFound where the actor has no such notification."""
    _require_mine(session, id_)
    mark_read(session, [id_])


def mark_all_read(session: Session, up_to: int | None = None) -> int:
    """All that arrived up to feed entry `up_to` was read (what came meanwhile stays unread). How many."""
    return _mark_read(session, Notification.n <= up_to if up_to is not None else true())


def mark_record_read(session: Session, subject_type: str, subject_key: str) -> int:
    """The actor opened this record, so all they were told about it was read. How many."""
    subject = (Notification.subject_type == subject_type) & (Notification.subject_key == subject_key)
    return _mark_read(session, subject)


def mark_unread(session: Session, ids: Collection[UUID]) -> int:
    """These count as unread again; they stay seen. How many had been read."""
    recipient = session.info["actor"]
    lock_inbox(session, recipient)
    changed = session.execute(
        update(Notification).where(Notification.recipient == recipient, Notification.id.in_(ids))
        .where(Notification.read_at.is_not(None)).values(read_at=None).returning(Notification.id)
        .execution_options(synchronize_session=False)
    ).scalars().all()
    if changed:
        append_entry(session, recipient, "unread", _single(changed), unseen=0, unread=len(changed))
    return len(changed)


def mark_one_unread(session: Session, id_: UUID) -> None:
    """This one counts as unread again. Raises NotFound where the actor has no such notification."""
    _require_mine(session, id_)
    mark_unread(session, [id_])


def _mark_read(session: Session, which: ColumnElement[bool]) -> int:
    recipient, now = session.info["actor"], clock.now()
    lock_inbox(session, recipient)
    mine = (Notification.recipient == recipient, Notification.read_at.is_(None), which)
    unseen = session.scalar(
        func.count(Notification.id).select().where(*mine, Notification.seen_at.is_(None))
    )
    read = session.execute(
        update(Notification).where(*mine)
        .values(read_at=now, seen_at=func.coalesce(Notification.seen_at, now))
        .returning(Notification.id).execution_options(synchronize_session=False)
    ).scalars().all()
    if read:
        append_entry(session, recipient, "read", _single(read), unseen=-(unseen or 0), unread=-len(read))
    return len(read)


def _require_mine(session: Session, id_: UUID) -> None:
    found = session.get(Notification, id_)
    if found is None or found.recipient != session.info["actor"]:
        raise NotFound("notification", id_)


def _single(ids: Collection[UUID]) -> UUID | None:
    return next(iter(ids)) if len(ids) == 1 else None
