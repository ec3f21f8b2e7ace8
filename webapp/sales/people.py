"""The people who may own leads and clients, from the profile service, cached for 60 seconds."""

import threading
import time
from collections import Counter
from typing import NamedTuple

from webapp.sales.words import name_of
from webapp.shared.people.rights import person
from webapp.shared.services.client import ServiceDown, ServiceRefused, call

FRESH = 60.0
GROUPS = {"sales", "sales-managers"}
_kept: dict[str, object] = {"at": -FRESH, "people": {}}
_lock = threading.Lock()


class Owner(NamedTuple):
    """A person in sales."""

    name: str
    mail: str


def sales_people(*also: str) -> list[tuple[str, str]]:
    """Return (uid, name) of the people in sales, sorted by name.

    While the profile service is down, the last known people are used. Always includes the person of
    this request and `also`.
    """
    known = {uid: owner.name for uid, owner in _known().items()}
    for uid in (person().uid, *also):
        if uid:
            known.setdefault(uid, name_of(uid))
    return sorted(known.items(), key=lambda each: each[1])


def owner_uids() -> frozenset[str] | None:
    """Return who may own leads and clients, including the person of this request.

    None if the profile service has not answered yet. May call that service, so never call it inside
    a transaction.
    """
    known = _known()
    return frozenset({*known, person().uid}) if known else None


def owner_spellings() -> dict[str, str]:
    """Map the accepted spellings of the possible owners in a file, in lower case, to their uids.

    Accepts the uid, the email address, and the name if only one person has it.
    """
    known = _known()
    if not known:
        return {}
    names = Counter(owner.name.lower() for owner in known.values())
    found = {
        owner.name.lower(): uid for uid, owner in known.items() if names[owner.name.lower()] == 1
    }
    found |= {owner.mail.lower(): uid for uid, owner in known.items() if owner.mail}
    return found | {uid.lower(): uid for uid in (*known, person().uid)}


def _known() -> dict[str, Owner]:
    with _lock:
        if time.monotonic() - _kept["at"] < FRESH:  # type: ignore[operator]
            return _kept["people"]  # type: ignore[return-value]
    try:
        items = call("profile", "GET", "/people")["items"]
    except (ServiceDown, ServiceRefused):
        return _kept["people"]  # type: ignore[return-value]
    found = {
        each["uid"]: Owner(each["name"], each["mail"])
        for each in items
        if GROUPS & set(each["groups"])
    }
    with _lock:
        _kept.update(at=time.monotonic(), people=found)
    return found
