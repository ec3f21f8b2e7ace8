"""Dead letters: events that could not be handled, parked with their bytes, position and cause.

They are replayed in order, or skipped. A dead letter does not advance its key: later events of that
key are held, while all other keys go on.
"""

from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.database import reading
from models.shared.errors import DomainError, NotFound
from models.shared.inbox import Received, Work, listening_transaction, lock_positions
from models.shared.poisoning import Poisoned, use_up
from models.shared.registry import Incoming, load_handlers
from models.shared.tables import mechanism


class Unsettled(DomainError):
    """The dead letter could not be replayed and stays open. `details["cause"]` says why."""


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


def list_dead_letters(schema: str, *, settled: bool = False) -> list[Any]:
    """Return a listener's dead letters, oldest first: the open ones, or the settled ones."""
    table = mechanism(schema).dead_letter
    which = table.c.settled_at.is_not(None) if settled else table.c.settled_at.is_(None)
    with reading(schema) as session:
        return list(session.execute(select(table).where(which).order_by(table.c.id)))


def replay(schema: str, dead_letter: int, *, by: str) -> None:
    """Handle the event again, then the events held behind it, in order.

    Raises Unsettled if it fails again.
    """
    from models.shared.settling import apply_batch, read

    load_handlers(schema)
    letter = _find(schema, dead_letter)
    record = Incoming(letter.topic, letter.partition, letter.offset, None, letter.envelope)
    event = read(record)
    if isinstance(event, str):
        raise Unsettled("undecodable", "These bytes are still no event.", cause=event)
    try:
        _replay_once(schema, dead_letter, Received(record, event), by)
    except DomainError:
        raise
    except Exception as error:
        _count_attempt(schema, dead_letter, error)
        raise Unsettled("failed_again", "The event failed again.", cause=describe(error)) from error
    apply_batch(schema, [record])


def skip(schema: str, dead_letter: int, *, by: str, reason: str) -> None:
    """Skip the event for good, with a `reason`, and release the events held behind it, in order."""
    from models.shared.settling import apply_batch

    if not reason.strip():
        raise DomainError("reason_missing", "Say why this event may be passed over.")
    load_handlers(schema)
    letter = _find(schema, dead_letter)
    with listening_transaction(schema) as session:
        if letter.key is not None:
            lock_positions(session, [(letter.topic, letter.key)])
        _settle(session, dead_letter, "skipped", by, reason)
        if letter.key is not None:
            table = mechanism(schema).last_sequence
            session.execute(
                update(table)
                .where(
                    table.c.topic == letter.topic,
                    table.c.key == letter.key,
                    table.c.sequence == letter.sequence - 1,
                )
                .values(sequence=letter.sequence)
            )
    if letter.key is not None:
        apply_batch(
            schema, [Incoming(letter.topic, letter.partition, letter.offset, None, letter.envelope)]
        )


def describe(error: Exception) -> str:
    """Return the cause for a dead letter: the error's class and message, up to 2,000 characters."""
    if isinstance(error, Poisoned):
        return str(error)
    return f"{type(error).__name__}: {getattr(error, 'orig', error)}"[:2000]


def _replay_once(schema: str, dead_letter: int, received: Received, by: str) -> None:
    with listening_transaction(schema) as session:
        work = Work(session, [received])
        _settle(session, dead_letter, "replayed", by, None)
        work.dead.clear()
        work.take(received)
        if work.held:
            raise Unsettled("not_next", "An earlier event of the same key is missing.", cause="gap")
        work.write()


def _find(schema: str, dead_letter: int) -> Any:
    table = mechanism(schema).dead_letter
    with reading(schema) as session:
        letter = session.execute(select(table).where(table.c.id == dead_letter)).one_or_none()
    if letter is None:
        raise NotFound("dead letter", dead_letter)
    return letter


def _settle(session: Session, dead_letter: int, how: str, by: str, reason: str | None) -> None:
    table = mechanism(session.info["schema"]).dead_letter
    settled = session.execute(
        update(table)
        .where(table.c.id == dead_letter, table.c.settled_at.is_(None))
        .values(settled_at=clock.now(), settled_by=by, settled_how=how, reason=reason)
        .returning(table.c.id)
    ).scalar()
    if settled is None:
        raise Unsettled("settled", "This dead letter was settled before.", cause="settled")


def _count_attempt(schema: str, dead_letter: int, error: Exception) -> None:
    table = mechanism(schema).dead_letter
    with listening_transaction(schema) as session:
        session.execute(
            update(table)
            .where(table.c.id == dead_letter)
            .values(attempts=table.c.attempts + 1, cause=describe(error))
        )


def _unhold(session: Session, received: Received) -> None:
    table, (topic, key) = mechanism(session.info["schema"]).held_event, received.key
    session.execute(
        table.delete().where(
            table.c.topic == topic, table.c.key == key, table.c.sequence == received.event.sequence
        )
    )


def _place(incoming: Incoming) -> dict[str, Any]:
    return {
        "topic": incoming.topic,
        "partition": incoming.partition,
        "offset": incoming.offset,
        "envelope": incoming.value or b"",
    }
