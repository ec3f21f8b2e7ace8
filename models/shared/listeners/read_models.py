"""Rebuild a read model from the journal into its shadow table, then swap it in.

Events keep arriving during the rebuild.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Table, delete, func, insert, select, text
from sqlalchemy.orm import Session

from models.shared.database.tables import SHADOW, mechanism, metadata_of
from models.shared.errors import DomainError
from models.shared.events.envelope import decode
from models.shared.listeners.handlers import run_handlers
from models.shared.listeners.registry import HANDLERS, load_handlers
from models.shared.transactions import engine

PORTION = 1000
CLOSE = 500  # when no more entries than this remain, do them under the lock


def rebuild(schema: str, name: str) -> int:
    """Rebuild read model `name` from the journal, in its order; return how many events were used.

    Readers see the old rows until the new ones are swapped in, in one transaction. Listeners wait
    only for the last few events. Raises DomainError if this read model is already being rebuilt.
    """
    load_handlers(schema)
    live, shadow = (
        metadata_of(schema).tables[f"{schema}.{name}{suffix}"] for suffix in ("", SHADOW)
    )
    with engine(schema).connect() as connection:
        if not connection.scalar(
            select(func.pg_try_advisory_lock(func.hashtext(f"rebuild {schema}.{name}")))
        ):
            raise DomainError("rebuilding", f"{name} is already being rebuilt.")
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
    # Listeners retry at least this long before they make an event a dead letter (settling.py).
    with connection.begin():
        connection.execute(text("SET LOCAL statement_timeout = '8s'"))
        yield


def _settled_end(connection: Connection, schema: str) -> int:
    """Return the last journal number; every entry up to it is committed.

    The lock keeps everyone from writing while it is read.
    """
    with _transaction(connection):
        connection.execute(text(f"LOCK TABLE {schema}.journal IN SHARE MODE"))
        return _end(connection, schema)


def _end(connection: Connection, schema: str) -> int:
    return connection.scalar(select(func.coalesce(func.max(mechanism(schema).journal.c.n), 0))) or 0


def _fill(
    connection: Connection, schema: str, name: str, after: int, until: int
) -> tuple[int, int]:
    """Handle the next portion of the journal; return its end and how many events were used."""
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
