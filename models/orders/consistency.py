"""Consistency checks: the stored figures of orders must follow from their lines."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from models.orders.rules import derive_status, discount_of
from models.orders.tables import TIMELINE, Order

PORTION = 1000


def find_book_errors(session: Session) -> list[str]:
    """Return one sentence per inconsistency in any order; an empty list means all is well.

    Compares each order's status, total and sums with its lines, and looks for timelines with
    endings that exclude each other.
    """
    errors, after = list[str](), ""
    query = select(Order).options(selectinload(Order.lines)).order_by(Order.number).limit(PORTION)
    while orders := session.scalars(query.where(Order.number > after)).all():
        for order in orders:
            errors += [f"{order.number}: {fault}" for fault in _faults_of(order)]
        after = orders[-1].number
        session.expunge_all()
    return errors + _placed_twice(session)


def _faults_of(order: Order) -> list[str]:
    should = {
        "status": derive_status(order.lines, order.cancellation, order.approval),
        "total": order.subtotal - discount_of(order.subtotal, order.discount_percent),
        "cases": sum(line.ordered - line.given_up for line in order.lines),
        "reserved": sum(line.reserved for line in order.lines),
        "short": sum(line.short for line in order.lines),
        "shipped": sum(line.shipped for line in order.lines),
    }
    return [
        f"{name} stands at {getattr(order, name)}, should be {value}"
        for name, value in should.items()
        if getattr(order, name) != value
    ]


def _placed_twice(session: Session) -> list[str]:
    """Find orders placed or cancelled twice, or both cancelled and dispatched, by timeline."""
    ends = (
        select(TIMELINE.c.order_number, func.array_agg(TIMELINE.c.type).label("types"))
        .where(
            TIMELINE.c.type.in_(
                (
                    "dm.orders.order.placed.v1",
                    "dm.orders.order.cancelled.v1",
                    "dm.inventory.shipment.dispatched.v1",
                )
            )
        )
        .group_by(TIMELINE.c.order_number)
    )
    faults = []
    for row in session.execute(ends):
        kinds = [type_.split(".")[3] for type_ in row.types]
        if kinds.count("placed") > 1 or kinds.count("cancelled") > 1:
            faults.append(f"{row.order_number}: placed or cancelled twice")
        if {"cancelled", "dispatched"} <= set(kinds):
            faults.append(f"{row.order_number}: both cancelled and dispatched")
    return faults
