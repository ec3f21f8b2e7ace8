"""The filter by person: any of the people who own what a list has."""

import re
from collections.abc import Collection, Mapping

from webapp.shared.lists.lists import Choice, ListState
from webapp.shared.people.names import members_of, person_name
from webapp.shared.people.rights import person

ME, NOBODY = "mine", "nobody"
_UID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)


def owner_filter(groups: Collection[str], *, has_nobody: bool = False) -> Choice:
    """Build the filter `owner`: oneself, the members of these groups, and whom an address names.

    With `has_nobody` also what belongs to nobody.
    """

    def people() -> Mapping[str, str]:
        known = {uid: each.name for uid, each in members_of(groups).items() if uid != person().uid}
        nobody = {NOBODY: "Unassigned"} if has_nobody else {}
        return {ME: "Mine", **nobody, **dict(sorted(known.items(), key=lambda each: each[1]))}

    return Choice(
        "owner",
        "Owner",
        people,
        several=True,
        accepts=lambda value: _UID.fullmatch(value) is not None,
        word=person_name,
    )


def owners_in(state: ListState) -> tuple[str, ...]:
    """Return the uids that were chosen, "" for nobody; empty for any owner."""
    own = {ME: person().uid, NOBODY: ""}
    return tuple(own.get(value, value) for value in state.filters.get("owner", ()))
