"""How thousands of streams share one worker: they read the feed together, and write one after the other.

Each with a connection of its own they would hold all of the pool, and each page would wait behind all of them.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from threading import Lock, Semaphore

from models.notifications.catching_up import FeedItem, Place, feeds_since
from models.shared.database import reading

TOGETHER = 100  # streams that one statement reads for
FEW = 50  # streams that are at work at a time; thousands that wake at once would each take a moment before any page does
_TURN = Lock()
_FEW = Semaphore(FEW)


class _Asked:
    """What one stream wants to know, and what it was told."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.found: list[FeedItem] | None = None
        self.error: Exception | None = None

    @property
    def is_answered(self) -> bool:
        return self.found is not None or self.error is not None


class FeedReader:
    """Reads for one stream at a time or for a hundred: whoever has the turn reads for all that wait by then."""

    def __init__(self, read: Callable[[Sequence[Place]], list[list[FeedItem]]]) -> None:
        self._read = read
        self._waiting: deque[_Asked] = deque()
        self._turn = Lock()

    def after(self, uid: str, n: int) -> list[FeedItem]:
        """The entries of this person's feed after `n`; raises what the reading raised."""
        asked = _Asked(Place(uid, n))
        self._waiting.append(asked)
        while not asked.is_answered:
            with self._turn:
                if not asked.is_answered:
                    self._answer_some()
        if asked.error:
            raise asked.error
        return asked.found or []

    def _answer_some(self) -> None:
        some = [self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))]
        try:
            found = self._read([each.place for each in some])
        except Exception as error:
            for each in some:
                each.error = error
            return
        for each, items in zip(some, found, strict=True):
            each.found = items


@contextmanager
def among_few() -> Iterator[None]:
    """One of a few streams that find out what they have to say. Nobody writes in here: a slow reader would hold the place."""
    with _FEW:
        yield


@contextmanager
def turn() -> Iterator[None]:
    """One stream makes its message at a time, and whatever else is ready on this worker goes before the next."""
    with _TURN:
        yield
        time.sleep(0)


@cache
def reader() -> FeedReader:
    """The one reader of this process."""
    return FeedReader(_read_feeds)


def _read_feeds(places: Sequence[Place]) -> list[list[FeedItem]]:
    with reading("notifications") as session:
        return feeds_since(session, places)
