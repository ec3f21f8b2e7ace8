"""Recover after a restore, using the topics, which still hold events from after the snapshot.

Advance sequences past the numbers in those events, recreate topics and consumer groups, and mark
the last 7 days for republishing by the relay. Run it with the broker up and every process of the
product down.
"""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from typing import NamedTuple

import msgspec
import psycopg
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from areas import AREAS, SCHEMAS
from consumers.broker_clients import librdkafka_options
from consumers.relay import outboxes
from consumers.relay.broker_memory import end_offsets
from consumers.relay.topics import admin_client, ensure_topics
from models.shared.events.catalogue import PUBLISHERS, TOPICS
from settings import settings

PATIENCE = 30.0
# Business numbers outlive a database on paper and in mails: prefix and the sequence that issues them.
NUMBERS = {
    prefix: f"{area.schema}.{sequence}"
    for area in AREAS
    for prefix, sequence in area.numbers.items()
}


class Told(msgspec.Struct, frozen=True):
    """The parts of an event that recovery reads."""

    id: str
    type: str
    subject: str = ""
    partitionkey: str = ""
    data: dict[str, object] = {}


class Recovery(NamedTuple):
    """The result of a recovery.

    Events at the broker, lost events (those in no outbox) by type, their subjects, advanced
    sequences, and the number of events to publish again.
    """

    seen: int
    lost: Counter[str]
    lost_subjects: list[str]
    raised: dict[str, int]
    again: int


def recover() -> Recovery:
    """Run the whole recovery; safe to run again. Raises KafkaException while the broker is down."""
    told = read_all()
    known = _known_events()
    lost = [event for event in told if event.id not in known]
    raised = raise_numbers(told)
    recreate_topics()
    subjects = sorted({event.subject or event.partitionkey for event in lost})
    return Recovery(
        len(told), Counter(event.type for event in lost), subjects, raised, publish_again()
    )


def read_all() -> list[Told]:
    """Return every event that the broker still has."""
    admin = admin_client()
    found = admin.list_topics(timeout=10).topics
    places = {
        (topic, number): 0
        for topic in TOPICS
        if topic in found
        for number in found[topic].partitions
    }
    told: list[Told] = []
    for (topic, partition), end in end_offsets(admin, places).items():
        if end > 0:
            told += _read(topic, partition)
    return told


def raise_numbers(told: list[Told]) -> dict[str, int]:
    """Advance each sequence past the highest number ever published, so that none is issued twice.

    Returns the sequences that moved.
    """
    highest: dict[str, int] = {}
    for word in {word for event in told for word in _numbers_in(event)}:
        prefix, _, digits = word.partition("-")
        if prefix in NUMBERS and digits.isdecimal():
            highest[prefix] = max(highest.get(prefix, 0), int(digits))
    return {
        NUMBERS[prefix]: number
        for prefix, number in sorted(highest.items())
        if _raise(NUMBERS[prefix], number)
    }


def recreate_topics() -> None:
    """Recreate topics and consumer groups, so that nobody reads events that were lost."""
    admin = admin_client()
    present = [topic for topic in TOPICS if topic in admin.list_topics(timeout=10).topics]
    for future in admin.delete_topics(present, request_timeout=10).values() if present else ():
        future.result()
    _until(lambda: not set(present) & set(admin.list_topics(timeout=10).topics))
    groups = [
        group.group_id
        for group in admin.list_consumer_groups().result().valid
        if group.group_id.startswith("dm-")
    ]
    for future in (
        admin.delete_consumer_groups(groups, request_timeout=10).values() if groups else ()
    ):
        _forget_missing(future)
    ensure_topics(admin)


def publish_again() -> int:
    """Mark the last 7 days of every outbox for republishing; return how many events."""
    count = 0
    for schema in PUBLISHERS:
        with _connect(schema) as connection:
            count += outboxes.forget_places(connection)
    return count


def _read(topic: str, partition: int) -> list[Told]:
    consumer = Consumer(
        librdkafka_options(
            group_id="dm-recovery",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            enable_partition_eof=True,
        )
    )
    consumer.assign([TopicPartition(topic, partition, 0)])
    told, deadline = [], time.monotonic() + PATIENCE
    try:
        while message := consumer.poll(max(0.0, deadline - time.monotonic())):
            if error := message.error():
                if error.code() == KafkaError._PARTITION_EOF:
                    break
                raise KafkaException(error)
            told += _decoded(message.value())
    finally:
        consumer.close()
    return told


def _decoded(value: bytes | None) -> list[Told]:
    try:
        return [msgspec.json.decode(value or b"", type=Told)]
    except msgspec.MsgspecError:
        return []  # not one of our events


def _known_events() -> set[str]:
    found: set[str] = set()
    for schema in SCHEMAS:
        with _connect(schema) as connection:
            found |= {
                str(id_) for (id_,) in connection.execute("SELECT event_id FROM outbox").fetchall()
            }
    return found


def _numbers_in(event: Told) -> set[str]:
    """Return the business numbers in an event's number fields, ignoring text that a person typed."""
    given = {
        value
        for name, value in event.data.items()
        if name.endswith("number") and isinstance(value, str)
    }
    return given | {event.subject, event.partitionkey}


def _raise(sequence: str, number: int) -> bool:
    """Advance a sequence to `number`; return whether it had to move."""
    with _connect("migrator") as connection:
        schema, name = sequence.split(".")
        row = connection.execute(
            "SELECT coalesce(last_value, start_value - 1) FROM pg_sequences"
            " WHERE schemaname = %s AND sequencename = %s",
            [schema, name],
        ).fetchone()
        if row is None or row[0] >= number:
            return False
        connection.execute("SELECT setval(%s::regclass, %s)", [sequence, number])
        return True


def _connect(role: str) -> psycopg.Connection:
    path = f"-c search_path={role}" if role in SCHEMAS else ""
    return psycopg.connect(
        settings().database_dsn(role), autocommit=True, connect_timeout=5, options=path
    )


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError("the broker did not let go of the old topics")
        time.sleep(0.2)


def _forget_missing(future: Future[None]) -> None:
    try:
        future.result()
    except KafkaException as error:
        if error.args[0].code() != KafkaError.GROUP_ID_NOT_FOUND:
            raise
