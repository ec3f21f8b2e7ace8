"""Sales-manager approval of orders: when it is needed, and what each decision does.

One manager decides; everyone who was asked then sees that it is settled.
"""

from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.orders.changes import lock_order, settle, stale
from models.orders.construction import placed_event
from models.orders.events import (
    ApprovalGiven,
    ApprovalRefused,
    ApprovalRequested,
    ApprovalWithdrawn,
)
from models.orders.rules import BOOKED, may_decide
from models.orders.tables import Client, Order
from models.shared import clock
from models.shared.errors import DomainError, Forbidden, Invalid
from models.shared.events.outbox import record
from models.shared.settings.company import value

UNPAID = tuple(status for status in BOOKED if status != "delivered")


def send_order(session: Session, order: Order, client: Client) -> None:
    """Place the order (OrderPlaced), or request approval if it needs one (ApprovalRequested).

    The caller must hold the lock on `client`; otherwise two concurrent orders could each fit into
    the same remaining credit.
    """
    withdraw_request(session, order, "The order was changed.")
    with session.no_autoflush:  # a new order is incomplete until `settle`
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
    """Return why the order needs a sales manager's approval; empty if it needs none.

    `discount`: above the company's limit. `credit`: the client's open orders plus this one exceed
    its credit limit.
    """
    used = sum_credit_used(session, client.number, but=order.number)
    over = {
        "discount": order.discount_percent > value(session, "discount_limit_percent"),
        "credit": used + order.total > client.credit_limit,
    }
    return [name for name, is_over in over.items() if is_over]


def sum_credit_used(session: Session, client_number: str, but: str = "") -> Decimal:
    """Return the total of the client's placed, undelivered orders, excluding order `but`."""
    worth = select(func.coalesce(func.sum(Order.total), 0)).where(
        Order.client_number == client_number, Order.status.in_(UNPAID), Order.number != but
    )
    return session.execute(worth).scalar_one()


def decide_order(session: Session, number: str, decision: str, reason: str, version: int) -> None:
    """Apply a sales manager's decision: `approve` places the order, `refuse` sends it back.

    Raises Invalid for any other decision, and whatever `approve_order` and `refuse_order` raise.
    """
    match decision:
        case "approve":
            approve_order(session, number, version)
        case "refuse":
            refuse_order(session, number, reason, version)
        case _:
            raise Invalid({"decision": "Approve it, or send it back."})


def approve_order(session: Session, number: str, version: int) -> None:
    """Approve an order and place it (ApprovalGiven, OrderPlaced).

    Raises NotFound, Forbidden (the actor's own order), Stale (`version` is not current),
    DomainError `not_waiting` (no decision is pending).
    """
    order = _to_decide(session, number, version)
    order.decided_by, order.decided_note = session.info["actor"], ""
    record(session, ApprovalGiven(**_answer(order, "")))
    _place(session, order, "given", "approved")


def refuse_order(session: Session, number: str, reason: str, version: int) -> None:
    """Send an order back to its owner, who can change or cancel it (ApprovalRefused).

    Raises Invalid without a reason of at most 500 characters, and whatever `approve_order` raises.
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
    """Withdraw the pending approval request, if there is one (ApprovalWithdrawn)."""
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
