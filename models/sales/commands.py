"""Commands that create a client, from scratch or, exactly once, from a lead."""

from typing import Any

import msgspec
from sqlalchemy.orm import Session

from models.sales.changes import (
    change,
    check_version,
    lock_client,
    lock_lead,
    note,
    searchable,
    searchable_phone,
)
from models.sales.clients import add_contact, has_contact
from models.sales.events import ClientCreated, LeadConverted
from models.sales.lead_rules import NextStep, columns_of_next
from models.sales.normal_forms import company_key, shown_phone
from models.sales.rules import Contact, NewClient, check_client
from models.sales.stages import check_move, may_work, not_the_owner
from models.sales.tables import CLIENT_NUMBER, Client, Lead
from models.shared import clock
from models.shared.database.context import current_actor
from models.shared.errors import DomainError, Forbidden, Invalid
from models.shared.events.outbox import record
from models.shared.numbers import CURRENCY
from models.shared.records.circumstance import Circumstance
from models.shared.settings.names import name_of
from models.shared.texts import isolate


class Conversion(msgspec.Struct, frozen=True, kw_only=True):
    """Which client a lead becomes: an existing one (`client_number`) or a `new` one."""

    client_number: str = ""
    new: NewClient | None = None


class AlreadyConverted(DomainError):
    """The lead was converted before; `details["client_number"]` names the client it became."""

    def __init__(self, company: str, client_number: str) -> None:
        super().__init__(
            "already_converted",
            f"{isolate(company)} is already client {client_number}.",
            client_number=client_number,
        )


def create_client(
    session: Session, new: NewClient, *, may_set_limit: Circumstance[bool] = True
) -> str:
    """Create a client and publish ClientCreated. Returns its number; raises Invalid."""
    check_client(new, may_set_limit=may_set_limit)
    number = f"CL-{session.scalar(CLIENT_NUMBER.next_value())}"
    facts: dict[str, Any] = {
        "name": new.name.strip(),
        "contact_name": new.contact_name.strip(),
        "contact_mail": new.contact_mail,
        "contact_phone": shown_phone(new.contact_phone),
        "payment_terms_days": new.payment_terms_days,
        "credit_limit": new.credit_limit,
        "currency": CURRENCY,
        "owner": new.owner.strip(),
    }
    client = Client(
        number=number,
        created_at=clock.now(),
        active=True,
        version=1,
        company_key=company_key(new.name),
        search_text=searchable(
            number,
            facts["name"],
            facts["contact_name"],
            facts["contact_mail"],
            new.address.city,
            *searchable_phone(new.contact_phone),
        ),
        **msgspec.structs.asdict(new.address),
        **facts,
    )
    session.add(client)
    session.flush()
    note(session, client, "created", name=facts["name"])
    record(session, ClientCreated(client_number=number, address=new.address, **facts))
    return number


def convert_lead(
    session: Session,
    number: str,
    into: Conversion,
    version: int,
    *,
    any_lead: Circumstance[bool] = False,
    may_set_limit: Circumstance[bool] = False,
) -> str:
    """Convert a lead to a client, once, and return the client's number.

    Publishes LeadConverted, and ClientCreated for a new client. Raises AlreadyConverted, NotFound,
    Forbidden, Stale, Refused (not in Proposal yet), Invalid.
    """
    lead = lock_lead(session, number)
    if lead.client_number:
        raise AlreadyConverted(lead.company, lead.client_number)
    if not may_work(current_actor(session), any_lead, lead.owner):
        raise Forbidden(not_the_owner(lead.company, name_of(session, lead.owner)))
    check_version(session, lead, version)
    check_move(lead.company, lead.stage, "converted")
    client = (
        create_client(session, into.new, may_set_limit=may_set_limit)
        if into.new
        else _join(session, lead, into)
    )
    now = clock.now()
    change(
        session,
        lead,
        "converted",
        {
            "stage": "converted",
            "stage_since": now,
            "closed_at": now,
            "client_number": client,
            "owner": lead.owner or current_actor(session),
            **columns_of_next(NextStep()),
        },
    )
    record(session, _converted(lead, client, is_new=into.new is not None))
    return client


def _join(session: Session, lead: Lead, into: Conversion) -> str:
    """Attach the lead to an existing client, adding the lead's contact if the client lacks it."""
    if not into.client_number:
        raise Invalid({"client_number": "Choose a client, or create a new one."})
    client = session.get(Client, into.client_number)
    if client is None:
        raise Invalid({"client_number": f"There is no client {into.client_number[:40]}."})
    if not client.active:
        raise Invalid({"client_number": f"{isolate(client.name)} is not an active client."})
    client = lock_client(session, client.number)
    if lead.contact_name and not has_contact(session, client, lead.contact_name, lead.mail):
        add_contact(
            session,
            client.number,
            Contact(name=lead.contact_name, mail=lead.mail, phone=lead.phone[:40]),
        )
    note(session, client, "lead joined", lead=lead.number)
    return str(client.number)


def _converted(lead: Lead, client: str, *, is_new: bool) -> LeadConverted:
    return LeadConverted(
        lead_number=lead.number,
        company=lead.company,
        contact_name=lead.contact_name,
        source=lead.source,
        owner=lead.owner,
        expected_value=lead.expected_value,
        currency=lead.currency,
        client_number=client,
        is_new=is_new,
    )
