"""People and their absences as finance knows them: who manages whom, who stands in for whom, who is in accounting."""

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
from models.shared.pulled import pulled_records

OFFICE = ZoneInfo("America/New_York")
ABSENCES = "preferences"  # the source, pulled by webapp/shared/pulling.py


class KnownPerson(msgspec.Struct, frozen=True, kw_only=True):
    """One employee as the profile service serves them; what finance does not need is ignored."""

    uid: str
    name: str
    department: str = ""
    manager: str | None = None
    groups: list[str] = []


class PeopleUnknown(DomainError):
    """Nobody was ever named to finance, so it cannot know who approves."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            "people_unknown",
            "The directory cannot be reached, so nobody can be asked to approve this. "
            "Your draft is kept; please send it again in a moment.",
        )


def remember_people(session: Session, people: Iterable[KnownPerson]) -> None:
    """Makes the projection what the profile service said; nothing is written where nothing changed.

    An empty list changes nothing: without people nobody could be asked.
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
    """Everybody as last known."""
    return {each.uid: each for each in session.scalars(select(Person))}


def require_people(session: Session) -> dict[str, Person]:
    """Everybody as last known; raises PeopleUnknown before the first answer of the profile service."""
    people = people_by_uid(session)
    if not people:
        raise PeopleUnknown
    return people


def manages_somebody(session: Session, uid: str) -> bool:
    """Whether anybody's expenses come to this person first, by the directory as last known."""
    return session.scalar(select(select(Person).where(Person.manager == uid).exists())) or False


def absences(session: Session) -> dict[str, Absence]:
    """Who said that they are out of office, as last pulled."""
    found = {uid: _absence(record) for uid, record in pulled_records(session, ABSENCES).items()}
    return {uid: absence for uid, absence in found.items() if absence}


def office_today() -> date:
    """The day on the office's calendar."""
    return clock.now().astimezone(OFFICE).date()


def reader_of(session: Session, uid: str, in_accounting: bool) -> Reader:
    """This person as one who looks and decides today."""
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
