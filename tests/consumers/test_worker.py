"""The listening worker: each effect once and in order, whoever dies."""

import signal
import subprocess
import threading
import time
from collections.abc import Iterator

import httpx
import psycopg
import pytest
from confluent_kafka import Producer
from prometheus_client.parser import text_string_to_metric_families

from models.shared.events.catalogue import LEADS
from models.shared.listeners.interface import list_dead_letters, replay
from models.shared.transactions import engine
from settings import settings
from stack.database import create_roles_and_schemas
from stack.embedded import postgres
from tests.chaos.faults import frozen
from tests.conftest import free_port, migrate
from tests.consumers import ledger
from tests.consumers.conftest import Processes, settled, wait_for, with_ledger
from tests.consumers.ledger import NONE


def count(dsn: str) -> int:
    return sum(map(len, ledger.effects(dsn).values()))


def start_writing(keys: int, each: int) -> threading.Thread:
    writer = threading.Thread(target=ledger.publish, args=(keys, each))
    writer.start()
    return writer


def test_a_worker_killed_in_the_middle_and_between_commit_and_acknowledgement_doubles_nothing(
    ledger_tables, processes
):
    processes.broker()
    processes.relay()
    doomed = processes.worker(
        await_ready=False, DM_FAULTS="1", DM_FAULT_POINT="worker.before_ack:3"
    )
    writer = start_writing(keys=25, each=80)
    assert doomed.wait(120) == -signal.SIGKILL
    for _ in range(2):
        before = count(ledger_tables)
        worker = processes.worker(await_ready=False)
        wait_for("it works", lambda before=before: count(ledger_tables) > before)
        worker.kill()
    writer.join()
    processes.worker()
    assert settled(ledger_tables, {f"CL-{key}": 80 for key in range(25)}) == NONE


def test_a_worker_lags_until_it_has_read_all_and_then_behind_nothing(ledger_tables, processes):
    bind, seen = f"127.0.0.1:{free_port()}", [0.0]
    processes.broker()
    processes.relay()
    expected = ledger.publish(keys=25, each=80)
    processes.worker(await_ready=False, DM_WORKER_BIND=bind)

    def has_read_all() -> bool:
        now = lags(bind)
        seen.append(sum(now.values()))
        return bool(now) and seen[-1] == 0 and count(ledger_tables) == 2000

    wait_for("all is read", has_read_all)
    assert 0 < max(seen) <= 2000
    assert settled(ledger_tables, expected) == NONE


def lags(bind: str) -> dict[str, float]:
    """By topic, the records that a worker has not read, as it tells Prometheus."""
    try:
        text = httpx.get(f"http://{bind}/metrics").text
    except httpx.TransportError:  # it is starting
        return {}
    return {
        sample.labels["topic"]: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "dm_listener_lag"
    }


@pytest.mark.long
def test_two_workers_share_the_partitions_and_one_takes_over_from_a_frozen_one(
    ledger_tables, processes
):
    processes.broker()
    processes.relay()
    frozen = processes.worker()
    processes.worker()
    writer = start_writing(keys=25, each=60)
    wait_for("it works", lambda: count(ledger_tables) > 100)
    frozen.send_signal(signal.SIGSTOP)
    writer.join()
    expected = {f"CL-{key}": 60 for key in range(25)}
    wait_for("the other takes over", lambda: count(ledger_tables) == 1500)
    frozen.send_signal(signal.SIGCONT)
    expected |= ledger.publish(keys=5, each=20, prefix="LATE")
    assert settled(ledger_tables, expected) == NONE


def test_a_worker_that_is_told_to_stop_while_it_waits_ends_in_peace_and_calls_it_no_error(
    ledger_tables, processes
):
    processes.broker()
    processes.relay()
    expected = ledger.publish(keys=3, each=2)
    worker = processes.worker()
    assert settled(ledger_tables, expected) == NONE
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    said = (processes.folder / "worker.log").read_text()
    assert '"level": "ERROR"' not in said
    assert "Crashed" not in said
    assert [line for line in said.splitlines() if not line.startswith('{"time"')] == []


@pytest.mark.long
def test_a_broker_killed_under_load_that_forgets_everything_gets_it_again(ledger_tables, processes):
    broker = processes.broker()
    processes.relay()
    processes.worker()
    writer = start_writing(keys=20, each=150)
    wait_for("it works", lambda: count(ledger_tables) > 200)
    broker.kill()
    broker.wait()
    time.sleep(1)  # the outage itself
    processes.broker()
    writer.join()
    assert settled(ledger_tables, {f"CL-{key}": 150 for key in range(20)}, 60) == NONE


def test_a_missing_event_is_asked_for_and_those_behind_it_wait(ledger_tables, processes):
    processes.broker()
    expected = ledger.publish(keys=2, each=4)
    with psycopg.connect(ledger_tables, autocommit=True) as connection:
        connection.execute(
            "UPDATE sales.outbox SET published_at = now() WHERE key = 'CL-1' AND sequence = 2"
        )
    processes.relay()
    processes.worker()
    wait_for("the other key", lambda: ledger.effects(ledger_tables).get("CL-0") == [1, 2, 3, 4])
    assert ledger.effects(ledger_tables)["CL-1"] == [1], "3 and 4 are held"
    assert settled(ledger_tables, expected) == NONE
    with psycopg.connect(ledger_tables) as connection:
        assert connection.execute("SELECT count(*) FROM orders.held_event").fetchone() == (0,)


def test_poison_and_slow_poison_hold_their_keys_while_the_rest_of_the_partition_goes_on(
    ledger_tables, processes, ledger_handlers
):
    processes.broker()
    processes.relay()
    with psycopg.connect(ledger_tables) as connection:
        connection.execute("INSERT INTO orders.broken VALUES ('CL-3', 5, false), ('CL-7', 9, true)")
    expected = ledger.publish(keys=10, each=20)
    worker = processes.worker()
    broken = {"CL-3": 4, "CL-7": 8}
    assert settled(ledger_tables, expected | broken, 60) == NONE
    wait_for("both parked", lambda: len(list_dead_letters("orders")) == 2)
    late = ledger.publish(keys=10, each=1, prefix="LATE")
    assert settled(ledger_tables, expected | broken | late) == NONE, "the worker goes on"
    with psycopg.connect(ledger_tables) as connection:
        connection.execute("DELETE FROM orders.broken")
    for letter in list_dead_letters("orders"):
        replay("orders", letter.id, by="nick.reyes")
    assert settled(ledger_tables, expected | late) == NONE
    assert worker.poll() is None


def test_bytes_that_are_no_event_are_parked_once_with_their_place_and_the_rest_goes_on(
    ledger_tables, processes
):
    processes.broker()
    processes.relay()
    producer = Producer({"bootstrap.servers": f"127.0.0.1:{processes.port}"})
    for value in (b"{not json", b'{"type": "no envelope"}', None, b"\xff\xfe"):
        producer.produce(LEADS, value, b"CL-0", partition=0)
    producer.flush(5)
    expected = ledger.publish(keys=8, each=5)
    processes.worker()
    assert settled(ledger_tables, expected) == NONE
    with psycopg.connect(ledger_tables) as connection:
        wait_for("four dead letters", lambda: len(dead(connection)) >= 4)
        assert [row[0] for row in dead(connection)] == [0, 1, 2, 3]
        assert all(row[1:3] == (0, None) and row[3] for row in dead(connection))


def dead(connection: psycopg.Connection) -> list:
    connection.rollback()
    return connection.execute(
        'SELECT "offset", partition, key, cause FROM orders.dead_letter ORDER BY id'
    ).fetchall()


class OwnServer:
    """A PostgreSQL that the test may stop."""

    def __init__(self, folder) -> None:
        self.data, self.port = folder / "pg" / "data", free_port()
        self.data.parent.mkdir()
        postgres.initialise(self.data, "secret")
        self.dsn = f"postgresql://postgres:secret@127.0.0.1:{self.port}"

    def start(self) -> None:
        self.server = subprocess.Popen(
            [*postgres.command(self.data, self.port), "-c", "fsync=off"],
            stderr=subprocess.DEVNULL,
        )
        postgres.await_ready(self.port, "secret")

    def stop(self) -> None:
        self.server.send_signal(signal.SIGINT)
        self.server.wait(15)


@pytest.fixture
def own_server(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnServer]:
    """A migrated server of this test's own, to which the process's settings point meanwhile."""
    server = OwnServer(tmp_path)
    server.start()
    monkeypatch.setenv("DM_DATABASE_URL", f"postgresql://127.0.0.1:{server.port}/dundermifflin")
    _forget_addresses()
    create_roles_and_schemas(server.dsn)
    migrate()
    yield server
    engine("sales").dispose()
    server.stop()
    monkeypatch.undo()
    _forget_addresses()


def _forget_addresses() -> None:
    settings.cache_clear()
    engine.cache_clear()


@pytest.mark.long
def test_postgresql_stopped_for_20_seconds_is_waited_for_and_costs_no_event(
    own_server, processes: Processes
):
    dsn = f"{own_server.dsn}/dundermifflin"
    tables = with_ledger(dsn)
    next(tables)
    processes.broker()
    processes.relay()
    worker = processes.worker()
    expected = ledger.publish(keys=20, each=60)
    wait_for("it works", lambda: count(dsn) > 50)
    own_server.stop()
    time.sleep(20)  # the outage itself
    own_server.start()
    engine("sales").dispose()
    expected |= ledger.publish(keys=5, each=10, prefix="LATE")
    assert settled(dsn, expected, 180) == NONE
    assert worker.poll() is None, "the same worker waited"
    with psycopg.connect(dsn) as connection:
        assert dead(connection) == []


@pytest.mark.long
def test_postgresql_frozen_for_15_seconds_costs_no_event_and_the_worker_keeps_its_partitions(
    own_server, processes: Processes
):
    dsn = f"{own_server.dsn}/dundermifflin"
    tables = with_ledger(dsn)
    next(tables)
    processes.broker()
    processes.relay()
    worker = processes.worker()
    expected = ledger.publish(keys=20, each=60)
    wait_for("it works", lambda: count(dsn) > 50)
    with frozen(own_server.server.pid):
        time.sleep(15)  # the outage itself
    assert settled(dsn, expected, 180) == NONE
    assert worker.poll() is None, "the same worker waited"
    said = (processes.folder / "worker.log").read_text()
    # Whatever it was about to do: handle an event, or look for gaps where it had handled all.
    assert "the database is down, waiting" in said or "cannot look for gaps" in said
    assert "session expired" not in said, "its heartbeats went on"
    with psycopg.connect(dsn) as connection:
        assert dead(connection) == []
