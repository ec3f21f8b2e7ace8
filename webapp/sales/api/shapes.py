"""Request and response models of the sales REST API."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import Field

from models.sales.lead_queries import DUE
from models.sales.stages import ACTIVITIES, LOST_REASONS, OPEN, SOURCES, STAGES
from webapp.shared.rest.shapes import Amount, Shape, Whole


class LeadSummary(Shape):
    """A lead in a list.

    Money is in `currency`; `next_on` 9999-12-31 means that nothing is planned.
    """

    number: str = Field(examples=["LD-1001"])
    company: str
    contact_name: str
    mail: str
    phone: str
    source: str
    expected_value: Decimal
    currency: str
    owner: str
    stage: str
    stage_since: datetime
    next_kind: str
    next_on: date
    next_note: str
    lost_reason: str
    client_number: str | None
    version: int
    created_at: datetime


class LeadShape(LeadSummary):
    """A complete lead; its version is the ETag."""

    lost_note: str
    merged_into: str | None
    correlation_id: str


class LeadsOut(Shape):
    """One page of leads; pass `next` as `after` to get the following page."""

    items: list[LeadSummary]
    next: str | None


class LeadIn(Shape):
    """The facts of a lead. `owner` is the uid of a person in sales; empty means unassigned."""

    company: str
    contact_name: str = ""
    mail: str = ""
    phone: str = ""
    source: Literal[SOURCES] = "other"  # type: ignore[valid-type]
    expected_value: Amount = Decimal(0)
    owner: str = ""
    next_kind: Literal[("", *ACTIVITIES)] = ""  # type: ignore[valid-type]
    next_on: date | None = None
    next_note: str = ""


class StageIn(Shape):
    """The stage that a lead moves to."""

    stage: Literal[OPEN]  # type: ignore[valid-type]


class LossIn(Shape):
    """Why a lead was lost."""

    reason: Literal[LOST_REASONS]  # type: ignore[valid-type]
    words: str = ""


class AddressShape(Shape):
    """An address in the United States."""

    street: str
    city: str
    state: str
    postcode: str


class ClientIn(Shape):
    """The facts of a client; the credit limit is in US dollars."""

    name: str
    contact_name: str
    contact_mail: str
    contact_phone: str = ""
    address: AddressShape
    payment_terms_days: Whole = 30
    credit_limit: Amount = Decimal(0)
    owner: str


class ConversionIn(Shape):
    """The client that a lead becomes: an existing one, or a new one."""

    client_number: str = Field("", max_length=40)
    new: ClientIn | None = None


class ClientSummary(Shape):
    """A client in a list."""

    number: str = Field(examples=["CL-1001"])
    name: str
    contact_name: str
    contact_mail: str
    contact_phone: str
    city: str
    state: str
    payment_terms_days: int
    credit_limit: Decimal
    currency: str
    owner: str
    active: bool
    version: int
    created_at: datetime


class NamedAddressShape(AddressShape):
    """An additional ship-to address."""

    label: str


class ContactShape(Shape):
    """An additional contact at a client."""

    name: str
    mail: str
    phone: str
    role: str


class ClientShape(ClientSummary):
    """A complete client; its version is the ETag."""

    street: str
    postcode: str
    contacts: list[ContactShape] = Field(default=[])
    addresses: list[NamedAddressShape] = Field(default=[])


class ClientsOut(Shape):
    """One page of clients; pass `next` as `after` to get the following page."""

    items: list[ClientSummary]
    next: str | None


class LimitIn(Shape):
    """A credit limit in US dollars, and the reason for it."""

    credit_limit: Amount
    reason: str


class ReasonIn(Shape):
    """The reason for a change."""

    reason: str


class LeadsQuery(Shape):
    """Filters and sort order of a list of leads."""

    q: str = Field(
        "", max_length=100, description="Searches number, company, contact, email, and phone"
    )
    stage: list[Literal[STAGES]] = Field(default_factory=list)  # type: ignore[valid-type]
    source: list[Literal[SOURCES]] = Field(default_factory=list)  # type: ignore[valid-type]
    owner: str = Field("", max_length=100, description="A person's uid, or `nobody`")
    due: Literal[("", *DUE)] = ""  # type: ignore[valid-type]
    sort: Literal["newest", "oldest", "next", "value", "company"] = "newest"
    after: str = ""
    limit: Whole = Field(25, ge=1, le=100)


class ClientsQuery(Shape):
    """Filters and sort order of a list of clients."""

    q: str = Field(
        "", max_length=100, description="Searches number, name, main contact, phone, and city"
    )
    owner: str = Field("", max_length=100, description="A person's uid")
    active: bool | None = None
    sort: Literal["name", "newest", "limit"] = "name"
    after: str = ""
    limit: Whole = Field(25, ge=1, le=100)
