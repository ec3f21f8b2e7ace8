"""Database sessions: one transaction in one service's schema, under that service's own role."""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session

import telemetry
from models.shared.database import live_signals
from models.shared.database.cache import made_once
from models.shared.events import outbox
from settings import settings

# A few seconds: a slower query is a bug, and a handler must never block its worker for long.
LIMITS = (
    "-c statement_timeout=5000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=15000"
    " -c timezone=UTC"
)


@made_once
def engine(schema: str) -> Engine:
    """Return the connection pool of one schema's role. Its search_path is that schema alone."""
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
    """Discard an idle connection that the server closed, so that the pool replaces it.

    An idle connection with data to read was closed by the server, or its keepalives failed. Unlike
    a ping (`pool_pre_ping`), this asks only the kernel and saves a round trip per request.
    """
    if connection.closed:
        raise DisconnectionError
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        raise DisconnectionError


@contextmanager
def transaction(schema: str, *, actor: str, causation: str | None = None) -> Iterator[Session]:
    """Open a session that commits state, history and outbox together at the end of the block.

    On an error nothing is committed. `actor` is the uid of the person (or `service:NAME`) that
    history and events name. Events recorded with `outbox.record` are numbered and written last,
    with keys sorted, so that for each key outbox order is commit order.
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
            live_signals.send_signals(session)


@contextmanager
def reading(schema: str) -> Iterator[Session]:
    """Open a session for queries only; PostgreSQL refuses writes in it."""
    with Session(engine(schema), expire_on_commit=False) as session, session.begin():
        session.connection(execution_options={"postgresql_readonly": True})
        session.info.update(schema=schema)
        yield session
