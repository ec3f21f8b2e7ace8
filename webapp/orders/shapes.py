"""The shapes of the REST API of orders."""

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from models.orders.rules import STATUSES


class Shape(BaseModel):
    """Reads from objects; a field that is not declared, such as a price, is ignored."""

    model_config = ConfigDict(from_attributes=True)


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


class OrderShape(OrderSummary):
    """A whole order; its version is the ETag."""

    purchase_order: str
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
    """An order to place; prices are the warehouse's, whatever is sent."""

    client_number: str = Field(max_length=40)
    purchase_order: str = ""
    deliver_to: AddressShape | None = None
    lines: list[NewLineShape]


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
