"""The shapes of the REST API of inventory. Quantities are cases, prices US dollars a case."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import Field, StrictInt

from models.inventory.rules import STATUSES
from webapp.shared.shapes import Shape


class ProductShape(Shape):
    """A product with its stock; `available` is free to promise. Its version is the ETag."""

    sku: str = Field(examples=["CP-20-LTR"])
    name: str
    unit: str
    unit_price: Decimal
    on_hand: int
    reserved: int
    available: int
    reorder_point: int
    location: str = Field(
        description="Its home, where goods are put unless somebody says otherwise"
    )
    version: int


class PlaceShape(Shape):
    """What lies at a location; `picked` of it is taken for parcels that are still in the house."""

    location: str
    on_hand: int
    picked: int


class WholeProductShape(ProductShape):
    """A product with what lies where."""

    places: list[PlaceShape]


class ProductsOut(Shape):
    """One page of products; `next` goes into `after` for the page that follows."""

    items: list[ProductShape]
    next: str | None


class ProductsQuery(Shape):
    """Which products, and in which order."""

    q: str = Field("", max_length=100, description="In SKU or name")
    sku: list[str] = Field(default_factory=list, description="These SKUs only")
    low: bool = Field(False, description="Only those at or under their reorder point")
    sort: Literal["name", "price"] = "name"
    after: str = ""
    limit: int = Field(25, ge=1, le=100)


class ProductChangeShape(Shape):
    """How a product is to be from now on."""

    name: str = Field(max_length=200)
    unit_price: Decimal = Field(max_digits=12, decimal_places=2)
    location: str = Field("", max_length=100)
    reorder_point: StrictInt = 0
    reorder_quantity: StrictInt = 0


class NewProductShape(ProductChangeShape):
    """A product to take into the range."""

    sku: str = Field(max_length=32)


class AdjustmentShape(Shape):
    """Cases more (or less), and why."""

    delta: StrictInt
    reason: str = Field(max_length=500)
    location: str = Field(
        "",
        max_length=100,
        description="Its home, or for less where one would pick, unless it is said",
    )


class NewStockTakeShape(Shape):
    """A counting at a location, of these products or of all that lies there."""

    words: str = Field(max_length=200)
    skus: list[str] = Field(default_factory=list, max_length=500)
    location: str = Field("", max_length=100)


class StockTakeLineShape(Shape):
    """What lay there, and what the books said at that moment."""

    sku: str
    location: str | None
    counted: int | None
    booked: int | None
    difference: int
    counted_by: str


class StockTakeShape(Shape):
    """A counting; its version is the ETag."""

    number: str = Field(examples=["ST-101"])
    words: str
    status: str
    started_by: str
    started_at: datetime
    version: int
    lines: list[StockTakeLineShape]


class StockTakesOut(Shape):
    """The last countings, newest first."""

    items: list[StockTakeShape]
    next: str | None


class CountShape(Shape):
    """Cases by SKU, null for not counted; `end` confirms the differences or discards the counting."""

    counted: dict[str, StrictInt | None] = Field(default_factory=dict)
    end: Literal["", "confirm", "discard"] = ""


class NewReceipt(Shape):
    """Goods that came in."""

    sku: str = Field(max_length=32)
    quantity: StrictInt
    note: str = Field("", max_length=500)
    location: str = Field(
        "", max_length=100, description="Where they are put; the product's home unless it is said"
    )


class ReceiptOut(Shape):
    """The number under which goods were taken in."""

    receipt_number: str = Field(examples=["GR-3001"])


class ShipmentLineShape(Shape):
    """Cases of an order line in a parcel."""

    line: int
    sku: str
    name: str
    quantity: int


class PickShape(Shape):
    """From where cases of a line come: as they were taken, or before that as they are to be."""

    line: int
    sku: str
    location: str
    quantity: int


class AddressShape(Shape):
    """Where a parcel goes, in the United States."""

    street: str
    city: str
    state: str
    postcode: str


class ShipmentSummary(Shape):
    """A parcel in a list."""

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
    """A whole parcel; its version is the ETag."""

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
    deliver_to: AddressShape | None = Field(
        description="Null where nobody told: an order from before addresses were kept"
    )


class ShipmentsOut(Shape):
    """One page of parcels."""

    items: list[ShipmentSummary]
    next: str | None


class ShipmentsQuery(Shape):
    """Which parcels, and in which order."""

    q: str = Field("", max_length=100, description="In number, order, client or SKU")
    status: list[Literal[STATUSES]] = Field(default_factory=list)  # type: ignore[valid-type]
    sort: Literal["newest", "oldest"] = "newest"
    after: str = ""
    limit: int = Field(25, ge=1, le=100)


class TakeShape(Shape):
    """So many cases of a line from a location."""

    line: StrictInt
    location: str = Field(max_length=100)
    quantity: StrictInt


class StepShape(Shape):
    """What a step needs: `carrier` and `tracking` to dispatch, `signed_by` to deliver, `picks` to
    pick as not proposed.
    """

    picks: list[TakeShape] = Field(
        default_factory=list,
        max_length=500,
        description="All of each line, or nothing: as proposed",
    )

    carrier: str = Field("", max_length=100)
    tracking: str = Field("", max_length=100)
    signed_by: str = Field("", max_length=100)
