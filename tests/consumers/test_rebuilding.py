"""A read model made anew from the journal is identical, while events keep arriving."""

import threading

import psycopg
import pytest
from sqlalchemy import text

from models.shared.listeners.batches import listening_transaction
from models.shared.listeners.interface import apply_batch, rebuild
from models.shared.listeners.read_models import PORTION
from tests.consumers.conftest import wait_for
from tests.consumers.ledger import NONE, effects, faults, publish
from tests.consumers.test_listening import records

pytestmark = pytest.mark.usefixtures("ledger_handlers")


def read_model(dsn: str, name: str = "client_count") -> list:
    with psycopg.connect(dsn) as connection:
        return connection.execute(f"SELECT * FROM orders.{name} ORDER BY key").fetchall()


def spoil(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("UPDATE orders.client_count SET events = -1, names = 'wrong'")
        connection.execute("INSERT INTO orders.client_count VALUES ('CL-invented', 7, 'never was')")


def test_a_spoilt_read_model_is_rebuilt_identical_and_no_other_effect_is_repeated(ledger_tables):
    expected = publish(keys=10, each=PORTION // 10 + 20)
    apply_batch("orders", records(ledger_tables))
    before = read_model(ledger_tables)
    assert len(before) == 10
    spoil(ledger_tables)
    assert read_model(ledger_tables) != before
    assert rebuild("orders", "client_count") == PORTION + 200
    assert read_model(ledger_tables) == before
    assert read_model(ledger_tables, "client_count_rebuild") == []
    assert faults(effects(ledger_tables), expected) == NONE


def test_events_that_arrive_while_a_read_model_is_rebuilt_are_in_it_once(ledger_tables):
    publish(keys=20, each=60)
    apply_batch("orders", records(ledger_tables))
    expected = publish(keys=20, each=60)
    rest = records(ledger_tables)[1200:]
    listener = threading.Thread(
        target=lambda: [apply_batch("orders", rest[at : at + 30]) for at in range(0, 1200, 30)]
    )
    listener.start()
    rebuild("orders", "client_count")
    rebuild("orders", "client_count")
    listener.join()
    assert (
        faults(effects(ledger_tables), {key: 2 * count for key, count in expected.items()}) == NONE
    )
    live = read_model(ledger_tables)
    assert {row[1] for row in live} == {120}
    rebuild("orders", "client_count")
    assert read_model(ledger_tables) == live


def test_a_rebuild_waits_for_a_listener_that_has_begun_and_neither_falls_over_the_other(
    ledger_tables,
):
    publish(keys=3, each=2)
    apply_batch("orders", records(ledger_tables))
    before = read_model(ledger_tables)
    rebuilt = []
    rebuilding = threading.Thread(target=lambda: rebuilt.append(rebuild("orders", "client_count")))
    with listening_transaction("orders") as session:
        session.execute(text("UPDATE client_count SET events = events"))
        rebuilding.start()
        with psycopg.connect(ledger_tables, autocommit=True) as connection:
            waits = "SELECT FROM pg_locks WHERE NOT granted"
            wait_for("the rebuild waits", lambda: connection.execute(waits).fetchone() is not None)
        session.execute(
            text("DELETE FROM journal WHERE false")
        )  # the lock that a listener's journal entry takes
    rebuilding.join()
    assert rebuilt == [6]
    assert read_model(ledger_tables) == before


def test_a_read_model_is_not_rebuilt_twice_at_once(ledger_tables):
    with psycopg.connect(ledger_tables) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext('rebuild orders.client_count'))")
        with pytest.raises(Exception, match="being rebuilt"):
            rebuild("orders", "client_count")
        connection.execute("SELECT pg_advisory_unlock_all()")
    assert rebuild("orders", "client_count") == 0
