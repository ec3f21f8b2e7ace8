"""Feed entries that streams have missed, read for many streams in one statement."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, Text, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from models.shared.database.rows import AnyRow, AnySelect
from models.wuphf.queries import Notice, notices_by_id
from models.wuphf.tables import FeedEntry, Tombstone

MOST = 200  # entries per feed and read


class FeedItem(NamedTuple):
    """One feed entry, with the notification it is about if that still exists.

    `reason` says why it was withdrawn.
    """

    n: int
    kind: str
    unseen: int
    unread: int
    notification_id: UUID | None
    notice: Notice | None
    reason: str = ""


class Place(NamedTuple):
    """A stream's position in a person's feed."""

    recipient: str
    n: int


def feed_since(session: Session, recipient: str, n: int, limit: int = MOST) -> list[FeedItem]:
    """Return the entries after `n` in order, at most `limit`, without gaps.

    Each has the counts as of that entry.
    """
    return feeds_since(session, [Place(recipient, n)], limit)[0]


def feeds_since(
    session: Session, places: Sequence[Place], limit: int = MOST
) -> list[list[FeedItem]]:
    """Return `feed_since` for each place, in their order.

    It takes as many statements for a hundred places as for one.
    """
    entries = _entries(session, places, limit)
    ids = {entry.notification_id for entry in entries if entry.notification_id}
    notices = notices_by_id(session, ids)
    reasons = _reasons(
        session, {entry.notification_id for entry in entries if entry.kind == "withdrawal"}
    )
    found: list[list[FeedItem]] = [[] for _ in places]
    for entry in entries:
        id_ = entry.notification_id
        found[entry.place].append(
            FeedItem(
                entry.n,
                entry.kind,
                entry.unseen,
                entry.unread,
                id_,
                notices.get(id_),
                reasons.get(id_, ""),
            )
        )
    return found


def _entries(session: Session, places: Sequence[Place], limit: int) -> Sequence[AnyRow]:
    asked = {
        "recipients": [place.recipient for place in places],
        "after": [place.n for place in places],
        "most": limit,
    }
    return session.execute(_after_each_place(), asked).all()


@cache
def _after_each_place() -> AnySelect:
    """Build the query once: that costs as much as running it, and thousands of streams run it."""
    recipients, after = (
        bindparam("recipients", type_=ARRAY(Text)),
        bindparam("after", type_=ARRAY(BigInteger)),
    )
    asked = (
        func.unnest(recipients, after)
        .table_valued("recipient", "n", with_ordinality="place", name="asked")
        .render_derived()
    )
    entry = (
        select(
            FeedEntry.n,
            FeedEntry.kind,
            FeedEntry.unseen,
            FeedEntry.unread,
            FeedEntry.notification_id,
        )
        .where(FeedEntry.recipient == asked.c.recipient, FeedEntry.n > asked.c.n)
        .order_by(FeedEntry.n)
        .limit(bindparam("most", type_=BigInteger))
        .lateral("entry")
    )
    columns = (
        (asked.c.place - 1).label("place"),
        entry.c.n,
        entry.c.kind,
        entry.c.unseen,
        entry.c.unread,
        entry.c.notification_id,
    )
    return select(*columns).select_from(asked.join(entry, true())).order_by("place", entry.c.n)


def _reasons(session: Session, ids: set[UUID]) -> dict[UUID, str]:
    if not ids:
        return {}
    rows = session.execute(
        select(Tombstone.notification_id, Tombstone.reason).where(
            Tombstone.notification_id.in_(ids)
        )
    )
    return {row[0]: row[1] for row in rows}
