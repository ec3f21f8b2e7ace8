"""One transaction in one service's schema, under that service's own role."""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session

import telemetry
from models.shared import live, outbox
from models.shared.made_once import made_once
from settings import settings

# A few seconds: a query that takes longer is a fault, and a handler must never hold its worker for long.
LIMITS = (
    "-c statement_timeout=5000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=15000"
    " -c timezone=UTC"
)


@made_once
def engine(schema: str) -> Engine:
    """The connection pool of one schema's role (search_path is that schema alone)."""
    made = create_engine(
        settings().database_dsn(schema).replace("postgresql://", "postgresql+psycopg://"),
        pool_size=10,
        max_overflow=20,
        pool_use_lifo=True,
        pool_timeout=5,
        pool_recycle=1800,
        connect_args={
            "connect_timeout": 3,
            "options": f"{LIMITS} -c search_path={schema}",
            "tcp_user_timeout": 5000,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "application_name": f"dm-{schema}",
        },
    )
    event.listen(made, "checkout", _refuse_closed)
    return made


def _refuse_closed(connection: Any, *_: object) -> None:
    """An idle connection with something to read was closed by the server (or the keepalives failed): it is replaced.

    Unlike a ping (`pool_pre_ping`) this asks only the kernel, so that a request has one round trip less.
    """
    if connection.closed:
        raise DisconnectionError
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        raise DisconnectionError


@contextmanager
def transaction(schema: str, *, actor: str, causation: str | None = None) -> Iterator[Session]:
    """A session that commits at the end of the block, state, history and outbox together, or not at all.

    `actor` is the uid of the person (or `service:NAME`) that history and events name. Events recorded with
    `outbox.record` are numbered and written last, keys sorted, so that outbox order is commit order for a
    key.
    """
    with Session(engine(schema), expire_on_commit=False) as session:
        session.info.update(
            schema=schema,
            actor=actor,
            causation=causation,
            events=[],
            signals={},
            correlation=telemetry.correlation.get() or telemetry.new_correlation_id(),
        )
        with session.begin():
            yield session
            outbox.write_recorded(session)
            live.send_signals(session)


@contextmanager
def reading(schema: str) -> Iterator[Session]:
    """A session for queries only; PostgreSQL refuses writes in it."""
    with Session(engine(schema), expire_on_commit=False) as session, session.begin():
        session.connection(execution_options={"postgresql_readonly": True})
        session.info.update(schema=schema)
        yield session
