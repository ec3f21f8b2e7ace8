"""Rules for expenses: statuses, who decides, valid decisions. Pure: reads no tables."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol

from models.finance.tables import STATUSES
from models.shared.numbers import is_whole_cents
from models.shared.settings.delegates import Absence, stand_in_for

__all__ = [
    "ACTIONS",
    "DECIDABLE",
    "EDITABLE",
    "OPEN",
    "PAYABLE",
    "STATUSES",
    "STEPS",
    "Asked",
    "Reader",
    "Route",
    "check_transition",
    "deciders",
    "granted_amounts",
    "may_decide",
    "may_see",
    "outcome",
    "reader_on",
    "route_for",
]
ACCOUNTING = "accounting"
EDITABLE = ("draft", "sent_back")
DECIDABLE = ("submitted", "with_accounting")
OPEN = (*EDITABLE, *DECIDABLE)
PAYABLE = ("approved", "partly_approved")

# The state machine: status → action → possible next statuses. Anything else is not allowed.
# The tests cover every pair.
_JUDGED = frozenset({"approved", "partly_approved"})
STEPS: dict[str, dict[str, frozenset[str]]] = {
    "draft": {"submit": frozenset({"submitted", "with_accounting"})},
    "submitted": {
        "withdraw": frozenset({"draft"}),
        "send_back": frozenset({"sent_back"}),
        "refuse": frozenset({"refused"}),
        "approve": _JUDGED | {"with_accounting"},
    },
    "with_accounting": {
        "withdraw": frozenset({"draft"}),
        "send_back": frozenset({"sent_back"}),
        "refuse": frozenset({"refused"}),
        "approve": _JUDGED,
    },
    "sent_back": {
        "submit": frozenset({"submitted", "with_accounting"}),
        "withdraw": frozenset({"draft"}),
    },
    "approved": {"reimburse": frozenset({"reimbursed"})},
    "partly_approved": {"reimburse": frozenset({"reimbursed"})},
    "refused": {},
    "reimbursed": {"void": _JUDGED},
}
ACTIONS = ("submit", "withdraw", "send_back", "refuse", "approve", "reimburse", "void")


class Known(Protocol):
    """A person in the directory."""

    uid: str
    name: str
    manager: str | None
    groups: list[str]


class Asked(Protocol):
    """An expense, as far as deciding on it needs to know."""

    owner: str
    status: str
    approver: str
    first_decider: str


class Reader(NamedTuple):
    """A person who looks at or decides on expenses, as of one moment.

    `stands_in_for`: the approvers on whose behalf they decide, except for the (approver, owner)
    pairs in `not_for`. `only_for`: the pairs for which they step in because the delegate may not
    decide.
    """

    uid: str
    stands_in_for: frozenset[str] = frozenset()
    not_for: frozenset[tuple[str, str]] = frozenset()
    only_for: frozenset[tuple[str, str]] = frozenset()
    in_accounting: bool = False

    def acts_for(self, approver: str, owner: str) -> bool:
        """Return whether they decide on this owner's expenses as, or on behalf of, the approver."""
        if approver == self.uid or (approver, owner) in self.only_for:
            return True
        return approver in self.stands_in_for and (approver, owner) not in self.not_for


class Route(NamedTuple):
    """Where a submitted expense goes: to its approver for the manager's step, or to accounting."""

    status: Literal["submitted", "with_accounting"]
    approver: str


def check_transition(before: str, action: str, after: str) -> None:
    """Raise ValueError unless `action` may lead an expense from `before` to `after`."""
    if after not in STEPS[before].get(action, frozenset()):
        raise ValueError(f"{action} cannot lead an expense from {before} to {after}")


def route_for(owner: str, people: Mapping[str, Known]) -> Route:
    """Return who decides first: the owner's manager in the directory, or else accounting.

    Accounting decides if the owner has no manager, the manager has left, or the managers form a
    cycle.
    """
    manager = people[owner].manager if owner in people else None
    if not manager or manager not in people or _leads_back(owner, people):
        return Route("with_accounting", "")
    return Route("submitted", manager)


def reader_on(
    uid: str,
    away: Mapping[str, Absence],
    people: Mapping[str, Known],
    in_accounting: bool = False,
) -> Reader:
    """Return this person's rights to see and decide on expenses while these are out of office."""
    standing = {each: stand_in_for(each, "", away, people) for each in away}
    delegates = {each.delegate for each in away.values()}
    pairs = {
        (each, owner): stand_in_for(each, owner, away, people)
        for each in away
        for owner in delegates
    }
    return Reader(
        uid,
        frozenset(each for each, other in standing.items() if other == uid),
        frozenset(pair for pair, other in pairs.items() if standing[pair[0]] == uid != other),
        frozenset(pair for pair, other in pairs.items() if standing[pair[0]] != uid == other),
        in_accounting,
    )


def deciders(
    expense: Asked, away: Mapping[str, Absence], people: Mapping[str, Known]
) -> dict[str, str]:
    """Map the uid of each person who may decide now to the approver on whose behalf they do.

    That is empty for those who decide as themselves. Never includes the owner nor, on accounting's
    step, the person who gave the first approval.
    """
    if expense.status == "with_accounting":
        out = {expense.owner, expense.first_decider}
        return {
            uid: ""
            for uid, person in sorted(people.items())
            if ACCOUNTING in person.groups and uid not in out
        }
    if expense.status != "submitted":
        return {}
    found = {expense.approver: ""}
    if other := stand_in_for(expense.approver, expense.owner, away, people):
        found[other] = expense.approver
    return {uid: place for uid, place in found.items() if uid != expense.owner and uid in people}


def may_decide(expense: Asked, reader: Reader) -> bool:
    """Return whether this person may decide now; the command checks it again under the lock."""
    if reader.uid in ("", expense.owner):
        return False
    if expense.status == "with_accounting":
        return reader.in_accounting and reader.uid != expense.first_decider
    return expense.status == "submitted" and reader.acts_for(expense.approver, expense.owner)


def may_see(expense: Asked, reader: Reader) -> bool:
    """Return whether this person may see the expense by their role.

    The owner always may. Once it is submitted so may its approver, the approver's delegate, and
    accounting. People who decided on it may see it, too, but that needs the decisions (see
    queries.py).
    """
    if expense.owner == reader.uid:
        return True
    return expense.status != "draft" and (
        reader.in_accounting or reader.acts_for(expense.approver, expense.owner)
    )


def granted_amounts(
    claimed: Mapping[int, Decimal], wanted: Mapping[int, Decimal] | None
) -> dict[int, Decimal]:
    """Return the amount to approve per line: all of it, or the wanted amounts.

    Raises ValueError unless `wanted` has an amount from 0 to the claim, in whole cents, for every
    line.
    """
    if wanted is None:
        return dict(claimed)
    if set(wanted) != set(claimed) or any(
        not is_grantable(amount, claimed[line]) for line, amount in wanted.items()
    ):
        raise ValueError("an amount from nothing to what was claimed, for each line")
    return dict(wanted)


def is_grantable(amount: Decimal, claimed: Decimal) -> bool:
    """Check that an amount is in whole cents and from 0 to the claim."""
    return is_whole_cents(amount) and 0 <= amount <= claimed


def outcome(step: str, granted: Decimal, claimed: Decimal, limit: Decimal) -> str:
    """Return the status after an approval.

    That is with_accounting if the manager approved more than `limit`, else approved or, below the
    full claim, partly_approved.
    """
    if step == "submitted" and granted > limit:
        return "with_accounting"
    return "approved" if granted == claimed else "partly_approved"


def _leads_back(owner: str, people: Mapping[str, Known]) -> bool:
    """Return whether the chain of managers above the owner leads back to them."""
    seen, at = set[str](), people[owner].manager
    while at and at in people and at not in seen:
        if at == owner:
            return True
        seen.add(at)
        at = people[at].manager
    return False
