"""The shapes of the REST API of orders."""

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field, StrictInt

from models.orders.rules import STATUSES
from webapp.shared.shapes import Shape


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
    """A line, in cases."""

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
    """A whole order; its version is the ETag."""

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


class AddressShape(Shape):
    street: str
    city: str
    state: str
    postcode: str


class NewLineShape(Shape):
    sku: str = Field(max_length=40)
    quantity: StrictInt


class NewOrderShape(Shape):
    """An order to place; prices are the warehouse's, whatever is sent.

    With `warned_of` ("" or the number of a likely duplicate that was shown) an unseen likely duplicate is refused.
    """

    client_number: str = Field(max_length=40)
    purchase_order: str = ""
    deliver_to: AddressShape | None = None
    discount_percent: Decimal = Decimal(0)
    note: str = ""
    warned_of: str | None = Field(None, max_length=40)
    lines: list[NewLineShape]


class DecisionShape(Shape):
    """What a sales manager decides; sending back needs a reason."""

    decision: Literal["approve", "refuse"]
    reason: str = ""


class DraftShape(Shape):
    """A form as it was typed so far."""

    id: str
    typed: dict
    version: int
    saved_at: datetime


class NewDraftShape(Shape):
    """A form to keep. `editor` names the window or program that types; `version` is the one it knows."""

    typed: dict
    editor: str = Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")
    version: int = 0


class DraftsOut(Shape):
    """One's own drafts, the newest first."""

    items: list[DraftShape]
    next: str | None


class CancellationShape(Shape):
    """Why the order should be given up."""

    reason: str


class ProofShape(Shape):
    """Where an entry comes from."""

    topic: str
    partition: int | None
    offset: int | None
    sequence: int
    caused_by: UUID | None
    trace: str
    correlation_id: str


class EntryShape(Shape):
    """An entry of the timeline."""

    n: int
    event_id: UUID
    type: str
    at: datetime
    actor: str
    facts: dict
    proof: ProofShape | None


class KnownClientShape(Shape):
    """A client that can be ordered for."""

    number: str
    name: str
    city: str
    state: str
    payment_terms_days: int
    credit_limit: Decimal
    currency: str


class OrdersOut(Shape):
    """One page of orders; `next` goes into `after` for the page that follows."""

    items: list[OrderSummary]
    next: str | None


class TimelineOut(Shape):
    """All steps of an order, oldest first."""

    items: list[EntryShape]
    next: str | None


class ClientsOut(Shape):
    """Some clients, by name."""

    items: list[KnownClientShape]
    next: str | None


class OrdersQuery(Shape):
    """Which orders, and in which order."""

    q: str = Field("", max_length=100, description="In number, client, SKU or product name")
    status: list[Literal[STATUSES]] = Field(default_factory=list)  # type: ignore[valid-type]
    owner: str = Field("", max_length=100, description="A person's uid")
    client: str = Field("", max_length=40, description="A client's number")
    sort: Literal["newest", "oldest", "total"] = "newest"
    after: str = ""
    limit: int = Field(25, ge=1, le=100)


class ClientsQuery(Shape):
    """Which clients."""

    q: str = Field("", max_length=100)
