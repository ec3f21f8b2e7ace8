"""The progress strip above an order: stages passed, when, and stages still to come."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from models.orders.history import Entry
from models.orders.tables import Order
from models.orders.vocabulary import Status
from models.shared.counts import counted
from webapp.orders.words import short_type

WAY = ("placed", "reserved", "shipped", "delivered")


class Station(msgspec.Struct, frozen=True):
    """A stage: when it was reached (None if not yet), whether it is current, time to the next."""

    words: str
    reached: datetime | None = None
    is_now: bool = False
    gap: timedelta | None = None
    note: str = ""


def stations(order: Order, timeline: Sequence[Entry]) -> list[Station]:
    """Return the stages the order has passed, by time, then those to come.

    The order is at the last stage it passed.
    """
    reached = _reached(order, timeline)
    passed = sorted(reached, key=lambda status: (reached[status], _rank(status)))
    over = order.status in ("cancelling", "cancelled")
    to_come = (
        []
        if over
        else [
            status
            for status in WAY
            if status not in reached and _rank(status) > _rank(order.status)
        ]
    )
    times = [reached[status] for status in passed]
    gaps = [later - earlier for earlier, later in pairwise(times)] + [None]
    here = [
        Station(
            Status(status).label,
            reached[status],
            status == passed[-1] and order.status != "delivered",
            gap,
            _note(order, status),
        )
        for status, gap in zip(passed, gaps, strict=True)
    ]
    return here + [Station(Status(status).label) for status in to_come]


def _reached(order: Order, timeline: Sequence[Entry]) -> dict[str, datetime]:
    reached, shipped, delivered = _before_placing(order, timeline), 0, 0
    for entry in timeline:
        cases, kind = entry.facts.get("cases", 0), short_type(entry.type)
        shipped += cases * (kind == "shipment.dispatched")
        delivered += cases * (kind == "shipment.delivered")
        status = {
            "reservation.made": "back_ordered" if entry.facts.get("short") else "reserved",
            "shipment.dispatched": "shipped" if shipped >= order.cases else "partly_shipped",
            "shipment.delivered": "delivered" if delivered >= order.cases else "",
            "order.cancellation_requested": "cancelling" if order.status == "cancelling" else "",
            "order.cancelled": "cancelled",
        }.get(kind, "")
        if status:
            reached.setdefault(status, entry.at)
    return reached


def _before_placing(order: Order, timeline: Sequence[Entry]) -> dict[str, datetime]:
    names = {"order.approval_requested": "awaiting_approval", "order.approval_refused": "sent_back"}
    last = {
        names[short_type(entry.type)]: entry.at
        for entry in timeline
        if short_type(entry.type) in names
    }
    asked = {"awaiting_approval": last.get("awaiting_approval", order.placed_at)}
    if order.approval == "none" and not last:
        return {"placed": order.placed_at}
    if order.approval == "given":
        return {**asked, "placed": order.placed_at}
    return {**asked, **last} if order.status == "sent_back" else asked


def _rank(status: str) -> int:
    return Status.values().index(status)


def _note(order: Order, status: str) -> str:
    if status == "back_ordered" and order.short:
        return f"{order.short:,} short"
    return (
        f"{order.shipped:,} of {counted(order.cases, 'case')}" if status == "partly_shipped" else ""
    )
