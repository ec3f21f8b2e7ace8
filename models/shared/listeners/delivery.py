"""Deliver events from outboxes to listeners in this process, without a broker.

The seed and the tests use it.
"""

from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import select

from models.shared.database.tables import mechanism
from models.shared.events.catalogue import LISTENERS, PUBLISHERS, TOPICS
from models.shared.listeners.interface import Incoming, apply_batch
from models.shared.transactions import reading


def deliver_pending(cursor: dict[str, int] | None = None, *, as_of_event: bool = True) -> int:
    """Deliver unpublished events to every listener until none are left; return how many.

    Marks nothing as published: the relay will still send every event, and the listeners will
    recognize each one and note its partition and offset. Delivers topic by topic, ordered by event
    time and then by outbox id.

    `cursor` (outbox id per schema) lets a frequent caller skip events it has already delivered;
    keep it only while nobody else writes to the outboxes. With `as_of_event`, a handler's `now()`
    is the event's time, so that generated history keeps its dates.
    """
    cursor, delivered = {} if cursor is None else cursor, 0
    while pending := _pending(cursor):
        for topic, events in groupby(sorted(pending, key=_turn), key=attrgetter("topic")):
            records = [
                Incoming(topic, None, None, row.key.encode(), row.envelope) for row in events
            ]
            for schema in (name for name, topics in LISTENERS.items() if topic in topics):
                apply_batch(schema, records, as_of_event=as_of_event)
            delivered += len(records)
    return delivered


def _turn(event: Any) -> tuple[int, datetime, int]:
    return TOPICS.index(event.topic), event.created_at, event.id


def _pending(cursor: dict[str, int]) -> list[Any]:
    found: list[Any] = []
    for schema in PUBLISHERS:
        table = mechanism(schema).outbox
        with reading(schema) as session:
            rows = session.execute(
                select(table.c.id, table.c.topic, table.c.key, table.c.envelope, table.c.created_at)
                .where(table.c.published_at.is_(None), table.c.id > cursor.get(schema, 0))
                .order_by(table.c.id)
            ).all()
        if rows:
            cursor[schema] = rows[-1].id
            found.extend(rows)
    return found
