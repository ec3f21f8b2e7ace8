"""The pool of connections: what the server closed is replaced, and nobody notices."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.shared.transactions import engine, reading, transaction


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
