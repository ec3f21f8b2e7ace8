"""What the orders service does on events: its clients, the figures of its lines, and the timeline."""

from decimal import Decimal

import msgspec
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.orders import timeline
from models.orders.events import CancellationRefused, OrderCancelled
from models.orders.settling import lock_order, settle
from models.orders.tables import Client, Order, OrderLine
from models.shared.events import Envelope
from models.shared.outbox import record
from models.shared.registry import handles

__all__ = ["timeline"]


class ClientAddress(msgspec.Struct, frozen=True):
    """Where a client is."""

    street: str
    city: str
    state: str
    postcode: str


class CreatedClient(msgspec.Struct, frozen=True):
    """What orders reads of client.created."""

    client_number: str
    name: str
    contact_name: str
    contact_mail: str
    contact_phone: str
    address: ClientAddress
    payment_terms_days: int
    credit_limit: Decimal
    currency: str
    owner: str


class ReservedLine(msgspec.Struct, frozen=True):
    """How a line stands, in cases."""

    line: int
    reserved: int
    short: int


class MadeReservation(msgspec.Struct, frozen=True):
    """What orders reads of reservation.made; `reserved` counts what already left, too."""

    order_number: str
    lines: list[ReservedLine]


class MovedLine(msgspec.Struct, frozen=True):
    """Cases of a line in a parcel."""

    line: int
    quantity: int


class Movement(msgspec.Struct, frozen=True):
    """What orders reads of a dispatched or delivered parcel."""

    order_number: str
    lines: list[MovedLine]


class Answer(msgspec.Struct, frozen=True):
    """What orders reads of the warehouse's answer to a cancellation."""

    order_number: str
    reason: str = ""


@handles("dm.sales.client.created.v1", reads=CreatedClient, by="orders")
def remember_client(session: Session, event: Envelope, data: CreatedClient) -> None:
    """A new client can be ordered for from now on."""
    row = msgspec.structs.asdict(data)
    address = msgspec.structs.asdict(row.pop("address"))
    row = {"number": row.pop("client_number"), **row, **address, "active": True}
    session.execute(insert(Client).values(row).on_conflict_do_update(index_elements=["number"], set_=row))


@handles("dm.inventory.reservation.made.v1", reads=MadeReservation, by="orders")
def take_over_reservation(session: Session, event: Envelope, data: MadeReservation) -> None:
    """The lines show what is held and what is short."""
    order, lines = _order_and_lines(session, data.order_number)
    for told in data.lines:
        line = lines[told.line]
        line.reserved, line.short = told.reserved - line.shipped, told.short
    settle(session, order, "reserved")


@handles("dm.inventory.shipment.dispatched.v1", reads=Movement, by="orders")
def count_dispatched_parcel(session: Session, event: Envelope, data: Movement) -> None:
    """What was held for these lines has left."""
    order, lines = _order_and_lines(session, data.order_number)
    for moved in data.lines:
        line = lines[moved.line]
        line.shipped, line.reserved = line.shipped + moved.quantity, line.reserved - moved.quantity
    settle(session, order, "parcel dispatched")


@handles("dm.inventory.shipment.delivered.v1", reads=Movement, by="orders")
def count_delivered_parcel(session: Session, event: Envelope, data: Movement) -> None:
    """What left has arrived."""
    order, lines = _order_and_lines(session, data.order_number)
    for moved in data.lines:
        lines[moved.line].delivered += moved.quantity
    settle(session, order, "parcel delivered")


@handles("dm.inventory.reservation.released.v1", reads=Answer, by="orders")
def cancel_released_order(session: Session, event: Envelope, data: Answer) -> None:
    """The warehouse gave all up: the order is cancelled."""
    order = lock_order(session, data.order_number)
    for line in order.lines:
        line.reserved = line.short = 0
    order.cancellation = "done"
    settle(session, order, "cancelled")
    record(session, OrderCancelled(
        order_number=order.number, client_name=order.client_name, owner=order.owner,
        requested_by=order.cancellation_by, reason=order.cancellation_reason,
    ))


@handles("dm.inventory.release.refused.v1", reads=Answer, by="orders")
def go_on_with_refused_order(session: Session, event: Envelope, data: Answer) -> None:
    """The warehouse could not give it up: the order goes on where it stands."""
    order = lock_order(session, data.order_number)
    asked_by, order.cancellation = order.cancellation_by, "none"
    settle(session, order, "cancellation refused")
    record(session, CancellationRefused(
        order_number=order.number, client_name=order.client_name, owner=order.owner, requested_by=asked_by,
        reason=data.reason,
    ))


def _order_and_lines(session: Session, number: str) -> tuple[Order, dict[int, OrderLine]]:
    order = lock_order(session, number)
    return order, {line.line: line for line in order.lines}
