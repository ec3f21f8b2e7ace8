"""The retry policy for a batch of events: wait, retry, split it up, or write dead letters.

`verdict` classifies an error by its SQLSTATE. The policy is a generator that yields the pauses it
wants: the worker can wait without blocking its event loop, and the seed and tests can simply sleep.
"""

import logging
import time
from collections.abc import Callable, Generator
from enum import Enum
from functools import partial
from typing import NamedTuple, TypeVar

import msgspec
from psycopg import Error, InterfaceError, OperationalError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from models.shared.events.envelope import Envelope, decode
from models.shared.listeners.batches import Key, Received, apply_in_one_transaction
from models.shared.listeners.dead_letters import park, park_undecodable
from models.shared.listeners.gaps import held_and_due
from models.shared.listeners.registry import Incoming, load_handlers

ATTEMPTS = 5
T = TypeVar("T")
log = logging.getLogger(__name__)


class Verdict(Enum):
    """What an error means: the database is unavailable, a lock conflict, or a poison event."""

    UNAVAILABLE = "unavailable"
    CONTENTION = "contention"
    POISON = "poison"


class Pause(NamedTuple):
    """The policy wants to wait `seconds` before it continues.

    `error` is the reason; None if the pause only lets others take a turn.
    """

    seconds: float
    verdict: Verdict | None
    error: Exception | None


BREATH = Pause(0.0, None, None)


class Outcome(NamedTuple):
    """How many records were applied, skipped as seen before, held behind a gap, or parked.

    `applied` includes events that no handler wanted.
    """

    applied: int = 0
    skipped: int = 0
    held: int = 0
    dead: int = 0

    def plus(self, *others: int) -> "Outcome":
        return Outcome(*(mine + more for mine, more in zip(self, others, strict=True)))


Settling = Generator[Pause, None, Outcome]


def apply_batch(schema: str, records: list[Incoming], *, as_of_event: bool = False) -> Outcome:
    """Apply records to one listener, each at most once and in order per key.

    Poison events become dead letters. Raises the database's error when it is unavailable. With
    `as_of_event`, a handler's `now()` is the event's time.
    """
    load_handlers(schema)
    policy = settle(schema, records, as_of_event=as_of_event)
    while True:
        try:
            pause = next(policy)
        except StopIteration as done:
            outcome: Outcome = done.value
            return outcome
        if pause.error and pause.verdict is Verdict.UNAVAILABLE:
            raise pause.error
        time.sleep(pause.seconds)


def settle(schema: str, records: list[Incoming], *, as_of_event: bool = False) -> Settling:
    """Settle every record, however long it takes, then the held events that have become due."""
    batch, broken = [], []
    for record in records:
        event = read(record)
        if isinstance(event, Envelope):
            batch.append(Received(record, event))
        else:
            broken.append((record, event))
    for record, cause in broken:
        yield from _retry(partial(park_undecodable, schema, record, cause), for_ever=True)
    outcome = yield from _settle_received(schema, batch, as_of_event)
    return outcome.plus(0, 0, 0, len(broken))


def read(record: Incoming) -> Envelope | str:
    """Return the record's envelope, or the reason why it has none."""
    if record.value is None:
        return "no value (a tombstone)"
    try:
        event = decode(record.value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return f"no envelope: {error}"
    return event if event.sequence > 0 else f"sequence {event.sequence} is not a number from 1"


def verdict(error: Exception) -> Verdict:
    """Classify `error` by its SQLSTATE. An error not from the database is the event's own fault."""
    if isinstance(error, PoolTimeout):
        return Verdict.UNAVAILABLE
    if not isinstance(error, DBAPIError):
        return Verdict.POISON
    state = sqlstate(error)
    if state is None:
        away = error.connection_invalidated or isinstance(
            error.orig, OperationalError | InterfaceError
        )
        return Verdict.UNAVAILABLE if away else Verdict.POISON
    if state.startswith(("08", "53", "57P", "58")):
        return Verdict.UNAVAILABLE
    return (
        Verdict.CONTENTION
        if state.startswith("40") or state in ("55P03", "57014", "25P03")
        else Verdict.POISON
    )


def sqlstate(error: Exception) -> str | None:
    """Return PostgreSQL's error code, or None if the error is not from PostgreSQL."""
    original = getattr(error, "orig", None)
    return original.sqlstate if isinstance(original, Error) else None


def _settle_received(schema: str, batch: list[Received], as_of_event: bool) -> Settling:
    outcome, keys, rest, waiting = Outcome(), {received.key for received in batch}, batch, False
    while rest:
        try:
            done = yield from _retry(
                partial(apply_in_one_transaction, schema, rest, as_of_event=as_of_event)
            )
        except Exception as error:
            log.warning(
                "batch of %d failed, handling its events one by one: %s", len(rest), _brief(error)
            )
            one_by_one = yield from _one_by_one(schema, rest, as_of_event)
            return outcome.plus(*one_by_one)
        outcome, rest = outcome.plus(done.applied, done.skipped, done.held, 0), rest[done.taken :]
        waiting = waiting or done.waiting
        yield BREATH
    if not waiting:  # nobody else held an event since: that needs the key's lock, which was ours
        return outcome
    released = yield from _release(schema, keys, as_of_event)
    return outcome.plus(*released)


def _one_by_one(schema: str, batch: list[Received], as_of_event: bool) -> Settling:
    outcome = Outcome()
    for received in batch:
        single = yield from _settle_one(schema, received, as_of_event)
        outcome = outcome.plus(*single)
        yield BREATH
    released = yield from _release(schema, {received.key for received in batch}, as_of_event)
    return outcome.plus(*released)


def _settle_one(schema: str, received: Received, as_of_event: bool) -> Settling:
    try:
        done = yield from _retry(
            partial(apply_in_one_transaction, schema, [received], as_of_event=as_of_event)
        )
    except Exception as error:
        poison = error
    else:
        return Outcome(done.applied, done.skipped, done.held, 0)
    log.error(
        "dead letter %s %s of %s: %s",
        received.event.type,
        received.event.id,
        received.key,
        _brief(poison),
    )
    attempts = ATTEMPTS if verdict(poison) is Verdict.CONTENTION else 1
    yield from _retry(
        partial(park, schema, received, poison, sqlstate(poison), attempts), for_ever=True
    )
    return Outcome(dead=1)


def _release(schema: str, keys: set[Key], as_of_event: bool) -> Settling:
    """Settle held events that have become next, one per transaction, until none are left."""
    outcome = Outcome()
    while due := (yield from _retry(partial(held_and_due, schema, sorted(keys)), for_ever=True)):
        for record in due:
            event = read(record)
            if isinstance(event, Envelope):
                single = yield from _settle_one(schema, Received(record, event), as_of_event)
                outcome = outcome.plus(*single)
    return outcome


def _retry(attempt: Callable[[], T], *, for_ever: bool = False) -> Generator[Pause, None, T]:
    """Return the result of `attempt`, retrying database errors.

    Retries without limit while the database is unavailable, and up to five times on lock conflicts
    (without limit with `for_ever`).
    """
    tries, delay = 0, 0.1
    while True:
        try:
            return attempt()
        except Exception as error:
            kind = verdict(error)
            tries += kind is Verdict.CONTENTION
            if kind is Verdict.POISON or (tries >= ATTEMPTS and not for_ever):
                raise
            yield Pause(delay, kind, error)
            delay = min(delay * 2, 2.0)


def _brief(error: Exception) -> str:
    return (
        str(getattr(error, "orig", error)).splitlines()[0][:300]
        if str(error)
        else type(error).__name__
    )
