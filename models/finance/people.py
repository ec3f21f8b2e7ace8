"""Finance's copy of people and absences: managers, delegates, members of accounting."""

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.finance.rules import Absence, Reader, reader_on
from models.finance.tables import Person
from models.shared import clock
from models.shared.errors import DomainError
from models.shared.settings.pulled_records import pulled_records

OFFICE = ZoneInfo("America/New_York")
ABSENCES = "preferences"  # the source, pulled by webapp/shared/services/pull.py


class KnownPerson(msgspec.Struct, frozen=True, kw_only=True):
    """An employee as the profile service returns them; fields not needed here are ignored."""

    uid: str
    name: str
    department: str = ""
    manager: str | None = None
    groups: list[str] = []


class PeopleUnknown(DomainError):
    """The profile service has never answered, so finance cannot know who approves."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            "people_unknown",
            "The directory cannot be reached, so nobody can be asked to approve this. "
            "Your draft is kept; please send it again in a moment.",
        )


def remember_people(session: Session, people: Iterable[KnownPerson]) -> None:
    """Replace the projection with the profile service's answer; write nothing if nothing changed.

    An empty list is ignored: without people, nobody could be asked to approve.
    """
    told = {each.uid: msgspec.structs.asdict(each) for each in people}
    known = {
        each.uid: {name: getattr(each, name) for name in KnownPerson.__struct_fields__}
        for each in session.scalars(select(Person))
    }
    if not told or told == known:
        return
    rows = [told[uid] for uid in sorted(told)]
    added = upsert(Person).values(rows)
    changed = {
        name: added.excluded[name] for name in KnownPerson.__struct_fields__ if name != "uid"
    }
    session.execute(added.on_conflict_do_update(index_elements=["uid"], set_=changed))
    session.execute(delete(Person).where(Person.uid.not_in(told)))
    session.expire_all()


def people_by_uid(session: Session) -> dict[str, Person]:
    """Return everybody as last known, by uid."""
    return {each.uid: each for each in session.scalars(select(Person))}


def require_people(session: Session) -> dict[str, Person]:
    """Return everybody as last known.

    Raises PeopleUnknown before the profile service's first answer.
    """
    people = people_by_uid(session)
    if not people:
        raise PeopleUnknown
    return people


def manages_somebody(session: Session, uid: str) -> bool:
    """Return whether this person is anybody's manager, by the directory as last known."""
    return session.scalar(select(select(Person).where(Person.manager == uid).exists())) or False


def absences(session: Session) -> dict[str, Absence]:
    """Return the people with an absence on record and a valid period, as last pulled."""
    found = {uid: _absence(record) for uid, record in pulled_records(session, ABSENCES).items()}
    return {uid: absence for uid, absence in found.items() if absence}


def office_today() -> date:
    """Return today's date at the office in Scranton (US Eastern time)."""
    return clock.now().astimezone(OFFICE).date()


def reader_of(session: Session, uid: str, in_accounting: bool) -> Reader:
    """Return this person's rights to see and decide on expenses today."""
    return reader_on(uid, office_today(), absences(session), people_by_uid(session), in_accounting)


def _absence(record: dict[str, object]) -> Absence | None:
    try:
        return Absence(
            str(record.get("delegate") or ""),
            date.fromisoformat(str(record["away_from"])),
            date.fromisoformat(str(record["away_until"])),
        )
    except (KeyError, ValueError):
        return None
