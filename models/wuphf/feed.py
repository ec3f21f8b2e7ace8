"""The feed of a person's inbox: every change takes the next number under that person's row lock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, insert, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.database.bulk_insert import insert_rows
from models.shared.database.live_signals import signal_inbox
from models.wuphf.tables import FeedEntry, InboxCounter

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
    """A notification that arrives in an inbox: recipient, whether it rings, time and trace."""

    recipient: str
    notification: UUID
    bell: bool
    at: datetime
    traceparent: str | None


# Built once, and on the tables themselves: every arrival runs them all, and building them takes
# longer than running them.
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
    """Lock the inbox of `recipient` until the transaction ends; return its last entry's number.

    Take the lock before reading or changing the inbox's rows, so that counts and rows always agree.
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
    """Append an entry, change the counts by `unseen` and `unread`, and signal the streams.

    Returns the entry's number. The inbox must be locked (`lock_inbox`).
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
    """Append an entry for each arrival, in order, and signal the streams; return their numbers.

    Takes two statements for any number of inboxes, and locks these in the order of their names.
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
    """Return the number, unseen and unread counts as of each arrival.

    They are counted back from each inbox's counts after all arrivals.
    """
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
