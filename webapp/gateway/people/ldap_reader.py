"""Read one person and their groups from LDAP within a deadline."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

import ldap3
from ldap3.utils.conv import escape_filter_chars

from settings import settings

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
    """
    return _readers().submit(_read, uid).result(timeout=seconds)


@cache
def _readers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=8, thread_name_prefix="ldap")


_idle: list[ldap3.Connection] = []
_idle_lock = Lock()


def _read(uid: str) -> Entry | None:
    connection = _take()
    entry = _search(connection, uid)
    with _idle_lock:
        _idle.append(connection)
    return entry


def _take() -> ldap3.Connection:
    with _idle_lock:
        if _idle:
            return _idle.pop()
    config = settings()
    server = ldap3.Server(config.ldap_url, get_info=ldap3.NONE, connect_timeout=1)
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


def _entries(
    connection: ldap3.Connection, base: str, which: str, attributes: list[str]
) -> list[dict[str, Any]]:
    connection.search(base, which, attributes=attributes)
    if connection.result["result"] != 0:
        raise LookupError(
            connection.result["description"]
        )  # an error must not look like "not found", which would sign the person out
    return [item for item in connection.response or [] if item["type"] == "searchResEntry"]


def _first(item: dict[str, Any], name: str) -> str:
    value = item["attributes"].get(name) or ""
    return str(value[0] if isinstance(value, list) else value)
