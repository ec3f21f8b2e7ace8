"""Request and response shapes for the REST API of orders."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, StrictInt

from models.orders.new_order import MOST_LINES
from models.orders.rules import STATUSES
from webapp.shared.rest.shapes import AMOUNT, Percentage, Shape, Whole


class OrderSummary(Shape):
    """An order in a list."""

    number: str = Field(examples=["DM-100042"])
    client_number: str
    client_name: str
    owner: str
    status: str
    cases: int
    reserved: int
    short: int
    shipped: int
    placed_at: datetime
    total: Decimal
    discount_percent: Decimal
    currency: str


class OrderLineShape(Shape):
    """An order line; quantities are cases."""

    line: int
    sku: str
    name: str
    unit_price: Decimal
    ordered: int
    reserved: int
    short: int
    shipped: int
    delivered: int
    given_up: int


class OrderShape(OrderSummary):
    """A complete order; its version is the ETag."""

    purchase_order: str
    note: str
    approval: str
    approval_reasons: list[str]
    decided_by: str
    decided_note: str
    duplicate_of: str
    street: str
    city: str
    state: str
    postcode: str
    version: int
    correlation_id: str
    lines: list[OrderLineShape]


class OrderAddressShape(Shape):
    street: str
    city: str
    state: str
    postcode: str


class NewLineShape(Shape):
    sku: str = Field(max_length=40)
    quantity: StrictInt
    expected_price: (
        Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2), AMOUNT] | None
    ) = Field(
        None,
        description="Price per case that you were shown. The order is refused if it has changed.",
    )


class NewOrderShape(Shape):
    """An order to place. Prices always come from inventory.

    Sending `warned_of` ("" or the number of a likely duplicate already shown) turns on the
    duplicate check: the order is refused if it has a likely duplicate other than that one.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "client_number": "CL-1001",
                    "purchase_order": "PO-7731",
                    "lines": [{"sku": "CP-20-LTR", "quantity": 12}],
                }
            ]
        }
    )
    client_number: str = Field(max_length=40)
    purchase_order: str = ""
    deliver_to: OrderAddressShape | None = None
    discount_percent: Percentage = Decimal(0)
    note: str = ""
    warned_of: str | None = Field(None, max_length=40)
    lines: list[NewLineShape]


class DecisionShape(Shape):
    """A sales manager's decision. Sending an order back requires a reason."""

    decision: Literal["approve", "refuse"]
    reason: str = ""


TypedText = Annotated[str, Field(max_length=100)]


class TypedLineShape(Shape):
    """A line as typed. The quantity may not be a number yet."""

    sku: TypedText = ""
    quantity: TypedText = ""


class TypedAddressShape(Shape):
    """An address as typed."""

    street: TypedText = ""
    city: TypedText = ""
    state: TypedText = ""
    postcode: TypedText = ""


class TypedOrderShape(Shape):
    """An order form as typed, complete or not. Other fields are ignored."""

    client_number: TypedText = ""
    purchase_order: TypedText = ""
    place: TypedText = ""
    deliver_to: TypedAddressShape = TypedAddressShape()
    lines: list[TypedLineShape] = Field(default=[], max_length=MOST_LINES)
    discount: TypedText = ""
    note: str = Field("", max_length=2000)


class DraftShape(Shape):
    """A draft of an order form. `typed` is empty if an older version of the form saved it."""

    id: str
    typed: Annotated[
        dict[str, object], BeforeValidator(lambda kept: kept if isinstance(kept, dict) else {})
    ]
    version: int
    saved_at: datetime


class NewDraftShape(Shape):
    """A form to save as a draft.

    `editor` identifies the window or program that edits the draft, and `version` is the last
    version it knows.
    """

    typed: TypedOrderShape
    editor: str = Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")
    version: Whole = 0


class DraftsOut(Shape):
    """The caller's drafts, newest first."""

    items: list[DraftShape]
    next: str | None


class CancellationShape(Shape):
    """Why the order should be cancelled."""

    reason: str


class ProofShape(Shape):
    """The event behind a timeline entry: its place in Kafka, cause and trace."""

    topic: str
    partition: int | None
    offset: int | None
    sequence: int
    caused_by: UUID | None
    trace: str
    correlation_id: str


class EntryShape(Shape):
    """An entry of an order's timeline."""

    n: int
    event_id: UUID
    type: str
    at: datetime
    actor: str
    facts: dict[str, object]
    proof: ProofShape | None


class KnownClientShape(Shape):
    """A client that orders can be placed for."""

    number: str
    name: str
    city: str
    state: str
    payment_terms_days: int
    credit_limit: Decimal
    currency: str


class OrdersOut(Shape):
    """One page of orders; pass `next` as `after` to get the following page."""

    items: list[OrderSummary]
    next: str | None


class TimelineOut(Shape):
    """All steps of an order, oldest first."""

    items: list[EntryShape]
    next: str | None


class OrderClientsOut(Shape):
    """Matching clients, by name."""

    items: list[KnownClientShape]
    next: str | None


class OrdersQuery(Shape):
    """Filters and sort of the order list."""

    q: str = Field(
        "", max_length=100, description="Words to find in number, client, SKU or product name"
    )
    status: list[Literal[STATUSES]] = Field(default_factory=list)  # type: ignore[valid-type]
    owner: str = Field("", max_length=100, description="Owner's uid")
    client: str = Field("", max_length=40, description="Client number")
    sort: Literal["newest", "oldest", "total"] = "newest"
    after: str = ""
    limit: Whole = Field(25, ge=1, le=100)


class OrderClientsQuery(Shape):
    """Filter of the client list."""

    q: str = Field("", max_length=100)
