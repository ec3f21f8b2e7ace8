"""Database sessions: one transaction in one service's schema, under that service's own role."""

import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from prometheus_client import Gauge
from sqlalchemy import Dialect, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

import telemetry
from models.shared import uniqueness
from models.shared.database import live_signals
from models.shared.database.cache import made_once
from models.shared.database.deadlines import BoundedConnection
from models.shared.events import outbox
from settings import settings

# A few seconds: a slower query is a bug, and a handler must never block its worker for long.
LIMITS = (
    "-c statement_timeout=5000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=15000"
    " -c timezone=UTC"
)


IN_USE = Gauge(
    "dm_database_connections_in_use",
    "Pooled connections in use, of 30 per process and schema",
    ["schema"],
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
    event.listen(made, "do_connect", _connect)
    event.listen(made, "checkout", _refuse_closed)
    IN_USE.labels(schema).set_function(made.pool.checkedout)  # type: ignore[attr-defined]
    return made


def _connect(
    _dialect: Dialect, _record: ConnectionPoolEntry, given: list[object], named: dict[str, object]
) -> psycopg.Connection:
    connect: Callable[..., psycopg.Connection] = BoundedConnection.connect
    return connect(*given, **named)


def _refuse_closed(
    connection: psycopg.Connection, record: ConnectionPoolEntry, _proxy: object
) -> None:
    """Discard an idle connection that the server closed, so that the pool replaces it.

    Raises psycopg's OperationalError if the server closed even the one that replaces it: it is
    shutting down. SQLAlchemy would raise an error of its own, which says nothing of the database.
    """
    is_new = "was_used" not in record.info
    record.info.update(was_used=True)
    if not _is_closed(connection):
        return
    if is_new:
        raise psycopg.OperationalError("the server closed a new connection")
    raise DisconnectionError


def _is_closed(connection: psycopg.Connection) -> bool:
    """Return whether the server closed this connection, which is idle.

    It did so if there is data to read, or if keepalives failed. Unlike a ping (`pool_pre_ping`),
    this asks only the kernel and saves a round trip per request.
    """
    if connection.closed:
        return True
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


@contextmanager
def transaction(schema: str, *, actor: str, causation: str | None = None) -> Iterator[Session]:
    """Open a session that commits state, history and outbox together at the end of the block.

    On an error nothing is committed. `actor` is the uid of the person (or `service:NAME`) that
    history and events name. Events recorded with `outbox.record` are numbered and written last,
    with keys sorted, so that for each key outbox order is commit order. A key that somebody else took
    at the same moment raises the refusal of models/shared/uniqueness.py.
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
        try:
            with session.begin():
                yield session
                outbox.write_recorded(session)
                live_signals.send_signals(session)
        except IntegrityError as error:
            if refusal := uniqueness.refusal_of(error):
                raise refusal from error
            raise


@contextmanager
def reading(schema: str) -> Iterator[Session]:
    """Open a session for queries only; PostgreSQL refuses writes in it."""
    with Session(engine(schema), expire_on_commit=False) as session, session.begin():
        session.connection(execution_options={"postgresql_readonly": True})
        session.info.update(schema=schema)
        yield session
