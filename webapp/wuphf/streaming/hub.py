"""The hub of this process: one LISTEN connection wakes the streams that a committed change affects.

NOTIFY carries ids only. Each stream reads the feed from its own position, so lost, duplicate or
early signals do no harm. After a reconnect every stream catches up (`resync`).
"""

import json
import logging
import random
import time
from collections.abc import Mapping
from functools import cache
from threading import Event, Lock, Thread

import psycopg
from prometheus_client import Counter, Gauge

from models.shared.database.live_signals import CHANNEL
from settings import settings
from webapp.wuphf.streaming.streams import DROPPED_ON_PURPOSE, Stream
from webapp.wuphf.streaming.turns import reader

log = logging.getLogger(__name__)

RECENT = 20.0  # seconds; a page takes less than this from being read to being watched
MOST_RECENT = 2000
AT_ONCE = 100  # streams woken before other work on this worker gets a turn
STREAMS = Gauge("dm_live_streams", "Open live streams")
SIGNALS = Counter("dm_live_signals_total", "Signals received from PostgreSQL", ["kind"])
PUSHES = Counter("dm_live_pushes_total", "Messages written to live streams", ["event"])
DROPPED = Counter("dm_live_dropped_total", "Live streams that ended, by reason", ["reason"])
RECONNECTS = Counter("dm_live_reconnects_total", "Times the LISTEN connection had to be made anew")


class Hub:
    """The open streams of this process, indexed by person and by watched record."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._streams: dict[str, Stream] = {}
        self._of_person: dict[str, set[Stream]] = {}
        self._watchers: dict[str, set[Stream]] = {}
        self._changed_at: dict[str, float] = {}
        self._listening = Event()
        self._thread: Thread | None = None
        self._closing = False

    def open(self, uid: str) -> Stream:
        """Open a stream for this person that receives signals from now on.

        Determine its starting point only after this call, so that nothing in between is missed.
        """
        stream = Stream(uid, reader().read_for)
        with self._lock:
            self._streams[stream.id] = stream
            self._of_person.setdefault(uid, set()).add(stream)
        STREAMS.inc()
        self._start_listening()
        if self._closing:
            stream.end("shutdown")
        return stream

    def close(self, stream: Stream, reason: str) -> None:
        """Remove a stream."""
        with self._lock:
            if self._streams.pop(stream.id, None) is None:
                return
            self._unlink(self._of_person, stream.uid, stream)
            for record in stream.watched:
                self._unlink(self._watchers, record, stream)
        STREAMS.dec()
        DROPPED.labels(reason).inc()

    def find(self, stream_id: str, uid: str) -> Stream | None:
        """Return the open stream with this id if it belongs to this person, else None."""
        stream = self._streams.get(stream_id)
        return stream if stream and stream.uid == uid else None

    def watch(self, stream: Stream, read_at: Mapping[str, float]) -> None:
        """Set the records that the stream is notified of, replacing the previous ones.

        `read_at` says of each when its page was read: seconds since 1970 by the clocks of the
        gateway's machines, 0 if that is not known. Records that changed since then are signaled at
        once, if that is at most 20 s ago.
        """
        records = frozenset(read_at)
        with self._lock:
            if stream.id not in self._streams:
                return
            news = [
                record
                for record in records - stream.watched
                if self._has_changed_since(record, read_at[record])
            ]
            for record in stream.watched - records:
                self._unlink(self._watchers, record, stream)
            for record in records - stream.watched:
                self._watchers.setdefault(record, set()).add(stream)
            stream.watched = records
        for record in news:
            stream.tell_record(record)

    def end_all(self, reason: str = "shutdown") -> None:
        """End every stream, and every stream that opens from now on."""
        self._closing = True
        for stream in list(self._streams.values()):
            stream.end(reason)

    def drop_all(self) -> int:
        """Cut every open stream on purpose; return how many. Later streams are not affected."""
        streams = list(self._streams.values())
        for stream in streams:
            stream.end(DROPPED_ON_PURPOSE)
        return len(streams)

    def count(self) -> int:
        """Return how many streams are open."""
        return len(self._streams)

    def is_listening(self) -> bool:
        """Return whether signals are currently being received."""
        return self._listening.is_set()

    def dispatch(self, payload: str) -> None:
        """Wake the streams that one signal concerns, or set what one of them watches."""
        signal = json.loads(payload)
        if "stream" in signal:
            SIGNALS.labels("watch").inc()
            if found := self.find(signal["stream"], signal["uid"]):
                self.watch(found, signal["records"])
            return
        SIGNALS.labels("inbox" if "inboxes" in signal else "record").inc()
        for recipient, n, *trace in signal.get("inboxes", ()):
            for stream in self._those(self._of_person, recipient):
                stream.tell_inbox(n, *trace)
        if "watch" in signal:
            self._tell_watchers(signal["watch"])

    def _tell_watchers(self, record: str) -> None:
        self._remember(record)
        for count, stream in enumerate(self._those(self._watchers, record), 1):
            stream.tell_record(record)
            if count % AT_ONCE == 0:
                time.sleep(0.002)

    def _remember(self, record: str) -> None:
        with self._lock:
            if len(self._changed_at) >= MOST_RECENT:
                self._changed_at = {
                    name: at for name, at in self._changed_at.items() if _is_young(at)
                }
            self._changed_at[record] = time.time()

    def _has_changed_since(self, record: str, moment: float) -> bool:
        at = self._changed_at.get(record, float("-inf"))
        return at >= moment and _is_young(at)

    def _those(self, index: dict[str, set[Stream]], key: str) -> list[Stream]:
        with self._lock:
            return list(index.get(key, ()))

    @staticmethod
    def _unlink(index: dict[str, set[Stream]], key: str, stream: Stream) -> None:
        index[key].discard(stream)
        if not index[key]:
            del index[key]

    def _start_listening(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._listen_for_ever, name="live-hub", daemon=True)
                self._thread.start()
        self._listening.wait(2)

    def _listen_for_ever(self) -> None:
        pause, before = 0.1, False
        while not self._closing:
            try:
                self._listen(resync=before)
            except (psycopg.Error, OSError) as error:
                log.warning(
                    "live signals interrupted, reconnecting: %s", str(error).splitlines()[:1]
                )
            before = before or self._listening.is_set()
            pause = 0.1 if self._listening.is_set() else min(pause * 2, 5.0)
            self._listening.clear()
            RECONNECTS.inc()
            time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311

    def _listen(self, resync: bool) -> None:
        dsn = settings().database_dsn("notifications")
        with psycopg.connect(
            dsn, autocommit=True, connect_timeout=3, application_name="dm-live"
        ) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            self._listening.set()
            if resync:
                self._resync()
            while not self._closing:
                for notify in connection.notifies(timeout=20):
                    self.dispatch(notify.payload)
                connection.execute("SELECT 1")

    def _resync(self) -> None:
        streams = list(self._streams.values())
        for stream in streams:
            stream.tell_resync(within=min(5.0, len(streams) / 500))


def _is_young(at: float) -> bool:
    return time.time() - at < RECENT


@cache
def hub() -> Hub:
    """Return this process's hub, made on first use (after gunicorn's fork and monkey-patching)."""
    return Hub()


def close_all() -> None:
    """End every stream of this process, for its shutdown."""
    hub().end_all("shutdown")
