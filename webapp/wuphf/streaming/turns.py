"""Share one worker among thousands of streams.

One thread reads the feed for all streams with news, and a few streams proceed at a time. On their
own, the streams would occupy every connection, wake for every step, and make every page wait behind
them.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from threading import Condition, Semaphore, Thread

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from models.shared.transactions import reading
from models.wuphf.catch_up import FeedItem, Place, feeds_since
from webapp.shared.process.page_priority import right_of_way
from webapp.wuphf.streaming.streams import Stream

TOGETHER = 100  # streams read for in one statement
A_FEW = 10  # streams that proceed before pages get a turn
FEW = 50  # streams that check their session at a time: each may have to query the directory
BEGINNERS = 8  # streams that determine their starting point at a time
RETRY = 2.0  # seconds within which streams retry after the database was unavailable
_BEGINNING = Semaphore(BEGINNERS)
AMONG_FEW = Semaphore(
    FEW
)  # never write to a client while holding it: a slow reader would block the slot
log = logging.getLogger(__name__)


class FeedReader:
    """Read feeds for the streams that are waiting when the last read ends, up to a hundred."""

    def __init__(
        self,
        read: Callable[[Sequence[Place]], list[list[FeedItem]]],
        give_way: Callable[[], None] = lambda: None,
    ) -> None:
        self._read, self._give_way = read, give_way
        self._waiting: deque[Stream] = deque()
        self._news = Condition()
        self._thread: Thread | None = None

    def read_for(self, stream: Stream) -> None:
        """Ask for the stream's feed after its position, to be delivered soon; return at once."""
        with self._news:
            self._waiting.append(stream)
            self._start()
            self._news.notify()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._read_for_ever, name="live-reader", daemon=True)
            self._thread.start()

    def _read_for_ever(self) -> None:
        while True:
            with self._news:
                while not self._waiting:
                    self._news.wait()
            self.read_for_some()

    def read_for_some(self) -> None:
        """Read for the streams that have waited longest, and deliver to a few at a time."""
        some = [self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))]
        for count, (stream, items) in enumerate(zip(some, self._found(some), strict=True), 1):
            if items is None:
                stream.could_not_read(RETRY)
            else:
                stream.give(items)
            if count % A_FEW == 0:
                self._give_way()

    def _found(self, some: Sequence[Stream]) -> Sequence[list[FeedItem] | None]:
        """Return each stream's new items, or None for all if they cannot be read now."""
        try:
            return self._read([Place(stream.uid, stream.place) for stream in some])
        except SQLAlchemyError as error:
            log.warning("cannot read the feed, retrying: %s", type(error).__name__)
        except Exception:
            log.exception("cannot read the feed, retrying")
        return [None] * len(some)


@contextmanager
def beginning() -> Iterator[Session]:
    """Open a session in which to determine a stream's starting point, a few streams at a time.

    After a restart thousands reconnect at once. Together they would wait for a connection until
    they were refused, and every page with them.
    """
    with _BEGINNING:
        right_of_way().give_way()
        with reading("notifications") as session:
            yield session


@cache
def reader() -> FeedReader:
    """Return this process's feed reader."""
    return FeedReader(_read_feeds, right_of_way().give_way)


def _read_feeds(places: Sequence[Place]) -> list[list[FeedItem]]:
    with reading("notifications") as session:
        return feeds_since(session, places)
