"""Consistency checks of the inboxes: counters match their rows, and the feed matches both.

The feed must have no gaps, and every inbox is checked.
"""

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from models.shared.counts import counted
from models.wuphf.queries import Counts, stands
from models.wuphf.tables import FeedEntry, InboxCounter, Notification


def find_wrong_counts(session: Session) -> list[tuple[str, Counts, Counts]]:
    """Return the inboxes whose counter differs from its rows, as (recipient, counter, rows)."""
    rows = (
        select(
            Notification.recipient,
            func.count(case((Notification.seen_at.is_(None), 1))).label("unseen"),
            func.count(case((Notification.read_at.is_(None), 1))).label("unread"),
        )
        .where(stands())
        .group_by(Notification.recipient)
        .subquery()
    )
    unseen, unread = func.coalesce(rows.c.unseen, 0), func.coalesce(rows.c.unread, 0)
    wrong = session.execute(
        select(InboxCounter, unseen, unread)
        .outerjoin(rows, rows.c.recipient == InboxCounter.recipient)
        .where((InboxCounter.unseen != unseen) | (InboxCounter.unread != unread))
    )
    return [
        (
            counter.recipient,
            Counts(counter.n, counter.unseen, counter.unread),
            Counts(counter.n, a, b),
        )
        for counter, a, b in wrong
    ]


def find_faults(session: Session) -> list[str]:
    """Return a sentence for each inconsistency; empty if there are none."""
    faults = [
        f"{who}: the counter says {said.unseen} unseen, {said.unread} unread; the rows say {real.unseen}, {real.unread}"
        for who, said, real in find_wrong_counts(session)
    ]
    return faults + _feed_faults(session) + _strays(session)


def _feed_faults(session: Session) -> list[str]:
    kept = (
        select(
            FeedEntry.recipient,
            func.min(FeedEntry.n).label("first"),
            func.max(FeedEntry.n).label("last"),
            func.count().label("count"),
        )
        .group_by(FeedEntry.recipient)
        .subquery()
    )
    rows = session.execute(
        select(
            InboxCounter,
            kept.c.first,
            kept.c.last,
            kept.c.count,
            FeedEntry.unseen,
            FeedEntry.unread,
        )
        .join(kept, kept.c.recipient == InboxCounter.recipient)
        .join(FeedEntry, (FeedEntry.recipient == kept.c.recipient) & (FeedEntry.n == kept.c.last))
    )
    faults = []
    for counter, first, last, count, unseen, unread in rows:
        if last - first + 1 != count:
            faults.append(
                f"{counter.recipient}: the feed from {first} to {last} has "
                f"{counted(count, 'entry', 'entries')}"
            )
        if (last, unseen, unread) != (counter.n, counter.unseen, counter.unread):
            faults.append(
                f"{counter.recipient}: the feed ends at {last} with {unseen} and {unread}, the counter is at "
                f"{counter.n} with {counter.unseen} and {counter.unread}"
            )
    return faults


def _strays(session: Session) -> list[str]:
    stray = select(Notification.recipient).outerjoin(
        InboxCounter, InboxCounter.recipient == Notification.recipient
    )
    found = session.execute(stray.where(InboxCounter.recipient.is_(None)).distinct()).scalars()
    return [f"{who}: has notifications and no counter" for who in found]
