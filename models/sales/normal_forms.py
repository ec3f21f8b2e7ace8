"""Normal forms of company names, email addresses and phone numbers, compared to find duplicates."""

import re
import unicodedata

import phonenumbers

from models.shared.search import fold

REGION = "US"
_SUFFIXES = {
    "inc",
    "incorporated",
    "llc",
    "ltd",
    "limited",
    "co",
    "company",
    "corp",
    "corporation",
    "llp",
    "lp",
    "plc",
    "gmbh",
    "pllc",
    "pc",
}
MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def company_key(name: str) -> str:
    """Normalize a company name: `Alder & Finch Architects, Inc.` → `alder and finch architects`.

    Ignores case, accents, punctuation, a leading "the" and a legal form at the end, which people
    write in many ways.
    """
    plain = fold(name.replace("&", " and ").replace("’", "").replace("'", ""))
    words = "".join(
        mark if unicodedata.category(mark)[0] in "LMN" else " " for mark in plain
    ).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    while len(words) > 1 and words[-1] in _SUFFIXES:
        words = words[:-1]
    return " ".join(words) or fold(name)


def mail_key(mail: str) -> str:
    """Return the email address in lower case."""
    return mail.strip().casefold()


def phone_key(phone: str) -> str:
    """Return the number in E.164 (`+15705550142`) without an extension; empty if it is invalid."""
    number = _parsed(phone)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if number else ""


def shown_phone(phone: str) -> str:
    """Format a number: `(570) 555-0142` for the US, `+49 30 901820` for other countries.

    An invalid number is returned as typed.
    """
    number = _parsed(phone)
    if number is None:
        return phone.strip()
    national = number.country_code == phonenumbers.country_code_for_region(REGION)
    form = (
        phonenumbers.PhoneNumberFormat.NATIONAL
        if national
        else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(number, form)


def is_phone(phone: str) -> bool:
    """Return whether this is a valid phone number."""
    return _parsed(phone) is not None


def _parsed(phone: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(phone, REGION)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None
