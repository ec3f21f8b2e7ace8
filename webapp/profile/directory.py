"""The company directory: everybody with their groups, read over LDAP and cached.

A request waits at most a second; the last answer serves while the directory is down.
"""

import hashlib
import logging
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from threading import Lock
from typing import NamedTuple, TypedDict

import ldap3
import msgspec
from ldap3.utils.dn import parse_dn

from models.shared import clock
from models.shared.texts import one_line
from settings import settings

log = logging.getLogger(__name__)

FRESH = 3.0  # seconds before the directory is read again
LIMIT = 1.0  # seconds that a request waits for the directory
_PERSON = [
    "uid",
    "cn",
    "mail",
    "title",
    "departmentNumber",
    "ou",
    "manager",
    "employeeType",
    "telephoneNumber",
]


class Employee(msgspec.Struct, frozen=True, kw_only=True):
    """An employee in the directory; `manager` is a uid, `groups` are group names."""

    uid: str
    name: str
    mail: str
    title: str
    department: str
    manager: str | None
    groups: list[str]
    phone: str = ""


class Listing(NamedTuple):
    """Everybody, sorted by uid, and a version that changes when any of it does."""

    employees: list[Employee]
    version: str


class DirectoryAway(Exception):
    """The directory is unreachable and no earlier answer is known."""


class Company:
    """The cached directory: reads at most every three seconds, one read at a time.

    Otherwise, and while the directory is down, the last answer serves. `away_since` is when it
    stopped answering; None while it answers.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: Listing | None = None
        self._asked = float("-inf")
        self.away_since: datetime | None = None

    def listing(self) -> Listing:
        """Return everybody, as last known while the directory is down.

        Raises DirectoryAway if nothing is known.
        """
        if self._known is None or time.monotonic() - self._asked > FRESH:
            self._ask()
        if self._known is None:
            raise DirectoryAway
        return self._known

    def _ask(self) -> None:
        if not self._lock.acquire(
            blocking=self._known is None, timeout=LIMIT if self._known is None else -1
        ):
            return
        try:
            if time.monotonic() - self._asked <= FRESH:
                return
            self._asked = time.monotonic()
            self._known = _versioned(_reader().submit(_read_everybody).result(timeout=LIMIT))
            self.away_since = None
        except Exception as error:
            log.warning("directory read failed, using the last known: %s", type(error).__name__)
            self.away_since = self.away_since or clock.now()
        finally:
            self._lock.release()


@cache
def company() -> Company:
    """Return the directory of this process."""
    return Company()


def colleagues_of(uid: str) -> list[Employee] | None:
    """Return everybody else, by name; None if the directory is down and nothing is known."""
    try:
        return sorted(
            (each for each in company().listing().employees if each.uid != uid),
            key=lambda each: each.name,
        )
    except DirectoryAway:
        return None


@cache
def _reader() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="directory")


def _versioned(employees: list[Employee]) -> Listing:
    if not employees:
        raise LookupError("the directory names nobody")
    return Listing(employees, hashlib.sha256(msgspec.json.encode(employees)).hexdigest()[:16])


def _read_everybody() -> list[Employee]:
    config = settings()
    trusted = ldap3.Tls(validate=ssl.CERT_REQUIRED)  # ldap3 itself takes any certificate
    server = ldap3.Server(config.ldap_url, get_info=ldap3.NONE, connect_timeout=1, tls=trusted)
    connection = ldap3.Connection(
        server,
        config.ldap_bind_dn,
        config.ldap_bind_password.reveal(),
        auto_bind=True,
        read_only=True,
        receive_timeout=1,
    )
    try:
        groups = _groups_of_members(connection)
        found = _entries(connection, "people", "(objectClass=inetOrgPerson)", _PERSON)
    finally:
        connection.unbind()
    active = (entry for entry in found if _first(entry, "employeeType").lower() != "disabled")
    return sorted((_employee(entry, groups) for entry in active), key=lambda employee: employee.uid)


class LdapEntry(TypedDict):
    """An entry as ldap3 returns it: an attribute has one value or several."""

    dn: str
    type: str
    attributes: dict[str, str | bytes | list[str | bytes]]


def _groups_of_members(connection: ldap3.Connection) -> dict[str, set[str]]:
    groups: dict[str, set[str]] = {}
    for entry in _entries(connection, "groups", "(objectClass=groupOfNames)", ["cn", "member"]):
        for member in entry["attributes"].get("member") or []:
            groups.setdefault(_uid_of(_text(member)), set()).add(_first(entry, "cn"))
    return groups


def _entries(
    connection: ldap3.Connection, unit: str, which: str, attributes: list[str]
) -> list[LdapEntry]:
    connection.search(f"ou={unit},{settings().ldap_base}", which, attributes=attributes)
    if connection.result["result"] != 0:
        raise LookupError(connection.result["description"])
    return [entry for entry in connection.response or [] if entry["type"] == "searchResEntry"]


def _employee(entry: LdapEntry, groups: dict[str, set[str]]) -> Employee:
    uid, manager = _first(entry, "uid"), _first(entry, "manager")
    return Employee(
        uid=uid,
        name=_first(entry, "cn"),
        mail=_first(entry, "mail"),
        title=_first(entry, "title"),
        department=_first(entry, "departmentNumber") or _first(entry, "ou"),
        manager=_uid_of(manager) if manager else None,
        groups=sorted(groups.get(uid, ())),
        phone=_first(entry, "telephoneNumber"),
    )


def _uid_of(dn: str) -> str:
    uid: str = parse_dn(dn)[0][1]
    return uid


def _first(entry: LdapEntry, name: str) -> str:
    value = entry["attributes"].get(name) or ""
    return one_line(_text(value[0] if isinstance(value, list) else value))


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
