"""Which orders wait for a sales manager, and what becomes of them (DESIGN.md: decided by one, told to all)."""

from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.orders.events import (
    ApprovalGiven,
    ApprovalRefused,
    ApprovalRequested,
    ApprovalWithdrawn,
)
from models.orders.making import placed_event
from models.orders.rules import BOOKED, may_decide
from models.orders.settling import lock_order, settle, stale
from models.orders.tables import Client, Order
from models.shared import clock
from models.shared.app_settings import value
from models.shared.errors import DomainError, Forbidden, Invalid
from models.shared.outbox import record

UNPAID = tuple(status for status in BOOKED if status != "delivered")


def send_order(session: Session, order: Order, client: Client) -> None:
    """Places the order (OrderPlaced), or asks a sales manager where it needs one (ApprovalRequested).

    `client` is locked, so that two orders at once do not both fit into what credit is left.
    """
    withdraw_request(session, order, "The order was changed.")
    with session.no_autoflush:  # a new order is not whole before `settle`
        order.approval_reasons = reasons_to_ask(session, order, client)
    if not order.approval_reasons:
        return _place(session, order, "none", "placed")
    order.approval = "asked"
    settle(session, order, "approval requested")
    order.approval_event = record(
        session,
        ApprovalRequested(
            **_facts(order),
            reasons=order.approval_reasons,
            reason=order.note,
            version=order.version,
        ),
    )
    return None


def reasons_to_ask(session: Session, order: Order, client: Client) -> list[str]:
    """What of this order a sales manager must agree to: `discount` above the limit, `credit` above the client's."""
    used = sum_credit_used(session, client.number, but=order.number)
    over = {
        "discount": order.discount_percent > value(session, "discount_limit_percent"),
        "credit": used + order.total > client.credit_limit,
    }
    return [name for name, is_over in over.items() if is_over]


def sum_credit_used(session: Session, client_number: str, but: str = "") -> Decimal:
    """What this client's placed orders that are not yet delivered are worth together, without order `but`."""
    worth = select(func.coalesce(func.sum(Order.total), 0)).where(
        Order.client_number == client_number, Order.status.in_(UNPAID), Order.number != but
    )
    return session.execute(worth).scalar_one()


def decide_order(session: Session, number: str, decision: str, reason: str, version: int) -> None:
    """A sales manager's answer: `approve` places the order, `refuse` sends it back with a reason.

    Raises Invalid for any other decision, and what `approve_order` and `refuse_order` raise.
    """
    match decision:
        case "approve":
            approve_order(session, number, version)
        case "refuse":
            refuse_order(session, number, reason, version)
        case _:
            raise Invalid({"decision": "Approve it, or send it back."})


def approve_order(session: Session, number: str, version: int) -> None:
    """A sales manager agrees: the order is placed with it (ApprovalGiven, OrderPlaced).

    Raises NotFound, Forbidden (one's own order), Stale (not the version that was seen), DomainError
    (nothing to decide).
    """
    order = _to_decide(session, number, version)
    order.decided_by, order.decided_note = session.info["actor"], ""
    record(session, ApprovalGiven(**_answer(order, "")))
    _place(session, order, "given", "approved")


def refuse_order(session: Session, number: str, reason: str, version: int) -> None:
    """A sales manager sends the order back to its owner, who may change it or give it up (ApprovalRefused).

    Raises Invalid (no reason) and what `approve_order` raises.
    """
    order = _to_decide(session, number, version)
    if not reason.strip() or len(reason) > 500:
        raise Invalid({"reason": "Please say why, in at most 500 characters."})
    order.approval, order.decided_by, order.decided_note = (
        "refused",
        session.info["actor"],
        reason.strip(),
    )
    settle(session, order, "sent back")
    record(session, ApprovalRefused(**_answer(order, order.decided_note)))


def withdraw_request(session: Session, order: Order, reason: str) -> None:
    """Takes back what was asked of the managers, where they were asked (ApprovalWithdrawn)."""
    if order.approval == "asked":
        record(session, ApprovalWithdrawn(**_answer(order, reason)))
        order.approval = "none"


def _place(session: Session, order: Order, approval: str, what: str) -> None:
    order.approval, order.placed_at = approval, clock.now()
    settle(session, order, what)
    record(session, placed_event(order))


def _to_decide(session: Session, number: str, version: int) -> Order:
    order, actor = lock_order(session, number), session.info["actor"]
    if order.owner == actor:
        raise Forbidden(f"Order {number} is your own: another sales manager has to decide.")
    if order.version != version:
        raise stale(session, order, version)
    if not may_decide(actor, order.owner, order.status):
        raise DomainError("not_waiting", f"Order {number} waits for nobody's decision.")
    return order


def _facts(order: Order) -> dict[str, Any]:
    return {
        "order_number": order.number,
        "client_name": order.client_name,
        "owner": order.owner,
        "total": order.total,
        "discount_percent": order.discount_percent,
    }


def _answer(order: Order, reason: str) -> dict[str, Any]:
    return {**_facts(order), "request": order.approval_event, "reason": reason}
