"""One event that fails on purpose: chosen when a listener would handle it, and the same one until it is a dead letter.

Only a worker with DM_FAULTS=1 arms this, before each batch; whoever replays the dead letter is
another process, where it passes.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.database import transaction
from models.shared.events import Envelope
from models.shared.registry import HANDLERS
from models.shared.switches import POISON, Switch
from models.shared.tables import mechanism


class Poisoned(Exception):
    """The event was poisoned by a switch."""


@dataclass
class _Armed:
    switch: int
    by: str
    event_id: UUID | None


_armed: dict[str, _Armed] = {}


def arm(schema: str, poison: Switch | None) -> None:
    """From now on the next event that this service would handle fails, or the one that was chosen
    before; or none does.
    """
    if poison is None:
        _armed.pop(schema, None)
    else:
        _armed[schema] = _Armed(poison.id, poison.put_on_by, poison.event_id)


def strike(session: Session, event: Envelope) -> None:
    """Called before an event is handled. Raises Poisoned for the one that is chosen."""
    schema = session.info["schema"]
    armed = _armed.get(schema)
    if armed is None or (schema, event.type) not in HANDLERS:
        return
    armed.event_id = armed.event_id or _choose(schema, armed.switch, event.id)
    if armed.event_id is None:  # it was ended meanwhile
        _armed.pop(schema)
    elif armed.event_id == event.id:
        raise Poisoned(f"Poisoned on purpose by {armed.by}")


def use_up(session: Session, event_id: UUID) -> None:
    """The poisoned event is a dead letter now, in this transaction: the switch has done what it was put on for."""
    table = mechanism(session.info["schema"]).fault_switch
    session.execute(
        update(table)
        .where(table.c.kind == POISON, table.c.event_id == event_id, table.c.ended_at.is_(None))
        .values(ended_at=clock.now(), ended_by=f"service:{session.info['schema']}")
    )


def _choose(schema: str, switch: int, event_id: UUID) -> UUID | None:
    """In a transaction of its own, since the batch's is about to fail: of several workers one is
    the first, and one that dies finds after its restart which it was.
    """
    table = mechanism(schema).fault_switch
    with transaction(schema, actor=f"service:{schema}") as session:
        return session.execute(
            update(table)
            .where(table.c.id == switch, table.c.ended_at.is_(None), table.c.until > clock.now())
            .values(event_id=func.coalesce(table.c.event_id, event_id))
            .returning(table.c.event_id)
        ).scalar()
