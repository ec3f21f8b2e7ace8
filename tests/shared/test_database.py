"""The pool of connections: what the server closed is replaced, and nobody notices."""

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError

from models.shared.listeners.retries import Verdict, verdict
from models.shared.transactions import engine, reading, transaction
from tests.web_client import app_over, known_people
from tests.wuphf.live_browser import wait_for


def _backend() -> int:
    with reading("orders") as session:
        return session.execute(text("SELECT pg_backend_pid()")).scalar_one()


def test_a_connection_that_the_server_closed_is_replaced_before_anybody_uses_it(
    clean_database: str,
) -> None:
    engine("orders").dispose()  # connections of earlier tests, of which any may come next
    before = _backend()
    assert _backend() == before
    with psycopg.connect(clean_database, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'dm-orders'"
        )
    assert _backend() != before
    with transaction("orders", actor="jim.halpert") as session:
        assert session.execute(text("SELECT 1")).scalar_one() == 1


def test_reading_refuses_writes(clean_database: str) -> None:
    with pytest.raises(DBAPIError, match="read-only transaction"), reading("orders") as session:
        session.execute(text("CREATE TEMPORARY TABLE scribbles (word text)"))
    assert _backend()


def test_a_server_that_closes_even_new_connections_is_away_and_nothing_worse(
    clean_database: str,
) -> None:
    """Such as while it shuts down: an answer of 503, and no event becomes a dead letter."""
    orders = engine("orders")
    orders.dispose()
    with psycopg.connect(clean_database, autocommit=True) as admin:

        def close(connection: psycopg.Connection, _record: object) -> None:
            pid = connection.info.backend_pid
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

        event.listen(orders, "connect", close)
        try:
            with pytest.raises(OperationalError) as met:
                _backend()
        finally:
            event.remove(orders, "connect", close)
    assert verdict(met.value) is Verdict.UNAVAILABLE
    assert _backend()


def test_a_connection_that_was_ended_is_an_outage_whatever_class_of_error_says_so(
    clean_database: str,
) -> None:
    """PostgreSQL ends what stands still in a transaction, as in a process that was frozen."""
    with psycopg.connect(clean_database, autocommit=True) as admin:

        def is_over(pid: int) -> bool:
            found = admin.execute("SELECT FROM pg_stat_activity WHERE pid = %s", [pid])
            return found.fetchone() is None

        with pytest.raises(InternalError) as met, reading("orders") as session:
            pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
            session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 1"))
            wait_for(lambda: is_over(pid))
            session.execute(text("SELECT 1"))
    app = app_over(known_people())
    with app.test_request_context("/orders/", environ_overrides={"dm.started": 0.0}):
        answer = app.make_response(app.handle_user_exception(met.value))
    assert answer.status_code == 503 and answer.headers["Retry-After"]
