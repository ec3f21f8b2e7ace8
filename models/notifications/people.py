"""The projection of people and groups, pulled from the profile service; while it is away the last serves."""

from collections.abc import Iterable

import msgspec
from psycopg.errors import CannotConnectNow
from sqlalchemy import delete, func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.notifications.tables import GroupMember, PeoplePull, Person
from models.shared import clock


class KnownPerson(msgspec.Struct, frozen=True, kw_only=True):
    """One employee as the profile service serves them; fields that wuphf does not need are ignored."""

    uid: str
    name: str
    mail: str = ""
    department: str = ""
    manager: str | None = None
    groups: list[str] = []


class PeopleUnknown(OperationalError):
    """Nobody is known yet: deciding now would tell nobody.

    Has PostgreSQL's SQLSTATE for "not yet" (57P03), so that the worker waits and tries again, for ever.
    """

    def __init__(self) -> None:
        super().__init__(
            None, None, CannotConnectNow("the profile service has not named the people yet")
        )


def require_people(session: Session) -> None:
    """Raises PeopleUnknown before the first pull."""
    if known_etag(session) is None:
        raise PeopleUnknown


def replace_people(session: Session, people: Iterable[KnownPerson], etag: str) -> None:
    """Makes the projection what `people` says, as version `etag`.

    Refuses an empty list (ValueError): without people nobody would be told anything.
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
    """Notes that the source says nothing changed."""
    session.execute(update(PeoplePull).values(pulled_at=clock.now()))


def known_etag(session: Session) -> str | None:
    """The version of people that is known; None before the first pull."""
    return session.execute(select(PeoplePull.etag)).scalar()


def count_people(session: Session) -> int:
    """How many people are known."""
    return session.execute(select(func.count()).select_from(Person)).scalar_one()


def members_of(session: Session, group: str) -> set[str]:
    """The people of one group."""
    return set(session.execute(select(GroupMember.uid).where(GroupMember.group == group)).scalars())


def manager_of(session: Session, uid: str) -> str | None:
    """Whom this person reports to; None for nobody, or a person who is not known."""
    return session.execute(select(Person.manager).where(Person.uid == uid)).scalar()


def those_known(session: Session, uids: set[str]) -> set[str]:
    """Those of `uids` that are people of the directory."""
    return (
        set(session.execute(select(Person.uid).where(Person.uid.in_(uids))).scalars())
        if uids
        else set()
    )


def name_of(session: Session, uid: str) -> str:
    """The person's name; what is no person is the company's own doing ("Somebody")."""
    return session.execute(select(Person.name).where(Person.uid == uid)).scalar() or "Somebody"


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
