"""Rebuilds a read model from the journal into its shadow table and swaps it in, while events keep
arriving."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Table, delete, func, insert, select, text
from sqlalchemy.orm import Session

from models.shared.database import engine
from models.shared.errors import DomainError
from models.shared.events import decode
from models.shared.handling import run_handlers
from models.shared.registry import HANDLERS, load_handlers
from models.shared.tables import SHADOW, mechanism, metadata_of

PORTION = 1000
CLOSE = 500  # so few entries behind, the rest is done under the lock


def rebuild(schema: str, name: str) -> int:
    """Makes read model `name` anew from the journal, in its order; returns how many events it was made of.

    Readers see the old rows until the new ones are swapped in, in one transaction; listening waits only for
    the last few events. One rebuild of a read model at a time.
    """
    load_handlers(schema)
    live, shadow = (
        metadata_of(schema).tables[f"{schema}.{name}{suffix}"] for suffix in ("", SHADOW)
    )
    with engine(schema).connect() as connection:
        if not connection.scalar(
            select(func.pg_try_advisory_lock(func.hashtext(f"rebuild {schema}.{name}")))
        ):
            raise DomainError("rebuilding", f"{name} is being rebuilt already.")
        connection.commit()
        try:
            return _rebuild(connection, schema, live, shadow)
        finally:
            connection.rollback()
            connection.execute(select(func.pg_advisory_unlock_all()))
            connection.commit()


def _rebuild(connection: Connection, schema: str, live: Table, shadow: Table) -> int:
    with _transaction(connection):
        connection.execute(delete(shadow))
    done, used = 0, 0
    while (until := _settled_end(connection, schema)) - done > CLOSE:
        while done < until:
            with _transaction(connection):
                done, count = _fill(connection, schema, live.name, done, until)
                used += count
    with _transaction(connection):
        connection.execute(text(f"LOCK TABLE {schema}.journal IN SHARE MODE"))
        until = _end(connection, schema)
        while done < until:
            done, count = _fill(connection, schema, live.name, done, until)
            used += count
        connection.execute(delete(live))
        connection.execute(insert(live).from_select(list(live.c.keys()), select(shadow)))
        connection.execute(delete(shadow))
    return used


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    # Listeners wait for at most as long as this before they would give an event up (settling.py).
    with connection.begin():
        connection.execute(text("SET LOCAL statement_timeout = '8s'"))
        yield


def _settled_end(connection: Connection, schema: str) -> int:
    """The last journal number below which none can still be uncommitted: nobody writes while we look."""
    with _transaction(connection):
        connection.execute(text(f"LOCK TABLE {schema}.journal IN SHARE MODE"))
        return _end(connection, schema)


def _end(connection: Connection, schema: str) -> int:
    return connection.scalar(select(func.coalesce(func.max(mechanism(schema).journal.c.n), 0))) or 0


def _fill(
    connection: Connection, schema: str, name: str, after: int, until: int
) -> tuple[int, int]:
    """Handles the next portion of the journal; returns where it ends, and how many events concerned the read
    model."""
    table, used = mechanism(schema).journal, 0
    types = [
        type_
        for (by, type_), handlers in HANDLERS.items()
        if by == schema and any(handler.fills == name for handler in handlers)
    ]
    rows = connection.execute(
        select(table.c.n, table.c.envelope, table.c.applied_at)
        .where(table.c.n > after, table.c.n <= until, table.c.type.in_(types))
        .order_by(table.c.n)
        .limit(PORTION)
    ).all()
    with Session(connection) as session:
        session.info.update(schema=schema, rebuilding=name)
        for row in rows:
            used += run_handlers(session, decode(row.envelope), row.applied_at, fills=name)
    return (rows[-1].n if len(rows) == PORTION else until), used
