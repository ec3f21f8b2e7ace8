"""All open dead letters of a service handled again, one after the other, each as it is."""

import time
from typing import Any

import msgspec
from sqlalchemy import select

from models.shared.database import reading
from models.shared.dead_letters import replay
from models.shared.errors import DomainError
from models.shared.tables import mechanism

PORTION = 1.0  # seconds: who asks over HTTP waits for two


class FailedAgain(msgspec.Struct, frozen=True):
    """A dead letter that stays open, and why."""

    id: int
    type: str | None
    key: str | None
    cause: str


class Replayed(msgspec.Struct, frozen=True):
    """How many letters of a portion were `handled`, each with what waited behind it, and which failed again.

    `following` goes into `after` for the next portion; None when every open letter was tried.
    """

    handled: int
    failed: list[FailedAgain]
    following: int | None


def replay_all(schema: str, *, by: str, after: int = 0, seconds: float = PORTION) -> Replayed:
    """Handles the open dead letters after `after` again, the oldest first, until none is left or the time is over.

    One that fails again stays open and stops no other: those behind it have other keys. An event
    that waited behind a letter, was let go and failed is a letter of its own by then, and is tried
    in its turn.
    """
    until = time.monotonic() + seconds
    handled, failed = 0, []
    while letter := _next_open(schema, after):
        after = letter.id
        try:
            replay(schema, letter.id, by=by)
            handled += 1
        except DomainError as error:
            if error.code != "settled":  # somebody else was faster
                failed.append(FailedAgain(letter.id, letter.type, letter.key, _why(error)))
        if time.monotonic() > until:
            break
    return Replayed(handled, failed, after if letter else None)


def _why(error: DomainError) -> str:
    """What the event's handler said, or what stands in the way of every event in its place."""
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
