"""Switches that break a listening service on purpose, for a while: what is on, who put it on, until when.

A switch is a row in the service's own schema. It ends at its time whether anybody looks or not, so
no row has to be changed for that. Who may switch, and that nobody asks without DM_FAULTS=1, is
decided by those who call (docs/adr/0012).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.circumstance import Circumstance
from models.shared.errors import DomainError, Invalid, NotFound
from models.shared.history import write_history
from models.shared.tables import mechanism

PAUSE, SLOW, POISON, DROP = "pause", "slow", "poison", "drop"
KINDS = (PAUSE, SLOW, POISON)
SECONDS = (30, 120, 600)
DELAYS = (1, 5, 15)  # seconds before each batch
RECENT = timedelta(minutes=2)  # for so long one that has ended is still told of


class Switch(msgspec.Struct, frozen=True):
    """A switch that is or was on until `until`, or until `ended_at` where that was earlier.

    `delay`: seconds before each batch, of a slow one. `event_id`: the event that a poison hit.
    """

    id: int
    kind: str
    delay: int | None
    put_on_at: datetime
    put_on_by: str
    until: datetime
    ended_at: datetime | None
    ended_by: str | None
    event_id: UUID | None

    @property
    def end(self) -> datetime:
        """When it ended or will end."""
        return min(self.ended_at or self.until, self.until)

    @property
    def is_on(self) -> bool:
        """Whether it breaks something now."""
        return clock.now() < self.end


def put_on(session: Session, kind: str, seconds: int, delay: int | None = None) -> Switch:
    """Puts a switch on. Raises Invalid; DomainError where one of its kind is on already."""
    errors = _errors(kind, seconds, delay)
    if errors:
        raise Invalid(errors, "; ".join(errors.values()))
    table, now = mechanism(session.info["schema"]).fault_switch, clock.now()
    session.execute(
        update(table)
        .where(table.c.kind == kind, table.c.ended_at.is_(None), table.c.until <= now)
        .values(ended_at=table.c.until)
    )
    row = session.execute(
        upsert(table)
        .values(
            kind=kind,
            delay=delay,
            put_on_at=now,
            put_on_by=session.info["actor"],
            until=now + timedelta(seconds=seconds),
            correlation_id=session.info["correlation"],
        )
        .on_conflict_do_nothing()
        .returning(*_columns(table))
    ).one_or_none()
    if row is None:
        raise DomainError("switch_on", "That is on already. End it first, or wait until it ends.")
    write_history(session, "fault", kind, "put on", seconds=seconds, delay=delay)
    return _switch(row)


def end_switch(session: Session, number: int) -> Switch:
    """Ends a switch before its time. Raises NotFound; DomainError where it has ended."""
    table, now = mechanism(session.info["schema"]).fault_switch, clock.now()
    ended = session.execute(
        update(table)
        .where(table.c.id == number, table.c.ended_at.is_(None), table.c.until > now)
        .values(ended_at=now, ended_by=session.info["actor"])
        .returning(*_columns(table))
    ).one_or_none()
    if ended is None:
        if session.scalar(select(table.c.id).where(table.c.id == number)) is None:
            raise NotFound("switch", number)
        raise DomainError("switch_ended", "That has ended already.")
    write_history(session, "fault", ended.kind, "ended")
    return _switch(ended)


def drop_streams(session: Session, drop: Circumstance[Callable[[], int]]) -> int:
    """Drops the live streams by `drop`, which says how many, and keeps who did it. Answers how many.

    It is over as soon as it is done.
    """
    streams, now = drop(), clock.now()
    session.execute(
        insert(mechanism(session.info["schema"]).fault_switch).values(
            kind=DROP,
            put_on_at=now,
            put_on_by=session.info["actor"],
            until=now,
            ended_at=now,
            correlation_id=session.info["correlation"],
        )
    )
    write_history(session, "fault", DROP, "dropped", streams=streams)
    return streams


def list_switches(session: Session) -> list[Switch]:
    """What is on, and what ended within the last two minutes, the newest first."""
    table, since = mechanism(session.info["schema"]).fault_switch, clock.now() - RECENT
    found = session.execute(
        select(*_columns(table))
        .where(table.c.until > since, or_(table.c.ended_at.is_(None), table.c.ended_at > since))
        .order_by(table.c.id.desc())
    )
    return [_switch(row) for row in found]


def switches_on(session: Session) -> dict[str, Switch]:
    """What is on now, by kind."""
    return {each.kind: each for each in list_switches(session) if each.is_on}


def _errors(kind: str, seconds: int, delay: int | None) -> dict[str, str]:
    errors = {}
    if kind not in KINDS:
        errors["kind"] = f"Choose one of {', '.join(KINDS)}."
    if seconds not in SECONDS:
        errors["seconds"] = f"Choose one of {', '.join(map(str, SECONDS))} seconds."
    if delay not in (DELAYS if kind == SLOW else (None,)):
        errors["delay"] = (
            f"Choose one of {', '.join(map(str, DELAYS))} seconds, where it is to be slow."
        )
    return errors


def _columns(table: Any) -> list[Any]:
    return [table.c[name] for name in Switch.__struct_fields__]


def _switch(row: Row) -> Switch:
    return Switch(**row._mapping)
