"""Who is who, asked of the profile service before a transaction; while it is away finance's last known serves."""

import logging
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from models.finance.people import KnownPerson, reader_of, remember_people
from models.finance.rules import Reader
from models.shared.commands import Door
from webapp.shared.rights import person
from webapp.shared.service_client import ServiceDown, ServiceRefused, call

log = logging.getLogger(__name__)


def ask_people() -> None:
    """Brings finance's projection of people up to date. Never inside an open transaction."""
    try:
        told = msgspec.convert(call("profile", "GET", "/people")["items"], list[KnownPerson])
    except (ServiceDown, ServiceRefused, msgspec.ValidationError, KeyError) as error:
        log.warning("people cannot be asked, the last known serve: %s", type(error).__name__)
        return
    Door("service:finance").run(remember_people, told)


def reader(session: Session) -> Reader:
    """The person of this request as one who looks and decides today."""
    return reader_of(session, person().uid, is_accounting())


def is_accounting() -> bool:
    """Whether they are in accounting, by the roles of this moment."""
    return "accounting" in person().roles


def decider() -> dict[str, Any]:
    """What a decision needs to know of the person beside their uid."""
    return {"in_accounting": is_accounting()}
