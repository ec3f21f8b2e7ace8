"""What a service pulled from another one over REST: its last known records, in the service's own schema.

The owner numbers each change (its revision, without gaps in the order of commits), so a puller asks only for what
changed since the revision it knows, and may ask again as often as it likes.
"""

from typing import Any

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.tables import mechanism


class PulledPage(msgspec.Struct, frozen=True, kw_only=True):
    """What changed, by key, as of `revision`. `complete`: these are all records there are."""

    revision: int
    complete: bool
    records: dict[str, dict[str, Any]]


def take_page(session: Session, source: str, page: PulledPage) -> None:
    """Makes the projection of `source` what the page says; an older page than what is known changes nothing.

    A complete page replaces everything, even by lower revisions: the owner was restored from a backup.
    """
    _hold(session, source)
    known = known_revision(session, source)
    if page.revision < known and not page.complete:
        return
    table = mechanism(session.info["schema"]).pulled_record
    if page.complete:
        session.execute(
            delete(table).where(table.c.source == source, table.c.key.not_in(page.records))
        )
    if page.records:
        session.execute(_records(session, source, page))
    _move(session, source, page.revision)


def known_revision(session: Session, source: str) -> int:
    """How far the projection of `source` is; 0 before the first pull."""
    table = mechanism(session.info["schema"]).pulled_source
    return session.execute(select(table.c.revision).where(table.c.source == source)).scalar() or 0


def pulled_record(session: Session, source: str, key: str) -> dict[str, Any] | None:
    """The last known record; None where there is none, or nothing was pulled yet."""
    table = mechanism(session.info["schema"]).pulled_record
    return session.execute(
        select(table.c.record).where(table.c.source == source, table.c.key == key)
    ).scalar()


def pulled_records(
    session: Session, source: str, keys: set[str] | None = None
) -> dict[str, dict[str, Any]]:
    """The last known records by key: all of them, or those of `keys`."""
    table = mechanism(session.info["schema"]).pulled_record
    wanted = select(table.c.key, table.c.record).where(table.c.source == source)
    if keys is not None:
        wanted = wanted.where(table.c.key.in_(keys))
    return {row.key: row.record for row in session.execute(wanted)}


def _hold(session: Session, source: str) -> None:
    """One puller at a time writes a source, however many processes pull."""
    table = mechanism(session.info["schema"]).pulled_source
    row = upsert(table).values(source=source, revision=0, pulled_at=clock.now())
    session.execute(
        row.on_conflict_do_update(index_elements=["source"], set_={"source": row.excluded.source})
    )


def _records(session: Session, source: str, page: PulledPage) -> Any:
    table = mechanism(session.info["schema"]).pulled_record
    rows = [
        {"source": source, "key": key, "revision": record["revision"], "record": record}
        for key, record in page.records.items()
    ]
    added = upsert(table).values(rows)
    newer = None if page.complete else table.c.revision < added.excluded.revision
    return added.on_conflict_do_update(
        index_elements=["source", "key"],
        set_={name: added.excluded[name] for name in ("revision", "record")},
        where=newer,
    )


def _move(session: Session, source: str, revision: int) -> None:
    table = mechanism(session.info["schema"]).pulled_source
    session.execute(
        table.update()
        .where(table.c.source == source)
        .values(revision=revision, pulled_at=clock.now())
    )
