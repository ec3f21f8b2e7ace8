"""Whether every event went its whole way, once and in order: outbox, journal of each listener, topic."""

from collections import defaultdict
from typing import NamedTuple

import psycopg

from models.shared.events.catalogue import LISTENERS, PUBLISHERS
from models.shared.events.envelope import Envelope
from models.shared.listeners.registry import HANDLERS, load_handlers
from tests.chaos.anomalies import Anomaly, found_by

GAPS = """SELECT topic, key, count(*), max(sequence) FROM {0}.outbox GROUP BY 1, 2 HAVING count(*) <> max(sequence)"""
KEYS = """SELECT topic, key, k.sequence, coalesce(o.last, 0) FROM {0}.outbox_key k
    LEFT JOIN (SELECT topic, key, max(sequence) AS last FROM {0}.outbox GROUP BY 1, 2) o USING (topic, key)
    WHERE k.sequence <> coalesce(o.last, 0)"""
WAITING = (
    "SELECT count(*), min(type) FROM {0}.outbox WHERE published_at IS NULL HAVING count(*) > 0"
)
POSITIONS = """SELECT k.topic, k.key, coalesce(l.sequence, 0), k.sequence FROM {0}.outbox_key k
    LEFT JOIN {1}.last_sequence l USING (topic, key) WHERE k.topic = ANY(%s) AND
    coalesce(l.sequence, 0) {2} k.sequence"""
MISSING = """SELECT o.type, o.key, o.sequence FROM {0}.outbox o JOIN {1}.last_sequence l USING (topic, key)
    LEFT JOIN {1}.journal j ON j.event_id = o.event_id
    WHERE o.topic = ANY(%s) AND o.type = ANY(%s) AND j.event_id IS NULL AND l.sequence >= o.sequence"""
STRANGERS = """SELECT j.type, j.key, j.sequence FROM {1}.journal j LEFT JOIN {0}.outbox o
    ON o.event_id = j.event_id AND (o.topic, o.key, o.sequence) = (j.topic, j.key, j.sequence)
    WHERE j.topic = ANY(%s) AND o.event_id IS NULL"""
ORDER = """SELECT topic, key, sequence, before FROM (SELECT topic, key, sequence,
    lag(sequence) OVER (PARTITION BY topic, key ORDER BY n) AS before FROM {0}.journal) AS one WHERE
    before >= sequence"""
HELD = "SELECT type, key, sequence FROM {0}.held_event"
DEAD = "SELECT type, key, sequence, split_part(cause, chr(10), 1) FROM {0}.dead_letter WHERE settled_at IS NULL"


def check_events(connection: psycopg.Connection) -> list[Anomaly]:
    """Every publisher's outbox and every listener's journal against it."""
    found = []
    for schema in PUBLISHERS:
        found += found_by(
            connection,
            "non-monotonic",
            f"{schema}'s outbox has {{2}} events of {{0}} {{1}}, the last is {{3}}",
            GAPS.format(schema),
        )
        found += found_by(
            connection,
            "lost write",
            f"{schema} gave {{0}} {{1}} the number {{2}}, its outbox ends at {{3}}",
            KEYS.format(schema),
        )
        found += found_by(
            connection,
            "unseen",
            f"{schema} has {{0}} events that were never published ({{1}})",
            WAITING.format(schema),
        )
    for listener in LISTENERS:
        found += _check_listener(connection, listener)
    return found


def _check_listener(connection: psycopg.Connection, listener: str) -> list[Anomaly]:
    load_handlers(listener)
    types = [type_ for by, type_ in HANDLERS if by == listener]
    found = found_by(
        connection,
        "non-monotonic",
        f"{listener} handled {{0}} {{1}} {{2}} after {{3}}",
        ORDER.format(listener),
    )
    found += found_by(
        connection,
        "unseen",
        f"{listener} holds {{0}} of {{1}}, number {{2}}",
        HELD.format(listener),
    )
    found += found_by(
        connection,
        "unseen",
        f"{listener} could not handle {{0}} of {{1}}, number {{2}}: {{3}}",
        DEAD.format(listener),
    )
    for owner, topics in PUBLISHERS.items():
        if heard := [topic for topic in topics if topic in LISTENERS[listener]]:
            found += _check_way(connection, owner, listener, heard, types)
    return found


def _check_way(
    connection: psycopg.Connection, owner: str, listener: str, topics: list[str], types: list[str]
) -> list[Anomaly]:
    return [
        *found_by(
            connection,
            "unseen",
            f"{listener} is at {{2}} of {{0}} {{1}}, which is at {{3}}",
            POSITIONS.format(owner, listener, "<"),
            topics,
        ),
        *found_by(
            connection,
            "aborted read",
            f"{listener} is at {{2}} of {{0}} {{1}}, which only is at {{3}}",
            POSITIONS.format(owner, listener, ">"),
            topics,
        ),
        *found_by(
            connection,
            "lost write",
            f"{listener} went past {{0}} of {{1}}, number {{2}}, without handling it",
            MISSING.format(owner, listener),
            topics,
            types,
        ),
        *found_by(
            connection,
            "aborted read",
            f"{listener} handled {{0}} of {{1}}, number {{2}}, which nobody recorded",
            STRANGERS.format(owner, listener),
            topics,
        ),
    ]


class Carried(NamedTuple):
    """What lay on the topics at the end: records, and how many of them were copies of another."""

    records: int
    copies: int


def check_topics(
    connection: psycopg.Connection, records: list[Envelope]
) -> tuple[Carried, list[Anomaly]]:
    """Every published event lies on its topic, and the copies of an event are the same event."""
    ids: dict[tuple[str, str, int], set[str]] = defaultdict(set)
    for event in records:
        ids[event.type.split(".")[1], event.partitionkey, event.sequence].add(str(event.id))
    found = [
        Anomaly("duplicate", f"two events of {place} bear one number")
        for place, those in ids.items()
        if len(those) > 1
    ]
    there = {str(event.id) for event in records}
    for schema in PUBLISHERS:
        rows = connection.execute(
            f"SELECT event_id::text, type, key, sequence FROM {schema}.outbox"
            " WHERE published_at IS NOT NULL"
        ).fetchall()
        found += [
            Anomaly(
                "lost write",
                f"{row[1]} of {row[2]}, number {row[3]}, counts as published and is not on its topic",
            )
            for row in rows
            if row[0] not in there
        ]
    return Carried(len(records), len(records) - len(there)), found
