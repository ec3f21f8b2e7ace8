"""Pages go first: what writes to thousands of streams stands aside while somebody waits for a page.

One worker does both. Between two statements a page would otherwise wait until every stream that is
ready has had its turn.
"""

import time
from functools import cache
from threading import Event, Lock

from flask import Flask, Response, g

AT_MOST = 0.05  # seconds that one portion of streams waits, so that they go on under a never-ending row of pages
A_LOOK = (
    0.0005  # seconds; any time at all lets gevent look at the sockets, which a yield alone does not
)


class RightOfWay:
    """Counts the pages that are being made, and lets others wait until there is none."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pages = 0
        self._clear = Event()
        self._clear.set()

    def begin(self) -> None:
        """Somebody waits for a page from now on."""
        with self._lock:
            self._pages += 1
            self._clear.clear()

    def end(self) -> None:
        """One page is made."""
        with self._lock:
            self._pages -= 1
            if not self._pages:
                self._clear.set()

    def give_way(self) -> None:
        """Lets pages that are ready to begin do so, and waits until all are made, but not for longer than `AT_MOST`."""
        time.sleep(A_LOOK)
        self._clear.wait(AT_MOST)


@cache
def right_of_way() -> RightOfWay:
    """That of this process."""
    return RightOfWay()


def install(app: Flask) -> None:
    """Ends a page's claim as soon as its answer is made; a download that is sent in pieces holds nobody up."""
    app.after_request(_made)
    app.teardown_request(_over)


def claim() -> None:
    """The request of this moment is for somebody who waits."""
    g.has_right_of_way = True
    right_of_way().begin()


def _made(response: Response) -> Response:
    _over()
    return response


def _over(_error: BaseException | None = None) -> None:
    if g.pop("has_right_of_way", False):
        right_of_way().end()
