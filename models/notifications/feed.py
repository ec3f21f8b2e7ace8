"""The feed of one person's inbox: every change takes the next number under that person's row lock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, insert, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.notifications.tables import FeedEntry, InboxCounter
from models.shared import clock
from models.shared.live import signal_inbox
from models.shared.rows import insert_rows

EntryKind = Literal[
    "arrival",
    "seen",
    "read",
    "unread",
    "withdrawal",
    "archive",
    "unarchive",
    "snooze",
    "wake",
    "pin",
    "unpin",
    "undo",
    "purge",
]


class Arrival(NamedTuple):
    """A notification that comes into an inbox: whose, whether it rings, when, and in which trace it is told on."""

    recipient: str
    notification: UUID
    bell: bool
    at: datetime
    traceparent: str | None


# Said once and on the tables themselves: an arrival runs them all, and building them anew takes longer than they do.
_INBOX, _FEED = InboxCounter.__table__, FeedEntry.__table__
_EMPTY = upsert(_INBOX).values(recipient=bindparam("who"), n=0, unseen=0, unread=0)
_HOLD = _EMPTY.on_conflict_do_update(
    index_elements=["recipient"], set_={"n": _INBOX.c.n}
).returning(_INBOX.c.n)
_COUNT = (
    update(_INBOX)
    .where(_INBOX.c.recipient == bindparam("who"))
    .values(
        n=_INBOX.c.n + 1,
        unseen=_INBOX.c.unseen + bindparam("of_unseen"),
        unread=_INBOX.c.unread + bindparam("of_unread"),
    )
    .returning(_INBOX.c.n, _INBOX.c.unseen, _INBOX.c.unread)
)

_ARRIVED = text("""INSERT INTO inbox_counter AS known (recipient, n, unseen, unread)
    SELECT recipient, count(*), count(*) FILTER (WHERE bell), count(*)
    FROM unnest(CAST(:recipients AS text[]), CAST(:bells AS bool[])) AS arrived (recipient, bell)
    GROUP BY recipient ORDER BY recipient
    ON CONFLICT (recipient) DO UPDATE SET n = known.n + excluded.n, unseen = known.unseen + excluded.unseen,
        unread = known.unread + excluded.unread
    RETURNING recipient, n, unseen, unread""")


def lock_inbox(session: Session, recipient: str) -> int:
    """Holds the inbox of `recipient` until the end of the transaction; the number of its last entry.

    Taken before its rows are read or changed, so that counts and rows agree whatever happens at once.
    """
    return int(session.connection().execute(_HOLD, {"who": recipient}).scalar_one())


def append_entry(
    session: Session,
    recipient: str,
    kind: EntryKind,
    notification: UUID | None,
    *,
    unseen: int,
    unread: int,
) -> int:
    """Adds the next entry, the counts changed by `unseen` and `unread`, and signals the streams; its number.

    The inbox must be held (`lock_inbox`).
    """
    change = {"who": recipient, "of_unseen": unseen, "of_unread": unread}
    n, now_unseen, now_unread = session.connection().execute(_COUNT, change).one()
    session.connection().execute(
        insert(_FEED),
        {
            "recipient": recipient,
            "n": n,
            "kind": kind,
            "notification_id": notification,
            "at": clock.now(),
            "unseen": now_unseen,
            "unread": now_unread,
        },
    )
    signal_inbox(session, recipient, n)
    return int(n)


def append_arrivals(session: Session, arrivals: Sequence[Arrival]) -> list[int]:
    """Adds an entry for each arrival, in their order, and signals the streams; their numbers.

    Two statements for any number of inboxes, which it takes in the order of their names.
    """
    if not arrivals:
        return []
    entries = _count_in(session, arrivals)
    insert_rows(
        session,
        _FEED,
        [
            {
                "recipient": arrival.recipient,
                "n": n,
                "kind": "arrival",
                "notification_id": arrival.notification,
                "at": arrival.at,
                "unseen": unseen,
                "unread": unread,
            }
            for arrival, (n, unseen, unread) in zip(arrivals, entries, strict=True)
        ],
    )
    for arrival, (n, _, _) in zip(arrivals, entries, strict=True):
        signal_inbox(session, arrival.recipient, n, arrival.traceparent)
    return [n for n, _, _ in entries]


def _count_in(session: Session, arrivals: Sequence[Arrival]) -> list[tuple[int, int, int]]:
    """Number, unseen and unread as of each arrival: counted back from what its inbox has after all of them."""
    given = {
        "recipients": [each.recipient for each in arrivals],
        "bells": [each.bell for each in arrivals],
    }
    now = {
        who: (n, unseen, unread)
        for who, n, unseen, unread in session.connection().execute(_ARRIVED, given)
    }
    entries = []
    for arrival in reversed(arrivals):
        n, unseen, unread = entry = now[arrival.recipient]
        entries.append(entry)
        now[arrival.recipient] = n - 1, unseen - arrival.bell, unread - 1
    return entries[::-1]
