"""Validation of clients, their addresses and their contacts."""

from decimal import Decimal

import msgspec

from models.sales.events import Address
from models.sales.normal_forms import MAIL, is_phone
from models.shared.addresses import STATE, ZIP_CODE
from models.shared.errors import Invalid
from models.shared.numbers import is_whole_cents
from models.shared.records.circumstance import Circumstance

LONGEST_TERMS = 120
HIGHEST_LIMIT = Decimal("10000000.00")
OWN_LIMIT = Decimal("10000.00")  # highest credit limit without a sales manager
NO_MAIL = "Enter an email address, such as pam@example.com."
NO_PHONE = "Enter a valid phone number, such as (570) 555-0142."


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
        errors.setdefault(
            "credit_limit", f"Only a sales manager can set more than ${OWN_LIMIT:,.0f}."
        )
    if errors:
        raise Invalid(errors)


def errors_of_owner(owner: str, owners: frozenset[str] | None) -> dict[str, str]:
    """Return an error if `owner` is not one of `owners`.

    An empty owner is fine here, and so is any owner if `owners` is None (unknown).
    """
    is_fine = owners is None or not owner.strip() or owner.strip() in owners
    return {} if is_fine else {"owner": f"No one in sales is named {owner.strip()[:40]}."}


def errors_of_address(address: Address, prefix: str) -> dict[str, str]:
    """Validate an address; the keys of the errors start with `prefix`."""
    checks = {
        "street": (address.street.strip(), "Enter a street address."),
        "city": (address.city.strip(), "Enter a city."),
        "state": (STATE.fullmatch(address.state), "Enter a state with two letters, such as PA."),
        "postcode": (
            ZIP_CODE.fullmatch(address.postcode),
            "Enter a ZIP code with 5 digits, such as 18503.",
        ),
    }
    errors = {prefix + field: words for field, (fine, words) in checks.items() if not fine}
    texts = {"street": address.street, "city": address.city}
    return errors | {
        prefix + field: "Enter at most 200 characters."
        for field, text in texts.items()
        if len(text) > 200
    }


def errors_of_contact(contact: Contact) -> dict[str, str]:
    """Validate an additional contact."""
    mail = contact.mail.strip()
    checks = {
        "name": (
            0 < len(contact.name.strip()) <= 200,
            "Enter a name of at most 200 characters.",
        ),
        "mail": (
            not mail or (MAIL.fullmatch(mail) and len(mail) <= 200),
            NO_MAIL,
        ),
        "phone": (_is_phone_or_none(contact.phone), NO_PHONE),
        "role": (len(contact.role) <= 100, "Enter at most 100 characters."),
    }
    return {field: words for field, (fine, words) in checks.items() if not fine}


def errors_of_limit(amount: Decimal | None) -> dict[str, str]:
    """Validate a credit limit."""
    words = f"Enter an amount from $0 to ${HIGHEST_LIMIT:,.0f}, with at most two decimals."
    return {} if _is_money(amount) else {"credit_limit": words}


def _missing(new: NewClient) -> dict[str, str]:
    texts = {"name": new.name, "contact_name": new.contact_name, "owner": new.owner}
    asks = {
        "name": "Enter a client name.",
        "contact_name": "Enter a contact name.",
        "owner": "Choose an owner.",
    }
    empty = {field: asks[field] for field, text in texts.items() if not text.strip()}
    long = {
        field: "Enter at most 200 characters." for field, text in texts.items() if len(text) > 200
    }
    return {**empty, **long}


def _malformed(new: NewClient) -> dict[str, str]:
    terms = new.payment_terms_days
    checks = {
        "contact_mail": (MAIL.fullmatch(new.contact_mail), NO_MAIL),
        "contact_phone": (_is_phone_or_none(new.contact_phone), NO_PHONE),
        "payment_terms_days": (
            terms is not None and 0 <= terms <= LONGEST_TERMS,
            f"Enter a number of days from 0 to {LONGEST_TERMS}.",
        ),
    }
    return {field: words for field, (fine, words) in checks.items() if not fine} | errors_of_limit(
        new.credit_limit
    )


def _is_phone_or_none(phone: str) -> bool:
    return not phone.strip() or (len(phone) <= 40 and is_phone(phone))


def _is_money(amount: Decimal | None) -> bool:
    return amount is not None and is_whole_cents(amount) and 0 <= amount <= HIGHEST_LIMIT
