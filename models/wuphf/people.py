"""The projection of people and groups, pulled from the profile service.

While that service is unavailable, the last pull stays in use.
"""

from collections.abc import Collection, Iterable

import msgspec
from psycopg.errors import CannotConnectNow
from sqlalchemy import delete, func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.shared import clock
from models.wuphf.tables import GroupMember, PeoplePull, Person


class KnownPerson(msgspec.Struct, frozen=True, kw_only=True):
    """An employee as served by the profile service; fields that wuphf does not use are ignored."""

    uid: str
    name: str
    mail: str = ""
    department: str = ""
    manager: str | None = None
    groups: list[str] = []


class PeopleUnknown(OperationalError):
    """No people are known yet, so deciding now would notify nobody.

    Carries PostgreSQL's SQLSTATE for "not yet" (57P03), so that the worker retries without limit.
    """

    def __init__(self) -> None:
        super().__init__(
            None, None, CannotConnectNow("the profile service has not named the people yet")
        )


def require_people(session: Session) -> None:
    """Raise PeopleUnknown before the first pull."""
    if known_etag(session) is None:
        raise PeopleUnknown


def replace_people(session: Session, people: Iterable[KnownPerson], etag: str) -> None:
    """Replace the projection with `people`, as version `etag`.

    Raises ValueError for an empty list: without people nobody would be notified of anything.
    """
    known = {person.uid: person for person in people}
    if not known:
        raise ValueError("the profile service names no people")
    _replace_persons(session, known)
    _replace_members(
        session, {(group, uid) for uid, person in known.items() for group in person.groups}
    )
    stamp = {"etag": etag, "pulled_at": clock.now()}
    pull = upsert(PeoplePull).values(id=1, **stamp)
    session.execute(pull.on_conflict_do_update(index_elements=["id"], set_=stamp))


def confirm_people(session: Session) -> None:
    """Record that the source reports no change."""
    session.execute(update(PeoplePull).values(pulled_at=clock.now()))


def groups_of(session: Session, uids: Collection[str]) -> dict[str, set[str]]:
    """Return the groups of each of these people; none for somebody who left, or is not known."""
    found: dict[str, set[str]] = {uid: set() for uid in uids}
    if found:
        rows = select(GroupMember.uid, GroupMember.group).where(GroupMember.uid.in_(found))
        for uid, group in session.execute(rows):
            found[uid].add(group)
    return found


def known_etag(session: Session) -> str | None:
    """Return the version of the known people, or None before the first pull."""
    return session.execute(select(PeoplePull.etag)).scalar()


def people_by_uid(session: Session) -> dict[str, Person]:
    """Return everybody as last known, by uid."""
    return {each.uid: each for each in session.scalars(select(Person))}


def count_people(session: Session) -> int:
    """Return how many people are known."""
    return session.execute(select(func.count()).select_from(Person)).scalar_one()


def members_of(session: Session, group: str) -> set[str]:
    """Return the uids of one group's members."""
    return set(session.execute(select(GroupMember.uid).where(GroupMember.group == group)).scalars())


def manager_of(session: Session, uid: str) -> str | None:
    """Return whom this person reports to, or None if nobody or the person is unknown."""
    return session.execute(select(Person.manager).where(Person.uid == uid)).scalar()


def those_known(session: Session, uids: set[str]) -> set[str]:
    """Return those of `uids` who are in the directory."""
    return (
        set(session.execute(select(Person.uid).where(Person.uid.in_(uids))).scalars())
        if uids
        else set()
    )


def name_of(session: Session, uid: str) -> str:
    """Return the person's name, or "Someone" for an actor who is not in the directory."""
    return session.execute(select(Person.name).where(Person.uid == uid)).scalar() or "Someone"


def _replace_persons(session: Session, known: dict[str, KnownPerson]) -> None:
    rows = [
        {
            "uid": each.uid,
            "name": each.name,
            "mail": each.mail,
            "department": each.department,
            "manager": each.manager,
        }
        for each in known.values()
    ]
    added = upsert(Person).values(rows)
    changed = {name: added.excluded[name] for name in ("name", "mail", "department", "manager")}
    session.execute(added.on_conflict_do_update(index_elements=["uid"], set_=changed))
    session.execute(delete(Person).where(Person.uid.not_in(known)))


def _replace_members(session: Session, wanted: set[tuple[str, str]]) -> None:
    have = {
        (group, uid) for group, uid in session.execute(select(GroupMember.group, GroupMember.uid))
    }
    if gone := have - wanted:
        session.execute(
            delete(GroupMember).where(tuple_(GroupMember.group, GroupMember.uid).in_(gone))
        )
    if new := wanted - have:
        session.execute(
            insert(GroupMember), [{"group": group, "uid": uid} for group, uid in sorted(new)]
        )
