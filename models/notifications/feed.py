"""The feed of one person's inbox: every change takes the next number under that person's row lock."""

from typing import Literal
from uuid import UUID

from sqlalchemy import bindparam, insert, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.notifications.tables import FeedEntry, InboxCounter
from models.shared import clock
from models.shared.live import signal_inbox

EntryKind = Literal["arrival", "seen", "read", "unread", "withdrawal", "archive", "unarchive", "snooze", "wake", "pin", "unpin",
                    "undo", "purge"]


# Said once and on the tables themselves: an arrival runs them all, and building them anew takes longer than they do.
_INBOX, _FEED = InboxCounter.__table__, FeedEntry.__table__
_EMPTY = upsert(_INBOX).values(recipient=bindparam("who"), n=0, unseen=0, unread=0)
_HOLD = _EMPTY.on_conflict_do_update(index_elements=["recipient"], set_={"n": _INBOX.c.n}).returning(_INBOX.c.n)
_COUNT = (
    update(_INBOX).where(_INBOX.c.recipient == bindparam("who"))
    .values(n=_INBOX.c.n + 1, unseen=_INBOX.c.unseen + bindparam("of_unseen"),
            unread=_INBOX.c.unread + bindparam("of_unread"))
    .returning(_INBOX.c.n, _INBOX.c.unseen, _INBOX.c.unread)
)


def lock_inbox(session: Session, recipient: str) -> int:
    """Holds the inbox of `recipient` until the end of the transaction; the number of its last entry.

    Taken before its rows are read or changed, so that counts and rows agree whatever happens at once.
    """
    return int(session.connection().execute(_HOLD, {"who": recipient}).scalar_one())


def append_entry(
    session: Session, recipient: str, kind: EntryKind, notification: UUID | None, *, unseen: int, unread: int
) -> int:
    """Adds the next entry, the counts changed by `unseen` and `unread`, and signals the streams; its number.

    The inbox must be held (`lock_inbox`).
    """
    change = {"who": recipient, "of_unseen": unseen, "of_unread": unread}
    n, now_unseen, now_unread = session.connection().execute(_COUNT, change).one()
    session.connection().execute(insert(_FEED), {
        "recipient": recipient, "n": n, "kind": kind, "notification_id": notification, "at": clock.now(),
        "unseen": now_unseen, "unread": now_unread,
    })
    signal_inbox(session, recipient, n)
    return int(n)
