"""Who did what to a record, and when; written in the command's own transaction."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.database.context import current_actor, current_correlation, current_schema
from models.shared.database.rows import JsonObject
from models.shared.database.tables import mechanism


class HistoryEntry(NamedTuple):
    """Who did what to which record and when; `changes` as `write_history` was given them."""

    id: int
    record: str
    key: str
    at: datetime
    actor: str
    what: str
    changes: JsonObject
    correlation_id: str


def write_history(session: Session, record: str, key: str, what: str, **changes: object) -> None:
    """Add an entry, such as ("order", "DM-100042", "placed"). `changes` are plain JSON values."""
    session.execute(
        insert(mechanism(current_schema(session)).history).values(
            record=record,
            key=key,
            at=clock.now(),
            actor=current_actor(session),
            what=what,
            changes=changes,
            correlation_id=current_correlation(session),
        )
    )


def list_history(session: Session, record: str, key: str) -> list[HistoryEntry]:
    """Return one record's entries, newest first."""
    table = mechanism(current_schema(session)).history
    entries = session.execute(
        select(table)
        .where(table.c.record == record, table.c.key == key)
        .order_by(table.c.id.desc())
    )
    return [HistoryEntry(*entry) for entry in entries]
