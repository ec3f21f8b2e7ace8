"""The person of the request, and the update of finance's copy of people from the profile service.

While that service is down, the last known people are used.
"""

import logging

import msgspec
from sqlalchemy.orm import Session

from models.finance.people import KnownPerson, reader_of, remember_people
from models.finance.queries import get_expense
from models.finance.rules import Reader
from models.shared.records.commands import Door
from models.shared.transactions import reading
from webapp.shared.people.own_records import opens
from webapp.shared.people.rights import Person, person
from webapp.shared.services.client import ServiceDown, ServiceRefused, call

log = logging.getLogger(__name__)


def ask_people() -> None:
    """Update finance's copy of people. Never call it inside a transaction."""
    try:
        told = msgspec.convert(call("profile", "GET", "/people")["items"], list[KnownPerson])
    except (ServiceDown, ServiceRefused, msgspec.ValidationError, KeyError) as error:
        log.warning("people not updated, using the last known: %s", type(error).__name__)
        return
    Door("service:finance").run(remember_people, told)


@opens("expense")
def open_expense(who: Person, number: str) -> None:
    """Raise NotFound unless this person may see the expense: the rule of its page."""
    with reading("finance") as session:
        get_expense(session, number, reader_of(session, who.uid, "accounting" in who.roles))


def reader(session: Session) -> Reader:
    """Return the rights of this request's person to see and decide on expenses today."""
    return reader_of(session, person().uid, is_accounting())


def is_accounting() -> bool:
    """Return whether the person is in accounting, by their current roles."""
    return "accounting" in person().roles


def decider() -> dict[str, bool]:
    """Return what a decision needs to know about the person besides their uid."""
    return {"in_accounting": is_accounting()}
