"""What becomes of a batch when something fails: wait, try again, event by event, or the dead letters.

By SQLSTATE (DESIGN.md, "The way of a write", 4). The policy is a generator that yields the pauses it wants,
so that the worker can wait without blocking its loop and the seed and tests can simply sleep.
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

from models.shared.dead_letters import park, park_undecodable
from models.shared.events import Envelope, decode
from models.shared.gaps import held_and_due
from models.shared.inbox import Key, Received, apply_in_one_transaction
from models.shared.registry import Incoming, load_handlers

ATTEMPTS = 5
T = TypeVar("T")
log = logging.getLogger(__name__)


class Verdict(Enum):
    """What an error means for the event: the database is away, somebody was in the way, or the event is
    poison."""

    UNAVAILABLE = "unavailable"
    CONTENTION = "contention"
    POISON = "poison"


class Pause(NamedTuple):
    """The policy wants `seconds` to pass before it goes on; because of `error`, or only so that others get a
    turn."""

    seconds: float
    verdict: Verdict | None
    error: Exception | None


BREATH = Pause(0.0, None, None)


class Outcome(NamedTuple):
    """How many records were applied (or passed over as of no concern), seen before, held behind a gap, or
    parked."""

    applied: int = 0
    skipped: int = 0
    held: int = 0
    dead: int = 0

    def plus(self, *others: int) -> "Outcome":
        return Outcome(*(mine + more for mine, more in zip(self, others, strict=True)))


Settling = Generator[Pause, None, Outcome]


def apply_batch(schema: str, records: list[Incoming], *, as_of_event: bool = False) -> Outcome:
    """Applies records to one listener, each at most once and in order per key; poison goes to the dead
    letters.

    Raises the database's error when it is away. With `as_of_event`, a handler's `now()` is the event's time.
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
    """Settles every record, whatever it takes, and then what was held behind them and is due."""
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
    """The record's envelope, or why it has none."""
    if record.value is None:
        return "no value (a tombstone)"
    try:
        event = decode(record.value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return f"no envelope: {error}"
    return event if event.sequence > 0 else f"sequence {event.sequence} is not a number from 1"


def verdict(error: Exception) -> Verdict:
    """What `error` means, by its SQLSTATE; whatever the database did not say itself is the event's own
    fault."""
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
    """PostgreSQL's code for what went wrong, where it was PostgreSQL."""
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
            log.warning("batch of %d fails, event by event now: %s", len(rest), _brief(error))
            one_by_one = yield from _one_by_one(schema, rest, as_of_event)
            return outcome.plus(*one_by_one)
        outcome, rest = outcome.plus(done.applied, done.skipped, done.held, 0), rest[done.taken :]
        waiting = waiting or done.waiting
        yield BREATH
    if (
        not waiting
    ):  # nobody else can have held one since: that takes the key's position, which was ours
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
    """Settles what was held and has become next, one transaction each, for as long as it frees another."""
    outcome = Outcome()
    while due := (yield from _retry(partial(held_and_due, schema, sorted(keys)), for_ever=True)):
        for record in due:
            event = read(record)
            if isinstance(event, Envelope):
                single = yield from _settle_one(schema, Received(record, event), as_of_event)
                outcome = outcome.plus(*single)
    return outcome


def _retry(attempt: Callable[[], T], *, for_ever: bool = False) -> Generator[Pause, None, T]:
    """Returns what `attempt` returns; waits while the database is away, and five times where others are in
    the way."""
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
