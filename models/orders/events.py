"""What the orders service publishes."""

from decimal import Decimal
from uuid import UUID

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
    """A sales person placed an order. Lines count from 1; `purchase_order` is the client's, or empty.

    `total` is what the client pays, after `discount_percent`.
    """

    order_number: str
    client_number: str
    client_name: str
    owner: str
    purchase_order: str
    deliver_to: Address
    currency: str
    total: Decimal
    lines: list[PlacedLine]
    discount_percent: Decimal = Decimal(0)


class _Approval(msgspec.Struct, frozen=True, kw_only=True):
    order_number: str
    client_name: str
    owner: str
    total: Decimal
    discount_percent: Decimal


@event("dm.orders.order.approval_requested.v1")
class ApprovalRequested(_Approval, frozen=True, kw_only=True):
    """The order waits for a sales manager. `reasons` are of discount (above the limit) and credit (above the client's).

    `reason` is what the owner says about it, `version` the order's as it is asked for: an answer names it.
    """

    reasons: list[str]
    reason: str
    version: int = 1


class _Answered(_Approval, frozen=True, kw_only=True):
    request: UUID
    reason: str


@event("dm.orders.order.approval_given.v1")
class ApprovalGiven(_Answered, frozen=True, kw_only=True):
    """A sales manager agreed; the order is placed with it. `request` is the id of the event that asked."""


@event("dm.orders.order.approval_refused.v1")
class ApprovalRefused(_Answered, frozen=True, kw_only=True):
    """A sales manager sent the order back to its owner, `reason` says why."""


@event("dm.orders.order.approval_withdrawn.v1")
class ApprovalWithdrawn(_Answered, frozen=True, kw_only=True):
    """The owner changed or gave up what they asked for: nobody needs to decide on `request` any more."""


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
    """The order is over: the warehouse gave everything free, or it was given up before it was placed."""


@event("dm.orders.order.rest_cancelled.v1")
class RestCancelled(_Cancellation, frozen=True, kw_only=True):
    """What had not left is given up; what left stays sold. `total` is what the client pays now, for `cases` cases."""

    total: Decimal
    cases: int


@event("dm.orders.order.cancellation_refused.v1")
class CancellationRefused(_Cancellation, frozen=True, kw_only=True):
    """The order goes on, since goods already left; `reason` is the warehouse's."""
