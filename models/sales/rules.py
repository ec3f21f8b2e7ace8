"""Validation of clients, their addresses and their contacts."""

import re
from decimal import Decimal

import msgspec

from models.sales.events import Address
from models.sales.normal_forms import MAIL, is_phone
from models.shared.errors import Invalid
from models.shared.records.circumstance import Circumstance

LONGEST_TERMS = 120
HIGHEST_LIMIT = Decimal("10000000.00")
OWN_LIMIT = Decimal("10000.00")  # highest credit limit without a sales manager
NO_PHONE = "This is no phone number, such as (570) 555-0142."
_POSTCODE = re.compile(r"\d{5}(-\d{4})?")
_STATE = re.compile(r"[A-Z]{2}")


class NewClient(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a new client as entered. `credit_limit` is in US dollars, `owner` a uid.

    None means that the input was not a number. `owners` are the uids that may own the client, None
    if the caller does not know them.
    """

    name: str
    contact_name: str
    contact_mail: str
    contact_phone: str
    address: Address
    payment_terms_days: int | None
    credit_limit: Decimal | None
    owner: str
    owners: Circumstance[frozenset[str] | None] = None


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A person at a client."""

    name: str
    mail: str = ""
    phone: str = ""
    role: str = ""


def check_client(new: NewClient, *, may_set_limit: bool = True) -> None:
    """Raise Invalid with a message for each invalid field."""
    errors = {
        **errors_of_owner(new.owner, new.owners),
        **_missing(new),
        **_malformed(new),
        **errors_of_address(new.address, "address-"),
    }
    if not may_set_limit and new.credit_limit is not None and new.credit_limit > OWN_LIMIT:
        errors.setdefault("credit_limit", f"Above ${OWN_LIMIT:,.0f} a sales manager decides.")
    if errors:
        raise Invalid(errors)


def errors_of_owner(owner: str, owners: frozenset[str] | None) -> dict[str, str]:
    """Return an error if `owner` is not one of `owners`.

    An empty owner is fine here, and so is any owner if `owners` is None (unknown).
    """
    is_fine = owners is None or not owner.strip() or owner.strip() in owners
    return {} if is_fine else {"owner": f"Nobody in sales is called {owner.strip()[:40]}."}


def errors_of_address(address: Address, prefix: str) -> dict[str, str]:
    """Validate an address; the keys of the errors start with `prefix`."""
    checks = {
        "street": (address.street.strip(), "Please fill this in."),
        "city": (address.city.strip(), "Please fill this in."),
        "state": (_STATE.fullmatch(address.state), "Two letters, such as PA."),
        "postcode": (_POSTCODE.fullmatch(address.postcode), "Five digits, such as 18503."),
    }
    errors = {prefix + field: words for field, (fine, words) in checks.items() if not fine}
    texts = {"street": address.street, "city": address.city}
    return errors | {
        prefix + field: "At most 200 characters."
        for field, text in texts.items()
        if len(text) > 200
    }


def errors_of_contact(contact: Contact) -> dict[str, str]:
    """Validate an additional contact."""
    mail = contact.mail.strip()
    checks = {
        "name": (
            0 < len(contact.name.strip()) <= 200,
            "Please fill this in, with at most 200 characters.",
        ),
        "mail": (
            not mail or (MAIL.fullmatch(mail) and len(mail) <= 200),
            "This is no mail address.",
        ),
        "phone": (_is_phone_or_none(contact.phone), NO_PHONE),
        "role": (len(contact.role) <= 100, "At most 100 characters."),
    }
    return {field: words for field, (fine, words) in checks.items() if not fine}


def errors_of_limit(amount: Decimal | None) -> dict[str, str]:
    """Validate a credit limit."""
    return (
        {} if _is_money(amount) else {"credit_limit": "Between 0 and 10,000,000, in whole cents."}
    )


def _missing(new: NewClient) -> dict[str, str]:
    texts = {"name": new.name, "contact_name": new.contact_name, "owner": new.owner}
    empty = {field: "Please fill this in." for field, text in texts.items() if not text.strip()}
    long = {field: "At most 200 characters." for field, text in texts.items() if len(text) > 200}
    return {**empty, **long}


def _malformed(new: NewClient) -> dict[str, str]:
    terms = new.payment_terms_days
    checks = {
        "contact_mail": (MAIL.fullmatch(new.contact_mail), "This is no mail address."),
        "contact_phone": (_is_phone_or_none(new.contact_phone), NO_PHONE),
        "payment_terms_days": (
            terms is not None and 0 <= terms <= LONGEST_TERMS,
            f"Between 0 and {LONGEST_TERMS} days.",
        ),
    }
    return {field: words for field, (fine, words) in checks.items() if not fine} | errors_of_limit(
        new.credit_limit
    )


def _is_phone_or_none(phone: str) -> bool:
    return not phone.strip() or (len(phone) <= 40 and is_phone(phone))


def _is_money(amount: Decimal | None) -> bool:
    return (
        amount is not None
        and amount.is_finite()
        and 0 <= amount <= HIGHEST_LIMIT
        and amount == round(amount, 2)
    )
