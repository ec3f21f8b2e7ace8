"""Deadlines of waits for the database where no timer of gevent's can end them: workers, jobs, the relay.

A frozen PostgreSQL acts on no timeout of its own, and its machine still acknowledges what is sent.
What a web request waits for is ended by webapp/gateway/requests/deadlines.py.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import psycopg
from psycopg.abc import PQGen

Result = TypeVar("Result")

_until: ContextVar[float | None] = ContextVar("until", default=None)
_longest: list[
    float
] = []  # seconds that this process waits for one answer; empty: as long as it takes


class NoAnswer(psycopg.OperationalError):
    """The database did not answer in time. What it was asked for may or may not have been done."""


def limit_answers(seconds: float) -> None:
    """Let every connection of this process that a BoundedConnection is wait no longer for an answer."""
    _longest[:] = [seconds]


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give all that the block asks of the database so many seconds together."""
    token = _until.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _until.reset(token)


def seconds_left() -> float | None:
    """Return what is left of the block's time, possibly less than nothing; None if it has no end."""
    until = _until.get()
    return None if until is None else until - time.monotonic()


class PatientConnection(psycopg.Connection):
    """A connection that waits for an answer until the block's time is over."""

    def wait(
        self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None
    ) -> Result:
        """Run what the connection does, as psycopg does. Raises NoAnswer, and is closed then."""
        most = self._most()
        if most is None or (timeout is not None and timeout < most):
            return super().wait(gen, interval, timeout)
        if most > 0:
            try:
                return super().wait(gen, interval, most)
            except psycopg.errors._WaitTimeout:
                pass
        self.pgconn.finish()
        raise NoAnswer("the database did not answer in time")

    def _most(self) -> float | None:
        return seconds_left()


class BoundedConnection(PatientConnection):
    """A connection that waits for each answer no longer than this process does."""

    def _most(self) -> float | None:
        return min([*_longest, *([] if (left := seconds_left()) is None else [left])], default=None)
