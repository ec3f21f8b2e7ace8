"""Who decides for a person who is out of office: one rule for every area. Pure: reads no tables.

`away` holds those who are out of office at the moment in question, `people` those whom the area may
ask, by uid. An area that needs a right of those who decide leaves everybody else out of `people`;
then a delegate without the right counts as no delegate.
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple, Protocol


class Colleague(Protocol):
    """A person in the directory, with the uid of their manager."""

    @property
    def manager(self) -> str | None: ...


class Absence(NamedTuple):
    """An absence from the first day to the last, inclusive; `delegate` may be empty."""

    delegate: str
    first: date
    last: date


def delegate_of(
    uid: str, owner: str, away: Mapping[str, Absence], people: Mapping[str, Colleague]
) -> str:
    """Return the delegate of somebody out of office, for what `owner` wants decided.

    If that delegate is out of office, too, it is the delegate's delegate, and so on. Empty if `uid`
    is not out of office, or the chain leads to the owner, to nobody or in a cycle.
    """
    seen, at = {uid}, uid
    while at in away:
        at = away[at].delegate
        if at in seen or at == owner or at not in people:
            return ""
        seen.add(at)
    return "" if at == uid else at


def stand_in_for(
    approver: str, owner: str, away: Mapping[str, Absence], people: Mapping[str, Colleague]
) -> str:
    """Return who decides on the owner's request for an approver who is out of office.

    That is their delegate (see `delegate_of`), or without one the approver's own manager. Empty if
    the approver is not out of office, or has no manager other than the owner.
    """
    if approver not in away:
        return ""
    if found := delegate_of(approver, owner, away, people):
        return found
    manager = people[approver].manager if approver in people else None
    return manager if manager and manager in people and manager not in (owner, approver) else ""
