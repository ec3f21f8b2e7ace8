"""Turns for work that takes memory or processor time: pictures, PDFs, imports, exports.

A few run at once, the others wait; who asks for too much at once, and whoever comes when too many
wait, is asked to come again. Limits are per process.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock, Semaphore

from flask import Flask, g
from werkzeug.exceptions import TooManyRequests

AT_ONCE = 2  # each may take 900 MB, the limit of the process that inspects a picture
OF_ONE_PERSON = 4  # running and waiting
IN_ALL = 40
PATIENCE = 15.0  # seconds that one waits for a turn; a view with files has thirty in all
RETRY_AFTER = 5

BUSY = "Many files are being read and created right now. Try again in a few seconds."
YOURS = "Your earlier files are still being read or created. Please wait a few seconds."


class Turns:
    """Who runs and who waits in this process."""

    def __init__(self, at_once: int = AT_ONCE, patience: float = PATIENCE) -> None:
        self._running, self._patience = Semaphore(at_once), patience
        self._lock, self._under_way = Lock(), Counter[str]()

    @contextmanager
    def take(self, uid: str) -> Iterator[None]:
        """Wait for a turn and run the block in it.

        Raises TooManyRequests, with the seconds to wait, if this person or everybody together has
        too much under way, or if no turn came in time.
        """
        self._enter(uid)
        try:
            if not self._running.acquire(timeout=self._patience):
                raise TooManyRequests(BUSY, retry_after=RETRY_AFTER)
            try:
                yield
            finally:
                self._running.release()
        finally:
            self._leave(uid)

    def _enter(self, uid: str) -> None:
        with self._lock:
            if self._under_way[uid] >= OF_ONE_PERSON:
                raise TooManyRequests(YOURS, retry_after=RETRY_AFTER)
            if self._under_way.total() >= IN_ALL:
                raise TooManyRequests(BUSY, retry_after=RETRY_AFTER)
            self._under_way[uid] += 1

    def _leave(self, uid: str) -> None:
        with self._lock:
            self._under_way[uid] -= 1
            self._under_way += Counter()  # drops who has nothing under way


TURNS = Turns()
EXPORTS = Turns(at_once=4)  # each holds its rows until it is sent, however slowly the reader reads


def install(app: Flask) -> None:
    """End the turn of a response that is never sent, since something after its view failed."""
    app.teardown_request(_end_unsent)


def hold_until_sent(turn: ExitStack) -> None:
    """Note the turn that the response of this request closes once it is sent."""
    g.turn_until_sent = turn


def _end_unsent(error: BaseException | None) -> None:
    turn: ExitStack | None = g.pop("turn_until_sent", None)
    if error is not None and turn is not None:
        turn.close()
