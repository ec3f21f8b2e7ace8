"""What is let go of and what never is; and that 7 days of events, told again, change nothing."""

import random
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import insert

from areas import SCHEMAS
from models.shared import clock
from models.shared.database.tables import mechanism
from models.shared.events.catalogue import LISTENERS, PUBLISHERS
from models.shared.listeners.interface import Incoming, apply_batch
from models.shared.operations.retention import BATCH, prune, rebuilds
from models.shared.transactions import transaction
from tests.conftest import EMPTY
from tests.factories.office import digest_tables, do_business


@pytest.fixture
def business(database: str) -> Iterator[str]:
    """A client, a product, an order on its way, all told and published."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(EMPTY)
        do_business()
        for schema in PUBLISHERS:
            connection.execute(f"UPDATE {schema}.outbox SET published_at = created_at")
        yield database
        connection.execute(EMPTY)


def count(dsn: str, table: str) -> int:
    with psycopg.connect(dsn) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # type: ignore[index, return-value]


def all_but_places(dsn: str) -> dict[str, object]:
    """A digest of every table; of the journals all but where an event lay in Kafka, which another
    Kafka has elsewhere.
    """
    rows = (
        "SELECT topic, key, sequence, event_id, type, envelope, correlation_id, occurred_at, applied_at, n"
        " FROM {}.journal ORDER BY n"
    )
    with psycopg.connect(dsn) as connection:
        journals = {
            f"{schema}.journal": connection.execute(rows.format(schema)).fetchall()
            for schema in SCHEMAS
        }
    return {**digest_tables(dsn), **journals}


def tell_again(dsn: str, *, shuffled: bool) -> int:
    """Every event of every outbox to every listener, at the places that an empty Kafka would give them."""
    told = 0
    for schema, topics in LISTENERS.items():
        events = []
        with psycopg.connect(dsn) as connection:
            for publisher in PUBLISHERS:
                events += connection.execute(
                    f"SELECT topic, key, envelope FROM {publisher}.outbox WHERE topic = ANY (%s) ORDER BY id",
                    [list(topics)],
                ).fetchall()
        if shuffled:
            random.Random(7).shuffle(events)
        apply_batch(
            schema,
            [
                Incoming(topic, 0, place, key.encode(), bytes(envelope))
                for place, (topic, key, envelope) in enumerate(events)
            ],
        )
        told += len(events)
    return told


@pytest.mark.parametrize("shuffled", [False, True], ids=["in order", "shuffled"])
def test_all_events_told_again_from_the_outbox_into_an_empty_kafka_change_nothing(
    business: str, shuffled: bool
):
    before = all_but_places(business)
    assert tell_again(business, shuffled=shuffled) > 5
    assert all_but_places(business) == before


def test_told_again_after_pruning_they_change_nothing_either(business: str):
    with clock.at(clock.now() + timedelta(days=100)):
        pass_over = {schema: prune(schema) for schema in SCHEMAS}
        assert pass_over["orders"]["outbox"] > 0 and pass_over["inventory"]["journal"] > 0
    before = all_but_places(business)
    tell_again(business, shuffled=False)
    assert all_but_places(business) == before


def test_each_table_has_its_own_time_and_the_sequence_per_key_stays(business: str):
    per_key = [
        f"{schema}.{table}" for schema in SCHEMAS for table in ("outbox_key", "last_sequence")
    ]
    sequences = {table: count(business, table) for table in per_key}
    assert sum(sequences.values()) > 5
    for days, table, gone in (
        (13, "orders.outbox", False),
        (15, "orders.outbox", True),
        (89, "inventory.journal", False),
        (91, "inventory.journal", True),
        (3000, "orders.journal", False),
    ):
        with clock.at(clock.now() + timedelta(days=days)):
            for schema in SCHEMAS:
                prune(schema)
        assert (count(business, table) == 0) is gone, (days, table)
    assert {table: count(business, table) for table in sequences} == sequences
    assert rebuilds("orders") and not rebuilds("inventory")


def test_what_is_unpublished_or_unsettled_stays_however_old(business: str):
    with psycopg.connect(business, autocommit=True) as connection:
        connection.execute("UPDATE orders.outbox SET published_at = NULL")
        for reason, settled in (("open", None), ("settled", clock.now())):
            connection.execute(
                "INSERT INTO orders.dead_letter (topic, key, sequence, envelope, cause, attempts, died_at, settled_at)"
                " VALUES ('t', %s, 1, '', %s, 1, now(), %s)",
                [reason, reason, settled],
            )
    waiting = count(business, "orders.outbox")
    with clock.at(clock.now() + timedelta(days=1000)):
        assert prune("orders")["dead_letter"] == 1
    assert count(business, "orders.outbox") == waiting > 0
    with psycopg.connect(business) as connection:
        assert connection.execute("SELECT cause FROM orders.dead_letter").fetchall() == [("open",)]


def test_many_rows_go_in_small_transactions_and_a_second_run_finds_nothing(business: str):
    old = clock.now() - timedelta(days=31)
    rows = [
        {
            "key": f"key-{number:06}",
            "actor": "jim.halpert",
            "command": "x",
            "request_hash": "x",
            "answer": {},
            "created_at": old,
        }
        for number in range(2 * BATCH + 7)
    ]
    with transaction("sales", actor="jim.halpert") as session:
        session.execute(insert(mechanism("sales").idempotency_key), rows)
    assert prune("sales")["idempotency_key"] == 2 * BATCH + 7
    assert sum(prune("sales").values()) == 0


def test_the_nightly_job_prunes_every_service(business: str):
    from consumers.jobs.retention import prune_event_tables

    with clock.at(clock.now() + timedelta(days=100)):
        prune_event_tables()
    assert [count(business, f"{schema}.outbox") for schema in PUBLISHERS] == [0] * len(PUBLISHERS)
