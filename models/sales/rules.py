"""What must hold for a client."""

import re
from decimal import Decimal

import msgspec

from models.sales.events import Address
from models.shared.errors import Invalid

LONGEST_TERMS = 120
HIGHEST_LIMIT = Decimal("10000000.00")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_POSTCODE = re.compile(r"\d{5}(-\d{4})?")
_STATE = re.compile(r"[A-Z]{2}")


class NewClient(msgspec.Struct, frozen=True, kw_only=True):
    """What is said about a new client. `credit_limit` is in US dollars, `owner` a sales person's uid."""

    name: str
    contact_name: str
    contact_mail: str
    contact_phone: str
    address: Address
    payment_terms_days: int
    credit_limit: Decimal
    owner: str


def check_client(new: NewClient) -> None:
    """Raises Invalid with a sentence for each field that cannot be so."""
    errors = {**_missing(new), **_malformed(new)}
    if errors:
        raise Invalid(errors)


def _missing(new: NewClient) -> dict[str, str]:
    texts = {
        "name": new.name,
        "contact_name": new.contact_name,
        "owner": new.owner,
        "address-street": new.address.street,
        "address-city": new.address.city,
    }
    empty = {field: "Please fill this in." for field, text in texts.items() if not text.strip()}
    long = {field: "At most 200 characters." for field, text in texts.items() if len(text) > 200}
    return {**empty, **long}


def _malformed(new: NewClient) -> dict[str, str]:
    checks = {
        "contact_mail": (_MAIL.fullmatch(new.contact_mail), "This is no mail address."),
        "contact_phone": (len(new.contact_phone) <= 40, "At most 40 characters."),
        "address-state": (_STATE.fullmatch(new.address.state), "Two letters, such as PA."),
        "address-postcode": (_POSTCODE.fullmatch(new.address.postcode), "Five digits, such as 18503."),
        "payment_terms_days": (
            0 <= new.payment_terms_days <= LONGEST_TERMS,
            f"Between 0 and {LONGEST_TERMS} days.",
        ),
        "credit_limit": (_is_money(new.credit_limit), "Between 0 and 10,000,000, in whole cents."),
    }
    return {field: words for field, (fine, words) in checks.items() if not fine}


def _is_money(amount: Decimal) -> bool:
    return amount.is_finite() and 0 <= amount <= HIGHEST_LIMIT and amount == round(amount, 2)
