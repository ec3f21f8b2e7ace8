"""Who did what to a record, and when; written in the command's own transaction."""

from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.database.tables import mechanism


def write_history(session: Session, record: str, key: str, what: str, **changes: Any) -> None:
    """Add an entry, such as ("order", "DM-100042", "placed"). `changes` are plain JSON values."""
    session.execute(
        insert(mechanism(session.info["schema"]).history).values(
            record=record,
            key=key,
            at=clock.now(),
            actor=session.info["actor"],
            what=what,
            changes=changes,
            correlation_id=session.info["correlation"],
        )
    )


def list_history(session: Session, record: str, key: str) -> list[Any]:
    """Return one record's entries, newest first (id, at, actor, what, changes, correlation_id)."""
    table = mechanism(session.info["schema"]).history
    return list(
        session.execute(
            select(table)
            .where(table.c.record == record, table.c.key == key)
            .order_by(table.c.id.desc())
        )
    )
