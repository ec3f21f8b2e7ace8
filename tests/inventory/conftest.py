"""What the tests of inventory share: products on the shelf, and orders' events delivered as from the broker."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import msgspec
import psycopg
import pytest

from models.inventory.commands import create_product, receive_goods
from models.inventory.queries import find_stock_errors, get_product, shipments_of_order
from models.inventory.rules import NewProduct
from models.shared.database import reading, transaction
from models.shared.events import Envelope, encode
from models.shared.listening import Incoming, Outcome, apply_batch
from tests.web_client import *  # noqa: F403

PAPER, CARD = "CP-20-LTR", "CS-110-IV"
START = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
TOPIC = "dm.orders.lifecycle"


class Orders:
    """Stands for the orders service on the wire: makes its events, numbered per order."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.made = 0

    def event(self, type_: str, order: str, **data: Any) -> Incoming:
        """The order's next event, a second after the one before."""
        self.made += 1
        self.numbers[order] = self.numbers.get(order, 0) + 1
        told = {"order_number": order, "client_name": "Pine Ridge", "owner": "jim.halpert", **data}
        envelope = Envelope(
            id=uuid4(), type=f"dm.orders.order.{type_}.v1", source="order-service", subject=order,
            time=START + timedelta(seconds=self.made), sequence=self.numbers[order], correlationid="c" * 32,
            actor="jim.halpert", partitionkey=order, data=msgspec.Raw(msgspec.json.encode(told)),
        )  # fmt: skip
        return Incoming(TOPIC, 0, self.made, order.encode(), encode(envelope))

    def placed(self, order: str, *lines: tuple[str, int]) -> Incoming:
        """order.placed with (sku, quantity) each."""
        told = [{"line": n, "sku": sku, "name": f"Name of {sku}", "quantity": quantity, "unit_price": "1.00"}
                for n, (sku, quantity) in enumerate(lines, 1)]
        return self.event("placed", order, lines=told)

    def place(self, order: str, *lines: tuple[str, int]) -> Outcome:
        """Delivers order.placed to inventory."""
        return apply_batch("inventory", [self.placed(order, *lines)])

    def cancel(self, order: str) -> Outcome:
        """Delivers order.cancellation_requested to inventory."""
        asked = self.event("cancellation_requested", order, requested_by="jim.halpert", reason="Changed mind")
        return apply_batch("inventory", [asked])


@pytest.fixture
def orders(clean_database: str) -> Orders:
    return Orders()


@pytest.fixture
def shelf(clean_database: str) -> Callable[..., None]:
    """`shelf(PAPER, 10)` takes the product into the range with so many cases on the shelf."""

    def shelf(sku: str, cases: int = 0, **more: Any) -> None:
        new = NewProduct(sku=sku, name=f"Name of {sku}", unit_price=Decimal("38.90"), location="04-01", **more)
        act(create_product, new)
        if cases:
            act(receive_goods, sku, cases)

    return shelf


@pytest.fixture(autouse=True)
def stock_adds_up(clean_database: str) -> Iterator[None]:
    """After every test stock is what the ledger and the open demand add up to."""
    yield
    with reading("inventory") as session:
        assert find_stock_errors(session) == []


def act(command: Callable[..., Any], *given: Any, actor: str = "darryl.philbin") -> Any:
    """One command in its own transaction."""
    with transaction("inventory", actor=actor) as session:
        return command(session, *given)


def figures(sku: str) -> tuple[int, int, int]:
    """On hand, reserved, available."""
    with reading("inventory") as session:
        row = get_product(session, sku)
        return row.on_hand, row.reserved, row.available


def parcels(order: str) -> list[tuple[str, str, int]]:
    """(number, status, cases) of an order's parcels, oldest first."""
    with reading("inventory") as session:
        return [(each.number, each.status, each.cases) for each in shipments_of_order(session, order)]


def told(database: str, key: str = "%") -> list[tuple[str, dict[str, Any]]]:
    """What inventory published, in order: (short type, payload)."""
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT type, envelope FROM inventory.outbox WHERE key LIKE %s ORDER BY id", [key]
        ).fetchall()
    return [(type_.removeprefix("dm.inventory.").removesuffix(".v1"), msgspec.json.decode(bytes(raw))["data"])
            for type_, raw in rows]
