"""The agent: settle Kafka's records in batches (models/shared/listeners/interface.py), then acknowledge them.

Faust acknowledges an event even when the agent leaves it by an exception (measured: 1,000 events,
20 effects). So nothing but cancellation ever escapes this agent: an unexpected error ends the
process, and the supervisor starts a new one. Faust's own `take` polls its buffer on a timer; this
one wakes with the first record.
"""

import asyncio
import logging
import os
import time
from collections.abc import Sequence
from typing import Any

from faust.types import AppT, Message
from prometheus_client import Counter, Gauge, Histogram

from consumers.faults import crash_point
from consumers.worker.fault_switches import break_on_purpose
from models.shared.listeners.gaps import alarm_gaps
from models.shared.listeners.interface import (
    Incoming,
    Outcome,
    release_ready,
    settle,
)
from models.shared.listeners.retries import Verdict

BATCH = 200
PATIENCE = 20  # loop iterations without a record after which a batch is closed
log = logging.getLogger(__name__)

RECORDS = Counter(
    "dm_listener_records_total", "Records by what became of them", ["service", "outcome"]
)
BATCH_SECONDS = Histogram("dm_listener_batch_seconds", "Time to settle a batch", ["service"])
WAITING = Gauge(
    "dm_listener_database_away", "1 while the listener waits for its database", ["service"]
)
GAPS = Counter(
    "dm_listener_gaps_total", "Gaps that lasted over 10 s and were asked to be filled", ["service"]
)


class Listener:
    """Settle one service's records; `settled_at` and `waiting_for` show how it is doing."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.settled_at = time.monotonic()
        self.waiting_for: Exception | None = None
        self._one_at_a_time = asyncio.Lock()

    async def listen(self, stream: Any) -> None:
        """Take batches forever: from the first record on, as many as arrive without a pause."""
        unacknowledged = stream.noack()
        events, queue = aiter(unacknowledged.events()), unacknowledged.channel.queue
        while True:
            try:
                batch = [await anext(events)]
                while len(batch) < BATCH and await _comes_another(queue):
                    batch.append(await anext(events))
            except StopAsyncIteration:
                return _end_of_stream(stream.app)  # unacknowledged records are delivered again
            await self._settle_or_die([_incoming(event.message) for event in batch])
            crash_point("worker.before_ack")
            for event in batch:
                await stream.ack(event)

    async def keep_gaps_short(self) -> None:
        """Every second, settle held events that are due and ask for events missing over 10 s."""
        while True:
            await asyncio.sleep(1)
            try:
                due, gaps = release_ready(self.service), alarm_gaps(self.service)
            except Exception as error:
                log.warning("cannot look for gaps: %s", str(error).splitlines()[0])
                continue
            for gap in gaps:
                GAPS.labels(self.service).inc()
                log.error(
                    "gap in %s, key %s: %d to %d are missing; asked the publisher to republish them",
                    *gap,
                )
            if due:
                await self._settle_or_die(due)

    async def _settle_or_die(self, records: Sequence[Incoming]) -> None:
        try:
            async with self._one_at_a_time:
                await break_on_purpose(self.service)
                await self._settle(list(records))
        except Exception:
            log.critical("unexpected error; this worker exits", exc_info=True)
            os._exit(70)

    async def _settle(self, records: list[Incoming]) -> None:
        policy = settle(self.service, records)
        with BATCH_SECONDS.labels(self.service).time():
            while True:
                try:
                    pause = next(policy)
                except StopIteration as done:
                    return self._note(done.value)
                self._wait_for(pause.error if pause.verdict is Verdict.UNAVAILABLE else None)
                await asyncio.sleep(pause.seconds)

    def _wait_for(self, error: Exception | None) -> None:
        if error and not self.waiting_for:
            log.warning("the database is down, waiting: %s", str(error).splitlines()[0])
        self.waiting_for = error
        WAITING.labels(self.service).set(error is not None)

    def _note(self, outcome: Outcome) -> None:
        self._wait_for(None)
        self.settled_at = time.monotonic()
        for name, count in outcome._asdict().items():
            RECORDS.labels(self.service, name).inc(count)


def _end_of_stream(app: AppT) -> None:
    """Return if the worker was told to stop; otherwise end the process.

    A worker that lives on without receiving events would be worse than a dead one.
    """
    if not app.should_stop:
        log.critical("the event stream ended unexpectedly; this worker exits")
        os._exit(70)


async def _comes_another(queue: asyncio.Queue[object]) -> bool:
    """Check whether the queue gets a record within a few loop iterations.

    Faust enqueues fetched records one at a time.
    """
    for _ in range(PATIENCE):
        if not queue.empty():
            return True
        await asyncio.sleep(0)
    return False


def _incoming(message: Message) -> Incoming:
    return Incoming(message.topic, message.partition, message.offset, message.key, message.value)
