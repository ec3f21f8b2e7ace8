"""Rights over other people's orders."""

from sqlalchemy.orm import Session

from models.orders.people import approvers_now
from models.orders.rules import may_decide
from models.orders.tables import Order
from webapp.shared.people.rights import can, person


def may_cancel_any() -> bool:
    """Return whether this person may request cancellation of other people's orders."""
    return is_sales_manager()


def is_sales_manager() -> bool:
    """Return whether this person decides on orders by their own role."""
    return "sales_manager" in person().roles


def may_decide_on(session: Session, order: Order) -> bool:
    """Return whether this person decides on the order now: as sales manager, or for one who is out."""
    uid = person().uid
    if not can("orders.approve") or not may_decide(uid, order.owner, order.status):
        return False
    return is_sales_manager() or uid in approvers_now(session, {order.owner})[order.owner]
