"""Events that the sales service publishes."""

from datetime import date
from decimal import Decimal

import msgspec

from models.shared.events.envelope import event


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A postal address in the United States; `state` is the two-letter code."""

    street: str
    city: str
    state: str
    postcode: str


class NamedAddress(Address, frozen=True, kw_only=True):
    """An additional ship-to address of a client."""

    label: str


class _Client(msgspec.Struct, frozen=True, kw_only=True):
    client_number: str
    name: str
    contact_name: str
    contact_mail: str
    contact_phone: str
    address: Address
    payment_terms_days: int
    credit_limit: Decimal
    currency: str
    owner: str


@event("dm.sales.client.created.v1")
class ClientCreated(_Client, frozen=True, kw_only=True):
    """A company became a client.

    `credit_limit` is in `currency`; `owner` is the uid of the person in sales who owns the client.
    """


@event("dm.sales.client.changed.v1")
class ClientChanged(_Client, frozen=True, kw_only=True):
    """A client's facts changed.

    Carries all of them as they are now; `changed` names the ones that changed.
    """

    addresses: list[NamedAddress]
    changed: list[str]


class _Standing(msgspec.Struct, frozen=True, kw_only=True):
    client_number: str
    name: str
    owner: str
    reason: str


@event("dm.sales.client.deactivated.v1")
class ClientDeactivated(_Standing, frozen=True, kw_only=True):
    """The client can no longer order, because of `reason`; orders in progress continue."""


@event("dm.sales.client.reactivated.v1")
class ClientReactivated(_Standing, frozen=True, kw_only=True):
    """The client can order again."""


@event("dm.sales.lead.assigned.v1")
class LeadAssigned(msgspec.Struct, frozen=True, kw_only=True):
    """`owner` is the uid of the person in sales who works on the lead from now on."""

    lead_number: str
    company: str
    owner: str


@event("dm.sales.lead.step_due.v1")
class LeadStepDue(msgspec.Struct, frozen=True, kw_only=True):
    """The lead's next step is due, by the office's calendar; published once for each step.

    `step` is call, mail, meeting, visit or quote.
    """

    lead_number: str
    company: str
    owner: str
    step: str
    note: str
    due_on: date


@event("dm.sales.lead.step_settled.v1")
class LeadStepSettled(msgspec.Struct, frozen=True, kw_only=True):
    """A step that was due is done or planned anew, or the lead is closed or somebody else's.

    `owner` is whose step it was.
    """

    lead_number: str
    company: str
    owner: str


@event("dm.sales.lead.converted.v1")
class LeadConverted(msgspec.Struct, frozen=True, kw_only=True):
    """A lead became a client: a new one (`is_new`) or an existing one.

    `expected_value` is in `currency`.
    """

    lead_number: str
    company: str
    contact_name: str
    source: str
    owner: str
    expected_value: Decimal
    currency: str
    client_number: str
    is_new: bool
