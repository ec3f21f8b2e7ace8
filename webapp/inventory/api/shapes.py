"""Request and response shapes for the REST API of inventory.

Quantities are cases, prices US dollars per case.
"""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import Field, StrictBool, StrictInt

from models.inventory.rules import STATUSES
from models.inventory.vocabulary import ReceiptStatus
from webapp.shared.rest.shapes import Amount, Shape, Whole


class ProductShape(Shape):
    """A product with its stock; `available` cases can be promised.

    `version` is what `If-Match` must name to change the product.
    """

    sku: str = Field(examples=["CP-20-LTR"])
    name: str
    unit: str
    unit_price: Decimal
    on_hand: int
    reserved: int
    available: int
    reorder_point: int
    location: str = Field(
        description="Default location, where goods go unless a receipt says otherwise"
    )
    version: int


class PlaceShape(Shape):
    """Stock at a location; `picked` of it is for shipments that have not left yet."""

    location: str
    on_hand: int
    picked: int


class WholeProductShape(ProductShape):
    """A product with its stock by location."""

    places: list[PlaceShape]


class ProductsOut(Shape):
    """One page of products; pass `next` as `after` to get the following page."""

    items: list[ProductShape]
    next: str | None


class ProductsQuery(Shape):
    """Filters and sort of the product list."""

    q: str = Field("", max_length=100, description="Words to find in SKU or name")
    sku: list[str] = Field(default_factory=list, description="Return only these SKUs")
    low: bool = Field(False, description="Return only products at or below their reorder point")
    sort: Literal["name", "price"] = "name"
    after: str = ""
    limit: Whole = Field(25, ge=1, le=100)


class ProductChangeShape(Shape):
    """A product's new values."""

    name: str = Field(max_length=200)
    unit_price: Amount = Field(max_digits=12, decimal_places=2)
    location: str = Field("", max_length=100)
    reorder_point: StrictInt = 0
    reorder_quantity: StrictInt = 0


class NewProductShape(ProductChangeShape):
    """A product to add."""

    sku: str = Field(max_length=32)


class AdjustmentShape(Shape):
    """Cases to add (or remove, if negative), and why."""

    delta: StrictInt
    reason: str = Field(max_length=500)
    location: str = Field(
        "",
        max_length=100,
        description="If empty: the default location, or to remove cases, where one would pick",
    )


class NewStockTakeShape(Shape):
    """A stock-take to start: everything at these locations or `everywhere`, or only `skus`.

    `skus` alone are counted wherever they lie.
    """

    words: str = Field(max_length=200)
    skus: list[str] = Field(default_factory=list, max_length=500)
    location: str = Field("", max_length=100, description="One location, besides `locations`")
    locations: list[str] = Field(default_factory=list, max_length=2000)
    everywhere: StrictBool = False


class StockTakeLineShape(Shape):
    """A product's count, and the stock booked at that moment."""

    sku: str
    location: str | None
    counted: int | None
    booked: int | None
    difference: int
    counted_by: str


class StockTakeShape(Shape):
    """A stock-take; its version is the ETag."""

    number: str = Field(examples=["ST-101"])
    words: str
    status: str
    started_by: str
    started_at: datetime
    version: int
    lines: list[StockTakeLineShape]


class StockTakesOut(Shape):
    """The latest stock-takes, newest first."""

    items: list[StockTakeShape]
    next: str | None


class CountShape(Shape):
    """Counted cases by SKU, or by SKU@LOCATION where a product is counted at several; null for none.

    `end` confirms the differences or discards the stock-take.
    """

    counted: dict[str, StrictInt | None] = Field(default_factory=dict)
    end: Literal["", "confirm", "discard"] = ""


class NewReceiptLineShape(Shape):
    """Cases of a product to receive."""

    sku: str = Field(max_length=32)
    quantity: StrictInt
    location: str = Field(
        "",
        max_length=100,
        description="Where the goods go. If empty: the product's default location",
    )
    note: str = Field("", max_length=500)


class NewReceipt(Shape):
    """Goods to receive: several `lines`, or one product by `sku` and `quantity`."""

    sku: str = Field("", max_length=32)
    quantity: StrictInt | None = None
    note: str = Field("", max_length=500)
    location: str = Field(
        "",
        max_length=100,
        description="Where the goods go. If empty: the product's default location",
    )
    reference: str = Field(
        "", max_length=100, description="The supplier's delivery note or the like"
    )
    lines: list[NewReceiptLineShape] = Field(
        default_factory=list, max_length=200, description="Instead of `sku` and `quantity`"
    )


class ReceiptOut(Shape):
    """The receipt's number."""

    receipt_number: str = Field(examples=["RC-1001"])


class CorrectedLineShape(Shape):
    """The cases that a receipt's line really has; 0 if none of it came."""

    line: StrictInt
    quantity: StrictInt


class ReceiptCorrectionShape(Shape):
    """What a receipt's lines really have, and why; lines that are not named stay."""

    lines: list[CorrectedLineShape] = Field(min_length=1, max_length=200)
    reason: str = Field(max_length=500)


class ReceiptVoidingShape(Shape):
    """Why a receipt is voided."""

    reason: str = Field(max_length=500)


class ReceiptSummary(Shape):
    """A receipt in a list; `filled` of its `quantity` cases went to back-orders at once.

    `version` is what `If-Match` must name to correct or void it.
    """

    number: str = Field(examples=["RC-1001"])
    sku: str = Field(description="The product of its first line")
    products: int = Field(description="The number of its lines")
    quantity: int
    filled: int
    reference: str
    note: str
    received_by: str
    received_at: datetime
    version: int
    status: str = Field(description=f"One of {', '.join(ReceiptStatus.values())}")
    voided_at: datetime | None = Field(description="Its goods left the stock again; null if not")


class ReceiptLineShape(Shape):
    """Cases of a product in a receipt."""

    line: int
    sku: str
    name: str
    quantity: int
    location: str = Field(description="Empty if received before locations were recorded")
    note: str


class FilledShape(Shape):
    """Cases that a receipt reserved for an order that waited for them."""

    order_number: str
    client_name: str
    sku: str
    quantity: int


class ReceiptShape(ReceiptSummary):
    """A complete receipt; its version is the ETag."""

    lines: list[ReceiptLineShape]
    filled_orders: list[FilledShape]


class ReceiptsOut(Shape):
    """One page of receipts; pass `next` as `after` to get the following page."""

    items: list[ReceiptSummary]
    next: str | None


class ReceiptsQuery(Shape):
    """Filters and sort of the receipt list."""

    q: str = Field("", max_length=100, description="Words to find in number, reference or product")
    filled: bool = Field(False, description="Return only receipts that filled back-orders")
    sort: Literal["newest", "oldest", "cases"] = "newest"
    after: str = ""
    limit: Whole = Field(25, ge=1, le=100)


class ShipmentLineShape(Shape):
    """Cases of an order line in a shipment."""

    line: int
    sku: str
    name: str
    quantity: int


class PickShape(Shape):
    """Where cases of a line are picked; before picking, the proposal."""

    line: int
    sku: str
    location: str
    quantity: int


class ShipToShape(Shape):
    """A shipment's address in the United States."""

    street: str
    city: str
    state: str
    postcode: str


class ShipmentSummary(Shape):
    """A shipment in a list."""

    number: str = Field(examples=["SH-20001"])
    order_number: str
    client_name: str
    status: str
    cases: int
    carrier: str
    tracking: str
    created_at: datetime
    version: int


class ShipmentShape(ShipmentSummary):
    """A complete shipment; its version is the ETag."""

    picked_by: str
    packed_by: str
    dispatched_by: str
    delivered_by: str
    signed_by: str
    picked_at: datetime | None
    packed_at: datetime | None
    dispatched_at: datetime | None
    delivered_at: datetime | None
    lines: list[ShipmentLineShape]
    picks: list[PickShape]
    deliver_to: ShipToShape | None = Field(
        description="Null for orders from before addresses were recorded"
    )


class ShipmentsOut(Shape):
    """One page of shipments; pass `next` as `after` to get the following page."""

    items: list[ShipmentSummary]
    next: str | None


class ShipmentsQuery(Shape):
    """Filters and sort of the shipment list."""

    q: str = Field("", max_length=100, description="Words to find in number, order, client or SKU")
    status: list[Literal[STATUSES]] = Field(default_factory=list)  # type: ignore[valid-type]
    sort: Literal["newest", "oldest"] = "newest"
    after: str = ""
    limit: Whole = Field(25, ge=1, le=100)


class TakeShape(Shape):
    """Cases of a line to take from a location."""

    line: StrictInt
    location: str = Field(max_length=100)
    quantity: StrictInt


class StepShape(Shape):
    """What a step needs.

    To dispatch: `carrier` and `tracking`. To deliver: `signed_by`. To pick other than proposed:
    `picks`. To pack, if the company's setting asks for a count: `counted`.
    """

    picks: list[TakeShape] = Field(
        default_factory=list,
        max_length=500,
        description="All cases of every line. If empty: as proposed",
    )
    counted: dict[Whole, Whole] = Field(
        default_factory=dict, max_length=500, description="Counted cases by line"
    )

    carrier: str = Field("", max_length=100)
    tracking: str = Field("", max_length=100)
    signed_by: str = Field("", max_length=100)
