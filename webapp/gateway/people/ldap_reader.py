"""Read one person and their groups from LDAP within a deadline."""

import ssl
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TypedDict

import ldap3
from ldap3.utils.conv import escape_filter_chars

from settings import settings

_JOINERS = "\u200c\u200d"  # part of words in Persian, in Indian scripts and of emoji
_PERSON = ["cn", "mail", "departmentNumber", "ou", "title", "employeeType"]


@dataclass(frozen=True)
class Entry:
    """A person as the directory has them; `groups` are group names."""

    uid: str
    name: str = ""
    mail: str = ""
    department: str = ""
    title: str = ""
    groups: frozenset[str] = frozenset()


def read_person(uid: str, seconds: float) -> Entry | None:
    """Return the person `uid` with group names, or None if there is no active person of that name.

    Raises TimeoutError after `seconds`, or what LDAP raised. Groups are found by `member`, since
    not every server maintains `memberOf`. ldap3's own timeout does not work under gevent, so the
    read runs in a thread and is abandoned after the deadline.

    A connection that lay idle may have died without a word, with its server or on the way. So a
    failure on one is tried once more, on a fresh one, and all that lie idle are dropped.
    """
    may_be_dead = bool(_idle)
    half = seconds / 2 if may_be_dead else seconds
    try:
        return _readers().submit(_read, uid).result(timeout=half)
    except Exception:
        _drop_idle()
        if not may_be_dead:
            raise
    return _readers().submit(_read, uid, fresh=True).result(timeout=half)


@cache
def _readers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=8, thread_name_prefix="ldap")


_idle: list[ldap3.Connection] = []
_idle_lock = Lock()


def _read(uid: str, fresh: bool = False) -> Entry | None:
    connection = _connect() if fresh else _take()
    entry = _search(connection, uid)
    with _idle_lock:
        _idle.append(connection)
    return entry


def _take() -> ldap3.Connection:
    with _idle_lock:
        if _idle:
            return _idle.pop()
    return _connect()


def _drop_idle() -> None:
    """Forget every idle connection; each closes with its last reference, which asks nobody."""
    with _idle_lock:
        _idle.clear()


def _connect() -> ldap3.Connection:
    config = settings()
    trusted = ldap3.Tls(validate=ssl.CERT_REQUIRED)  # ldap3 itself takes any certificate
    server = ldap3.Server(config.ldap_url, get_info=ldap3.NONE, connect_timeout=1, tls=trusted)
    return ldap3.Connection(
        server,
        config.ldap_bind_dn,
        config.ldap_bind_password.reveal(),
        auto_bind=True,
        read_only=True,
        receive_timeout=2,
        raise_exceptions=False,
    )


def _search(connection: ldap3.Connection, uid: str) -> Entry | None:
    base = settings().ldap_base
    found = _entries(connection, f"ou=people,{base}", f"(uid={escape_filter_chars(uid)})", _PERSON)
    if len(found) != 1 or _first(found[0], "employeeType").lower() == "disabled":
        return None
    member = f"(member={escape_filter_chars(found[0]['dn'])})"
    groups = frozenset(
        _first(item, "cn") for item in _entries(connection, f"ou=groups,{base}", member, ["cn"])
    )
    return Entry(
        uid=uid,
        name=_first(found[0], "cn"),
        mail=_first(found[0], "mail"),
        title=_first(found[0], "title"),
        department=_first(found[0], "departmentNumber") or _first(found[0], "ou"),
        groups=groups,
    )


class LdapEntry(TypedDict):
    """An entry as ldap3 returns it: an attribute has one value or several."""

    dn: str
    type: str
    attributes: dict[str, str | list[str]]


def _entries(
    connection: ldap3.Connection, base: str, which: str, attributes: list[str]
) -> list[LdapEntry]:
    connection.search(base, which, attributes=attributes)
    if connection.result["result"] != 0:
        raise LookupError(
            connection.result["description"]
        )  # an error must not look like "not found", which would sign the person out
    return [item for item in connection.response or [] if item["type"] == "searchResEntry"]


def _first(item: LdapEntry, name: str) -> str:
    value = item["attributes"].get(name) or ""
    return _one_line(str(value[0] if isinstance(value, list) else value))


def _one_line(text: str) -> str:
    """Return the text without line ends, controls and whatever reorders the text around it."""
    shown = (mark if mark.isprintable() or mark in _JOINERS else " " for mark in text)
    return unicodedata.normalize("NFC", " ".join("".join(shown).split()))
