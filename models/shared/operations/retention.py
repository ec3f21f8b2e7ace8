"""Prune the event mechanism's tables, each by its own age limit.

The sequence per key is never pruned.
"""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import ColumnElement, Table, delete, select, tuple_
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.database.tables import mechanism
from models.shared.listeners.registry import HANDLERS, load_handlers
from models.shared.transactions import transaction

BATCH = 500
OUTBOX = timedelta(
    days=14
)  # topics keep 7 days; a restore or a gap requests only events younger than this
JOURNAL = timedelta(days=90)  # for services that rebuild no read model from it
SETTLED_LETTERS = timedelta(days=90)
IDEMPOTENCY_KEYS = timedelta(days=30)
SWITCHES = timedelta(days=90)


def prune(schema: str) -> dict[str, int]:
    """Delete expired rows from one schema, 500 per transaction; return the count per table.

    Never deleted: `outbox_key` and `last_sequence` (they identify what is new), unpublished events,
    dead letters that are not settled, and the journal of a service that rebuilds a read model from
    it, since it explains rows that still exist.
    """
    tables, now = mechanism(schema), clock.now()
    wanted: dict[Table, Callable[[Table], list[ColumnElement[bool]]]] = {
        tables.outbox: lambda t: [t.c.created_at < now - OUTBOX, t.c.published_at < now - OUTBOX],
        tables.dead_letter: lambda t: [t.c.settled_at < now - SETTLED_LETTERS],
        tables.idempotency_key: lambda t: [t.c.created_at < now - IDEMPOTENCY_KEYS],
        tables.fault_switch: lambda t: [t.c.until < now - SWITCHES],
    }
    if not rebuilds(schema):
        wanted[tables.journal] = lambda t: [t.c.applied_at < now - JOURNAL]
    return {
        table.name: _prune(schema, table, conditions(table)) for table, conditions in wanted.items()
    }


def rebuilds(schema: str) -> bool:
    """Return whether this service builds a read model from its journal."""
    load_handlers(schema)
    return any(
        handler.fills
        for (by, _), handlers in HANDLERS.items()
        if by == schema
        for handler in handlers
    )


def _prune(schema: str, table: Table, conditions: list[ColumnElement[bool]]) -> int:
    gone = 0
    while True:
        with transaction(schema, actor=f"service:{schema}") as session:
            some = _some(session, table, conditions)
        gone += some
        if some < BATCH:
            return gone


def _some(session: Session, table: Table, conditions: list[ColumnElement[bool]]) -> int:
    keys = list(table.primary_key.columns)
    chosen = select(*keys).where(*conditions).limit(BATCH).subquery()
    gone = delete(table).where(tuple_(*keys).in_(select(chosen)))
    return session.connection().execute(gone).rowcount
