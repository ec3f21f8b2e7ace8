"""Relay and worker at the broker: connections that died while they lay idle cost no event and double none.

On the embedded broker only: Kafka names its own address, so no link stands before it.
"""

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest

from tests.chaos.links import Links
from tests.conftest import free_port
from tests.consumers import ledger
from tests.consumers.conftest import Processes, on_topic, settled, wait_for
from tests.consumers.ledger import NONE

KEYS, EACH = 8, 5


@pytest.fixture
def links(processes: Processes) -> Iterator[Links]:
    """The broker behind a link, with a relay and a worker that have connected."""
    made, hidden = Links(), free_port()
    processes.broker(listens_on=hidden)
    made.join_up("kafka", processes.port, hidden)
    processes.relay()
    processes.worker()
    yield made
    made.close()


def unpublished(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT count(*) FROM sales.outbox WHERE published_at IS NULL")
        return row.fetchone()[0]


@pytest.mark.parametrize("how", ["reset", pytest.param("forgotten", marks=pytest.mark.long)])
def test_what_is_recorded_after_idle_connections_died_is_handled_once_and_in_order(
    ledger_tables: str, links: Links, processes: Processes, how: str
):
    expected = ledger.publish(keys=KEYS, each=EACH)
    assert settled(ledger_tables, expected) == NONE
    for n in range(2):
        if how == "reset":
            links.reset("kafka")
        else:
            links.forget("kafka")
        expected |= ledger.publish(keys=KEYS, each=EACH, prefix=f"LATER-{n}")
        assert settled(ledger_tables, expected, 60) == NONE
    wait_for("all marked", lambda: unpublished(ledger_tables) == 0)
    on_it = {(event.partitionkey, event.sequence) for event in on_topic(processes.port)}
    assert len(on_it) == sum(expected.values())


@pytest.mark.long
def test_connections_that_end_again_and_again_under_load_cost_no_event(
    ledger_tables: str, links: Links
):
    writer = threading.Thread(target=ledger.publish_from_threads, args=(4, 20, 10))
    writer.start()
    while writer.is_alive():
        links.reset("kafka")
        time.sleep(0.2)  # between two faults
    writer.join()
    assert settled(ledger_tables, {f"CL-{key}": 40 for key in range(20)}, 60) == NONE
    wait_for("all marked", lambda: unpublished(ledger_tables) == 0)
