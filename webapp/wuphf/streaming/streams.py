"""What one open stream waits for. Bounded by design: signals merge until the stream takes them.

However slow its reader, a stream holds one flag for the inbox (the feed in the database is the
queue), one read of that feed, one set of record names, and the trace contexts of the newest
entries.
"""

import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Condition

from models.wuphf.catch_up import FeedItem

GATHER = 0.5  # seconds to collect record signals, so that a burst is one message
PING = 15.0  # seconds between comments that keep proxies from closing the connection
CHECK = 5.0  # seconds between checks of the stream's session
JITTER = 0.25
DROPPED_ON_PURPOSE = "dropped"  # ends a stream without a message, like a broken connection
MOST_TRACES = 64
MOST_RECORDS = 200


@dataclass
class Wake:
    """Why a stream woke: `ended` with a reason, feed `items`, changed `records`, resync or ping.

    With none of them, it is time to check the session.
    """

    ended: str = ""
    items: list[FeedItem] = field(default_factory=list)
    resync: bool = False
    ping: bool = False
    records: frozenset[str] = frozenset()
    traces: dict[int, str] = field(default_factory=dict)


class Stream:
    """One browser's stream: `wait` returns when there is something to write or to check.

    The feed is read before the stream wakes: the stream calls `read_for`, which responds with
    `give`. What was given is written before the next read, so that a slow reader costs no more than
    one read.
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
        """Start after feed entry `n`. Until this call, signals wait."""
        self.place, self._has_begun = n, True
        self.tell_inbox(n)

    def tell_inbox(self, n: int, traceparent: str | None = None) -> None:
        """Signal that the feed has reached entry `n`."""
        with self._changed:
            self._has_news = True
            if traceparent and len(self._next.traces) < MOST_TRACES:
                self._next.traces[n] = traceparent
        self._ask()

    def give(self, items: list[FeedItem]) -> None:
        """Deliver the feed's items after `place`; empty if a signal was early or duplicate."""
        with self._changed:
            self._next.items = items
            self._was_read = bool(items) or self._next.resync
            self._is_read_for = self._was_read
            if items:
                self.place = items[-1].n
            self._changed.notify()
        self._ask()

    def could_not_read(self, within: float) -> None:
        """Signal that the feed cannot be read now.

        The stream catches up at a random time within `within` seconds.
        """
        with self._changed:
            self._is_read_for = False
        self.tell_resync(within)

    def tell_record(self, record: str) -> None:
        """Signal that a watched record changed; changes within half a second are sent together."""
        with self._changed:
            if len(self._next.records) < MOST_RECORDS:
                self._next.records |= {record}
            self._records_at = min(self._records_at, time.monotonic() + jittered(GATHER))
            self._changed.notify()

    def tell_resync(self, within: float) -> None:
        """Signal that signals may be lost; catch up at a random time within `within` seconds."""
        with self._changed:
            self._resync_at = time.monotonic() + random.uniform(0, within)  # noqa: S311
            self._changed.notify()

    @property
    def ended(self) -> str:
        """Why the stream was ended from outside; empty while it is open."""
        return self._next.ended

    def end(self, reason: str) -> None:
        """End the stream. The first reason counts."""
        with self._changed:
            self._next.ended = self._next.ended or reason
            self._changed.notify()

    def wait(self) -> Wake:
        """Wait until something is due, at most about `CHECK` seconds, and take it."""
        taken = self._await_due(time.monotonic() + jittered(CHECK))
        self._ask()
        return taken

    def _ask(self) -> None:
        """Request a read of the feed, unless one is under way or its result is not yet taken."""
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
        """Take what is due.

        A resync is due only once the feed has been read for it, so that nothing it covers comes
        after it.
        """
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
    """Return `seconds`, give or take up to a quarter, so that thousands of streams spread out."""
    return seconds * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
