"""The feed of one person's inbox: every change takes the next number under that person's row lock."""

from typing import Literal
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.notifications.tables import FeedEntry, InboxCounter
from models.shared import clock
from models.shared.live import signal_inbox

EntryKind = Literal["arrival", "seen", "read", "unread", "withdrawal"]


def lock_inbox(session: Session, recipient: str) -> int:
    """Holds the inbox of `recipient` until the end of the transaction; the number of its last entry.

    Taken before its rows are read or changed, so that counts and rows agree whatever happens at once.
    """
    empty = upsert(InboxCounter).values(recipient=recipient, n=0, unseen=0, unread=0)
    session.execute(empty.on_conflict_do_nothing())
    held = select(InboxCounter.n).where(InboxCounter.recipient == recipient).with_for_update()
    return session.execute(held).scalar_one()


def append_entry(
    session: Session, recipient: str, kind: EntryKind, notification: UUID | None, *, unseen: int, unread: int
) -> int:
    """Adds the next entry, the counts changed by `unseen` and `unread`, and signals the streams; its number.

    The inbox must be held (`lock_inbox`).
    """
    n, now_unseen, now_unread = session.execute(
        update(InboxCounter).where(InboxCounter.recipient == recipient).values(
            n=InboxCounter.n + 1, unseen=InboxCounter.unseen + unseen, unread=InboxCounter.unread + unread
        ).returning(InboxCounter.n, InboxCounter.unseen, InboxCounter.unread)
        .execution_options(synchronize_session=False)
    ).one()
    session.execute(insert(FeedEntry).values(
        recipient=recipient, n=n, kind=kind, notification_id=notification, at=clock.now(),
        unseen=now_unseen, unread=now_unread,
    ))
    signal_inbox(session, recipient, n)
    return n
