"""Who may own leads and clients: the sales people, as the profile service names them, kept for a minute."""

import threading
import time

from webapp.sales.words import name_of
from webapp.shared.rights import person
from webapp.shared.service_client import ServiceDown, ServiceRefused, call

FRESH = 60.0
GROUPS = {"sales", "sales-managers"}
_kept: dict[str, object] = {"at": -FRESH, "people": {}}
_lock = threading.Lock()


def sales_people(*also: str) -> list[tuple[str, str]]:
    """(uid, name) by name; while profile is away the last known, and always oneself and `also`."""
    known = dict(_known())
    for uid in (person().uid, *also):
        if uid:
            known.setdefault(uid, name_of(uid))
    return sorted(known.items(), key=lambda each: each[1])


def _known() -> dict[str, str]:
    with _lock:
        if time.monotonic() - _kept["at"] < FRESH:  # type: ignore[operator]
            return _kept["people"]  # type: ignore[return-value]
    try:
        items = call("profile", "GET", "/people")["items"]
    except (ServiceDown, ServiceRefused):
        return _kept["people"]  # type: ignore[return-value]
    found = {each["uid"]: each["name"] for each in items if GROUPS & set(each["groups"])}
    with _lock:
        _kept.update(at=time.monotonic(), people=found)
    return found
