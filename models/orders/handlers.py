"""What the orders service does on events: its clients, the figures of its lines, and the timeline."""

from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.orders import timeline
from models.orders.events import CancellationRefused, OrderCancelled, RestCancelled
from models.orders.rules import discount_of
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


class FurtherAddress(ClientAddress, frozen=True):
    """A further place to deliver to."""

    label: str


class ChangedClient(CreatedClient, frozen=True, kw_only=True):
    """What orders reads of client.changed: all facts as they are now."""

    addresses: list[FurtherAddress]


class ClientStanding(msgspec.Struct, frozen=True):
    """What orders reads of client.deactivated and client.reactivated."""

    client_number: str


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
    row = {**_columns_of(data), "active": True, "addresses": []}
    session.execute(
        insert(Client).values(row).on_conflict_do_update(index_elements=["number"], set_=row)
    )


@handles("dm.sales.client.changed.v1", reads=ChangedClient, by="orders")
def follow_changed_client(session: Session, event: Envelope, data: ChangedClient) -> None:
    """Terms, credit limit and addresses count from now on; orders that are placed keep what they had."""
    session.execute(
        update(Client).where(Client.number == data.client_number).values(_columns_of(data))
    )


@handles("dm.sales.client.deactivated.v1", reads=ClientStanding, by="orders")
def refuse_orders_of_client(session: Session, event: Envelope, data: ClientStanding) -> None:
    """No new order is taken for it; those under way go on."""
    session.execute(update(Client).where(Client.number == data.client_number).values(active=False))


@handles("dm.sales.client.reactivated.v1", reads=ClientStanding, by="orders")
def take_orders_of_client_again(session: Session, event: Envelope, data: ClientStanding) -> None:
    """It can be ordered for again."""
    session.execute(update(Client).where(Client.number == data.client_number).values(active=True))


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
    """The warehouse gave up what had not left: the order is cancelled, or goes on as what was shipped of it."""
    order = lock_order(session, data.order_number)
    for line in order.lines:
        line.reserved = line.short = 0
    told = {
        "order_number": order.number,
        "client_name": order.client_name,
        "owner": order.owner,
        "requested_by": order.cancellation_by,
        "reason": order.cancellation_reason,
    }
    if not any(line.shipped for line in order.lines):
        order.cancellation = "done"
        settle(session, order, "cancelled")
        record(session, OrderCancelled(**told))
        return
    _give_up_rest(order)
    settle(session, order, "rest cancelled")
    record(session, RestCancelled(**told, total=order.total, cases=order.cases))


@handles("dm.inventory.release.refused.v1", reads=Answer, by="orders")
def go_on_with_refused_order(session: Session, event: Envelope, data: Answer) -> None:
    """The warehouse could not give it up: the order goes on where it stands."""
    order = lock_order(session, data.order_number)
    asked_by, order.cancellation = order.cancellation_by, "none"
    settle(session, order, "cancellation refused")
    record(
        session,
        CancellationRefused(
            order_number=order.number,
            client_name=order.client_name,
            owner=order.owner,
            requested_by=asked_by,
            reason=data.reason,
        ),
    )


def _columns_of(data: CreatedClient) -> dict[str, Any]:
    row = msgspec.to_builtins(data)
    return {
        "number": row.pop("client_number"),
        **row.pop("address"),
        **row,
        "credit_limit": data.credit_limit,
    }


def _give_up_rest(order: Order) -> None:
    order.cancellation = "none"
    for line in order.lines:
        line.given_up = line.ordered - line.shipped
    order.total = order.subtotal - discount_of(order.subtotal, order.discount_percent)


def _order_and_lines(session: Session, number: str) -> tuple[Order, dict[int, OrderLine]]:
    order = lock_order(session, number)
    return order, {line.line: line for line in order.lines}
