"""The people who may own leads and clients, as last pulled from the profile service."""

from collections import Counter

from webapp.sales.words import name_of
from webapp.shared.people.names import members_of
from webapp.shared.people.rights import person

GROUPS = ("sales", "sales-managers")


def sales_people(*also: str) -> list[tuple[str, str]]:
    """Return (uid, name) of the people in sales, sorted by name.

    Always includes the person of this request and `also`.
    """
    known = {uid: owner.name for uid, owner in members_of(GROUPS).items()}
    for uid in (person().uid, *also):
        if uid:
            known.setdefault(uid, name_of(uid))
    return sorted(known.items(), key=lambda each: each[1])


def owner_uids() -> frozenset[str] | None:
    """Return who may own leads and clients, including the person of this request.

    None if the profile service has not answered yet.
    """
    known = members_of(GROUPS)
    return frozenset({*known, person().uid}) if known else None


def owner_spellings() -> dict[str, str]:
    """Map the accepted spellings of the possible owners in a file, in lower case, to their uids.

    Accepts the uid, the email address, and the name if only one person has it.
    """
    known = members_of(GROUPS)
    if not known:
        return {}
    names = Counter(owner.name.lower() for owner in known.values())
    found = {
        owner.name.lower(): uid for uid, owner in known.items() if names[owner.name.lower()] == 1
    }
    found |= {owner.mail.lower(): uid for uid, owner in known.items() if owner.mail}
    return found | {uid.lower(): uid for uid in (*known, person().uid)}
