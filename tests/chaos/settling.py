"""When all is quiet again: every process ready, everything recorded by then published and handled by who listens."""

import threading
import time
import urllib.request
from contextlib import suppress

import psycopg

from models.shared.events.catalogue import LISTENERS, PUBLISHERS
from stack.supervisor import Stack
from tests.chaos.anomalies import Anomaly

PATIENCE = 150.0
UNPUBLISHED = "SELECT count(*) FROM {0}.outbox WHERE published_at IS NULL AND id <= %s"
BEHIND = """SELECT count(*) FROM {0}.outbox o LEFT JOIN {1}.last_sequence l USING (topic, key)
    WHERE o.topic = ANY(%s) AND o.id > %s - 3000 AND o.id <= %s AND coalesce(l.sequence, 0) < o.sequence"""
Ends = dict[str, int]


class Quiet:
    """Waits for the stack over a superuser's connection that it opens anew when the server was away."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.dsn = stack, f"{stack.admin_dsn}/dundermifflin"

    def await_recovery(self) -> tuple[float, list[Anomaly]]:
        """Seconds until everything that is recorded now is handled everywhere; an anomaly where that never comes."""
        began, ends = time.monotonic(), None
        while time.monotonic() - began < PATIENCE:
            with suppress(psycopg.Error):
                ends = ends or self._ends()
                if self._is_ready() and not self._left(ends):
                    return time.monotonic() - began, []
            time.sleep(0.1)
        return PATIENCE, [
            Anomaly("unseen", f"after {PATIENCE:.0f} s still not handled: {self._in_words(ends)}")
        ]

    def _is_ready(self) -> bool:
        return all(
            process.is_alive() and process.plan.is_ready()
            for process in self.stack.processes.values()
        )

    def _ends(self) -> Ends:
        with psycopg.connect(self.dsn, connect_timeout=3) as connection:
            return {
                schema: connection.execute(
                    f"SELECT coalesce(max(id), 0) FROM {schema}.outbox"
                ).fetchone()[0]
                for schema in PUBLISHERS
            }

    def _left(self, ends: Ends) -> dict[str, int]:
        """How many events wait where; nothing where none do."""
        left = {}
        with psycopg.connect(
            self.dsn, connect_timeout=3, options="-c statement_timeout=5000"
        ) as connection:
            for owner, end in ends.items():
                left[f"{owner}, unpublished"] = connection.execute(
                    UNPUBLISHED.format(owner), [end]
                ).fetchone()[0]
                for listener, topics in LISTENERS.items():
                    heard = [topic for topic in PUBLISHERS[owner] if topic in topics]
                    if heard:
                        query = connection.execute(
                            BEHIND.format(owner, listener), [heard, end, end]
                        )
                        left[f"{owner} to {listener}"] = query.fetchone()[0]
        return {name: count for name, count in left.items() if count}

    def _in_words(self, ends: Ends | None) -> str:
        down = [
            name
            for name, each in self.stack.processes.items()
            if not (each.is_alive() and each.plan.is_ready())
        ]
        try:
            return f"{self._left(ends) if ends else 'the database is away'}, not ready: {down or 'none'}"
        except psycopg.Error as error:
            return f"{error}, not ready: {down or 'none'}"


class Meter(threading.Thread):
    """Adds up what the listeners count, over their deaths: records that they had seen before, and
    those held for a gap.
    """

    def __init__(self, stack: Stack) -> None:
        super().__init__(daemon=True, name="meter")
        self.stack, self.over = stack, threading.Event()
        self.before: dict[str, float] = {}
        self.sums: dict[str, float] = {"applied": 0, "skipped": 0, "held": 0, "dead": 0}

    def run(self) -> None:
        while not self.over.wait(0.5):
            for listener in LISTENERS:
                with suppress(OSError):
                    self._read(listener)

    def stop(self) -> dict[str, int]:
        """The sums."""
        self.over.set()
        self.join(5)
        return {name: int(value) for name, value in self.sums.items()}

    def _read(self, listener: str) -> None:
        address = f"http://127.0.0.1:{self.stack.ports[listener]}/metrics"
        with urllib.request.urlopen(address, timeout=2) as answer:
            lines = answer.read().decode().splitlines()
        for outcome in self.sums:
            named = [
                line
                for line in lines
                if line.startswith("dm_listener_records_total{") and f'outcome="{outcome}"' in line
            ]
            value = sum(float(line.rsplit(" ", 1)[1]) for line in named)
            known = self.before.get(f"{listener} {outcome}", 0.0)
            self.sums[outcome] += value - known if value >= known else value
            self.before[f"{listener} {outcome}"] = value
