"""Fault switches: break a listening service on purpose, for a limited time (docs/adr/0012).

A switch is a row in the service's own schema. It ends at its time without anyone changing the row.
The callers check who may use switches, and that DM_FAULTS=1 is set.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import Table, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.database.context import current_actor, current_correlation, current_schema
from models.shared.database.rows import AnyRow
from models.shared.database.tables import Columns, mechanism
from models.shared.errors import DomainError, Invalid, NotFound
from models.shared.records.circumstance import Circumstance
from models.shared.records.history import write_history

PAUSE, SLOW, POISON, DROP = "pause", "slow", "poison", "drop"
KINDS = (PAUSE, SLOW, POISON)
SECONDS = (30, 120, 600)
DELAYS = (1, 5, 15)  # seconds before each batch
RECENT = timedelta(minutes=2)  # how long a switch is still listed after it ended


class Switch(msgspec.Struct, frozen=True):
    """A switch that is on until `until`, or was until `ended_at` if that came first.

    `delay` is the seconds before each batch, for a slow switch. `event_id` is the event that a
    poison switch hit.
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
        """Whether it is in effect now."""
        return clock.now() < self.end


def put_on(session: Session, kind: str, seconds: int, delay: int | None = None) -> Switch:
    """Turn a switch on. Raises Invalid, or DomainError if one of its kind is already on."""
    errors = _errors(kind, seconds, delay)
    if errors:
        raise Invalid(errors, "; ".join(errors.values()))
    table, now = mechanism(current_schema(session)).fault_switch, clock.now()
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
            put_on_by=current_actor(session),
            until=now + timedelta(seconds=seconds),
            correlation_id=current_correlation(session),
        )
        .on_conflict_do_nothing()
        .returning(*_columns(table))
    ).one_or_none()
    if row is None:
        raise DomainError(
            "switch_on", "This is already on. Turn it off first, or wait until it ends."
        )
    write_history(session, "fault", kind, "put on", seconds=seconds, delay=delay)
    return _switch(row)


def end_switch(session: Session, number: int) -> Switch:
    """End a switch early. Raises NotFound, or DomainError if it has already ended."""
    table, now = mechanism(current_schema(session)).fault_switch, clock.now()
    ended = session.execute(
        update(table)
        .where(table.c.id == number, table.c.ended_at.is_(None), table.c.until > now)
        .values(ended_at=now, ended_by=current_actor(session))
        .returning(*_columns(table))
    ).one_or_none()
    if ended is None:
        if session.scalar(select(table.c.id).where(table.c.id == number)) is None:
            raise NotFound("switch", number)
        raise DomainError("switch_ended", "This has already ended.")
    write_history(session, "fault", ended.kind, "ended")
    return _switch(ended)


def drop_streams(session: Session, drop: Circumstance[Callable[[], int]]) -> int:
    """Drop the live streams by calling `drop`, record who did it, and return how many there were.

    The switch is over as soon as the call returns.
    """
    streams, now = drop(), clock.now()
    session.execute(
        insert(mechanism(current_schema(session)).fault_switch).values(
            kind=DROP,
            put_on_at=now,
            put_on_by=current_actor(session),
            until=now,
            ended_at=now,
            correlation_id=current_correlation(session),
        )
    )
    write_history(session, "fault", DROP, "dropped", streams=streams)
    return streams


def list_switches(session: Session) -> list[Switch]:
    """Return the switches that are on or ended within the last two minutes, newest first."""
    table, since = mechanism(current_schema(session)).fault_switch, clock.now() - RECENT
    found = session.execute(
        select(*_columns(table))
        .where(table.c.until > since, or_(table.c.ended_at.is_(None), table.c.ended_at > since))
        .order_by(table.c.id.desc())
    )
    return [_switch(row) for row in found]


def switches_on(session: Session) -> dict[str, Switch]:
    """Return the switches that are on now, by kind."""
    return {each.kind: each for each in list_switches(session) if each.is_on}


def _errors(kind: str, seconds: int, delay: int | None) -> dict[str, str]:
    errors = {}
    if kind not in KINDS:
        errors["kind"] = f"Choose one of {', '.join(KINDS)}."
    if seconds not in SECONDS:
        errors["seconds"] = f"Choose one of {', '.join(map(str, SECONDS))} seconds."
    if delay not in (DELAYS if kind == SLOW else (None,)):
        errors["delay"] = f"Choose one of {', '.join(map(str, DELAYS))} seconds for a slow handler."
    return errors


def _columns(table: Table) -> Columns:
    return [table.c[name] for name in Switch.__struct_fields__]


def _switch(row: AnyRow) -> Switch:
    return Switch(**row._mapping)
