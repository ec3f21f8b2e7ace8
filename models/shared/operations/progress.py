"""One service's view of its own events: backlog, progress, and the steps of one correlation.

Everything is read from the mechanism's tables in one schema. A key's numbers have no gaps, so their
sums are counts: what a publisher recorded minus what a listener handled is the listener's backlog,
without asking the broker.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Table, func, or_, select
from sqlalchemy.orm import Session

from models.shared.database.context import current_schema
from models.shared.database.rows import AnyRow
from models.shared.database.tables import mechanism
from models.shared.listeners.registry import HANDLERS, load_handlers

# What a person may look for by its number, as history names it.
RECORDS = (
    "client",
    "expense",
    "lead",
    "order",
    "product",
    "receipt",
    "run",
    "shipment",
    "stock_take",
)
MOST = 500  # events per correlation; a broadcast to thousands is cut off here


class TopicCount(msgspec.Struct, frozen=True):
    """The number of events of a topic."""

    topic: str
    count: int


class ServiceState(msgspec.Struct, frozen=True):
    """The state of a service's events.

    `recorded` counts, by topic, the events this service has written to its outbox; `handled` counts
    the events it has received and is done with. `unpublished` events wait for the relay, the oldest
    since `oldest_unpublished`. `held` events wait for an earlier event of their key. `dead` counts
    the dead letters that are not settled.
    """

    recorded: list[TopicCount]
    handled: list[TopicCount]
    unpublished: int
    oldest_unpublished: datetime | None
    held: int
    dead: int


class Told(msgspec.Struct, frozen=True):
    """An event as its publisher recorded it, with its position in Kafka once published.

    `request` is the HTTP request that recorded it, begun at `requested_at`; None for what a handler
    or a job recorded.
    """

    id: UUID
    type: str
    topic: str
    key: str
    sequence: int
    recorded_at: datetime
    published_at: datetime | None
    partition: int | None
    offset: int | None
    correlation: str
    envelope: dict[str, object]
    request: str | None
    requested_at: datetime | None


class Heard(msgspec.Struct, frozen=True):
    """An event as a listener applied it: once, by these handlers, in one transaction."""

    id: UUID
    handlers: list[str]
    partition: int | None
    offset: int | None
    applied_at: datetime


class Part(msgspec.Struct, frozen=True):
    """One service's part of a trail."""

    told: list[Told]
    heard: list[Heard]


def get_state(session: Session) -> ServiceState:
    """Return the current state of the events of this session's service."""
    its = mechanism(current_schema(session))
    waiting = its.outbox.c.published_at.is_(None)
    oldest, unpublished = session.execute(
        select(func.min(its.outbox.c.created_at), func.count()).where(waiting)
    ).one()
    return ServiceState(
        recorded=_sums(session, its.outbox_key),
        handled=_sums(session, its.last_sequence),
        unpublished=unpublished,
        oldest_unpublished=oldest,
        held=session.scalar(select(func.count()).select_from(its.held_event)) or 0,
        dead=session.scalar(select(func.count()).where(its.dead_letter.c.settled_at.is_(None)))
        or 0,
    )


def get_part(session: Session, correlation: str) -> Part:
    """Return what this service published and handled under a correlation id, oldest first.

    Empty if the service knows nothing of it.
    """
    its = mechanism(current_schema(session))
    outbox, journal = its.outbox, its.journal
    told = session.execute(
        select(outbox)
        .where(outbox.c.correlation_id == correlation)
        .order_by(outbox.c.id)
        .limit(MOST)
    )
    heard = session.execute(
        select(journal)
        .where(journal.c.correlation_id == correlation)
        .order_by(journal.c.n)
        .limit(MOST)
    )
    return Part(
        [_told(row) for row in told], [_heard(current_schema(session), row) for row in heard]
    )


def list_told_of(session: Session, key: str, most: int = 50) -> list[Told]:
    """Return the events this service published about the record with this number, newest first.

    Those are the events with this key, and those of the requests that changed the record by its
    history: a shipment's travel under its order's number, and a lead's under its client's.
    """
    tables = mechanism(current_schema(session))
    outbox, history = tables.outbox, tables.history
    topics = select(tables.outbox_key.c.topic).distinct()
    changed = select(history.c.correlation_id).where(
        history.c.record.in_(RECORDS), history.c.key == key
    )
    rows = select(outbox).where(
        outbox.c.topic.in_(topics),
        or_(outbox.c.key == key, outbox.c.correlation_id.in_(changed)),
    )
    return [_told(row) for row in session.execute(rows.order_by(outbox.c.id.desc()).limit(most))]


def count_held(session: Session) -> dict[tuple[str, str], int]:
    """Return the number of held events per topic and key."""
    held = mechanism(current_schema(session)).held_event
    rows = select(held.c.topic, held.c.key, func.count()).group_by(held.c.topic, held.c.key)
    return {(topic, key): count for topic, key, count in session.execute(rows)}


def _sums(session: Session, table: Table) -> list[TopicCount]:
    rows = (
        select(table.c.topic, func.sum(table.c.sequence))
        .group_by(table.c.topic)
        .order_by(table.c.topic)
    )
    return [TopicCount(topic, int(count)) for topic, count in session.execute(rows)]


def _heard(schema: str, row: AnyRow) -> Heard:
    load_handlers(schema)
    names = [handler.run.__name__ for handler in HANDLERS.get((schema, row.type), [])]
    return Heard(row.event_id, names, row.partition, row.offset, row.applied_at)


def _told(row: AnyRow) -> Told:
    return Told(
        row.event_id,
        row.type,
        row.topic,
        row.key,
        row.sequence,
        row.created_at,
        row.published_at,
        row.partition,
        row.offset,
        row.correlation_id,
        msgspec.json.decode(row.envelope),
        row.request,
        row.requested_at,
    )
