"""What the tests of orders share: a known client, products, and events delivered as from the broker."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import msgspec
import psycopg
import pytest

from models.orders.commands import place_order
from models.orders.placing import NewLine, NewOrder, Product
from models.shared.catalogue import BY_TYPE
from models.shared.database import transaction
from models.shared.events import Envelope, encode
from models.shared.listening import Incoming, apply_batch
from tests.orders.inventory_stand_in import inventory
from tests.web_client import *  # noqa: F403

__all__ = ["inventory"]

START = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
PAPER = Product(sku="CP-20-LTR", name="Copy paper, letter", unit_price=Decimal("38.90"))
CARD = Product(sku="CS-110-IV", name="Cardstock, ivory", unit_price=Decimal("41.20"))
PRODUCTS = {PAPER.sku: PAPER, CARD.sku: CARD}
CLIENT = {
    "client_number": "CL-1001",
    "name": "Pine Ridge School District",
    "contact_name": "Dan Ferreira",
    "contact_mail": "dan@pineridge.example",
    "contact_phone": "570 555 0142",
    "address": {
        "street": "40 Quarry Road",
        "city": "Old Forge",
        "state": "PA",
        "postcode": "18518",
    },
    "payment_terms_days": 30,
    "credit_limit": "25000.00",
    "currency": "USD",
    "owner": "jim.halpert",
}


class Wire:
    """Makes events of other services, numbered per topic and key, as the relay would bring them."""

    def __init__(self) -> None:
        self.numbers: dict[tuple[str, str], int] = {}
        self.offset = 0

    def event(self, type_: str, data: dict[str, Any], actor: str = "service:inventory") -> Incoming:
        """The next event of this type's topic and key, a second after the one before."""
        kind = BY_TYPE[type_]
        key = data[kind.key]
        number = self.numbers[(kind.topic, key)] = self.numbers.get((kind.topic, key), 0) + 1
        self.offset += 1
        envelope = Envelope(
            id=uuid4(),
            type=type_,
            source="test",
            subject=key,
            time=START + timedelta(seconds=self.offset),
            sequence=number,
            correlationid="c" * 32,
            actor=actor,
            partitionkey=key,
            data=msgspec.Raw(msgspec.json.encode(data)),
        )
        return Incoming(kind.topic, 0, self.offset, key.encode(), encode(envelope))

    def deliver(self, type_: str, data: dict[str, Any]) -> None:
        """Brings the event to orders; fails when it became a dead letter."""
        assert apply_batch("orders", [self.event(type_, data)]).dead == 0


@pytest.fixture
def wire(clean_database: str) -> Wire:
    """The wire, with one client already told to orders."""
    wire = Wire()
    wire.deliver("dm.sales.client.created.v1", CLIENT)
    return wire


@pytest.fixture
def place(wire: Wire) -> Callable[..., str]:
    """`place(("CP-20-LTR", 3), actor="jim.halpert")` places an order and returns its number."""

    def place(*lines: tuple[str, int], actor: str = "jim.halpert", **more: Any) -> str:
        new = NewOrder(
            client_number="CL-1001",
            products=PRODUCTS,
            owner_name=actor.replace(".", " ").title(),
            lines=[
                NewLine(sku=sku, quantity=quantity) for sku, quantity in lines or [(PAPER.sku, 3)]
            ],
            **more,
        )
        with transaction("orders", actor=actor) as session:
            return place_order(session, new)

    return place


def own_events(database: str, number: str) -> list[Incoming]:
    """What orders itself published about an order, as from the broker."""
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT topic, id, key, envelope FROM orders.outbox WHERE key = %s ORDER BY id",
            [number],
        ).fetchall()
    return [
        Incoming(topic, 0, id_, key.encode(), bytes(envelope)) for topic, id_, key, envelope in rows
    ]


def reservation(number: str, *lines: tuple[int, int, int]) -> dict[str, Any]:
    """reservation.made with (line, reserved, short) each."""
    told = [
        {
            "line": line,
            "sku": "?",
            "name": f"Product {line}",
            "ordered": held + short,
            "reserved": held,
            "short": short,
        }
        for line, held, short in lines
    ]
    complete = not any(short for _, _, short in lines)
    return {
        "order_number": number,
        "client_name": "P",
        "owner": "jim.halpert",
        "cause": "placed",
        "complete": complete,
        "lines": told,
    }


def parcel(number: str, *lines: tuple[int, int], shipment: str = "SH-20001") -> dict[str, Any]:
    """A shipment's event with (line, quantity) each."""
    return {
        "shipment_number": shipment,
        "order_number": number,
        "client_name": "P",
        "owner": "jim.halpert",
        "lines": [
            {"line": line, "sku": "?", "name": "?", "quantity": quantity}
            for line, quantity in lines
        ],
        "carrier": "Keystone Freight",
        "tracking": "KF 881",
        "signed_by": "R. Oduya",
    }
