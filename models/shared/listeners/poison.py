"""Fault injection: make one event fail on purpose until it becomes a dead letter.

The event is chosen when a listener is about to handle it, and stays the same. Only a worker with
DM_FAULTS=1 arms this, before each batch; a replay of the dead letter runs in another process, where
the event succeeds.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.database.context import current_schema
from models.shared.database.tables import mechanism
from models.shared.events.envelope import Envelope
from models.shared.listeners.fault_switches import POISON, Switch
from models.shared.listeners.registry import HANDLERS
from models.shared.transactions import transaction


class Poisoned(Exception):
    """A switch made this event fail on purpose."""


@dataclass
class _Armed:
    switch: int
    by: str
    event_id: UUID | None


_armed: dict[str, _Armed] = {}


def arm(schema: str, poison: Switch | None) -> None:
    """Make the next event of this service fail, or the one chosen earlier; None disarms."""
    if poison is None:
        _armed.pop(schema, None)
    else:
        _armed[schema] = _Armed(poison.id, poison.put_on_by, poison.event_id)


def strike(session: Session, event: Envelope) -> None:
    """Raise Poisoned if `event` is the chosen one. Called before an event is handled."""
    schema = current_schema(session)
    armed = _armed.get(schema)
    if armed is None or (schema, event.type) not in HANDLERS:
        return
    armed.event_id = armed.event_id or _choose(schema, armed.switch, event.id)
    if armed.event_id is None:  # the switch has ended since it was armed
        _armed.pop(schema)
    elif armed.event_id == event.id:
        raise Poisoned(f"Poisoned on purpose by {armed.by}")


def use_up(session: Session, event_id: UUID) -> None:
    """End the switch in this transaction: its event is now a dead letter."""
    table = mechanism(current_schema(session)).fault_switch
    session.execute(
        update(table)
        .where(table.c.kind == POISON, table.c.event_id == event_id, table.c.ended_at.is_(None))
        .values(ended_at=clock.now(), ended_by=f"service:{current_schema(session)}")
    )


def _choose(schema: str, switch: int, event_id: UUID) -> UUID | None:
    """Choose the event in a separate transaction, since the batch's own is about to fail.

    Of several workers, the first one chooses; a restarted worker finds the event already chosen.
    """
    table = mechanism(schema).fault_switch
    with transaction(schema, actor=f"service:{schema}") as session:
        return session.execute(
            update(table)
            .where(table.c.id == switch, table.c.ended_at.is_(None), table.c.until > clock.now())
            .values(event_id=func.coalesce(table.c.event_id, event_id))
            .returning(table.c.event_id)
        ).scalar()
