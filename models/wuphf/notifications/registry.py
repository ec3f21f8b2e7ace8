"""All notifications: each other module of this package has an area's tables.

To notify people, an area has a module here: what is read of its events, TELLINGS (which event tells whom of
what), SETTLINGS (which event ends what was asked or warned of), WORDS, and HEARD_BY (which groups may subscribe
webhooks to its events). A record type that is new here also needs its page, and what people can do in place its
buttons: both are registered in the area's webapp/<area>/manifest.py. Nobody is notified of what they did
themselves, unless it answers them. A person reached by two entries gets the first.
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TypeVar

from models.wuphf.notifications.shape import HeardBy, Settlings, Tellings, Words

Entry = TypeVar("Entry")


def tables(name: str) -> list[Mapping[str, Entry]]:
    """Return the tables of this name, one of each area that has one."""
    areas = [
        import_module(f"{__package__}.{module.name}")
        for module in iter_modules([str(Path(__file__).parent)])
        if module.name not in ("registry", "shape")
    ]
    return [getattr(area, name) for area in areas if hasattr(area, name)]


def merged(found: list[Mapping[str, Entry]]) -> dict[str, Entry]:
    """Return the tables as one. Raises ValueError if two of them have the same entry."""
    whole = {name: entry for table in found for name, entry in table.items()}
    if len(whole) != sum(map(len, found)):
        raise ValueError("two areas declare the same notification")
    return whole


TELLINGS: Tellings = merged(tables("TELLINGS"))
SETTLINGS: Settlings = merged(tables("SETTLINGS"))
HEARD_BY: HeardBy = merged(tables("HEARD_BY"))
WORDS: Mapping[str, Words] = merged(tables("WORDS"))

KINDS = tuple(
    dict.fromkeys(telling.kind for _, tellings in TELLINGS.values() for telling in tellings)
)
ASKED = frozenset(
    telling.kind for _, tellings in TELLINGS.values() for telling in tellings if telling.asks
)
WARNED = frozenset(
    telling.kind for _, tellings in TELLINGS.values() for telling in tellings if telling.warns
)
# They tell of something that went otherwise than hoped, and stays as it is.
LASTING = frozenset(
    {
        "cancellation_refused",
        "expense_partly_approved",
        "expense_refused",
        "order_cancelled",
        "rest_cancelled",
        "shipment_cancelled",
    }
)
