"""Looks into the databases all the time: a position that was read once never goes back, whatever died meanwhile."""

import threading
from contextlib import suppress

import psycopg

from models.shared.events.catalogue import LISTENERS, PUBLISHERS
from tests.chaos.anomalies import Anomaly

EVERY = 1.0
ASKED = {
    **{
        f"{listener}'s position in": f"SELECT topic || ' ' || key, sequence FROM {listener}.last_sequence"
        for listener in LISTENERS
    },
    **{
        f"{schema}'s outbox of": f"SELECT topic || ' ' || key, sequence FROM {schema}.outbox_key"
        for schema in PUBLISHERS
    },
    "the timeline of": "SELECT order_number, count(*) FROM orders.timeline GROUP BY 1",
    "the feed of": "SELECT recipient, n FROM notifications.inbox_counter",
    "the ledger of": "SELECT sku, count(*) FROM inventory.ledger GROUP BY 1",
}


class Positions(threading.Thread):
    """Reads what is committed, again and again; `found` is what went back or was there no more."""

    def __init__(self, dsn: str) -> None:
        super().__init__(daemon=True, name="positions")
        self.dsn, self.over = dsn, threading.Event()
        self.known: dict[str, dict[str, int]] = {what: {} for what in ASKED}
        self.found: list[Anomaly] = []
        self.reads = 0

    def run(self) -> None:
        while not self.over.wait(EVERY):
            with suppress(psycopg.Error):
                self.read()

    def read(self) -> None:
        """Once; each of them from its own moment."""
        with psycopg.connect(
            self.dsn, connect_timeout=3, autocommit=True, options="-c statement_timeout=5000"
        ) as connection:
            for what, query in ASKED.items():
                now: dict[str, int] = dict(connection.execute(query).fetchall())  # type: ignore[arg-type]
                self.found += [
                    Anomaly(
                        "non-monotonic",
                        f"{what} {key} was read as {before}, later as {now.get(key, 'gone')}",
                    )
                    for key, before in self.known[what].items()
                    if now.get(key, -1) < before
                ]
                self.known[what] = now
        self.reads += 1

    def stop(self) -> list[Anomaly]:
        """Ends it; what it found."""
        self.over.set()
        self.join(20)
        return self.found
