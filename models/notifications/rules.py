"""Who is told what. One table: type of event → tellings; nothing here reads a clock or a table.

An audience is `owner` or `requester` (fields of the fact) or `group:NAME` (a group of the directory). Nobody
is told of what they did themselves, unless it answers them. A person whom two tellings reach hears the first.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple
from uuid import UUID, uuid5

import msgspec

Category = Literal["orders", "shipments", "stock", "clients", "system"]
Priority = Literal["normal", "high"]
Subject = Literal["order", "shipment", "product", "client"]


class Telling(NamedTuple):
    """One line of the table. `answers`: the actor is told too, since the event answers what they did."""

    kind: str
    category: Category
    to: tuple[str, ...]
    subject: tuple[Subject, str]
    parts: tuple[str, ...]
    priority: Priority = "normal"
    answers: bool = False
    when: Callable[[Any], bool] = lambda _fact: True


class OrderFact(msgspec.Struct, frozen=True, kw_only=True):
    """What wuphf reads of events about an order."""

    order_number: str
    client_name: str
    owner: str
    total: str = ""
    requested_by: str = ""
    reason: str = ""


class ReservedLine(msgspec.Struct, frozen=True, kw_only=True):
    """What wuphf reads of one line of a reservation."""

    name: str
    short: int = 0


class ReservationFact(msgspec.Struct, frozen=True, kw_only=True):
    """What wuphf reads of a reservation."""

    order_number: str
    client_name: str
    owner: str
    cause: str
    complete: bool
    lines: list[ReservedLine] = []

    @property
    def missing(self) -> str:
        """How many cases are short, as text."""
        return str(sum(line.short for line in self.lines))

    @property
    def product(self) -> str:
        """The name of the first product that is short; empty where none is."""
        return next((line.name for line in self.lines if line.short), "")


class ParcelLine(msgspec.Struct, frozen=True, kw_only=True):
    """What wuphf reads of one line of a parcel."""

    quantity: int


class ShipmentFact(msgspec.Struct, frozen=True, kw_only=True):
    """What wuphf reads of events about a parcel."""

    shipment_number: str
    order_number: str
    client_name: str
    owner: str
    lines: list[ParcelLine] = []
    carrier: str = ""
    signed_by: str = ""

    @property
    def quantity(self) -> str:
        """How many cases are in the parcel, as text."""
        return str(sum(line.quantity for line in self.lines))


class ClientFact(msgspec.Struct, frozen=True, kw_only=True):
    """What wuphf reads of a new client."""

    client_number: str
    name: str
    owner: str


class ReceiptFact(msgspec.Struct, frozen=True, kw_only=True):
    """What wuphf reads of received goods."""

    receipt_number: str
    sku: str
    name: str
    quantity: int


ORDER: tuple[Subject, str] = ("order", "order_number")
SHIPMENT: tuple[Subject, str] = ("shipment", "shipment_number")
MANAGERS, WAREHOUSE = "group:sales-managers", "group:warehouse"
NAMED = ("order_number", "client_name")
PARCEL = (*NAMED, "shipment_number", "quantity")

TELLINGS: Mapping[str, tuple[type[msgspec.Struct], tuple[Telling, ...]]] = {
    "dm.orders.order.placed.v1": (OrderFact, (
        Telling("order_placed", "orders", (MANAGERS,), ORDER, (*NAMED, "total")),
    )),
    "dm.orders.order.cancellation_requested.v1": (OrderFact, (
        Telling("cancellation_asked", "orders", (WAREHOUSE,), ORDER, (*NAMED, "reason"), "high"),
    )),
    "dm.orders.order.cancelled.v1": (OrderFact, (
        Telling("order_cancelled", "orders", ("owner", "requester"), ORDER, (*NAMED, "reason"), answers=True),
    )),
    "dm.orders.order.cancellation_refused.v1": (OrderFact, (
        Telling("cancellation_refused", "orders", ("owner", "requester"), ORDER, (*NAMED, "reason"),
                answers=True),
    )),
    "dm.inventory.reservation.made.v1": (ReservationFact, (
        Telling("order_reserved", "orders", ("owner",), ORDER, NAMED, answers=True,
                when=lambda fact: fact.complete and fact.cause == "placed"),
        Telling("order_short", "orders", ("owner", MANAGERS), ORDER, (*NAMED, "missing", "product"), "high",
                answers=True, when=lambda fact: not fact.complete and fact.cause == "placed"),
        Telling("order_served", "stock", ("owner",), ORDER, NAMED, answers=True,
                when=lambda fact: fact.complete and fact.cause != "placed"),
        Telling("order_partly_served", "stock", ("owner",), ORDER, (*NAMED, "missing", "product"),
                answers=True, when=lambda fact: not fact.complete and fact.cause != "placed"),
    )),
    "dm.inventory.shipment.created.v1": (ShipmentFact, (
        Telling("shipment_waiting", "shipments", (WAREHOUSE,), SHIPMENT, PARCEL, answers=True),
    )),
    "dm.inventory.shipment.dispatched.v1": (ShipmentFact, (
        Telling("shipment_left", "shipments", ("owner",), SHIPMENT, (*PARCEL, "carrier")),
    )),
    "dm.inventory.shipment.delivered.v1": (ShipmentFact, (
        Telling("shipment_delivered", "shipments", ("owner",), SHIPMENT, (*PARCEL, "signed_by")),
    )),
    "dm.sales.client.created.v1": (ClientFact, (
        Telling("client_created", "clients",
                ("group:sales", "group:customer-service", "group:reception", "group:management", "group:human-resources",
                 "group:it"),
                ("client", "client_number"), ("client_number", "name")),
    )),
    "dm.inventory.goods.received.v1": (ReceiptFact, (
        Telling("goods_received", "stock", ("group:accounting", WAREHOUSE), ("product", "sku"),
                ("receipt_number", "sku", "name", "quantity")),
    )),
}
KINDS = tuple(telling.kind for _, tellings in TELLINGS.values() for telling in tellings)


def who_is_told(
    type_: str, fact: Any, actor: str, members_of: Callable[[str], set[str]],
    exists: Callable[[set[str]], set[str]],
) -> dict[str, Telling]:
    """Recipient → what they hear of this fact. `exists` leaves only people of the directory."""
    told: dict[str, Telling] = {}
    for telling in TELLINGS[type_][1]:
        if not telling.when(fact):
            continue
        reached = exists(set().union(*(_reached(audience, fact, members_of) for audience in telling.to)))
        for uid in sorted(reached if telling.answers else reached - {actor}):
            told.setdefault(uid, telling)
    return told


def notification_id(source_event: UUID, recipient: str, kind: str) -> UUID:
    """The id of what `recipient` is told of `source_event`; the same whenever it is worked out."""
    return uuid5(source_event, f"{recipient}/{kind}")


def _reached(audience: str, fact: Any, members_of: Callable[[str], set[str]]) -> set[str]:
    if audience.startswith("group:"):
        return members_of(audience.removeprefix("group:"))
    uid = getattr(fact, "requested_by" if audience == "requester" else audience)
    return {uid} if uid else set()
