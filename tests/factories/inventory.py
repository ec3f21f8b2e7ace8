"""A warehouse, made by commands and by the events of orders: products, locations, orders, what went wrong."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec
from sqlalchemy.orm import Session

from models.inventory.commands import create_product
from models.inventory.consistency import find_stock_errors
from models.inventory.locations import create_location
from models.inventory.receipts import receive_goods
from models.inventory.rules import NewProduct
from models.inventory.tables import Location
from models.shared.events.catalogue import BY_TYPE
from models.shared.events.envelope import Envelope, encode
from models.shared.listeners.interface import Incoming, apply_batch
from models.shared.transactions import reading, transaction
from tests.factories.orders import Ordered


class Figures(NamedTuple):
    """How many cases of a product are in the warehouse, and how many of them are promised."""

    on_hand: int
    reserved: int


START = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


def add_product(sku: str, cases: int = 0, **more: Any) -> str:
    """A product with so many cases on the shelf."""
    with transaction("inventory", actor="darryl.philbin") as session:
        home = more.pop("location", "Aisle 4")
        add_locations(session, home)
        create_product(
            session,
            NewProduct(
                sku=sku, name=f"Paper {sku}", unit_price=Decimal("38.90"), location=home, **more
            ),
        )
        if cases:
            receive_goods(session, sku, cases)
    return sku


def add_locations(session: Session, *codes: str) -> None:
    """These locations, where they are not there yet."""
    for code in codes:
        if session.get(Location, code) is None:
            create_location(session, code)


class Office:
    """Places and gives up orders, as their events would say."""

    def __init__(self) -> None:
        self.number, self.sequences = 100_000, dict[str, int]()

    def placed(self, *lines: Ordered, number: str = "", **more: Any) -> Incoming:
        """The event of an order for these lines, `more` of its data."""
        self.number += 1
        number = number or f"DM-{self.number}"
        return self.event(
            "dm.orders.order.placed.v1",
            number,
            lines=[
                {
                    "line": n,
                    "sku": each.sku,
                    "name": f"Paper {each.sku}",
                    "quantity": each.cases,
                    "unit_price": "1.00",
                }
                for n, each in enumerate(lines, 1)
            ],
            **more,
        )

    def given_up(self, number: str) -> Incoming:
        """The event that asks to give an order up."""
        return self.event(
            "dm.orders.order.cancellation_requested.v1",
            number,
            requested_by="jim.halpert",
            reason="changed",
        )

    def event(self, type_: str, number: str, **data: Any) -> Incoming:
        """The next event of this order."""
        sequence = self.sequences[number] = self.sequences.get(number, 0) + 1
        body = {"order_number": number, "client_name": "Pine Ridge", "owner": "jim.halpert", **data}
        envelope = Envelope(
            id=uuid4(),
            type=type_,
            source="test",
            subject=number,
            time=START + timedelta(seconds=self.number),
            sequence=sequence,
            correlationid="c" * 32,
            actor="jim.halpert",
            partitionkey=number,
            data=msgspec.Raw(msgspec.json.encode(body)),
        )
        return Incoming(BY_TYPE[type_].topic, 0, None, number.encode(), encode(envelope))

    def place(self, *lines: Ordered, **more: Any) -> str:
        """An order that the warehouse has handled; its number."""
        event = self.placed(*lines, **more)
        assert apply_batch("inventory", [event]).dead == 0
        return event.key.decode() if event.key else ""

    def give_up(self, number: str) -> None:
        """The warehouse has answered whether the order is given up."""
        assert apply_batch("inventory", [self.given_up(number)]).dead == 0


def stock_errors() -> list[Any]:
    """What the checker finds."""
    with reading("inventory") as session:
        return find_stock_errors(session)
