"""Events published by the orders service."""

from decimal import Decimal
from uuid import UUID

import msgspec

from models.shared.events.envelope import event


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A US postal address; `state` is the two-letter code."""

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
    """`total` is what the client pays, after `discount_percent`.

    Lines are numbered from 1. `owner` is the uid of whoever placed the order; `purchase_order` is
    the client's own number, or empty.
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
    """The order waits for a sales manager.

    `reasons` holds `discount` (above the limit) and/or `credit` (above the client's). `reason` is
    the owner's comment. `version` is the order's version under review; a decision must name it.
    `approvers` may decide: the sales managers, and who stands in for those out of office.
    """

    reasons: list[str]
    reason: str
    version: int = 1
    approvers: list[str] = []


@event("dm.orders.order.approvers_changed.v1")
class OrderApproversChanged(_Approval, frozen=True, kw_only=True):
    """A sales manager went out of office or came back while the order waits.

    `approvers` may decide now; `added` are those of them who were not asked before. `reason` and
    `version` are those of the request.
    """

    reason: str
    version: int
    approvers: list[str]
    added: list[str]


class _Answered(_Approval, frozen=True, kw_only=True):
    request: UUID
    reason: str


@event("dm.orders.order.approval_given.v1")
class ApprovalGiven(_Answered, frozen=True, kw_only=True):
    """The order is placed with it (OrderPlaced). `request` is the ApprovalRequested event's id.

    `on_behalf_of` is the sales manager out of office for whom the actor decided, or empty.
    """

    on_behalf_of: str = ""


@event("dm.orders.order.approval_refused.v1")
class ApprovalRefused(_Answered, frozen=True, kw_only=True):
    """The order goes back to its owner; `reason` says why. `on_behalf_of` as in ApprovalGiven."""

    on_behalf_of: str = ""


@event("dm.orders.order.approval_withdrawn.v1")
class ApprovalWithdrawn(_Answered, frozen=True, kw_only=True):
    """The owner changed or cancelled the order, so `request` no longer needs a decision."""


class _Cancellation(msgspec.Struct, frozen=True, kw_only=True):
    order_number: str
    client_name: str
    owner: str
    requested_by: str
    reason: str


@event("dm.orders.order.cancellation_requested.v1")
class CancellationRequested(_Cancellation, frozen=True, kw_only=True):
    """`requested_by` asks the warehouse to cancel the order.

    The warehouse answers with reservation.released or release.refused.
    """


@event("dm.orders.order.cancelled.v1")
class OrderCancelled(_Cancellation, frozen=True, kw_only=True):
    """The warehouse released all stock, or the order was cancelled before it was placed."""


@event("dm.orders.order.rest_cancelled.v1")
class RestCancelled(_Cancellation, frozen=True, kw_only=True):
    """Unshipped cases are cancelled; shipped ones stay sold.

    `total` and `cases` are what remains of the order: what the client now pays, and for how many
    cases.
    """

    total: Decimal
    cases: int


@event("dm.orders.order.cancellation_refused.v1")
class CancellationRefused(_Cancellation, frozen=True, kw_only=True):
    """The order continues because goods already left; `reason` is the warehouse's."""
