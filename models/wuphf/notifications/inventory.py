"""Notifications about stock, receipts and shipments."""

import msgspec

from models.wuphf.notifications.shape import (
    EVERYONE,
    MANAGERS,
    ORDER,
    PRODUCT,
    SEE_LEADS,
    SHIPMENT,
    WAREHOUSE,
    HeardBy,
    Settling,
    Settlings,
    Telling,
    Tellings,
    Words,
)

NAMED = ("order_number", "client_name")
PARCEL = (*NAMED, "shipment_number", "quantity")
SHORT = ("order_short", "order_partly_served")
FELL_SHORT = ("placed", "correction")  # causes that take stock away from an order, or give none
CORRECTION = ("receipt_number", "sku", "name", "quantity", "reason")


class ReservedLine(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of one line of a reservation."""

    name: str
    short: int = 0


class ReservationFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of a reservation."""

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
        """The name of the first product that is short, or empty if none is."""
        return next((line.name for line in self.lines if line.short), "")


class ReleaseFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of stock that an order no longer needs."""

    order_number: str


class ParcelLine(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of one line of a shipment."""

    quantity: int


class ShipmentFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of events about a shipment."""

    shipment_number: str
    order_number: str
    client_name: str
    owner: str
    lines: list[ParcelLine] = []
    carrier: str = ""
    signed_by: str = ""
    status: str = ""
    version: int = 1
    handled_by: list[str] = []

    @property
    def quantity(self) -> str:
        """How many cases are in the shipment, as text."""
        return str(sum(line.quantity for line in self.lines))


class ReceiptFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of a receipt of goods."""

    receipt_number: str
    sku: str
    name: str
    quantity: int
    watchers: list[str] = []


class CorrectedFact(ReceiptFact, frozen=True, kw_only=True):
    """The fields that wuphf reads of a receipt's corrected line."""

    received_by: str
    reason: str
    quantity_before: int


class VoidedFact(ReceiptFact, frozen=True, kw_only=True):
    """The fields that wuphf reads of a line of a voided receipt."""

    received_by: str
    reason: str


class RestockedFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of a product that is no longer low."""

    sku: str


class LowFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of a product that ran low."""

    sku: str
    name: str
    available: int
    reorder_quantity: int
    watchers: list[str] = []


class AdjustedFact(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that wuphf reads of a stock adjustment."""

    sku: str
    name: str
    delta: int
    reason: str


TELLINGS: Tellings = {
    "dm.inventory.reservation.made.v1": (
        ReservationFact,
        (
            Telling(
                "order_reserved",
                "orders",
                ("owner",),
                ORDER,
                NAMED,
                answers=True,
                when=lambda fact: fact.complete and fact.cause == "placed",
            ),
            Telling(
                "order_short",
                "orders",
                ("owner", MANAGERS),
                ORDER,
                (*NAMED, "missing", "product"),
                "high",
                answers=True,
                warns=True,
                when=lambda fact: not fact.complete and fact.cause in FELL_SHORT,
            ),
            Telling(
                "order_served",
                "stock",
                ("owner",),
                ORDER,
                NAMED,
                answers=True,
                when=lambda fact: fact.complete and fact.cause not in FELL_SHORT,
            ),
            Telling(
                "order_partly_served",
                "stock",
                ("owner", MANAGERS),
                ORDER,
                (*NAMED, "missing", "product"),
                answers=True,
                warns=True,
                when=lambda fact: not fact.complete and fact.cause not in FELL_SHORT,
            ),
        ),
    ),
    "dm.inventory.shipment.created.v1": (
        ShipmentFact,
        (
            Telling(
                "shipment_waiting",
                "shipments",
                (WAREHOUSE,),
                SHIPMENT,
                PARCEL,
                answers=True,
                asks=True,
            ),
        ),
    ),
    "dm.inventory.shipment.reopened.v1": (
        ShipmentFact,
        (
            Telling(
                "shipment_waiting",
                "shipments",
                (WAREHOUSE,),
                SHIPMENT,
                (*PARCEL, "version"),
                asks=True,
                when=lambda fact: fact.status == "waiting",
            ),
        ),
    ),
    "dm.inventory.shipment.cancelled.v1": (
        ShipmentFact,
        (Telling("shipment_cancelled", "shipments", ("handled_by",), SHIPMENT, PARCEL, "high"),),
    ),
    "dm.inventory.shipment.dispatched.v1": (
        ShipmentFact,
        (Telling("shipment_left", "shipments", ("owner",), SHIPMENT, (*PARCEL, "carrier")),),
    ),
    "dm.inventory.shipment.delivered.v1": (
        ShipmentFact,
        (Telling("shipment_delivered", "shipments", ("owner",), SHIPMENT, (*PARCEL, "signed_by")),),
    ),
    "dm.inventory.product.ran_low.v1": (
        LowFact,
        (
            Telling(
                "product_low",
                "stock",
                ("watchers",),
                PRODUCT,
                ("sku", "name", "available", "reorder_quantity"),
                "high",
                answers=True,
                warns=True,
            ),
        ),
    ),
    "dm.inventory.stock.adjusted.v1": (
        AdjustedFact,
        (
            Telling(
                "stock_adjusted",
                "stock",
                ("group:accounting",),
                PRODUCT,
                ("sku", "name", "delta", "reason"),
            ),
        ),
    ),
    "dm.inventory.goods.received.v1": (
        ReceiptFact,
        (
            Telling(
                "goods_received",
                "stock",
                ("watchers",),
                PRODUCT,
                ("receipt_number", "sku", "name", "quantity"),
            ),
        ),
    ),
    "dm.inventory.receipt.corrected.v1": (
        CorrectedFact,
        (
            Telling(
                "receipt_corrected",
                "stock",
                ("received_by", "watchers"),
                PRODUCT,
                (*CORRECTION, "quantity_before"),
            ),
        ),
    ),
    "dm.inventory.receipt.voided.v1": (
        VoidedFact,
        (
            Telling(
                "receipt_voided",
                "stock",
                ("received_by", "watchers"),
                PRODUCT,
                CORRECTION,
            ),
        ),
    ),
}

SETTLINGS: Settlings = {
    "dm.inventory.reservation.made.v1": (
        ReservationFact,
        (
            Settling(
                SHORT,
                ORDER,
                "The missing stock came in",
                by_itself=True,
                when=lambda fact: fact.complete,
            ),
            Settling(
                SHORT,
                ORDER,
                "Some of the missing stock came in",
                by_itself=True,
                when=lambda fact: not fact.complete and fact.cause not in FELL_SHORT,
            ),
            Settling(
                SHORT,
                ORDER,
                "A receipt was corrected, so other stock is missing now",
                by_itself=True,
                when=lambda fact: not fact.complete and fact.cause == "correction",
            ),
        ),
    ),
    "dm.inventory.reservation.released.v1": (
        ReleaseFact,
        (Settling(SHORT, ORDER, "The missing stock is no longer needed", by_itself=True),),
    ),
    "dm.inventory.shipment.picked.v1": (
        ShipmentFact,
        (Settling(("shipment_waiting",), SHIPMENT, "picked it"),),
    ),
    "dm.inventory.shipment.cancelled.v1": (
        ShipmentFact,
        (Settling(("shipment_waiting",), SHIPMENT, "It was cancelled", by_itself=True),),
    ),
    "dm.inventory.product.restocked.v1": (
        RestockedFact,
        (Settling(("product_low",), PRODUCT, "There is enough stock again", by_itself=True),),
    ),
}

_SEE_SHIPMENTS = SEE_LEADS | {"warehouse"}
HEARD_BY: HeardBy = {
    "dm.inventory.": EVERYONE,
    "dm.inventory.reservation.": _SEE_SHIPMENTS,
    "dm.inventory.release.": _SEE_SHIPMENTS,
    "dm.inventory.shipment.": _SEE_SHIPMENTS,
}
WORDS = {
    "product_low": Words(
        "alert-triangle",
        "wait",
        "Only <b>{available_cases}</b> of {name} left",
        "{subject} · time to reorder {reorder_quantity_cases}",
        "{} products are running low",
    ),
    "stock_adjusted": Words(
        "pencil",
        "info",
        "<b>{actor}</b> adjusted {name} by <b>{delta_cases}</b>",
        "{subject} · “{reason}”",
    ),
    "order_reserved": Words(
        "circle-check",
        "good",
        "{subject} is fully reserved",
        "{client_name} · the warehouse picks it next",
        "{} orders are fully reserved",
    ),
    "order_short": Words(
        "alert-triangle",
        "wait",
        "{subject} is short <b>{missing_cases}</b>",
        "{client_name} · missing stock includes {product}; the rest is reserved",
        "{} orders are short",
    ),
    "order_served": Words(
        "packages",
        "good",
        "{subject} is now fully reserved",
        "{client_name} · the missing stock came in",
        "{} orders are now fully reserved",
    ),
    "order_partly_served": Words(
        "packages",
        "info",
        "Some of the missing stock for {subject} came in",
        "{client_name} · still short {missing_cases}, including {product}",
        "{} orders got some of their missing stock",
    ),
    "shipment_waiting": Words(
        "box",
        "wait",
        "{subject} is ready to pick",
        "{client_name} · {quantity_cases} for {order_number}",
        "{} shipments are ready to pick",
    ),
    "shipment_cancelled": Words(
        "arrow-back-up",
        "wait",
        "{subject} was cancelled: put back <b>{quantity_cases}</b>",
        "{client_name} · {order_number} was cancelled before it shipped",
        "{} shipments were cancelled",
    ),
    "shipment_left": Words(
        "truck",
        "info",
        "<b>{actor}</b> shipped {subject}",
        "{client_name} · {quantity_cases} of {order_number} with {carrier}",
        "{} shipments left the warehouse",
    ),
    "shipment_delivered": Words(
        "circle-check",
        "good",
        "{subject} was delivered",
        "{client_name} · {order_number}, signed by {signed_by}",
        "{} shipments were delivered",
    ),
    "goods_received": Words(
        "packages",
        "info",
        "<b>{actor}</b> received <b>{quantity_cases}</b> of {name}",
        "{receipt_number}",
        "{} receipts",
    ),
    "receipt_corrected": Words(
        "pencil",
        "info",
        "<b>{actor}</b> corrected {receipt_number}: <b>{quantity_cases}</b> of {name}",
        "Posted as {quantity_before} · “{reason}”",
        "{} receipts were corrected",
    ),
    "receipt_voided": Words(
        "ban",
        "info",
        "<b>{actor}</b> voided {receipt_number}: <b>{quantity_cases}</b> of {name}",
        "They left the stock again · “{reason}”",
        "{} receipts were voided",
    ),
}
