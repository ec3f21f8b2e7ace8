"""Replay all open dead letters of a service, one after the other."""

import time
from typing import Any

import msgspec
from sqlalchemy import select

from models.shared.database import reading
from models.shared.dead_letters import replay
from models.shared.errors import DomainError
from models.shared.tables import mechanism

PORTION = 1.0  # seconds: an HTTP caller waits two


class FailedAgain(msgspec.Struct, frozen=True):
    """A dead letter that failed again and stays open, with the cause."""

    id: int
    type: str | None
    key: str | None
    cause: str


class Replayed(msgspec.Struct, frozen=True):
    """The result of one portion: how many dead letters were handled, and which failed again.

    Each was handled together with the events held behind it. Pass `following` as `after` for the
    next portion; None means that every open letter was tried.
    """

    handled: int
    failed: list[FailedAgain]
    following: int | None


def replay_all(schema: str, *, by: str, after: int = 0, seconds: float = PORTION) -> Replayed:
    """Replay open dead letters with ids above `after`, oldest first, until none or time is left.

    One that fails again stays open and blocks no other, since the letters behind it have other
    keys. An event that was released from behind a letter and failed is a dead letter of its own by
    then, and gets its turn.
    """
    until = time.monotonic() + seconds
    handled, failed = 0, []
    while letter := _next_open(schema, after):
        after = letter.id
        try:
            replay(schema, letter.id, by=by)
            handled += 1
        except DomainError as error:
            if error.code != "settled":  # another replay was faster
                failed.append(FailedAgain(letter.id, letter.type, letter.key, _why(error)))
        if time.monotonic() > until:
            break
    return Replayed(handled, failed, after if letter else None)


def _why(error: DomainError) -> str:
    """Return the handler's own error, or the reason why no event could be replayed here."""
    told = error.code in ("failed_again", "undecodable")
    return str(error.details["cause"]) if told else error.message


def _next_open(schema: str, after: int) -> Any:
    table = mechanism(schema).dead_letter
    with reading(schema) as session:
        return session.execute(
            select(table.c.id, table.c.type, table.c.key)
            .where(table.c.id > after, table.c.settled_at.is_(None))
            .order_by(table.c.id)
            .limit(1)
        ).one_or_none()
