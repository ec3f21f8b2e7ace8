"""Events published by the inventory service. Quantities are cases."""

import msgspec

from models.shared.events.envelope import event


class ReservationLine(msgspec.Struct, frozen=True, kw_only=True):
    """An order line: `reserved` is set aside or already shipped, `short` waits for stock."""

    line: int
    sku: str
    name: str
    ordered: int
    reserved: int
    short: int


class MovedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Cases of an order line in a shipment."""

    line: int
    sku: str
    name: str
    quantity: int


class ReleasedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Cases of an order line that were reserved and are available again.

    Whatever the line was short of is no longer wanted.
    """

    line: int
    sku: str
    quantity: int


@event("dm.inventory.reservation.made.v1")
class ReservationMade(msgspec.Struct, frozen=True, kw_only=True):
    """`cause` is `placed`, `receipt` (goods came in) or `release` (another order was cancelled).

    `correction`: goods that were reserved had never come in, so the order may be short again.
    `lines` are all lines of the order as they now stand; `complete` means nothing is short.
    """

    order_number: str
    client_name: str
    owner: str
    cause: str
    complete: bool
    lines: list[ReservationLine]


@event("dm.inventory.reservation.released.v1")
class ReservationReleased(msgspec.Struct, frozen=True, kw_only=True):
    """All stock still reserved for the order is released; what left stays with the client."""

    order_number: str
    lines: list[ReleasedLine]


@event("dm.inventory.release.refused.v1")
class ReleaseRefused(msgspec.Struct, frozen=True, kw_only=True):
    """The order can no longer be cancelled; `reason` is a sentence for people."""

    order_number: str
    reason: str


class _Shipment(msgspec.Struct, frozen=True, kw_only=True):
    shipment_number: str
    order_number: str
    client_name: str
    owner: str
    lines: list[MovedLine]


@event("dm.inventory.shipment.created.v1")
class ShipmentCreated(_Shipment, frozen=True, kw_only=True):
    """`lines` are the newly reserved cases; an order can have several shipments."""


@event("dm.inventory.shipment.reopened.v1")
class ShipmentReopened(_Shipment, frozen=True, kw_only=True):
    """`status` is the shipment's status again after the undo, `version` the shipment's version."""

    status: str
    reopened_by: str
    version: int = 1


@event("dm.inventory.shipment.cancelled.v1")
class ShipmentCancelled(_Shipment, frozen=True, kw_only=True):
    """Cancelled before it left, with its order or since its goods had never come in.

    `status` is how far it was; `handled_by` are the uids of people who picked or packed it.
    """

    status: str
    handled_by: list[str]


@event("dm.inventory.shipment.picked.v1")
class ShipmentPicked(_Shipment, frozen=True, kw_only=True):
    """`picked_by` is the uid of the picker."""

    picked_by: str


@event("dm.inventory.shipment.packed.v1")
class ShipmentPacked(_Shipment, frozen=True, kw_only=True):
    """`packed_by` is the uid of the packer."""

    packed_by: str


@event("dm.inventory.shipment.dispatched.v1")
class ShipmentDispatched(_Shipment, frozen=True, kw_only=True):
    """Its cases leave the stock. `tracking` is the carrier's number."""

    carrier: str
    tracking: str
    dispatched_by: str


@event("dm.inventory.shipment.dispatch_corrected.v1")
class ShipmentDispatchCorrected(_Shipment, frozen=True, kw_only=True):
    """`carrier` and `tracking` as they are now; `corrected_by` is the uid of who corrected them."""

    carrier: str
    tracking: str
    corrected_by: str


@event("dm.inventory.shipment.delivered.v1")
class ShipmentDelivered(_Shipment, frozen=True, kw_only=True):
    """`signed_by` is who signed for it; `delivered_by` is the uid of who recorded it."""

    delivered_by: str
    signed_by: str


@event("dm.inventory.goods.received.v1")
class GoodsReceived(msgspec.Struct, frozen=True, kw_only=True):
    """The goods were put at `location`; `on_hand` is the product's new total over all locations.

    One event per `line` of the receipt; `reference` is the supplier's delivery note or the like.
    `watchers` are the uids of people who asked to be notified of the product.
    """

    receipt_number: str
    sku: str
    name: str
    quantity: int
    received_by: str
    on_hand: int
    location: str = ""
    watchers: list[str] = []
    line: int = 1
    reference: str = ""


class _ReceiptLine(msgspec.Struct, frozen=True, kw_only=True):
    receipt_number: str
    line: int
    reference: str
    sku: str
    name: str
    location: str
    on_hand: int
    reason: str
    received_by: str
    watchers: list[str]


@event("dm.inventory.receipt.corrected.v1")
class ReceiptCorrected(_ReceiptLine, frozen=True, kw_only=True):
    """A line of a receipt has `quantity` cases, not `quantity_before`; the stock follows.

    One event per corrected line. `on_hand` is the product's total after it, over all locations;
    `received_by` is the uid of who posted the receipt. `watchers` asked to be notified.
    """

    quantity_before: int
    quantity: int
    corrected_by: str


@event("dm.inventory.receipt.voided.v1")
class ReceiptVoided(_ReceiptLine, frozen=True, kw_only=True):
    """A receipt was voided: the `quantity` cases of this line left the stock again.

    One event per line that had any, with the same facts as when a line is corrected.
    """

    quantity: int
    voided_by: str


@event("dm.inventory.product.ran_low.v1")
class ProductRanLow(msgspec.Struct, frozen=True, kw_only=True):
    """`available` is at or below `reorder_point` and was above it before.

    `watchers` are the uids of people who asked to be notified.
    """

    sku: str
    name: str
    available: int
    reorder_point: int
    reorder_quantity: int
    watchers: list[str]


@event("dm.inventory.product.restocked.v1")
class ProductRestocked(msgspec.Struct, frozen=True, kw_only=True):
    """`available` is above `reorder_point` again and was at or below it before."""

    sku: str
    name: str
    available: int
    reorder_point: int


@event("dm.inventory.stock.adjusted.v1")
class StockAdjusted(msgspec.Struct, frozen=True, kw_only=True):
    """The stock changed by `delta` cases at `location`, for `reason`.

    `stock_take_number` is the stock-take that found it; empty for an adjustment of a single
    product.
    """

    sku: str
    name: str
    delta: int
    on_hand: int
    reason: str
    adjusted_by: str
    location: str = ""
    stock_take_number: str = ""


@event("dm.inventory.stock.transferred.v1")
class StockTransferred(msgspec.Struct, frozen=True, kw_only=True):
    """The product's total on hand, reserved and available is unchanged."""

    transfer_number: str
    sku: str
    name: str
    quantity: int
    source: str
    target: str
    reason: str
    transferred_by: str
