"""How thousands of streams share one worker: one reads the feed for all that have news, and a few go on at a time.

Each for itself they would hold all of the connections, wake for every step, and each page would
wait behind all of them.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from threading import Condition, Semaphore, Thread

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from models.notifications.catching_up import FeedItem, Place, feeds_since
from models.shared.database import reading
from webapp.shared.pages_first import right_of_way
from webapp.wuphf.streams import Stream

TOGETHER = 100  # streams that one statement reads for
A_FEW = 10  # streams that go on before pages get their turn
FEW = 50  # streams that look at their session at a time: each may have to ask the directory
BEGINNERS = 8  # streams that find out at a time where they begin
RETRY = 2.0  # seconds within which streams ask again when the database was away
_BEGINNING = Semaphore(BEGINNERS)
AMONG_FEW = Semaphore(FEW)  # nobody writes while they hold it: a slow reader would keep the place
log = logging.getLogger(__name__)


class FeedReader:
    """Reads for one stream at a time or for a hundred: for all that wait when the last reading is over."""

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
        """Soon gives the stream what its feed has after its place; returns at once."""
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
        """Reads for those that have waited longest, and gives to a few at a time."""
        some = [self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))]
        for count, (stream, items) in enumerate(zip(some, self._found(some), strict=True), 1):
            if items is None:
                stream.could_not_read(RETRY)
            else:
                stream.give(items)
            if count % A_FEW == 0:
                self._give_way()

    def _found(self, some: Sequence[Stream]) -> Sequence[list[FeedItem] | None]:
        """What each is to be told; None where it cannot be known now."""
        try:
            return self._read([Place(stream.uid, stream.place) for stream in some])
        except SQLAlchemyError as error:
            log.warning("the feed cannot be read, trying again: %s", type(error).__name__)
        except Exception:
            log.exception("the feed cannot be read, trying again")
        return [None] * len(some)


@contextmanager
def beginning() -> Iterator[Session]:
    """A session to find out where a stream begins. After a restart thousands come back at once:
    together they would wait for a connection until they are refused, and all pages with them.
    """
    with _BEGINNING:
        right_of_way().give_way()
        with reading("notifications") as session:
            yield session


@cache
def reader() -> FeedReader:
    """The one reader of this process."""
    return FeedReader(_read_feeds, right_of_way().give_way)


def _read_feeds(places: Sequence[Place]) -> list[list[FeedItem]]:
    with reading("notifications") as session:
        return feeds_since(session, places)
