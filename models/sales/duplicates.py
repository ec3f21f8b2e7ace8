"""Find duplicates: leads and clients with the same normalized company, email or phone."""

from typing import NamedTuple

from sqlalchemy import literal, or_, select, union_all
from sqlalchemy.orm import Session

from models.sales.normal_forms import company_key, mail_key, phone_key
from models.sales.tables import Client, ClientContact, Lead

MOST = 8


class Match(NamedTuple):
    """A possible duplicate; `by` names the fields that match: company, mail, phone.

    A client that matches only through an additional contact has `contact` there.
    """

    kind: str  # lead, client
    number: str
    name: str
    standing: str  # a lead's stage; active or inactive for a client
    owner: str
    by: tuple[str, ...]


def find_duplicates(
    session: Session, company: str = "", mail: str = "", phone: str = "", *, but: str = ""
) -> list[Match]:
    """Return up to 8 records that share the company, email or phone, leaving out number `but`.

    Records with more in common come first, then leads before clients.
    """
    keys = {
        "company": company_key(company) if company.strip() else "",
        "mail": mail_key(mail),
        "phone": phone_key(phone),
    }
    keys = {name: key for name, key in keys.items() if key}
    if not keys:
        return []
    found = [*_leads(session, keys, but), *_clients(session, keys, but)]
    return sorted(found, key=lambda match: (-len(match.by), match.kind != "lead", match.number))[
        :MOST
    ]


def known_keys(
    session: Session, companies: set[str], mails: set[str], phones: set[str]
) -> dict[tuple[str, str], str]:
    """Map each (kind, normalized value) already in use to the number of a record that has it.

    Checks a whole file of leads in one statement.
    """
    asked = [
        ("company", Lead.company_key, Lead.number, companies),
        ("mail", Lead.mail_key, Lead.number, mails),
        ("phone", Lead.phone_key, Lead.number, phones),
        ("company", Client.company_key, Client.number, companies),
        ("mail", ClientContact.mail_key, ClientContact.client_number, mails),
    ]
    statements = [
        select(literal(name).label("name"), column.label("key"), number.label("number")).where(
            column.in_(keys)
        )
        for name, column, number, keys in asked
        if keys
    ]
    if not statements:
        return {}
    rows = session.execute(union_all(*statements))
    return {(row.name, row.key): row.number for row in rows}


def _leads(session: Session, keys: dict[str, str], but: str) -> list[Match]:
    columns = {"company": Lead.company_key, "mail": Lead.mail_key, "phone": Lead.phone_key}
    same = [columns[name] == key for name, key in keys.items()]
    rows = session.scalars(
        select(Lead)
        .where(or_(*same), Lead.merged_into.is_(None), Lead.number != but)
        .order_by(Lead.number)
        .limit(MOST * 2)
    )
    return [
        Match(
            "lead",
            row.number,
            row.company,
            row.stage,
            row.owner,
            tuple(name for name, key in keys.items() if getattr(row, columns[name].key) == key),
        )
        for row in rows
    ]


def _clients(session: Session, keys: dict[str, str], but: str) -> list[Match]:
    same = []
    if "company" in keys:
        same.append(Client.company_key == keys["company"])
    contact = [
        getattr(ClientContact, f"{name}_key") == keys[name]
        for name in ("mail", "phone")
        if name in keys
    ]
    if contact:
        same.append(Client.number.in_(select(ClientContact.client_number).where(or_(*contact))))
    if "mail" in keys:
        same.append(Client.search_text.contains(keys["mail"], autoescape=True))
    if not same:
        return []
    rows = session.scalars(
        select(Client).where(or_(*same), Client.number != but).order_by(Client.number).limit(MOST)
    )
    return [
        Match(
            "client",
            row.number,
            row.name,
            "active" if row.active else "inactive",
            row.owner,
            _shared(row, keys),
        )
        for row in rows
    ]


def _shared(client: Client, keys: dict[str, str]) -> tuple[str, ...]:
    """Return which of the client's own fields match, or `contact` if none of them does.

    The client was then found through an additional contact.
    """
    return tuple(
        name
        for name, key in keys.items()
        if (
            key == client.company_key
            if name == "company"
            else key == mail_key(client.contact_mail)
            if name == "mail"
            else key == phone_key(client.contact_phone)
        )
    ) or ("contact",)
