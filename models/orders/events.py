"""What the orders service publishes."""

from decimal import Decimal

import msgspec

from models.shared.events import event


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A postal address in the United States; `state` is its two letters."""

    street: str
    city: str
    state: str
    postcode: str


class PlacedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a placed order: `quantity` cases at `unit_price` in the order's currency."""

    line: int
    sku: str
    name: str
    quantity: int
    unit_price: Decimal


@event("dm.orders.order.placed.v1")
class OrderPlaced(msgspec.Struct, frozen=True, kw_only=True):
    """A sales person placed an order. Lines count from 1; `purchase_order` is the client's, or empty."""

    order_number: str
    client_number: str
    client_name: str
    owner: str
    purchase_order: str
    deliver_to: Address
    currency: str
    total: Decimal
    lines: list[PlacedLine]


class _Cancellation(msgspec.Struct, frozen=True, kw_only=True):
    order_number: str
    client_name: str
    owner: str
    requested_by: str
    reason: str


@event("dm.orders.order.cancellation_requested.v1")
class CancellationRequested(_Cancellation, frozen=True, kw_only=True):
    """`requested_by` asks the warehouse to give the order up; it answers released or refused."""


@event("dm.orders.order.cancelled.v1")
class OrderCancelled(_Cancellation, frozen=True, kw_only=True):
    """The warehouse gave everything free; the order is over."""


@event("dm.orders.order.cancellation_refused.v1")
class CancellationRefused(_Cancellation, frozen=True, kw_only=True):
    """The order goes on, since goods already left; `reason` is the warehouse's."""
