"""Deliver events from outboxes to listeners in this process, without a broker.

The seed and the tests use it.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import select

from models.shared.database.tables import mechanism
from models.shared.events.catalogue import LISTENERS, PUBLISHERS, TOPICS
from models.shared.listeners.interface import Incoming, apply_batch
from models.shared.transactions import reading


class Pending(NamedTuple):
    """An event in an outbox that nobody has published."""

    topic: str
    created_at: datetime
    id: int
    key: str
    envelope: bytes


def deliver_pending(
    cursor: dict[str, int] | None = None,
    *,
    as_of_event: bool = True,
    publishers: Iterable[str] = tuple(PUBLISHERS),
    listeners: Collection[str] = tuple(LISTENERS),
    each_round: Callable[[list[Pending]], object] = lambda events: None,
) -> int:
    """Deliver unpublished events to every listener until none are left; return how many.

    Marks nothing as published: the relay will still send every event, and the listeners will
    recognize each one and note its partition and offset. Delivers topic by topic, ordered by event
    time and then by outbox id.

    `cursor` (outbox id per schema) lets a frequent caller skip events it has already delivered;
    keep it only while nobody else writes to the outboxes. With `as_of_event`, a handler's `now()`
    is the event's time, so that generated history keeps its dates. With fewer `publishers` or
    `listeners`, someone else delivers the rest, such as `each_round`, which gets the events of each
    round before they are delivered here.
    """
    cursor, delivered = {} if cursor is None else cursor, 0
    while pending := list_pending(cursor, publishers):
        each_round(pending)
        delivered += deliver(pending, listeners, as_of_event=as_of_event)
    return delivered


def deliver(events: list[Pending], listeners: Collection[str], *, as_of_event: bool = True) -> int:
    """Deliver these events to those listeners that read their topics; return how many."""
    in_turn = sorted(events, key=_turn)
    for topic, group in groupby(in_turn, key=attrgetter("topic")):
        records = [Incoming(topic, None, None, each.key.encode(), each.envelope) for each in group]
        for schema in (name for name in listeners if topic in LISTENERS[name]):
            apply_batch(schema, records, as_of_event=as_of_event)
    return len(events)


def _turn(event: Pending) -> tuple[int, datetime, int]:
    return TOPICS.index(event.topic), event.created_at, event.id


def list_pending(cursor: dict[str, int], publishers: Iterable[str]) -> list[Pending]:
    """Return the unpublished events beyond the cursor, and advance it."""
    found: list[Pending] = []
    for schema in publishers:
        table = mechanism(schema).outbox
        with reading(schema) as session:
            rows = session.execute(
                select(*(table.c[name] for name in Pending._fields))
                .where(table.c.published_at.is_(None), table.c.id > cursor.get(schema, 0))
                .order_by(table.c.id)
            ).all()
        if rows:
            cursor[schema] = rows[-1].id
            found.extend(Pending(*row) for row in rows)
    return found
