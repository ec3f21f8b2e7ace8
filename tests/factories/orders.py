"""Orders, made by commands, and events of other services as the relay would bring them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec
import psycopg

from models.orders.new_order import Product
from models.shared.events.catalogue import BY_TYPE
from models.shared.events.envelope import Envelope, encode
from models.shared.listeners.interface import Incoming, apply_batch


class Ordered(NamedTuple):
    """A line as somebody orders it."""

    sku: str
    cases: int


class Reserved(NamedTuple):
    """What the warehouse holds for a line of an order, and how much is missing."""

    line: int
    cases: int
    short: int


class Packed(NamedTuple):
    """What a shipment has of a line of an order."""

    line: int
    cases: int


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


def events_of_order(database: str, number: str) -> list[Incoming]:
    """What orders itself published about an order, as from the broker."""
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT topic, id, key, envelope FROM orders.outbox WHERE key = %s ORDER BY id",
            [number],
        ).fetchall()
    return [
        Incoming(topic, 0, id_, key.encode(), bytes(envelope)) for topic, id_, key, envelope in rows
    ]


def make_reservation(number: str, *lines: Reserved) -> dict[str, Any]:
    """The data of an event that these lines of the order are reserved so."""
    told = [
        {
            "line": each.line,
            "sku": "?",
            "name": f"Product {each.line}",
            "ordered": each.cases + each.short,
            "reserved": each.cases,
            "short": each.short,
        }
        for each in lines
    ]
    complete = not any(each.short for each in lines)
    return {
        "order_number": number,
        "client_name": "P",
        "owner": "jim.halpert",
        "cause": "placed",
        "complete": complete,
        "lines": told,
    }


def make_shipment(number: str, *lines: Packed, shipment: str = "SH-20001") -> dict[str, Any]:
    """The data of an event about a shipment that has this of the order."""
    return {
        "shipment_number": shipment,
        "order_number": number,
        "client_name": "P",
        "owner": "jim.halpert",
        "lines": [
            {"line": each.line, "sku": "?", "name": "?", "quantity": each.cases} for each in lines
        ],
        "carrier": "Keystone Freight",
        "tracking": "KF 881",
        "signed_by": "R. Oduya",
    }


ORDER_FORM = {
    "client_number": "CL-1001",
    "purchase_order": "PR-26-1187",
    "lines-0-sku": "CP-20-LTR",
    "lines-0-quantity": "3",
    "lines-1-sku": "CS-110-IV",
    "lines-1-quantity": "2",
    "form_key": "a-form-key-1",
}
