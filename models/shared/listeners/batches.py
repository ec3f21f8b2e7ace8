"""Apply a batch of events in one transaction: skip, handle or hold each, and journal it.

The listener's `last_sequence` per topic and key is locked first, keys sorted, so that two workers
with the same records (a zombie and its successor) apply them once.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

import telemetry
from models.shared import clock
from models.shared.database import live_signals
from models.shared.database.rows import AnyRow
from models.shared.events import outbox
from models.shared.events.envelope import Envelope
from models.shared.listeners.handlers import handled_together, run_handlers, run_together
from models.shared.listeners.poison import strike
from models.shared.listeners.registry import Incoming
from models.shared.transactions import engine

log = logging.getLogger(__name__)
LAG = timedelta(
    milliseconds=700
)  # simulated time from event to handling, for history that is generated at once
BUDGET = 1.0  # seconds after which a transaction takes no more events
# Lock the journal before any row: a rebuild locks the journal while it swaps, and would wait for
# our rows.
BEGINNING = (
    "SET LOCAL statement_timeout = 1000; SET LOCAL lock_timeout = 1000; "
    "LOCK TABLE journal IN ROW EXCLUSIVE MODE"
)
Key = tuple[str, str]


class Received(NamedTuple):
    """A record that contains an envelope."""

    incoming: Incoming
    event: Envelope

    @property
    def key(self) -> Key:
        return self.incoming.topic, self.event.partitionkey


class Applied(NamedTuple):
    """The result of one transaction: how many records it took from the front of the batch.

    `applied` includes events that no handler wanted, since the position still advanced. `waiting`
    means that events of these keys are held and may now be due.
    """

    taken: int
    applied: int
    skipped: int
    held: int
    waiting: bool


@contextmanager
def listening_transaction(schema: str) -> Iterator[Session]:
    """Open a listener's transaction, with limits that keep it under 2 s.

    Events and signals that handlers record are written at its end.
    """
    with Session(engine(schema), expire_on_commit=False) as session:
        session.info.update(schema=schema, events=[], signals={})
        with session.begin():
            session.connection().exec_driver_sql(BEGINNING)
            yield session
            outbox.write_recorded(session)
            live_signals.send_signals(session)


def apply_in_one_transaction(
    schema: str, batch: list[Received], *, as_of_event: bool = False
) -> Applied:
    """Apply the front of `batch`: all of it, unless the time budget runs out.

    On an error, raises it and nothing is applied.
    """
    until = time.monotonic() + BUDGET
    with listening_transaction(schema) as session:
        work = Work(session, batch, as_of_event)
        for received in batch:
            work.take(received)
            if time.monotonic() > until:
                break
        work.write()
    telemetry.log_each(
        log,
        "applied",
        [
            (each.event.type, each.event.partitionkey, each.event.correlationid)
            for each, _ in work.journal
        ],
    )
    skipped, held = len(work.seen), len(work.held)
    return Applied(work.moved + skipped + held, work.moved, skipped, held, work.waiting or held > 0)


class Work:
    """The state of one transaction. Positions are read in one statement and written in one."""

    def __init__(self, session: Session, batch: list[Received], as_of_event: bool = False) -> None:
        self.session, self.as_of_event = session, as_of_event
        keys = sorted({received.key for received in batch})
        self.before = lock_positions(session, keys)
        self.position = dict(self.before)
        self.dead, self.waiting = _blocked(session, keys)
        self.moved = 0
        self.journal: list[tuple[Received, datetime]] = []
        self.together: list[tuple[Envelope, datetime]] = []
        self.seen: list[Received] = []
        self.held: list[Received] = []

    def take(self, received: Received) -> None:
        """Skip, apply or hold the event, depending on its sequence: seen, next, or beyond a gap."""
        following = self.position[received.key] + 1
        place = (*received.key, received.event.sequence)
        if received.event.sequence < following or place in self.dead:
            self.seen.append(received)
        elif received.event.sequence > following:
            self.held.append(received)
        else:
            self.apply(received)

    def apply(self, received: Received) -> None:
        """Run the handlers and advance the position.

        The handlers' `now()` is the journal's `applied_at`.
        """
        now = received.event.time + LAG if self.as_of_event else clock.now()
        if self.handle(received.event, now):
            self.journal.append((received, now))
        self.position[received.key] = received.event.sequence
        self.moved += 1

    def handle(self, event: Envelope, now: datetime) -> bool:
        """Run the event's handlers, or add it to the batch that is handled together."""
        strike(self.session, event)
        if self.together and self.together[0][0].type != event.type:
            self.handle_together()
        if not handled_together(self.session, event.type):
            return run_handlers(self.session, event, now)
        self.together.append((event, now))
        return True

    def handle_together(self) -> None:
        """Run the batch collected so far, so that no event overtakes an earlier one of its key."""
        if self.together:
            run_together(self.session, self.together)
            self.together = []

    def write(self) -> None:
        """Write positions, journal, held events and offsets, with one statement for each kind."""
        self.handle_together()
        moved = [(*key, at) for key, at in self.position.items() if at != self.before[key]]
        self.advance(moved)
        now = clock.now()
        execute_columns(
            self.session, _HOLD, [_held_row(received, now) for received in self.held], "tkseyvpoa"
        )
        placed = [
            _place_row(received) for received in self.seen if received.incoming.offset is not None
        ]
        execute_columns(self.session, _FILL_PLACE, placed, "tkspo")
        if self.waiting or self.held:
            execute_columns(self.session, _UNHOLD, moved, "tka")

    def advance(self, moved: list[tuple[str, str, int]]) -> None:
        """Advance the positions and journal the applied events, if any, in one statement."""
        kept = [_journal_row(*item) for item in self.journal]
        if not kept:
            execute_columns(self.session, _ADVANCE, moved, "tka")
            return
        columns = {
            f"to_{letter}": list(column)
            for letter, column in zip("tka", zip(*moved, strict=True), strict=True)
        }
        execute_columns(self.session, _ADVANCE_AND_KEEP, kept, "tkseyvpocfa", **columns)


def lock_positions(session: Session, keys: list[Key]) -> dict[Key, int]:
    """Return the listener's position per key (0 for a new one), locked until commit.

    `keys` must be sorted.
    """
    found = {
        (row.topic, row.key): row.sequence
        for row in execute_columns(session, _LOCK_OR_ADD, keys, "tk")
    }
    added_by_others = [key for key in keys if key not in found]
    others = execute_columns(session, _LOCK, added_by_others, "tk")
    return found | {(row.topic, row.key): row.sequence for row in others}


def _blocked(session: Session, keys: list[Key]) -> tuple[set[tuple[str, str, int]], bool]:
    """Return the open dead letters of these keys, and whether any event of them is held."""
    rows = list(execute_columns(session, _BLOCKED, keys, "tk"))
    return {(row.topic, row.key, row.sequence) for row in rows if row.dead}, any(
        not row.dead for row in rows
    )


def execute_columns(
    session: Session,
    sql: str,
    rows: Iterable[tuple[object, ...]],
    letters: str,
    **more: Sequence[object],
) -> list[AnyRow]:
    """Run `sql` once, with one array parameter per column (named by `letters`) and `more`.

    Does nothing when there are no rows.
    """
    columns = list(zip(*rows, strict=True))
    if not columns:
        return []
    result = session.connection().execute(
        text(sql), {**dict(zip(letters, map(list, columns), strict=True)), **more}
    )
    return list(result) if result.returns_rows else []


def _journal_row(received: Received, applied_at: datetime) -> tuple[object, ...]:
    event = received.event
    return (*_held_row(received, applied_at)[:8], event.correlationid, event.time, applied_at)


def _held_row(received: Received, at: datetime) -> tuple[object, ...]:
    incoming, event = received
    return (
        *received.key,
        event.sequence,
        event.id,
        event.type,
        incoming.value,
        incoming.partition,
        incoming.offset,
        at,
    )


def _place_row(received: Received) -> tuple[object, ...]:
    return (
        *received.key,
        received.event.sequence,
        received.incoming.partition,
        received.incoming.offset,
    )


_KEYS = "unnest(CAST(:t AS text[]), CAST(:k AS text[])) AS wanted(topic, key)"
_LOCK = f"""SELECT topic, key, sequence FROM last_sequence JOIN {_KEYS} USING (topic, key)
    ORDER BY topic, key FOR UPDATE OF last_sequence"""  # noqa: S608  no outside text in any of these
_LOCK_OR_ADD = f"""WITH known AS ({_LOCK}),
    added AS (INSERT INTO last_sequence SELECT topic, key, 0 FROM {_KEYS}
        WHERE NOT EXISTS (SELECT FROM known WHERE known.topic = wanted.topic AND known.key = wanted.key)
        ORDER BY 1, 2 ON CONFLICT DO NOTHING RETURNING topic, key, sequence)
    SELECT topic, key, sequence FROM known UNION ALL SELECT topic, key, sequence FROM added"""  # noqa: S608
_BLOCKED = f"""SELECT topic, key, sequence, false AS dead FROM held_event JOIN {_KEYS} USING (topic, key)
    UNION ALL SELECT topic, key, sequence, true FROM dead_letter JOIN {_KEYS} USING (topic, key)
    WHERE settled_at IS NULL"""  # noqa: S608
_MOVE = """UPDATE last_sequence l SET sequence = n.sequence
    FROM unnest(CAST(:{0}t AS text[]), CAST(:{0}k AS text[]), CAST(:{0}a AS bigint[])) AS n(topic, key, sequence)
    WHERE l.topic = n.topic AND l.key = n.key"""
_ADVANCE = _MOVE.format("")
_EVENT = """unnest(CAST(:t AS text[]), CAST(:k AS text[]), CAST(:s AS bigint[]), CAST(:e AS uuid[]),
    CAST(:y AS text[]), CAST(:v AS bytea[]), CAST(:p AS int[]), CAST(:o AS bigint[])"""
_COLUMNS = 'topic, key, sequence, event_id, type, envelope, partition, "offset"'
_ADVANCE_AND_KEEP = f"""WITH moved AS ({_MOVE.format("to_")})
    INSERT INTO journal ({_COLUMNS}, correlation_id, occurred_at, applied_at)
    SELECT * FROM {_EVENT}, CAST(:c AS text[]), CAST(:f AS timestamptz[]), CAST(:a AS timestamptz[]))
    """  # noqa: S608
_HOLD = f"""INSERT INTO held_event ({_COLUMNS}, held_at)
    SELECT * FROM {_EVENT}, CAST(:a AS timestamptz[])) ON CONFLICT DO NOTHING"""  # noqa: S608
_UNHOLD = """DELETE FROM held_event h
    USING unnest(CAST(:t AS text[]), CAST(:k AS text[]), CAST(:a AS bigint[])) AS n(topic, key, sequence)
    WHERE h.topic = n.topic AND h.key = n.key AND h.sequence <= n.sequence"""
_FILL_PLACE = """UPDATE journal j SET partition = n.partition, "offset" = n.o
    FROM unnest(CAST(:t AS text[]), CAST(:k AS text[]), CAST(:s AS bigint[]), CAST(:p AS int[]), CAST(:o AS
    bigint[])) AS n(topic, key, sequence, partition, o)
    WHERE j.topic = n.topic AND j.key = n.key AND j.sequence = n.sequence AND j."offset" IS NULL"""
