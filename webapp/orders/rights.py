"""Rights over other people's orders."""

from sqlalchemy.orm import Session

from models.orders.people import approvers_now
from models.orders.rules import may_decide
from models.orders.tables import Order
from models.shared.transactions import reading
from webapp.shared.people.rights import can, person


def may_cancel_any() -> bool:
    """Return whether this person may request cancellation of other people's orders."""
    return is_sales_manager()


def is_sales_manager() -> bool:
    """Return whether this person decides on orders by their own role."""
    return "sales_manager" in person().roles


def decides_for_some(owners: set[str]) -> bool:
    """Return whether this person decides now on the orders of one of these owners, not their own."""
    others = owners - {person().uid}
    if is_sales_manager() or not others:
        return bool(others)
    with reading("orders") as session:
        return any(person().uid in deciders for deciders in approvers_now(session, others).values())


def may_decide_on(session: Session, order: Order) -> bool:
    """Return whether this person decides on the order now: as sales manager, or for one who is out."""
    uid = person().uid
    if not can("orders.approve") or not may_decide(uid, order.owner, order.status):
        return False
    return is_sales_manager() or uid in approvers_now(session, {order.owner})[order.owner]
