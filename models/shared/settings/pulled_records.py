"""Records pulled from another service over REST, stored in the puller's own schema.

The owner numbers every change with a revision, without gaps and in commit order. A puller therefore
requests only what changed since the revision it has, and may repeat a request at any time.
"""

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.shared import clock
from models.shared.database.context import current_schema
from models.shared.database.tables import mechanism


class PulledPage(msgspec.Struct, frozen=True, kw_only=True):
    """The changed records by key, as of `revision`. `complete`: these are all records there are."""

    revision: int
    complete: bool
    records: dict[str, dict[str, object]]


def take_page(session: Session, source: str, page: PulledPage) -> None:
    """Apply a page to the projection of `source`. A page older than the projection is ignored.

    A complete page replaces everything, even with lower revisions: the owner was restored from a
    backup.
    """
    _hold(session, source)
    known = known_revision(session, source)
    if page.revision < known and not page.complete:
        return
    table = mechanism(current_schema(session)).pulled_record
    if page.complete:
        session.execute(
            delete(table).where(table.c.source == source, table.c.key.not_in(page.records))
        )
    if page.records:
        session.execute(_records(session, source, page))
    _move(session, source, page.revision)


def known_revision(session: Session, source: str) -> int:
    """Return the revision of the projection of `source`; 0 before the first pull."""
    table = mechanism(current_schema(session)).pulled_source
    return session.execute(select(table.c.revision).where(table.c.source == source)).scalar() or 0


def pulled_record(session: Session, source: str, key: str) -> dict[str, object] | None:
    """Return the last known record, or None if there is none or nothing has been pulled yet."""
    table = mechanism(current_schema(session)).pulled_record
    return session.execute(
        select(table.c.record).where(table.c.source == source, table.c.key == key)
    ).scalar()


def pulled_records(
    session: Session, source: str, keys: set[str] | None = None
) -> dict[str, dict[str, object]]:
    """Return the last known records by key: all of them, or only those in `keys`."""
    table = mechanism(current_schema(session)).pulled_record
    wanted = select(table.c.key, table.c.record).where(table.c.source == source)
    if keys is not None:
        wanted = wanted.where(table.c.key.in_(keys))
    return {row.key: row.record for row in session.execute(wanted)}


def _hold(session: Session, source: str) -> None:
    """Lock the source, so that only one of many pulling processes writes it at a time."""
    table = mechanism(current_schema(session)).pulled_source
    row = upsert(table).values(source=source, revision=0, pulled_at=clock.now())
    session.execute(
        row.on_conflict_do_update(index_elements=["source"], set_={"source": row.excluded.source})
    )


def _records(session: Session, source: str, page: PulledPage) -> Insert:
    table = mechanism(current_schema(session)).pulled_record
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
    table = mechanism(current_schema(session)).pulled_source
    session.execute(
        table.update()
        .where(table.c.source == source)
        .values(revision=revision, pulled_at=clock.now())
    )
