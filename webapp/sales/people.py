"""Who may own leads and clients: the sales people, as the profile service names them, kept for a minute."""

import threading
import time
from collections import Counter
from typing import NamedTuple

from webapp.sales.words import name_of
from webapp.shared.rights import person
from webapp.shared.service_client import ServiceDown, ServiceRefused, call

FRESH = 60.0
GROUPS = {"sales", "sales-managers"}
_kept: dict[str, object] = {"at": -FRESH, "people": {}}
_lock = threading.Lock()


class Owner(NamedTuple):
    """Somebody of sales."""

    name: str
    mail: str


def sales_people(*also: str) -> list[tuple[str, str]]:
    """(uid, name) by name; while profile is away the last known, and always oneself and `also`."""
    known = {uid: owner.name for uid, owner in _known().items()}
    for uid in (person().uid, *also):
        if uid:
            known.setdefault(uid, name_of(uid))
    return sorted(known.items(), key=lambda each: each[1])


def owner_uids() -> frozenset[str] | None:
    """Who may be given leads and clients, oneself among them; None while profile has not said who that is.

    It may ask profile, so it is called before a transaction and never in one.
    """
    known = _known()
    return frozenset({*known, person().uid}) if known else None


def owner_spellings() -> dict[str, str]:
    """How those of `owner_uids` may be written in a file, in lower case, → uid: account, mail
    address, a name that one has.
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
