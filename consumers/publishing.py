"""The outbox as its relay sees it: what is unpublished, what was, what must go again. One connection, one
schema."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from psycopg import Connection
from psycopg.rows import class_row

from models.shared.catalogue import PUBLISHERS

PORTION = 500
KEPT_DAYS = 7  # as long as the topics keep events
_AGE = "extract(epoch FROM clock_timestamp() - created_at)::float8"


class Unpublished(NamedTuple):
    """An event to send."""

    id: int
    topic: str
    key: str
    envelope: bytes
    age: float


class Report(NamedTuple):
    """What the broker said of one event: where it lies, or why not."""

    error: str | None
    partition: int
    offset: int


class Context(msgspec.Struct):
    """The part of an envelope by which it is found again: in headers, traces and logs."""

    type: str
    correlationid: str
    traceparent: str | None = None


def unpublished(connection: Connection, limit: int = PORTION) -> list[Unpublished]:
    """The next events in id order. Serial order is not commit order, so never "above the last id"."""
    with connection.cursor(row_factory=class_row(Unpublished)) as cursor:
        return cursor.execute(
            f"SELECT id, topic, key, envelope, {_AGE} AS age FROM outbox"  # noqa: S608
            " WHERE published_at IS NULL ORDER BY id LIMIT %s",
            [limit],
        ).fetchall()


def headers(envelope: bytes) -> list[tuple[str, str | bytes | None]]:
    """Of a CloudEvent in structured mode over Kafka (CloudEvents' Kafka binding, 3.3), and the trace's
    context."""
    found: list[tuple[str, str | bytes | None]] = [
        ("content-type", b"application/cloudevents+json; charset=UTF-8")
    ]
    trace = context(envelope).traceparent
    return [*found, ("traceparent", trace.encode())] if trace else found


def context(envelope: bytes) -> Context:
    """The trace and the request in which the event was recorded."""
    return msgspec.json.decode(envelope, type=Context)


def in_order(
    events: Sequence[Unpublished], reports: Sequence[Report | None]
) -> list[tuple[Unpublished, Report]]:
    """What may be marked: of each key only what came before its first failure, lest a later one overtake
    it."""
    stopped: set[tuple[str, str]] = set()
    fine = []
    for event, report in zip(events, reports, strict=True):
        if report is None or report.error:
            stopped.add((event.topic, event.key))
        elif (event.topic, event.key) not in stopped:
            fine.append((event, report))
    return fine


def mark(connection: Connection, sent: Sequence[tuple[Unpublished, Report]]) -> None:
    """Notes that these are published and where they lie."""
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
    """The highest offset that was noted, per topic and partition."""
    rows = connection.execute(
        'SELECT topic, partition, "offset" FROM published_position'
    ).fetchall()
    return {(topic, partition): offset for topic, partition, offset in rows}


def forget_places(connection: Connection) -> int:
    """The broker lost its memory: the last 7 days go again. Returns how many events those are."""
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
    """Lets events go again: of one key from `first` to `last`, or with no key all of the topic from outbox
    id `first`."""
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
    """How many events wait to be published, and for how many seconds the oldest does."""
    row = connection.execute(
        f"SELECT count(*), coalesce(max({_AGE}), 0) FROM outbox"  # noqa: S608
        " WHERE published_at IS NULL"
    ).fetchone()
    return (int(row[0]), float(row[1])) if row else (0, 0.0)


def owner_of(topic: str) -> str:
    """The schema whose relay publishes this topic."""
    return next(schema for schema, topics in PUBLISHERS.items() if topic in topics)
