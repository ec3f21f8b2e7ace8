"""The tables of the event mechanism, the same in every schema.

docs/architecture.md, "The tables of the mechanism", explains each one.
"""

from types import SimpleNamespace
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from models.shared.database.cache import made_once

Columns = list[Column[Any]]
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
Moment = DateTime(timezone=True)
SHADOW = "_rebuild"


@made_once
def metadata_of(schema: str) -> MetaData:
    """Return the MetaData of a schema, one object per process."""
    return MetaData(schema=schema, naming_convention=NAMING)


def one_of(column: str, names: tuple[str, ...]) -> str:
    """The condition of a check that a column holds one of these names."""
    return f"{column} IN ({', '.join(repr(name) for name in names)})"


def with_shadow(table: Table) -> Table:
    """Declare a read model's shadow table, empty and of the same shape; return `table`.

    A rebuild fills the shadow. Read models have natural keys: an identity column would differ after
    a rebuild.
    """
    table.to_metadata(table.metadata, name=f"{table.name}{SHADOW}")
    return table


def _place() -> Columns:
    return [Column("partition", Integer), Column("offset", BigInteger)]


def _envelope() -> Columns:
    return [
        Column("event_id", UUID(as_uuid=True), nullable=False),
        Column("type", Text, nullable=False),
        Column("envelope", LargeBinary, nullable=False),
    ]


def _position(primary: bool) -> Columns:
    return [
        Column("topic", Text, primary_key=primary, nullable=False),
        Column("key", Text, primary_key=primary, nullable=False),
        Column("sequence", BigInteger, primary_key=primary, nullable=False),
    ]


@made_once
def mechanism(schema: str) -> SimpleNamespace:
    """Return the mechanism's tables of one schema, by name.

    They are outbox, outbox_key, idempotency_key, last_sequence, held_event, dead_letter, journal,
    history, published_position, pulled_source, pulled_record and fault_switch.
    """
    meta = metadata_of(schema)
    return SimpleNamespace(
        outbox=_outbox(meta),
        outbox_key=_key_table("outbox_key", meta),
        published_position=_published_position(meta),
        last_sequence=_key_table("last_sequence", meta),
        held_event=_held_event(meta),
        dead_letter=_dead_letter(meta),
        journal=_journal(meta),
        idempotency_key=_idempotency_key(meta),
        history=_history(meta),
        pulled_source=_pulled_source(meta),
        pulled_record=_pulled_record(meta),
        fault_switch=_fault_switch(meta),
    )


def _outbox(meta: MetaData) -> Table:
    table = Table(
        "outbox",
        meta,
        Column("id", BigInteger, Identity(), primary_key=True),
        *_position(False),
        *_envelope(),
        Column("correlation_id", Text, nullable=False),
        Column("created_at", Moment, nullable=False),
        Column("published_at", Moment),
        *_place(),
        Column("request", Text),
        Column("requested_at", Moment),
        UniqueConstraint("event_id"),
        UniqueConstraint("topic", "key", "sequence"),
    )
    Index("ix_outbox_unpublished", table.c.id, postgresql_where=table.c.published_at.is_(None))
    Index("ix_outbox_correlation_id", table.c.correlation_id)
    Index("ix_outbox_created_at", table.c.created_at)
    return table


def _published_position(meta: MetaData) -> Table:
    return Table(
        "published_position",
        meta,
        Column("topic", Text, primary_key=True),
        Column("partition", Integer, primary_key=True, autoincrement=False),
        Column("offset", BigInteger, nullable=False),
    )


def _held_event(meta: MetaData) -> Table:
    return Table(
        "held_event",
        meta,
        *_position(True),
        *_envelope(),
        *_place(),
        Column("held_at", Moment, nullable=False),
        Column("alarmed_at", Moment),
    )


def _idempotency_key(meta: MetaData) -> Table:
    return Table(
        "idempotency_key",
        meta,
        Column("key", Text, primary_key=True),
        Column("actor", Text, primary_key=True),
        Column("command", Text, nullable=False),
        Column("request_hash", Text, nullable=False),
        Column("answer", JSONB, nullable=False),
        Column("created_at", Moment, nullable=False, index=True),
    )


def _key_table(name: str, meta: MetaData) -> Table:
    return Table(
        name,
        meta,
        Column("topic", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("sequence", BigInteger, nullable=False),
    )


def _dead_letter(meta: MetaData) -> Table:
    table = Table(
        "dead_letter",
        meta,
        Column("id", BigInteger, Identity(), primary_key=True),
        Column("topic", Text, nullable=False),
        Column("key", Text),
        Column("sequence", BigInteger),
        Column("event_id", UUID(as_uuid=True)),
        Column("type", Text),
        Column("envelope", LargeBinary, nullable=False),
        *_place(),
        Column("sqlstate", Text),
        Column("cause", Text, nullable=False),
        Column("correlation_id", Text),
        Column("attempts", Integer, nullable=False),
        Column("died_at", Moment, nullable=False),
        Column("settled_at", Moment),
        Column("settled_by", Text),
        Column("settled_how", Text),
        Column("reason", Text),
    )
    waits = table.c.settled_at.is_(None)
    position = (table.c.topic, table.c.key, table.c.sequence)
    Index("uq_dead_letter_open", *position, unique=True, postgresql_where=waits)
    Index("ix_dead_letter_place", table.c.topic, table.c.partition, table.c.offset)
    return table


def _journal(meta: MetaData) -> Table:
    table = Table(
        "journal",
        meta,
        *_position(True),
        *_envelope(),
        *_place(),
        Column("correlation_id", Text, nullable=False),
        Column("occurred_at", Moment, nullable=False),
        Column("applied_at", Moment, nullable=False),
        Column("n", BigInteger, Identity(), nullable=False, unique=True),
        UniqueConstraint("event_id"),
    )
    Index("ix_journal_correlation_id", table.c.correlation_id)
    return table


def _history(meta: MetaData) -> Table:
    table = Table(
        "history",
        meta,
        Column("id", BigInteger, Identity(), primary_key=True),
        Column("record", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("at", Moment, nullable=False),
        Column("actor", Text, nullable=False),
        Column("what", Text, nullable=False),
        Column("changes", JSONB, nullable=False),
        Column("correlation_id", Text, nullable=False),
    )
    Index("ix_history_record_key", table.c.record, table.c.key, table.c.id)
    return table


def _pulled_source(meta: MetaData) -> Table:
    return Table(
        "pulled_source",
        meta,
        Column("source", Text, primary_key=True),
        Column("revision", BigInteger, nullable=False),
        Column("pulled_at", Moment, nullable=False),
    )


def _pulled_record(meta: MetaData) -> Table:
    return Table(
        "pulled_record",
        meta,
        Column("source", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("revision", BigInteger, nullable=False),
        Column("record", JSONB, nullable=False),
    )


def _fault_switch(meta: MetaData) -> Table:
    table = Table(
        "fault_switch",
        meta,
        Column("id", BigInteger, Identity(), primary_key=True),
        Column("kind", Text, nullable=False),
        Column("delay", Integer),
        Column("put_on_at", Moment, nullable=False),
        Column("put_on_by", Text, nullable=False),
        Column("until", Moment, nullable=False),
        Column("ended_at", Moment),
        Column("ended_by", Text),
        Column("event_id", UUID(as_uuid=True)),
        Column("correlation_id", Text, nullable=False),
    )
    Index(
        "uq_fault_switch_on", table.c.kind, unique=True, postgresql_where=table.c.ended_at.is_(None)
    )
    return table
