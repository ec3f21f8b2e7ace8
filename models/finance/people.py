"""Finance's copy of people and absences: managers, delegates, members of accounting."""

from collections.abc import Iterable
from datetime import date

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models.finance.rules import Reader, reader_on
from models.finance.tables import Person
from models.shared import clock
from models.shared.errors import DomainError
from models.shared.settings.delegates import Absence
from models.shared.settings.preferences import away_at


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
            "The company directory is unavailable, so we cannot tell who approves this expense. "
            "Your draft is saved. Submit it again in a moment.",
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


def away_now(session: Session) -> dict[str, Absence]:
    """Return who is out of office now, by uid, as last pulled."""
    return away_at(session, clock.now())


def names_in_words(names: Iterable[str]) -> str:
    """Join the names of those of whom one decides: "Angela Martin, Kevin Malone or Oscar Martinez"."""
    *most, last = sorted(names) or [""]
    return f"{', '.join(most)} or {last}" if most else last


def office_today() -> date:
    """Return today's date at the office in Scranton (US Eastern time)."""
    return clock.today()


def reader_of(session: Session, uid: str, in_accounting: bool) -> Reader:
    """Return this person's rights to see and decide on expenses now."""
    return reader_on(uid, away_now(session), people_by_uid(session), in_accounting)
