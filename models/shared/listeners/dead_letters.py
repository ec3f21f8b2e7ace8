"""Dead letters: events that could not be handled, parked with their bytes, position and cause.

A dead letter does not advance its key: later events of that key are held, while all other keys go
on, until replay.py replays or skips it.
"""

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.database.context import current_schema
from models.shared.database.rows import AnyRow
from models.shared.database.tables import mechanism
from models.shared.listeners.batches import (
    Received,
    listening_transaction,
    lock_positions,
)
from models.shared.listeners.poison import Poisoned, use_up
from models.shared.listeners.registry import Incoming
from models.shared.transactions import reading


def park(
    schema: str, received: Received, error: Exception, sqlstate: str | None, attempts: int
) -> None:
    """Write a dead letter, without advancing its key.

    Does nothing if the event has been applied or parked in the meantime.
    """
    incoming, event = received
    with listening_transaction(schema) as session:
        if isinstance(error, Poisoned):
            use_up(session, event.id)
        if lock_positions(session, [received.key])[received.key] >= event.sequence:
            return
        _unhold(session, received)
        session.execute(
            upsert(mechanism(schema).dead_letter)
            .values(
                **_place(incoming),
                key=event.partitionkey,
                sequence=event.sequence,
                event_id=event.id,
                type=event.type,
                sqlstate=sqlstate,
                cause=describe(error),
                correlation_id=event.correlationid,
                attempts=attempts,
                died_at=clock.now(),
            )
            .on_conflict_do_nothing()
        )


def park_undecodable(schema: str, incoming: Incoming, cause: str) -> None:
    """Write a dead letter for bytes that are not an event.

    Reading the same bytes at the same position again adds no second one.
    """
    table = mechanism(schema).dead_letter
    place = _place(incoming)
    with listening_transaction(schema) as session:
        known = select(table.c.id).where(
            *(table.c[name].is_not_distinct_from(value) for name, value in place.items())
        )
        if session.scalar(known) is None:
            session.execute(
                insert(table).values(**place, cause=cause, attempts=1, died_at=clock.now())
            )


def list_dead_letters(schema: str, *, settled: bool = False) -> list[AnyRow]:
    """Return a listener's dead letters, oldest first: the open ones, or the settled ones."""
    table = mechanism(schema).dead_letter
    which = table.c.settled_at.is_not(None) if settled else table.c.settled_at.is_(None)
    with reading(schema) as session:
        return list(session.execute(select(table).where(which).order_by(table.c.id)))


def describe(error: Exception) -> str:
    """Return the cause for a dead letter: the error's class and message, up to 2,000 characters."""
    if isinstance(error, Poisoned):
        return str(error)
    return f"{type(error).__name__}: {getattr(error, 'orig', error)}"[:2000]


def _unhold(session: Session, received: Received) -> None:
    table, (topic, key) = mechanism(current_schema(session)).held_event, received.key
    session.execute(
        table.delete().where(
            table.c.topic == topic, table.c.key == key, table.c.sequence == received.event.sequence
        )
    )


def _place(incoming: Incoming) -> dict[str, object]:
    return {
        "topic": incoming.topic,
        "partition": incoming.partition,
        "offset": incoming.offset,
        "envelope": incoming.value or b"",
    }
