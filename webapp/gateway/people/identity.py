"""The current person of a session, with the roles that both the token and the directory give."""

import hashlib

from flask import current_app

from webapp.gateway.people.directory import Answer, Directory
from webapp.gateway.sessions.store import Session, SessionInterface, interface, session
from webapp.shared.people.rights import Person, roles_of_groups


def person_of(live: Session) -> Person | None:
    """Return a session's person with current roles; None if the directory no longer has them."""
    return _person_of(live, interface(), current_app.extensions["directory"])


def effective(uid: str, name: str, mail: str, groups: object) -> Person | None:
    """Return the person with the roles that both the token's `groups` and the directory give.

    None if the directory no longer has them. If the directory never answered, only `employee`
    counts.
    """
    return _effective(current_app.extensions["directory"], uid, name, mail, groups)


def of_directory(uid: str) -> Person | None:
    """Return a person with the roles that the directory alone gives; None if it has them no more.

    If the directory never answered, only `employee` counts.
    """
    directory: Directory = current_app.extensions["directory"]
    answer = directory.about(uid)
    if answer is None:
        return Person(uid, uid, roles=frozenset({"employee"}), may_approve=False)
    groups = answer.entry.groups if answer.entry else frozenset[str]()
    return _effective(directory, uid, uid, "", groups)


def _person_of(live: Session, sessions: SessionInterface, directory: Directory) -> Person | None:
    uid = live.get("uid")
    if not uid:
        return None
    groups = sessions.tokens(live.sid).get("groups", [])
    return _effective(directory, uid, live.get("name", uid), live.get("mail", ""), groups)


def _effective(
    directory: Directory, uid: str, name: str, mail: str, groups: object
) -> Person | None:
    answer = directory.about(uid)
    roles = roles_of_groups(groups)
    if answer is None:
        return Person(uid, name, mail, roles=roles & {"employee"}, may_approve=False)
    if answer.entry is None:
        return None
    return _from_directory(directory, answer, name, roles)


def _from_directory(
    directory: Directory, answer: Answer, name: str, roles: frozenset[str]
) -> Person:
    entry = answer.entry
    assert entry is not None
    return Person(
        uid=entry.uid,
        name=entry.name or name,
        mail=entry.mail,
        department=entry.department,
        title=entry.title,
        roles=roles & roles_of_groups(entry.groups),
        may_approve=directory.is_trusted(answer),
    )


class SessionWatch:
    """Follow this request's session after the request, for a stream.

    It never extends the session and ends with it.
    """

    def __init__(self) -> None:
        self._sid = session.sid
        self.sid_hash = hashlib.sha256(self._sid.encode()).hexdigest()[:24]
        self._sessions, self._directory = interface(), current_app.extensions["directory"]

    def person(self) -> Person | None:
        """Return the person with current roles; None once the session or their account ended."""
        live = self._sessions.peek(self._sid)
        return _person_of(live, self._sessions, self._directory) if live else None
