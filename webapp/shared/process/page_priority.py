"""Pages before streams: writing to thousands of streams pauses while someone waits for a page.

One worker does both. Otherwise a page would wait, between two statements, until every stream that
is ready has had its turn.
"""

import time
from functools import cache
from threading import Event, Lock

from flask import Flask, Response, g

AT_MOST = 0.05  # seconds that a batch of streams waits, so that steady traffic cannot starve them
A_LOOK = 0.0005  # seconds; any sleep lets gevent poll the sockets, which a bare yield does not


class RightOfWay:
    """Count the pages in progress, and let others wait until there is none."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pages = 0
        self._clear = Event()
        self._clear.set()

    def begin(self) -> None:
        """Note that a page has been requested."""
        with self._lock:
            self._pages += 1
            self._clear.clear()

    def end(self) -> None:
        """Note that one page is finished."""
        with self._lock:
            self._pages -= 1
            if not self._pages:
                self._clear.set()

    def give_way(self) -> None:
        """Let pages that are ready start, and wait for all pages, at most `AT_MOST` seconds."""
        time.sleep(A_LOOK)
        self._clear.wait(AT_MOST)


@cache
def right_of_way() -> RightOfWay:
    """Return the counter of this process."""
    return RightOfWay()


def install(app: Flask) -> None:
    """End a page's claim when its response is built, so that a streamed download delays nobody."""
    app.after_request(_made)
    app.teardown_request(_over)


def claim() -> None:
    """Mark the current request as one that a person is waiting for."""
    g.has_right_of_way = True
    right_of_way().begin()


def _made(response: Response) -> Response:
    _over()
    return response


def _over(_error: BaseException | None = None) -> None:
    if g.pop("has_right_of_way", False):
        right_of_way().end()
