"""Applies a change to an order: derived status and sums, version, history and live signals."""

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from models.orders.rules import check_transition, derive_status
from models.orders.tables import Order
from models.shared.database.live_signals import signal_record
from models.shared.errors import NotFound, Stale
from models.shared.records.history import list_history, write_history


def lock_order(session: Session, number: str) -> Order:
    """Return the order with its lines, locked until the transaction ends; raises NotFound."""
    order = session.scalars(
        select(Order)
        .where(Order.number == number)
        .options(selectinload(Order.lines))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if order is None:
        raise NotFound("order", number)
    return order


def settle(session: Session, order: Order, what: str, **more: str) -> None:
    """Derive status and sums after a change, increment the version, write history, signal watchers.

    `more` goes into the history entry.
    Raises ValueError if the status would change in a way that the table of transitions does not
    allow.
    """
    status = derive_status(order.lines, order.cancellation, order.approval)
    if order.version:
        check_transition(order.status, status)
    order.status, order.version = status, order.version + 1
    order.cases = sum(line.ordered - line.given_up for line in order.lines)
    order.reserved = sum(line.reserved for line in order.lines)
    order.short = sum(line.short for line in order.lines)
    order.shipped = sum(line.shipped for line in order.lines)
    facts = {**facts_of(order), **more}
    write_history(session, "order", order.number, what, version=order.version, **facts)
    signal_order(session, order.number)


def facts_of(order: Order) -> dict[str, object]:
    """Return the facts that history stores per version, so that Stale can report what changed."""
    return {
        "status": order.status,
        "total": str(order.total),
        "discount": f"{order.discount_percent:.2f} %",
        "client": order.client_name,
        "cases": order.cases,
    }


def stale(session: Session, order: Order, seen: int) -> Stale:
    """Build the Stale error with what changed between the version a person saw and now."""
    entries = list_history(session, "order", order.number)
    then: dict[str, object] = next(
        (entry.changes for entry in entries if entry.changes.get("version") == seen), {}
    )
    changes = {
        name: (then.get(name, "unknown"), now)
        for name, now in facts_of(order).items()
        if then.get(name) != now
    }
    return Stale(f"Order {order.number} changed since you opened it.", changes)


def signal_order(session: Session, number: str) -> None:
    """Signal pages that show this order, and the order lists."""
    signal_record(session, "order", number)
    signal_record(session, "orders", "*")
