"""Commands on an existing client.

A change to the facts that other services use publishes all of them as they are now (ClientChanged).
"""

from decimal import Decimal

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.sales.changes import (
    change,
    check_version,
    lock_client,
    searchable,
    searchable_phone,
)
from models.sales.events import (
    Address,
    ClientChanged,
    ClientDeactivated,
    ClientReactivated,
    NamedAddress,
)
from models.sales.normal_forms import (
    company_key,
    mail_key,
    phone_key,
    shown_phone,
)
from models.sales.rules import (
    Contact,
    NewClient,
    check_client,
    errors_of_address,
    errors_of_contact,
    errors_of_limit,
)
from models.sales.tables import Client, ClientAddress, ClientContact
from models.shared.errors import DomainError, Forbidden, Invalid, NotFound
from models.shared.events.outbox import record
from models.shared.records.circumstance import Circumstance
from models.shared.search import fold
from models.shared.texts import isolate

MOST = 50  # additional contacts, and additional addresses, per client


def change_client(
    session: Session, number: str, facts: NewClient, version: Circumstance[int]
) -> None:
    """Change a client's name, main contact, main address, payment terms and owner.

    Raises NotFound, Stale, Invalid. The credit limit stays as it is; use set_credit_limit. An
    unchanged owner is accepted even if that person has left sales.
    """
    client = lock_client(session, number)
    check_version(session, client, version)
    owners = None if facts.owner == client.owner else facts.owners
    facts = msgspec.structs.replace(facts, credit_limit=client.credit_limit, owners=owners)
    check_client(facts)
    name = facts.name.strip()
    new: dict[str, object] = {
        "name": name,
        "contact_name": facts.contact_name.strip(),
        "contact_mail": facts.contact_mail,
        "contact_phone": shown_phone(facts.contact_phone),
        "payment_terms_days": facts.payment_terms_days,
        "owner": facts.owner.strip(),
        **msgspec.structs.asdict(facts.address),
        "company_key": company_key(name),
        "search_text": searchable(
            number,
            name,
            facts.contact_name,
            facts.contact_mail,
            facts.address.city,
            *searchable_phone(facts.contact_phone),
        ),
    }
    _tell(session, client, change(session, client, "changed", new))


def set_credit_limit(
    session: Session,
    number: str,
    amount: Decimal | None,
    reason: str,
    version: int,
    *,
    may_set_limit: Circumstance[bool],
) -> None:
    """Set the credit limit, in US dollars; only a sales manager may.

    Raises NotFound, Forbidden for anybody else, Stale, Invalid.
    """
    client = lock_client(session, number)
    if not may_set_limit:
        raise Forbidden("Only a sales manager can change a credit limit.")
    check_version(session, client, version)
    _raise(
        errors_of_limit(amount)
        | ({} if reason.strip() else {"reason": "Enter a reason."})
        | _too_long(reason)
    )
    moved = change(
        session, client, "credit limit changed", {"credit_limit": amount}, reason=reason.strip()
    )
    _tell(session, client, moved)


def deactivate_client(session: Session, number: str, reason: str, version: int) -> None:
    """Deactivate a client so that it can no longer order (ClientDeactivated).

    Raises NotFound, Stale, Invalid, DomainError `inactive`.
    """
    client = lock_client(session, number)
    check_version(session, client, version)
    if not client.active:
        raise DomainError("inactive", f"{isolate(client.name)} is already inactive.")
    _raise(({} if reason.strip() else {"reason": "Enter a reason."}) | _too_long(reason))
    change(session, client, "deactivated", {"active": False}, reason=reason.strip())
    record(
        session,
        ClientDeactivated(
            client_number=number, name=client.name, owner=client.owner, reason=reason.strip()
        ),
    )


def reactivate_client(session: Session, number: str, version: int) -> None:
    """Let a deactivated client order again (ClientReactivated).

    Raises NotFound, Stale, DomainError `active`.
    """
    client = lock_client(session, number)
    check_version(session, client, version)
    if client.active:
        raise DomainError("active", f"{isolate(client.name)} is already active.")
    change(session, client, "reactivated", {"active": True})
    record(
        session,
        ClientReactivated(client_number=number, name=client.name, owner=client.owner, reason=""),
    )


def add_contact(session: Session, number: str, contact: Contact) -> int:
    """Add an additional contact and return the id of its row. Raises NotFound, Invalid."""
    client = lock_client(session, number)
    _raise(
        errors_of_contact(contact) | _too_many(session, ClientContact, number, "name", "contacts")
    )
    row = ClientContact(
        client_number=number,
        name=contact.name.strip(),
        mail=contact.mail.strip(),
        phone=shown_phone(contact.phone),
        role=contact.role.strip(),
        mail_key=mail_key(contact.mail),
        phone_key=phone_key(contact.phone),
    )
    session.add(row)
    session.flush()
    change(session, client, "contact added", {}, contact=row.name)
    return row.id


def remove_contact(session: Session, number: str, id_: int) -> None:
    """Remove an additional contact. Raises NotFound."""
    client, row = lock_client(session, number), session.get(ClientContact, id_)
    if row is None or row.client_number != number:
        raise NotFound("contact", id_)
    session.delete(row)
    change(session, client, "contact removed", {}, contact=row.name)


def add_address(session: Session, number: str, address: NamedAddress) -> int:
    """Add an additional ship-to address and return the id of its row. Raises NotFound, Invalid."""
    client = lock_client(session, number)
    label = address.label.strip()
    errors = errors_of_address(address, "") | _too_many(
        session, ClientAddress, number, "label", "addresses"
    )
    _raise(
        errors
        | ({} if 0 < len(label) <= 100 else {"label": "Enter a name of at most 100 characters."})
    )
    row = ClientAddress(client_number=number, **{**msgspec.structs.asdict(address), "label": label})
    session.add(row)
    session.flush()
    change(session, client, "address added", {}, address=label)
    _tell(session, client, ["addresses"])
    return row.id


def remove_address(session: Session, number: str, id_: int) -> None:
    """Remove an additional ship-to address. Raises NotFound."""
    client, row = lock_client(session, number), session.get(ClientAddress, id_)
    if row is None or row.client_number != number:
        raise NotFound("address", id_)
    session.delete(row)
    session.flush()
    change(session, client, "address removed", {}, address=row.label)
    _tell(session, client, ["addresses"])


def has_contact(session: Session, client: Client, name: str, mail: str) -> bool:
    """Return whether the client already has this person as a contact, by email or by name."""
    known = [
        (client.contact_name, client.contact_mail),
        *session.execute(
            select(ClientContact.name, ClientContact.mail).where(
                ClientContact.client_number == client.number
            )
        ),
    ]
    return any(
        (mail and mail_key(mail) == mail_key(theirs)) or fold(name) == fold(called)
        for called, theirs in known
    )


def list_addresses(session: Session, number: str) -> list[ClientAddress]:
    """Return the client's additional addresses, oldest first."""
    return list(
        session.scalars(
            select(ClientAddress)
            .where(ClientAddress.client_number == number)
            .order_by(ClientAddress.id)
        )
    )


def list_contacts(session: Session, number: str) -> list[ClientContact]:
    """Return the client's additional contacts, oldest first."""
    return list(
        session.scalars(
            select(ClientContact)
            .where(ClientContact.client_number == number)
            .order_by(ClientContact.id)
        )
    )


def _tell(session: Session, client: Client, changed: list[str]) -> None:
    if not changed:
        return
    further = [
        NamedAddress(
            label=row.label,
            street=row.street,
            city=row.city,
            state=row.state,
            postcode=row.postcode,
        )
        for row in list_addresses(session, client.number)
    ]
    record(
        session,
        ClientChanged(
            client_number=client.number,
            name=client.name,
            contact_name=client.contact_name,
            contact_mail=client.contact_mail,
            contact_phone=client.contact_phone,
            payment_terms_days=client.payment_terms_days,
            credit_limit=client.credit_limit,
            currency=client.currency,
            owner=client.owner,
            addresses=further,
            changed=changed,
            address=Address(
                street=client.street, city=client.city, state=client.state, postcode=client.postcode
            ),
        ),
    )


def _too_many(
    session: Session,
    table: type[ClientContact | ClientAddress],
    number: str,
    field: str,
    what: str,
) -> dict[str, str]:
    rows = session.scalars(select(table.id).where(table.client_number == number)).all()
    return {field: f"A client can have at most {MOST} more {what}."} if len(rows) >= MOST else {}


def _too_long(reason: str) -> dict[str, str]:
    return {"reason": "Enter at most 500 characters."} if len(reason) > 500 else {}


def _raise(errors: dict[str, str]) -> None:
    if errors:
        raise Invalid(errors)
