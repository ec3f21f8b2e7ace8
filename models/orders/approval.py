"""Sales-manager approval of orders: when it is needed, and what each decision does.

One manager decides, or whoever stands in for one who is out of office; everyone who was asked then
sees that it is settled.
"""

from decimal import Decimal
from typing import TypedDict
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.orders.changes import lock_order, settle, signal_order, stale
from models.orders.construction import placed_event
from models.orders.events import (
    ApprovalGiven,
    ApprovalRefused,
    ApprovalRequested,
    ApprovalWithdrawn,
    OrderApproversChanged,
)
from models.orders.people import approvers_now
from models.orders.rules import BOOKED, may_decide
from models.orders.tables import Client, Order
from models.shared import clock
from models.shared.database.context import current_actor
from models.shared.errors import DomainError, Forbidden, Invalid
from models.shared.events.outbox import record
from models.shared.records.circumstance import Circumstance
from models.shared.settings.company import value

UNPAID = tuple(status for status in BOOKED if status != "delivered")


def send_order(session: Session, order: Order, client: Client) -> None:
    """Place the order (OrderPlaced), or request approval if it needs one (ApprovalRequested).

    The caller must hold the lock on `client`; otherwise two concurrent orders could each fit into
    the same remaining credit.
    """
    withdraw_request(session, order, "The order was edited.")
    with session.no_autoflush:  # a new order is incomplete until `settle`
        order.approval_reasons = reasons_to_ask(session, order, client)
        approvers = _approvers(session, order)
    if not order.approval_reasons:
        return _place(session, order, "none", "placed")
    order.approval, order.asked = "asked", approvers
    settle(session, order, "approval requested")
    order.approval_event = record(
        session,
        ApprovalRequested(
            **_facts(order),
            reasons=order.approval_reasons,
            reason=order.note,
            version=order.version,
            approvers=order.asked,
        ),
    )
    return None


def requests_to_move(session: Session) -> list[str]:
    """Return the orders whose approvers now differ from the ones who were asked.

    An order that nobody could decide now is left out: it stays with those who were asked.
    """
    query = select(Order.number, Order.owner, Order.asked).where(Order.approval == "asked")
    waiting = session.execute(query.order_by(Order.number)).all()
    now = approvers_now(session, {each.owner for each in waiting})
    return [each.number for each in waiting if sorted(now[each.owner]) not in ([], each.asked)]


def ask_those_who_decide_now(session: Session, number: str) -> bool:
    """Ask whoever may decide on a waiting order now (OrderApproversChanged).

    While a sales manager is out of office that includes their delegate. Returns whether the
    approvers changed.
    """
    order = lock_order(session, number)
    now = _approvers(session, order)
    if order.approval != "asked" or not now or now == order.asked:
        return False
    added, order.asked = sorted(set(now) - set(order.asked)), now
    record(
        session,
        OrderApproversChanged(
            **_facts(order),
            reason=order.note,
            version=order.version,
            approvers=now,
            added=added,
        ),
    )
    signal_order(session, number)
    return True


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


def decide_order(
    session: Session,
    number: str,
    decision: str,
    reason: str,
    version: int,
    is_manager: Circumstance[bool],
) -> None:
    """Apply a decision: `approve` places the order, `refuse` sends it back.

    `is_manager`: the actor is a sales manager; anybody else decides only for one who is out of
    office. Raises Invalid for any other decision, and whatever `approve_order` and `refuse_order`
    raise.
    """
    match decision:
        case "approve":
            approve_order(session, number, version, is_manager=is_manager)
        case "refuse":
            refuse_order(session, number, reason, version, is_manager=is_manager)
        case _:
            raise Invalid({"decision": "Approve the order or send it back."})


def approve_order(
    session: Session, number: str, version: int, *, is_manager: Circumstance[bool]
) -> None:
    """Approve an order and place it (ApprovalGiven, OrderPlaced).

    Raises NotFound, Forbidden (the actor's own order, or no sales manager and standing in for none),
    Stale (`version` is not current), DomainError `not_waiting` (no decision is pending).
    """
    order, place = _to_decide(session, number, version, is_manager)
    order.decided_by, order.decided_note = current_actor(session), ""
    record(session, ApprovalGiven(**_answer(order, ""), on_behalf_of=place))
    _place(session, order, "given", "approved", **_on_behalf(place))


def refuse_order(
    session: Session,
    number: str,
    reason: str,
    version: int,
    *,
    is_manager: Circumstance[bool],
) -> None:
    """Send an order back to its owner, who can change or cancel it (ApprovalRefused).

    Raises Invalid without a reason of at most 500 characters, and whatever `approve_order` raises.
    """
    order, place = _to_decide(session, number, version, is_manager)
    if not reason.strip() or len(reason) > 500:
        raise Invalid({"reason": "Enter a reason of at most 500 characters."})
    order.approval, order.decided_by, order.decided_note = (
        "refused",
        current_actor(session),
        reason.strip(),
    )
    settle(session, order, "sent back", **_on_behalf(place))
    record(session, ApprovalRefused(**_answer(order, order.decided_note), on_behalf_of=place))


def withdraw_request(session: Session, order: Order, reason: str) -> None:
    """Withdraw the pending approval request, if there is one (ApprovalWithdrawn)."""
    if order.approval == "asked":
        record(session, ApprovalWithdrawn(**_answer(order, reason)))
        order.approval = "none"


def _place(session: Session, order: Order, approval: str, what: str, **more: str) -> None:
    order.approval, order.placed_at = approval, clock.now()
    settle(session, order, what, **more)
    record(session, placed_event(order))


def _to_decide(session: Session, number: str, version: int, is_manager: bool) -> tuple[Order, str]:
    """Return the order, locked, and the sales manager for whom the actor decides; empty for none."""
    order, actor = lock_order(session, number), current_actor(session)
    if order.owner == actor:
        raise Forbidden(f"Order {number} is your own. Another sales manager has to review it.")
    place = "" if is_manager else approvers_now(session, {order.owner})[order.owner].get(actor)
    if place is None:
        raise Forbidden("Only a sales manager or their out-of-office delegate can review orders.")
    if order.version != version:
        raise stale(session, order, version)
    if not may_decide(actor, order.owner, order.status):
        raise DomainError("not_waiting", f"Order {number} does not need approval.")
    return order, place


def _approvers(session: Session, order: Order) -> list[str]:
    return sorted(approvers_now(session, {order.owner})[order.owner])


def _on_behalf(place: str) -> dict[str, str]:
    return {"on_behalf_of": place} if place else {}


class _Facts(TypedDict):
    """What every event about an approval says."""

    order_number: str
    client_name: str
    owner: str
    total: Decimal
    discount_percent: Decimal


class _Answer(_Facts):
    """What an event that ends a request says as well."""

    request: UUID
    reason: str


def _facts(order: Order) -> _Facts:
    return {
        "order_number": order.number,
        "client_name": order.client_name,
        "owner": order.owner,
        "total": order.total,
        "discount_percent": order.discount_percent,
    }


def _answer(order: Order, reason: str) -> _Answer:
    assert order.approval_event
    return {**_facts(order), "request": order.approval_event, "reason": reason}
