"""Orders' copy of people and absences, and who may decide on an order now."""

import msgspec
from sqlalchemy.orm import Session

from models.orders.rules import SEE_ORDERS, approvers
from models.shared import clock
from models.shared.settings.names import SOURCE
from models.shared.settings.preferences import away_at
from models.shared.settings.pulled_records import pulled_records


class KnownPerson(msgspec.Struct, frozen=True, kw_only=True):
    """An employee as the profile service returns them; fields not needed here are ignored."""

    uid: str
    name: str = ""
    manager: str | None = None
    groups: list[str] = []


def people_by_uid(session: Session) -> dict[str, KnownPerson]:
    """Return those who may see orders, as last pulled, by uid."""
    known = (
        msgspec.convert(each, KnownPerson) for each in pulled_records(session, SOURCE).values()
    )
    return {each.uid: each for each in known if not SEE_ORDERS.isdisjoint(each.groups)}


def approvers_now(session: Session, owners: set[str]) -> dict[str, dict[str, str]]:
    """Map each owner to the people who may decide on their orders now.

    Each of those is mapped to the sales manager whom they stand in for; empty for the sales
    managers themselves. Nobody before people were pulled.
    """
    away, people = away_at(session, clock.now()), people_by_uid(session)
    return {owner: approvers(owner, away, people) for owner in owners}
