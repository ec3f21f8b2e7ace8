"""The orders list next to a bare page with the same rows: requests per second, in one process, by turns.

Run by `make bench`, or `python -m tests.benchmarks.orders_list` against a database with orders in it
(DM_DATABASE_URL; without one a server of its own is started and filled).
"""

import contextlib
import logging
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from flask.testing import FlaskClient

from models.orders.commands import place_order
from models.orders.new_order import NewLine, NewOrder
from models.shared import clock
from models.shared.listeners.interface import apply_batch
from models.shared.transactions import transaction
from settings import settings
from tests import conftest
from tests.benchmarks.bare_orders_list import create_bare_app
from tests.benchmarks.results import tell
from tests.factories.orders import CLIENT, PRODUCTS, Wire
from tests.web_client import SignedInClient, known_people, sign_in
from webapp.app import create_app
from webapp.gateway.people.directory import Directory

ORDERS, PAIRS, REQUESTS = 400, 7, 120


def main() -> None:
    """Tell the rates and their ratio."""
    with _database():
        _fill(ORDERS)
        ours, bare = _ours(), create_bare_app(settings().database_dsn("orders"))
        logging.disable(logging.INFO)
        pairs = [(_rate(ours), _rate(bare.test_client())) for _ in range(PAIRS + 1)][1:]
        bare.extensions["pool"].close()
    mine, theirs = (statistics.median(rates) for rates in zip(*pairs, strict=True))
    tell(
        f"Orders list, requests per second (median of {PAIRS} pairs)",
        f"{mine:.0f}",
        f"{theirs:.0f} with Flask, psycopg and Jinja alone",
        mine / theirs,
    )


def _rate(client: FlaskClient) -> float:
    began = time.perf_counter()
    for _ in range(REQUESTS):
        answer = client.get("/orders/")
        assert answer.status_code == 200 and b"DM-" in answer.data
    return REQUESTS / (time.perf_counter() - began)


def _ours() -> FlaskClient:
    people = known_people()
    app = create_app(directory=Directory(read=lambda uid, seconds: people.get(uid)))
    app.test_client_class = SignedInClient
    return sign_in(app, people["jim.halpert"])


@contextlib.contextmanager
def _database() -> Iterator[None]:
    server = _unwrapped(conftest.postgres_server)()
    database = _unwrapped(conftest.database)(next(server))
    next(database)
    try:
        yield
    finally:
        server.close()


def _unwrapped(fixture: Callable) -> Callable:
    return fixture.__wrapped__  # type: ignore[attr-defined]


def _fill(count: int) -> None:
    wire, began = Wire(), datetime.now(UTC) - timedelta(days=56)
    apply_batch("orders", [wire.event("dm.sales.client.created.v1", CLIENT)])
    for n in range(count):
        lines = [NewLine(sku=sku, quantity=n % 50 + 1) for sku in PRODUCTS]
        new = NewOrder(
            client_number="CL-1001", lines=lines, products=PRODUCTS, owner_name="Jim Halpert"
        )
        with (
            clock.at(began + timedelta(hours=3 * n)),
            transaction("orders", actor="jim.halpert") as session,
        ):
            place_order(session, new)


if __name__ == "__main__":
    main()
