"""The relay publishes at least once and in order per key, whoever dies when."""

import signal
import threading

import psycopg

from models.shared.events import outbox
from models.shared.events.outbox import record
from models.shared.transactions import transaction
from tests.consumers import ledger
from tests.consumers.conftest import Processes, on_topic, settled, wait_for
from tests.consumers.ledger import NONE


def inversions(processes: Processes) -> int:
    """How often, on the topic, an event stands before one of its key with a lower number that was not there
    yet."""
    seen: dict[str, int] = {}
    found = 0
    for event in on_topic(processes.port):
        last = seen.get(event.partitionkey, 0)
        found += event.sequence > last + 1
        seen[event.partitionkey] = max(last, event.sequence)
    return found


def unpublished(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "SELECT count(*) FROM sales.outbox WHERE published_at IS NULL"
        ).fetchone()[0]


def test_a_relay_killed_between_sending_and_marking_sends_again_and_no_effect_is_doubled(
    ledger_tables, processes
):
    processes.broker()
    expected = ledger.publish(keys=20, each=10)
    doomed = processes.relay(await_ready=False, DM_FAULTS="1", DM_FAULT_POINT="relay.after_send:1")
    assert doomed.wait(20) == -signal.SIGKILL
    assert unpublished(ledger_tables) == 200, "nothing was marked"
    processes.relay()
    processes.worker()
    assert settled(ledger_tables, expected) == NONE
    wait_for("all marked", lambda: unpublished(ledger_tables) == 0)
    assert len(on_topic(processes.port)) == 400, "the crash left every event twice on the topic"


def test_after_a_failed_report_in_the_middle_nothing_later_of_that_key_counts_as_published(
    ledger_tables, processes
):
    processes.broker()
    processes.worker()
    expected = ledger.publish(keys=10, each=20)
    processes.relay(DM_FAULTS="1", DM_FAULT_POINT="relay.report_failed:75")
    assert settled(ledger_tables, expected) == NONE
    wait_for("all marked", lambda: unpublished(ledger_tables) == 0)
    copies = [(event.partitionkey, event.sequence) for event in on_topic(processes.port)]
    again = {key for key, sequence in copies if copies.count((key, sequence)) > 1}
    assert again == {"CL-4"}, "only the key of the failed one went again, from there on"
    assert copies.count(("CL-4", 8)) == 1
    assert copies.count(("CL-4", 9)) == 2


def test_of_two_relays_one_publishes_and_the_other_takes_over_when_it_is_killed(
    ledger_tables, processes
):
    processes.broker()
    first = processes.relay()
    processes.relay()
    processes.worker()
    writer = threading.Thread(target=ledger.publish_from_threads, args=(4, 20, 10))
    writer.start()
    wait_for("something is published", lambda: len(ledger.effects(ledger_tables)) > 5)
    first.kill()
    writer.join()
    assert settled(ledger_tables, {f"CL-{key}": 40 for key in range(20)}) == NONE
    wait_for("all marked", lambda: unpublished(ledger_tables) == 0)
    assert inversions(processes) == 0


def test_an_event_whose_transaction_commits_after_a_later_one_is_still_published(
    ledger_tables, processes
):
    processes.broker()
    processes.relay()
    processes.worker()
    with transaction("sales", actor="jim.halpert") as slow:
        record(slow, ledger.client_created("CL-slow", "held open"))
        outbox.write_recorded(slow)
        expected = ledger.publish(keys=3, each=5)
        assert settled(ledger_tables, expected) == NONE
        assert "CL-slow" not in ledger.effects(ledger_tables)
    assert settled(ledger_tables, {**expected, "CL-slow": 1}) == NONE
    with psycopg.connect(ledger_tables) as connection:
        first = connection.execute("SELECT key FROM sales.outbox ORDER BY id LIMIT 1").fetchone()
    assert first == ("CL-slow",), "it had the lowest id of all"
