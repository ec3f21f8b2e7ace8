"""Note what the streams pushed, and write it a second later for all of them in one statement.

A push never waits for the database. What cannot be written is forgotten: trails then lack it.
"""

import logging
import time
from collections import deque
from functools import cache
from threading import Event, Lock, Thread
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from models.shared import clock
from models.shared.transactions import transaction
from models.wuphf.pushes import Pushed, record_pushes

log = logging.getLogger(__name__)
GATHER = 1.0  # seconds of pushes that are written together
MOST = 10_000  # pushes that wait to be written; beyond, the oldest are forgotten


class Pushes:
    """The pushes of this process that wait to be written."""

    def __init__(self) -> None:
        self._waiting: deque[Pushed] = deque(maxlen=MOST)
        self._lock = Lock()
        self._news = Event()
        self._thread: Thread | None = None

    def note(self, notification_id: UUID) -> None:
        """Note that a browser got this notification now; return at once."""
        self._waiting.append(Pushed(notification_id, clock.now()))
        self._news.set()
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._write_for_ever, name="live-pushes", daemon=True)
                self._thread.start()

    def write(self) -> None:
        """Write what waits."""
        some = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if not some:
            return
        try:
            with transaction("notifications", actor="service:notifications") as session:
                record_pushes(session, some)
        except SQLAlchemyError as error:
            log.warning("%d pushes not noted: %s", len(some), type(error).__name__)

    def _write_for_ever(self) -> None:
        while True:
            self._news.wait()
            time.sleep(GATHER)
            self._news.clear()
            try:
                self.write()
            except Exception:
                log.exception("pushes not noted")


@cache
def pushes() -> Pushes:
    """Return this process's pushes."""
    return Pushes()
