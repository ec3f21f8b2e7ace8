"""What the inventory service publishes. Quantities are cases."""

import msgspec

from models.shared.events import event


class ReservationLine(msgspec.Struct, frozen=True, kw_only=True):
    """How an order line stands: `reserved` is held or already gone, `short` waits for stock."""

    line: int
    sku: str
    name: str
    ordered: int
    reserved: int
    short: int


class MovedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Cases of an order line in a parcel."""

    line: int
    sku: str
    name: str
    quantity: int


class ReleasedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Cases of an order line that were held and are free again; what was short of it nobody waits for any more."""

    line: int
    sku: str
    quantity: int


@event("dm.inventory.reservation.made.v1")
class ReservationMade(msgspec.Struct, frozen=True, kw_only=True):
    """Stock is held for an order. `cause` is placed, receipt (goods came) or release (another order was given up).

    Lines are the whole order's, as they stand now; `complete` when nothing is short.
    """

    order_number: str
    client_name: str
    owner: str
    cause: str
    complete: bool
    lines: list[ReservationLine]


@event("dm.inventory.reservation.released.v1")
class ReservationReleased(msgspec.Struct, frozen=True, kw_only=True):
    """All that was still held for the order is free; answers a cancellation. What left before stays with the client."""

    order_number: str
    lines: list[ReleasedLine]


@event("dm.inventory.release.refused.v1")
class ReleaseRefused(msgspec.Struct, frozen=True, kw_only=True):
    """The order cannot be given up any more; `reason` is for people."""

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
    """A parcel waits to be picked."""


@event("dm.inventory.shipment.reopened.v1")
class ShipmentReopened(_Shipment, frozen=True, kw_only=True):
    """A parcel's last step was undone, `status` is where it stands again."""

    status: str
    reopened_by: str


@event("dm.inventory.shipment.picked.v1")
class ShipmentPicked(_Shipment, frozen=True, kw_only=True):
    """A parcel's goods are off the shelf."""

    picked_by: str


@event("dm.inventory.shipment.packed.v1")
class ShipmentPacked(_Shipment, frozen=True, kw_only=True):
    """A parcel is closed."""

    packed_by: str


@event("dm.inventory.shipment.dispatched.v1")
class ShipmentDispatched(_Shipment, frozen=True, kw_only=True):
    """A parcel left the dock with a carrier."""

    carrier: str
    tracking: str
    dispatched_by: str


@event("dm.inventory.shipment.delivered.v1")
class ShipmentDelivered(_Shipment, frozen=True, kw_only=True):
    """A parcel reached the client."""

    delivered_by: str
    signed_by: str


@event("dm.inventory.goods.received.v1")
class GoodsReceived(msgspec.Struct, frozen=True, kw_only=True):
    """Goods are on the shelf at `location`; `on_hand` is what there is now over all locations."""

    receipt_number: str
    sku: str
    name: str
    quantity: int
    received_by: str
    on_hand: int
    location: str = ""


@event("dm.inventory.product.ran_low.v1")
class ProductRanLow(msgspec.Struct, frozen=True, kw_only=True):
    """What is free of a product fell to its reorder point or under it; `watchers` asked to be told."""

    sku: str
    name: str
    available: int
    reorder_point: int
    reorder_quantity: int
    watchers: list[str]


@event("dm.inventory.stock.adjusted.v1")
class StockAdjusted(msgspec.Struct, frozen=True, kw_only=True):
    """The books follow what was counted: `delta` cases more or less at `location`, for `reason`.

    `stock_take_number` is the counting that found it, or empty where somebody adjusted a single product.
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
    """Cases went from one location to another; what is on hand, held and free of the product stays as it was."""

    transfer_number: str
    sku: str
    name: str
    quantity: int
    source: str
    target: str
    reason: str
    transferred_by: str
