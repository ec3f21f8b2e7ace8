"""Rules for orders: the status that follows from the lines, and who may cancel, edit or approve."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from models.orders.tables import APPROVALS, CANCELLATIONS, STATUSES
from models.shared.settings.delegates import Absence, stand_in_for

__all__ = [
    "APPROVALS",
    "BOOKED",
    "CANCELLABLE",
    "CANCELLATIONS",
    "EDITABLE",
    "OPEN",
    "SALES_MANAGERS",
    "SEE_ORDERS",
    "STATUSES",
    "TRANSITIONS",
    "WAITING",
    "approvers",
    "check_transition",
    "derive_status",
    "discount_of",
    "may_cancel",
    "may_decide",
    "may_edit",
]
# Not placed yet: no stock is reserved and nobody else acts on it.
EDITABLE = ("awaiting_approval", "sent_back")
OPEN = (*EDITABLE, "placed", "reserved", "back_ordered", "partly_shipped", "shipped", "cancelling")
BOOKED = tuple(status for status in STATUSES if status not in (*EDITABLE, "cancelled"))
WAITING = (*EDITABLE, "placed", "back_ordered", "partly_shipped", "cancelling")
CANCELLABLE = (*EDITABLE, "placed", "reserved", "back_ordered", "partly_shipped")

SALES_MANAGERS = "sales-managers"
# The groups of the directory whose members may see orders; only they stand in for a sales manager.
SEE_ORDERS = frozenset(
    {
        "accounting",
        "customer-service",
        "it",
        "management",
        "sales",
        SALES_MANAGERS,
        "warehouse",
    }
)

# Every allowed change of status; any other is an error. The tests cover every pair.
TRANSITIONS: dict[str, frozenset[str]] = {
    "awaiting_approval": frozenset({"placed", "sent_back", "cancelled"}),
    "sent_back": frozenset({"placed", "awaiting_approval", "cancelled"}),
    "placed": frozenset({"reserved", "back_ordered", "cancelling"}),
    "reserved": frozenset({"back_ordered", "partly_shipped", "shipped", "cancelling"}),
    "back_ordered": frozenset({"reserved", "partly_shipped", "cancelling"}),
    "partly_shipped": frozenset({"shipped", "cancelling"}),
    "shipped": frozenset({"delivered"}),
    "delivered": frozenset(),
    "cancelling": frozenset(
        {
            "cancelled",
            "placed",
            "reserved",
            "back_ordered",
            "partly_shipped",
            "shipped",
            "delivered",
        }
    ),
    "cancelled": frozenset(),
}


class Known(Protocol):
    """A person in the directory."""

    @property
    def manager(self) -> str | None: ...

    @property
    def groups(self) -> list[str]: ...


class Figures(Protocol):
    """The figures of an order line, in cases."""

    ordered: int
    reserved: int
    short: int
    shipped: int
    delivered: int
    given_up: int


def derive_status(lines: Iterable[Figures], cancellation: str, approval: str = "none") -> str:
    """Derive the status from the lines' figures and the cancellation and approval states."""
    if cancellation != "none":
        return "cancelled" if cancellation == "done" else "cancelling"
    if approval in ("asked", "refused"):
        return "awaiting_approval" if approval == "asked" else "sent_back"
    lines = list(lines)
    if all(line.delivered == line.ordered - line.given_up for line in lines):
        return "delivered"
    if all(line.shipped == line.ordered - line.given_up for line in lines):
        return "shipped"
    if any(line.shipped for line in lines):
        return "partly_shipped"
    if any(line.short for line in lines):
        return "back_ordered"
    return "reserved" if all(line.reserved == line.ordered for line in lines) else "placed"


def check_transition(before: str, after: str) -> None:
    """Raise ValueError unless an order may go from `before` to `after`; staying is allowed."""
    if after != before and after not in TRANSITIONS[before]:
        raise ValueError(f"an order cannot go from {before} to {after}")


def may_cancel(uid: str, may_cancel_any: bool, owner: str, status: str) -> bool:
    """Return whether this person may request cancellation of this order now."""
    return status in CANCELLABLE and (may_cancel_any or owner == uid)


def may_edit(uid: str, owner: str, status: str) -> bool:
    """Return whether this person may change the order: its owner, until it is placed."""
    return status in EDITABLE and owner == uid


def may_decide(uid: str, owner: str, status: str) -> bool:
    """Return whether a sales manager may decide on this order: never on their own."""
    return status == "awaiting_approval" and owner != uid


def approvers(
    owner: str, away: Mapping[str, Absence], people: Mapping[str, Known]
) -> dict[str, str]:
    """Map the uid of each person who may decide on this owner's orders to whom they stand in for.

    That is empty for sales managers, who decide as themselves even when out of office. `people` are
    those who may see orders.
    """
    found = {uid: "" for uid, each in sorted(people.items()) if SALES_MANAGERS in each.groups}
    for uid in list(found):
        if other := stand_in_for(uid, owner, away, people):
            found.setdefault(other, uid)
    found.pop(owner, None)
    return found


def discount_of(subtotal: Decimal, percent: Decimal) -> Decimal:
    """Return the discount in whole cents, half a cent rounded up."""
    return (subtotal * percent / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
