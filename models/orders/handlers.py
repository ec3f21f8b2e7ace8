"""Event handlers of the orders service: known clients and the figures of order lines.

Importing `timeline` registers its handlers as well.
"""

from decimal import Decimal

import msgspec
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.orders import timeline
from models.orders.changes import lock_order, settle
from models.orders.events import CancellationRefused, OrderCancelled, RestCancelled
from models.orders.rules import discount_of
from models.orders.tables import Client, Order, OrderLine
from models.shared.events.envelope import Envelope
from models.shared.events.outbox import record
from models.shared.listeners.registry import handles

__all__ = ["timeline"]


class ClientAddress(msgspec.Struct, frozen=True):
    """A client's main address."""

    street: str
    city: str
    state: str
    postcode: str


class CreatedClient(msgspec.Struct, frozen=True):
    """The fields of client.created that orders reads."""

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
    """An additional delivery address."""

    label: str


class ChangedClient(CreatedClient, frozen=True, kw_only=True):
    """The fields of client.changed that orders reads; each holds its current value."""

    addresses: list[FurtherAddress]


class ClientStanding(msgspec.Struct, frozen=True):
    """The fields of client.deactivated and client.reactivated that orders reads."""

    client_number: str


class ReservedLine(msgspec.Struct, frozen=True):
    """Reserved and short cases of a line."""

    line: int
    reserved: int
    short: int


class MadeReservation(msgspec.Struct, frozen=True):
    """The fields of reservation.made that orders reads.

    `reserved` includes cases that have already left.
    """

    order_number: str
    lines: list[ReservedLine]


class MovedLine(msgspec.Struct, frozen=True):
    """Cases of a line in a shipment."""

    line: int
    quantity: int


class Movement(msgspec.Struct, frozen=True):
    """The fields of shipment.dispatched and shipment.delivered that orders reads."""

    order_number: str
    lines: list[MovedLine]


class Answer(msgspec.Struct, frozen=True):
    """The fields of the warehouse's answer to a cancellation that orders reads."""

    order_number: str
    reason: str = ""


@handles("dm.sales.client.created.v1", reads=CreatedClient, by="orders")
def remember_client(session: Session, event: Envelope, data: CreatedClient) -> None:
    """Store a new client, so that orders can be placed for it."""
    row = {**_columns_of(data), "active": True, "addresses": []}
    session.execute(
        insert(Client).values(row).on_conflict_do_update(index_elements=["number"], set_=row)
    )


@handles("dm.sales.client.changed.v1", reads=ChangedClient, by="orders")
def follow_changed_client(session: Session, event: Envelope, data: ChangedClient) -> None:
    """Update a client's terms, credit limit and addresses; placed orders keep what they had."""
    session.execute(
        update(Client).where(Client.number == data.client_number).values(_columns_of(data))
    )


@handles("dm.sales.client.deactivated.v1", reads=ClientStanding, by="orders")
def refuse_orders_of_client(session: Session, event: Envelope, data: ClientStanding) -> None:
    """Deactivate a client: no new orders; those in progress continue."""
    session.execute(update(Client).where(Client.number == data.client_number).values(active=False))


@handles("dm.sales.client.reactivated.v1", reads=ClientStanding, by="orders")
def take_orders_of_client_again(session: Session, event: Envelope, data: ClientStanding) -> None:
    """Reactivate a client, so that orders can be placed for it again."""
    session.execute(update(Client).where(Client.number == data.client_number).values(active=True))


@handles("dm.inventory.reservation.made.v1", reads=MadeReservation, by="orders")
def take_over_reservation(session: Session, event: Envelope, data: MadeReservation) -> None:
    """Copy the reserved and short cases onto the order's lines."""
    order, lines = _order_and_lines(session, data.order_number)
    for told in data.lines:
        line = lines[told.line]
        line.reserved, line.short = told.reserved - line.shipped, told.short
    settle(session, order, "reserved")


@handles("dm.inventory.shipment.dispatched.v1", reads=Movement, by="orders")
def count_dispatched_parcel(session: Session, event: Envelope, data: Movement) -> None:
    """Move the shipment's cases from reserved to shipped on the order's lines."""
    order, lines = _order_and_lines(session, data.order_number)
    for moved in data.lines:
        line = lines[moved.line]
        line.shipped, line.reserved = line.shipped + moved.quantity, line.reserved - moved.quantity
    settle(session, order, "shipment dispatched")


@handles("dm.inventory.shipment.delivered.v1", reads=Movement, by="orders")
def count_delivered_parcel(session: Session, event: Envelope, data: Movement) -> None:
    """Add the shipment's cases to delivered on the order's lines."""
    order, lines = _order_and_lines(session, data.order_number)
    for moved in data.lines:
        lines[moved.line].delivered += moved.quantity
    settle(session, order, "shipment delivered")


@handles("dm.inventory.reservation.released.v1", reads=Answer, by="orders")
def cancel_released_order(session: Session, event: Envelope, data: Answer) -> None:
    """Complete the cancellation after the warehouse released what had not left.

    The whole order is cancelled if nothing was shipped (OrderCancelled); otherwise it continues as
    what was shipped (RestCancelled).
    """
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
    """Resume the order after the warehouse refused to cancel it (CancellationRefused)."""
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


def _columns_of(data: CreatedClient) -> dict[str, object]:
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
