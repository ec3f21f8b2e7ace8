"""What one open stream waits for. Bounded by construction: signals fold together until the stream takes them.

However slow its reader, a stream holds one flag for the inbox (the feed in the database is the queue), one reading of
that feed, one set of record names, and the trace contexts of the newest entries.
"""

import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Condition

from models.notifications.catching_up import FeedItem

GATHER = 0.5  # seconds that record signals are gathered, so that a burst is one message
PING = 15.0  # seconds between comments that keep proxies from closing the connection
CHECK = 5.0  # seconds after which a stream looks whether its session still stands
JITTER = 0.25
DROPPED_ON_PURPOSE = "dropped"  # ends a stream without a word, as a broken line would
MOST_TRACES = 64
MOST_RECORDS = 200


@dataclass
class Wake:
    """Why a stream woke: `ended` names a reason, the feed has `items`, `records` changed, or it is time."""

    ended: str = ""
    items: list[FeedItem] = field(default_factory=list)
    resync: bool = False
    ping: bool = False
    records: frozenset[str] = frozenset()
    traces: dict[int, str] = field(default_factory=dict)


class Stream:
    """One browser's stream: `wait` returns when there is something to write or to check.

    News of the feed are read before the stream wakes: `read_for` is asked for that, and answers by
    `give`. What was given is written before it is asked again, so that a slow reader costs no more
    than one reading.
    """

    def __init__(self, uid: str, read_for: Callable[["Stream"], None]) -> None:
        self.uid, self.id = uid, secrets.token_urlsafe(12)
        self.watched: frozenset[str] = frozenset()
        self.place = 0
        self._read_for = read_for
        self._changed = Condition()
        self._next = Wake()
        self._has_begun = self._has_news = self._is_read_for = self._was_read = False
        self._records_at = self._resync_at = float("inf")
        self._ping_at = time.monotonic() + jittered(PING)

    def begin_at(self, n: int) -> None:
        """What the feed has after entry `n` is news; until this is said, signals wait."""
        self.place, self._has_begun = n, True
        self.tell_inbox(n)

    def tell_inbox(self, n: int, traceparent: str | None = None) -> None:
        """The feed reached entry `n`."""
        with self._changed:
            self._has_news = True
            if traceparent and len(self._next.traces) < MOST_TRACES:
                self._next.traces[n] = traceparent
        self._ask()

    def give(self, items: list[FeedItem]) -> None:
        """What the feed has after `place`; nothing where a signal came early or twice."""
        with self._changed:
            self._next.items = items
            self._was_read = bool(items) or self._next.resync
            self._is_read_for = self._was_read
            if items:
                self.place = items[-1].n
            self._changed.notify()
        self._ask()

    def could_not_read(self, within: float) -> None:
        """The feed cannot be read now; the stream catches up at a random moment of the next `within` seconds."""
        with self._changed:
            self._is_read_for = False
        self.tell_resync(within)

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
        taken = self._await_due(time.monotonic() + jittered(CHECK))
        self._ask()
        return taken

    def _ask(self) -> None:
        """Has the feed read for this stream, unless that is under way or what it gave is not yet taken."""
        with self._changed:
            if self._is_read_for or not (self._has_begun and self._has_news):
                return
            self._is_read_for, self._has_news = True, False
        self._read_for(self)

    def _await_due(self, latest: float) -> Wake:
        with self._changed:
            while True:
                now = time.monotonic()
                due = min(latest, self._records_at, self._resync_at, self._ping_at)
                if self._next.ended or self._was_read or now >= due:
                    return self._take(now)
                self._changed.wait(due - now)

    def _take(self, now: float) -> Wake:
        """What is due; a resync once the feed was read for it, so that nothing that it stands for comes after it."""
        held, taken = self._next, Wake(ended=self._next.ended, ping=now >= self._ping_at)
        if self._was_read:
            taken.items, taken.resync, taken.traces = held.items, held.resync, held.traces
            held.items, held.resync, held.traces = [], False, {}
            self._was_read = self._is_read_for = False
        if now >= self._records_at:
            taken.records, held.records = held.records, frozenset()
            self._records_at = float("inf")
        if now >= self._resync_at:
            held.resync = self._has_news = True
            self._resync_at = float("inf")
        if taken.ping:
            self._ping_at = now + jittered(PING)
        return taken


def jittered(seconds: float) -> float:
    """`seconds`, up to a quarter more or less, so that thousands of streams do not act at once."""
    return seconds * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
