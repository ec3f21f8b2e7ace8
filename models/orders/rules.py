"""What must hold for an order: its status from its lines, who may cancel it, what may be ordered."""

from collections.abc import Iterable
from typing import Protocol

from models.orders.tables import CANCELLATIONS, STATUSES

__all__ = [
    "CANCELLABLE",
    "CANCELLATIONS",
    "OPEN",
    "STATUSES",
    "TRANSITIONS",
    "WAITING",
    "check_transition",
    "derive_status",
    "may_cancel",
]
OPEN = ("placed", "reserved", "back_ordered", "partly_shipped", "shipped", "cancelling")
WAITING = ("placed", "back_ordered", "partly_shipped", "cancelling")
CANCELLABLE = ("placed", "reserved", "back_ordered")

# Every change of status that may happen; any other is an error. The tests hold every pair.
TRANSITIONS: dict[str, frozenset[str]] = {
    "placed": frozenset({"reserved", "back_ordered", "cancelling"}),
    "reserved": frozenset({"partly_shipped", "shipped", "cancelling"}),
    "back_ordered": frozenset({"reserved", "partly_shipped", "cancelling"}),
    "partly_shipped": frozenset({"shipped"}),
    "shipped": frozenset({"delivered"}),
    "delivered": frozenset(),
    "cancelling": frozenset(
        {"cancelled", "placed", "reserved", "back_ordered", "partly_shipped", "shipped", "delivered"}
    ),
    "cancelled": frozenset(),
}


class Figures(Protocol):
    """The figures of a line, in cases."""

    ordered: int
    reserved: int
    short: int
    shipped: int
    delivered: int


def derive_status(lines: Iterable[Figures], cancellation: str) -> str:
    """The status that follows from the lines' figures and the state of the cancellation."""
    if cancellation != "none":
        return "cancelled" if cancellation == "done" else "cancelling"
    lines = list(lines)
    if all(line.delivered == line.ordered for line in lines):
        return "delivered"
    if all(line.shipped == line.ordered for line in lines):
        return "shipped"
    if any(line.shipped for line in lines):
        return "partly_shipped"
    if any(line.short for line in lines):
        return "back_ordered"
    return "reserved" if all(line.reserved == line.ordered for line in lines) else "placed"


def check_transition(before: str, after: str) -> None:
    """Raises ValueError unless an order may go from `before` to `after` (or stays)."""
    if after != before and after not in TRANSITIONS[before]:
        raise ValueError(f"an order cannot go from {before} to {after}")


def may_cancel(uid: str, may_cancel_any: bool, owner: str, status: str) -> bool:
    """Whether this person may ask for this order's cancellation now."""
    return status in CANCELLABLE and (may_cancel_any or owner == uid)
