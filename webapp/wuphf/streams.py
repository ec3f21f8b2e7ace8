"""What one open stream waits for. Bounded by construction: signals fold together until the stream takes them.

However slow its reader, a stream holds one flag for the inbox (the feed in the database is the queue), one
set of record names, and the trace contexts of the newest entries.
"""

import random
import secrets
import time
from dataclasses import dataclass, field
from threading import Condition

GATHER = 0.5  # seconds that record signals are gathered, so that a burst is one message
PING = 15.0  # seconds between comments that keep proxies from closing the connection
CHECK = 5.0  # seconds after which a stream looks whether its session still stands
JITTER = 0.25
MOST_TRACES = 64
MOST_RECORDS = 200


@dataclass
class Wake:
    """Why a stream woke: `ended` names a reason, `records` changed, the feed moved, or it is time."""

    ended: str = ""
    inbox: bool = False
    resync: bool = False
    ping: bool = False
    records: frozenset[str] = frozenset()
    traces: dict[int, str] = field(default_factory=dict)


class Stream:
    """One browser's stream: `wait` returns when there is something to write or to check."""

    def __init__(self, uid: str) -> None:
        self.uid, self.id = uid, secrets.token_urlsafe(12)
        self.watched: frozenset[str] = frozenset()
        self._changed = Condition()
        self._next = Wake()
        self._records_at = self._resync_at = float("inf")
        self._ping_at = time.monotonic() + jittered(PING)

    def tell_inbox(self, n: int, traceparent: str | None = None) -> None:
        """The feed reached entry `n`."""
        with self._changed:
            self._next.inbox = True
            if traceparent and len(self._next.traces) < MOST_TRACES:
                self._next.traces[n] = traceparent
            self._changed.notify()

    def tell_record(self, record: str) -> None:
        """A watched record changed; written with others that change within half a second."""
        with self._changed:
            if len(self._next.records) < MOST_RECORDS:
                self._next.records |= {record}
            self._records_at = min(self._records_at, time.monotonic() + jittered(GATHER))
            self._changed.notify()

    def tell_resync(self, within: float) -> None:
        """Signals may have been lost; catch up at a random moment of the next `within` seconds."""
        with self._changed:
            self._resync_at = time.monotonic() + random.uniform(0, within)  # noqa: S311
            self._changed.notify()

    @property
    def ended(self) -> str:
        """Why the stream was ended from outside; empty while it was not."""
        return self._next.ended

    def end(self, reason: str) -> None:
        """Ends the stream; the first reason stands."""
        with self._changed:
            self._next.ended = self._next.ended or reason
            self._changed.notify()

    def wait(self) -> Wake:
        """Waits until something is due, at most `CHECK` seconds, and takes it."""
        latest = time.monotonic() + jittered(CHECK)
        with self._changed:
            while True:
                now = time.monotonic()
                due = min(latest, self._records_at, self._resync_at, self._ping_at)
                if self._next.ended or self._next.inbox or now >= due:
                    return self._take(now)
                self._changed.wait(due - now)

    def _take(self, now: float) -> Wake:
        taken, self._next = self._next, Wake(ended=self._next.ended)
        taken.resync, taken.ping = now >= self._resync_at, now >= self._ping_at
        if now < self._records_at:
            self._next.records, taken.records = taken.records, frozenset()
        else:
            self._records_at = float("inf")
        if taken.resync:
            self._resync_at = float("inf")
        if taken.ping:
            self._ping_at = now + jittered(PING)
        return taken


def jittered(seconds: float) -> float:
    """`seconds`, up to a quarter more or less, so that thousands of streams do not act at once."""
    return seconds * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
