"""Validation of a lead's facts, and their mapping to columns."""

from datetime import date
from decimal import Decimal
from typing import TypedDict

import msgspec

from models.sales.changes import searchable, searchable_phone
from models.sales.normal_forms import (
    MAIL,
    company_key,
    is_phone,
    mail_key,
    phone_key,
    shown_phone,
)
from models.sales.rules import NO_MAIL, NO_PHONE, errors_of_owner
from models.sales.stages import ACTIVITIES, SOURCES
from models.sales.tables import FAR
from models.shared.errors import Invalid
from models.shared.numbers import is_whole_cents
from models.shared.records.circumstance import Circumstance

MOST_VALUE = Decimal("100000000.00")
LONGEST = 200
LONGEST_WORDS = 2000


class NextStep(msgspec.Struct, frozen=True, kw_only=True):
    """The next planned activity and its date; an empty `kind` means nothing is planned."""

    kind: str = ""
    on: date | None = None
    note: str = ""


class LeadFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a lead as entered.

    `expected_value` is in US dollars, None if the input was not an amount. `owners` are the uids
    that may own the lead, None if the caller does not know them.
    """

    company: str
    contact_name: str = ""
    mail: str = ""
    phone: str = ""
    source: str = "other"
    expected_value: Decimal | None = Decimal(0)
    owner: str = ""
    next: NextStep = NextStep()
    owners: Circumstance[frozenset[str] | None] = None


class ContactColumns(TypedDict):
    """The columns of a lead that say who it is."""

    company: str
    contact_name: str
    mail: str
    phone: str


class NextColumns(TypedDict):
    """The columns of a lead that hold its next step."""

    next_kind: str
    next_on: date
    next_note: str


class LeadColumns(ContactColumns, NextColumns):
    """A lead's facts as its columns; the `*_key` columns hold normal forms."""

    source: str
    expected_value: Decimal | None
    owner: str
    company_key: str
    mail_key: str
    phone_key: str


def check_facts(facts: LeadFacts) -> None:
    """Raise Invalid with a message for each invalid field."""
    if errors := errors_of(facts):
        raise Invalid(errors)


def errors_of(facts: LeadFacts) -> dict[str, str]:
    """Return a message for each invalid field."""
    texts = {
        "company": facts.company,
        "contact_name": facts.contact_name,
        "mail": facts.mail,
        "phone": facts.phone,
        "owner": facts.owner,
    }
    long = {
        field: f"Enter at most {LONGEST} characters."
        for field, text in texts.items()
        if len(text) > LONGEST
    }
    return {
        **_malformed(facts),
        **errors_of_owner(facts.owner, facts.owners),
        **errors_of_next(facts.next),
        **long,
    }


def errors_of_next(step: NextStep) -> dict[str, str]:
    """Validate a next step, which needs both a kind and a day, or neither."""
    errors = {}
    if step.kind and step.kind not in ACTIVITIES:
        errors["next_kind"] = "Choose a next step from the list."
    if step.kind and step.on is None:
        errors["next_on"] = "Choose a due date for the next step."
    if not step.kind and (step.on or step.note.strip()):
        errors["next_kind"] = "Choose a next step, or clear its due date and note."
    if step.on and not date(2000, 1, 1) <= step.on < date(2100, 1, 1):
        errors["next_on"] = "Choose a date from 2000 to 2099."
    if len(step.note) > LONGEST:
        errors["next_note"] = f"Enter at most {LONGEST} characters."
    return errors


def columns_of(facts: LeadFacts) -> LeadColumns:
    """Return the facts as columns of a lead, including the normalized keys."""
    company, mail, phone = facts.company.strip(), facts.mail.strip(), shown_phone(facts.phone)
    return {
        "company": company,
        "contact_name": facts.contact_name.strip(),
        "mail": mail,
        "phone": phone,
        "source": facts.source,
        "expected_value": facts.expected_value,
        "owner": facts.owner.strip(),
        "company_key": company_key(company),
        "mail_key": mail_key(mail),
        "phone_key": phone_key(phone),
        **columns_of_next(facts.next),
    }


def columns_of_next(step: NextStep) -> NextColumns:
    """Return a next step as columns."""
    return {"next_kind": step.kind, "next_on": step.on or FAR, "next_note": step.note.strip()}


def search_text_of(number: str, columns: ContactColumns) -> str:
    """Return the text that a search for leads looks in, with the phone number's bare digits."""
    return searchable(
        number,
        columns["company"],
        columns["contact_name"],
        columns["mail"],
        *searchable_phone(columns["phone"]),
    )


def _malformed(facts: LeadFacts) -> dict[str, str]:
    amount = facts.expected_value
    checks = {
        "company": (bool(facts.company.strip()), "Enter a company name."),
        "mail": (
            not facts.mail.strip() or MAIL.fullmatch(facts.mail.strip()),
            NO_MAIL,
        ),
        "phone": (not facts.phone.strip() or is_phone(facts.phone), NO_PHONE),
        "source": (facts.source in SOURCES, "Choose a source from the list."),
        "expected_value": (
            amount is not None and is_whole_cents(amount) and 0 <= amount <= MOST_VALUE,
            "Enter an amount from $0 to $100,000,000, with at most two decimals.",
        ),
    }
    return {field: words for field, (fine, words) in checks.items() if not fine}
