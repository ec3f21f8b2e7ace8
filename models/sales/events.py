"""What the sales service publishes."""

from decimal import Decimal

import msgspec

from models.shared.events import event


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A postal address in the United States; `state` is its two letters."""

    street: str
    city: str
    state: str
    postcode: str


@event("dm.sales.client.created.v1")
class ClientCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A company became a client. `credit_limit` is in `currency`; `owner` is the uid of its sales person."""

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
