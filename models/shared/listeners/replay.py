"""Replay dead letters, one or all of a service, or skip one for good."""

import time

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.database.context import current_schema
from models.shared.database.rows import AnyRow
from models.shared.database.tables import mechanism
from models.shared.errors import DomainError, NotFound
from models.shared.listeners.batches import Received, Work, listening_transaction, lock_positions
from models.shared.listeners.dead_letters import describe
from models.shared.listeners.registry import Incoming, load_handlers
from models.shared.listeners.retries import apply_batch, read
from models.shared.transactions import reading

PORTION = 1.0  # seconds: an HTTP caller waits two


class Unsettled(DomainError):
    """The dead letter could not be replayed and stays open. `details["cause"]` says why."""


class FailedAgain(msgspec.Struct, frozen=True):
    """A dead letter that failed again and stays open, with the cause."""

    id: int
    type: str | None
    key: str | None
    cause: str


class Replayed(msgspec.Struct, frozen=True):
    """The result of one portion: how many dead letters were handled, and which failed again.

    Each was handled together with the events held behind it. Pass `following` as `after` for the
    next portion; None means that every open letter was tried.
    """

    handled: int
    failed: list[FailedAgain]
    following: int | None


def replay(schema: str, dead_letter: int, *, by: str) -> None:
    """Handle the event again, then the events held behind it, in order.

    Raises Unsettled if it fails again.
    """
    load_handlers(schema)
    letter = _find(schema, dead_letter)
    record = Incoming(letter.topic, letter.partition, letter.offset, None, letter.envelope)
    event = read(record)
    if isinstance(event, str):
        raise Unsettled("undecodable", "These bytes are still not a valid event.", cause=event)
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
    if not reason.strip():
        raise DomainError("reason_missing", "Enter the reason for skipping this event.")
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


def replay_all(schema: str, *, by: str, after: int = 0, seconds: float = PORTION) -> Replayed:
    """Replay open dead letters with ids above `after`, oldest first, until none or time is left.

    One that fails again stays open and blocks no other, since the letters behind it have other
    keys. An event that was released from behind a letter and failed is a dead letter of its own by
    then, and gets its turn.
    """
    until = time.monotonic() + seconds
    handled, failed = 0, []
    while letter := _next_open(schema, after):
        after = letter.id
        try:
            replay(schema, letter.id, by=by)
            handled += 1
        except DomainError as error:
            if error.code != "settled":  # another replay was faster
                failed.append(FailedAgain(letter.id, letter.type, letter.key, _why(error)))
        if time.monotonic() > until:
            break
    return Replayed(handled, failed, after if letter else None)


def _why(error: DomainError) -> str:
    """Return the handler's own error, or the reason why no event could be replayed here."""
    told = error.code in ("failed_again", "undecodable")
    return str(error.details["cause"]) if told else error.message


def _next_open(schema: str, after: int) -> AnyRow | None:
    table = mechanism(schema).dead_letter
    with reading(schema) as session:
        return session.execute(
            select(table.c.id, table.c.type, table.c.key)
            .where(table.c.id > after, table.c.settled_at.is_(None))
            .order_by(table.c.id)
            .limit(1)
        ).one_or_none()


def _replay_once(schema: str, dead_letter: int, received: Received, by: str) -> None:
    with listening_transaction(schema) as session:
        work = Work(session, [received])
        _settle(session, dead_letter, "replayed", by, None)
        work.dead.clear()
        work.take(received)
        if work.held:
            raise Unsettled("not_next", "An earlier event of the same key is missing.", cause="gap")
        work.write()


def _find(schema: str, dead_letter: int) -> AnyRow:
    table = mechanism(schema).dead_letter
    with reading(schema) as session:
        letter = session.execute(select(table).where(table.c.id == dead_letter)).one_or_none()
    if letter is None:
        raise NotFound("dead letter", dead_letter)
    return letter


def _settle(session: Session, dead_letter: int, how: str, by: str, reason: str | None) -> None:
    table = mechanism(current_schema(session)).dead_letter
    settled = session.execute(
        update(table)
        .where(table.c.id == dead_letter, table.c.settled_at.is_(None))
        .values(settled_at=clock.now(), settled_by=by, settled_how=how, reason=reason)
        .returning(table.c.id)
    ).scalar()
    if settled is None:
        raise Unsettled("settled", "This dead letter is already settled.", cause="settled")


def _count_attempt(schema: str, dead_letter: int, error: Exception) -> None:
    table = mechanism(schema).dead_letter
    with listening_transaction(schema) as session:
        session.execute(
            update(table)
            .where(table.c.id == dead_letter)
            .values(attempts=table.c.attempts + 1, cause=describe(error))
        )
