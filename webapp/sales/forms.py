"""Convert the forms of sales to and from domain input; fields stay strings until then."""

from collections.abc import Mapping

from models.sales.events import Address
from models.sales.lead_rules import LeadFacts, NextStep
from models.sales.rules import NewClient
from models.sales.tables import Client, Lead
from models.shared.dates import read_day
from models.shared.numbers import read_amount, read_count
from webapp.sales.people import owner_uids
from webapp.sales.words import has_next
from webapp.shared.number_fields import number_or_none, unclear_numbers

LEAD_FIELDS = (
    "company",
    "contact_name",
    "mail",
    "phone",
    "source",
    "expected_value",
    "owner",
    "next_kind",
    "next_on",
    "next_note",
)
CLIENT_FIELDS = (
    "name",
    "contact_name",
    "contact_mail",
    "contact_phone",
    "address-street",
    "address-city",
    "address-state",
    "address-postcode",
    "payment_terms_days",
    "credit_limit",
    "owner",
)
NUMBERS = {
    "expected_value": read_amount,
    "credit_limit": read_amount,
    "payment_terms_days": read_count,
}
Typed = dict[str, str]


def typed(form: Mapping[str, str], fields: tuple[str, ...]) -> Typed:
    """Return these fields as typed, with surrounding whitespace removed."""
    return {name: form.get(name, "").strip() for name in fields}


def lead_facts(form: Typed) -> LeadFacts:
    """Convert the form to the command's input."""
    return LeadFacts(
        company=form["company"],
        contact_name=form["contact_name"],
        mail=form["mail"],
        phone=form["phone"],
        source=form["source"],
        expected_value=number_or_none(read_amount, form["expected_value"] or "0"),
        owner=form["owner"],
        next=next_step(form),
        owners=owner_uids(),
    )


def next_step(form: Typed) -> NextStep:
    """Convert the next step; an invalid date becomes None, which the domain then rejects."""
    return NextStep(kind=form["next_kind"], on=read_day(form["next_on"]), note=form["next_note"])


def typed_lead(lead: Lead) -> Typed:
    """Return the form fields that show a lead as it is."""
    found = {name: str(getattr(lead, name)) for name in LEAD_FIELDS}
    return {
        **found,
        "expected_value": f"{lead.expected_value:,.2f}",
        "next_on": lead.next_on.isoformat() if has_next(lead) else "",
    }


def client_facts(form: Typed) -> NewClient:
    """Convert the form to the command's input."""
    return NewClient(
        name=form["name"],
        contact_name=form["contact_name"],
        contact_mail=form["contact_mail"],
        contact_phone=form["contact_phone"],
        owner=form["owner"],
        credit_limit=number_or_none(read_amount, form["credit_limit"]),
        payment_terms_days=number_or_none(read_count, form["payment_terms_days"]),
        address=Address(
            street=form["address-street"],
            city=form["address-city"],
            state=form["address-state"].upper(),
            postcode=form["address-postcode"],
        ),
        owners=owner_uids(),
    )


def typed_client(client: Client) -> Typed:
    """Return the form fields that show a client as it is."""
    address = {
        f"address-{name}": getattr(client, name) for name in ("street", "city", "state", "postcode")
    }
    return {
        **{
            name: str(getattr(client, name))
            for name in CLIENT_FIELDS
            if not name.startswith("address-")
        },
        **address,
        "credit_limit": f"{client.credit_limit:,.2f}",
    }


def client_of_lead(lead: Lead) -> Typed:
    """Return the client form prefilled from a lead that is being converted."""
    return {
        **dict.fromkeys(CLIENT_FIELDS, ""),
        "name": lead.company,
        "contact_name": lead.contact_name,
        "contact_mail": lead.mail,
        "contact_phone": lead.phone,
        "payment_terms_days": "30",
        "credit_limit": "5,000.00",
        "address-state": "PA",
        "owner": lead.owner,
    }


def errors_with_numbers(form: Typed, errors: dict[str, str]) -> dict[str, str]:
    """Return the command's errors, with what a person may have meant by an unclear number."""
    return errors | unclear_numbers(form, NUMBERS)
