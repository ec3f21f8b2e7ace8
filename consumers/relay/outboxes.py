"""The outbox as the relay uses it: read unpublished events, mark them, and republish.

Every function works on one connection to one schema.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from psycopg import Connection
from psycopg.rows import class_row

from models.shared.events.catalogue import PUBLISHERS

PORTION = 500
KEPT_DAYS = 7  # the retention of the topics
_AGE = "extract(epoch FROM clock_timestamp() - created_at)::float8"


class Unpublished(NamedTuple):
    """An event to send; `age` is in seconds."""

    id: int
    topic: str
    key: str
    envelope: bytes
    age: float


class Report(NamedTuple):
    """The broker's answer for one event: where it was stored, or why not."""

    error: str | None
    partition: int
    offset: int


class Context(msgspec.Struct):
    """The parts of an envelope that identify it in headers, traces and logs."""

    type: str
    correlationid: str
    traceparent: str | None = None


def unpublished(connection: Connection, limit: int = PORTION) -> list[Unpublished]:
    """Return the next events in id order.

    Serial order is not commit order, so never select "above the last id".
    """
    with connection.cursor(row_factory=class_row(Unpublished)) as cursor:
        return cursor.execute(
            f"SELECT id, topic, key, envelope, {_AGE} AS age FROM outbox"  # noqa: S608
            " WHERE published_at IS NULL ORDER BY id LIMIT %s",
            [limit],
        ).fetchall()


def headers(envelope: bytes) -> list[tuple[str, str | bytes | None]]:
    """Return headers of a structured-mode CloudEvent (Kafka binding, 3.3) and its trace context."""
    found: list[tuple[str, str | bytes | None]] = [
        ("content-type", b"application/cloudevents+json; charset=UTF-8")
    ]
    trace = context(envelope).traceparent
    return [*found, ("traceparent", trace.encode())] if trace else found


def context(envelope: bytes) -> Context:
    """Return the trace and the request in which the event was recorded."""
    return msgspec.json.decode(envelope, type=Context)


def in_order(
    events: Sequence[Unpublished], reports: Sequence[Report | None]
) -> list[tuple[Unpublished, Report]]:
    """Return what may be marked: only events sent before each key's first failure.

    Otherwise a later event could overtake the failed one.
    """
    stopped: set[tuple[str, str]] = set()
    fine = []
    for event, report in zip(events, reports, strict=True):
        if report is None or report.error:
            stopped.add((event.topic, event.key))
        elif (event.topic, event.key) not in stopped:
            fine.append((event, report))
    return fine


def mark(connection: Connection, sent: Sequence[tuple[Unpublished, Report]]) -> None:
    """Mark these events as published, with their partition and offset."""
    ends: dict[tuple[str, int], int] = {}
    for event, report in sent:
        place = (event.topic, report.partition)
        ends[place] = max(ends.get(place, -1), report.offset)
    with connection.transaction():
        connection.execute(
            'UPDATE outbox o SET published_at = now(), partition = n.partition, "offset" = n.o'
            " FROM unnest(%s::bigint[], %s::int[], %s::bigint[]) AS n(id, partition, o) WHERE o.id = n.id",
            [
                [event.id for event, _ in sent],
                [report.partition for _, report in sent],
                [report.offset for _, report in sent],
            ],
        )
        connection.cursor().executemany(
            'INSERT INTO published_position AS p (topic, partition, "offset") VALUES (%s, %s, %s)'
            " ON CONFLICT (topic, partition) DO UPDATE"
            ' SET "offset" = greatest(p."offset", excluded."offset")',
            [(*place, offset) for place, offset in sorted(ends.items())],
        )


def positions(connection: Connection) -> dict[tuple[str, int], int]:
    """Return the highest recorded offset per topic and partition."""
    rows = connection.execute(
        'SELECT topic, partition, "offset" FROM published_position'
    ).fetchall()
    return {(topic, partition): offset for topic, partition, offset in rows}


def forget_places(connection: Connection) -> int:
    """Mark the last 7 days as unpublished after the broker lost its data; return how many events."""
    with connection.transaction():
        connection.execute("DELETE FROM published_position")
        return connection.execute(
            'UPDATE outbox SET published_at = NULL, partition = NULL, "offset" = NULL'
            " WHERE published_at IS NOT NULL"
            " AND greatest(created_at, published_at) > now() - make_interval(days => %s)",
            [KEPT_DAYS],
        ).rowcount


def publish_again(
    connection: Connection, topic: str, key: str | None, first: int, last: int | None
) -> int:
    """Mark events for republishing; return how many.

    With a key, its sequences `first` to `last`; without one, the topic's events from outbox id
    `first`.
    """
    if key is None:
        return connection.execute(
            "UPDATE outbox SET published_at = NULL WHERE topic = %s AND id >= %s"
            " AND published_at IS NOT NULL",
            [topic, first],
        ).rowcount
    return connection.execute(
        "UPDATE outbox SET published_at = NULL WHERE topic = %s AND key = %s AND sequence >= %s"
        " AND (%s::bigint IS NULL OR sequence <= %s) AND published_at IS NOT NULL",
        [topic, key, first, last, last],
    ).rowcount


def backlog(connection: Connection) -> tuple[int, float]:
    """Return how many events wait to be published, and the age of the oldest in seconds."""
    row = connection.execute(
        f"SELECT count(*), coalesce(max({_AGE}), 0) FROM outbox"  # noqa: S608
        " WHERE published_at IS NULL"
    ).fetchone()
    return (int(row[0]), float(row[1])) if row else (0, 0.0)


def owner_of(topic: str) -> str:
    """Return the schema whose relay publishes this topic."""
    return next(schema for schema, topics in PUBLISHERS.items() if topic in topics)
