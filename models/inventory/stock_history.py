"""How a product came to be where it is: its ledger with balances, its stock over time, its prices."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models.inventory.tables import LedgerEntry
from models.shared import clock
from models.shared.records.history import HistoryEntry

DAILY = 8  # weeks; of a longer time each point is a week


class Balanced(NamedTuple):
    """A ledger entry, with the product's cases on hand and reserved once it was made."""

    entry: LedgerEntry
    on_hand: int
    reserved: int


class StockPoint(NamedTuple):
    """A day, or a week by its Monday: stock at its end, and the cases that came and left in it."""

    day: date
    on_hand: int
    reserved: int
    received: int
    shipped: int

    @property
    def available(self) -> int:
        """Cases that could still be promised."""
        return self.on_hand - self.reserved


class Price(NamedTuple):
    """A price and who set it; `before` is the price until then, None for the first."""

    price: Decimal
    before: Decimal | None
    entry: HistoryEntry


def balanced_ledger_of(
    session: Session, sku: str, before: int | None = None, size: int = 25
) -> list[Balanced]:
    """Return a SKU's ledger, newest first, only the entries older than the entry `before`."""
    query = select(LedgerEntry).where(LedgerEntry.sku == sku)
    if before:
        query = query.where(LedgerEntry.id < before)
    entries = session.scalars(query.order_by(LedgerEntry.id.desc()).limit(size)).all()
    if not entries:
        return []
    sums = select(func.sum(LedgerEntry.delta_on_hand), func.sum(LedgerEntry.delta_reserved))
    on_hand, reserved = session.execute(
        sums.where(LedgerEntry.sku == sku, LedgerEntry.id <= entries[0].id)
    ).one()
    found = []
    for entry in entries:
        found.append(Balanced(entry, on_hand, reserved))
        on_hand, reserved = on_hand - entry.delta_on_hand, reserved - entry.delta_reserved
    return found


def stock_over_time(session: Session, sku: str, weeks: int) -> list[StockPoint]:
    """Return the stock of the last weeks, in the office's days up to today, oldest first.

    Of more than eight weeks each point is a week. It begins with the product's first entry if that
    is later.
    """
    today, step = clock.today(clock.OFFICE), "day" if weeks <= DAILY else "week"
    first = today - timedelta(weeks=weeks)
    first -= timedelta(days=first.weekday() if step == "week" else 0)
    day = func.date(func.date_trunc(step, func.timezone(clock.OFFICE.key, LedgerEntry.at))).label(
        "day"
    )
    is_before = LedgerEntry.at < clock.start_of(first)
    sums = (
        func.coalesce(func.sum(LedgerEntry.delta_on_hand), 0).label("on_hand"),
        func.coalesce(func.sum(LedgerEntry.delta_reserved), 0).label("reserved"),
    )
    on_hand, reserved, known = session.execute(
        select(*sums, func.count()).where(LedgerEntry.sku == sku, is_before)
    ).one()
    moved = select(day, *sums, *(_moved(kind).label(kind) for kind in ("receipt", "shipment")))
    rows = session.execute(moved.where(LedgerEntry.sku == sku, ~is_before).group_by(day))
    by_day = {row.day: row for row in rows}
    if not known:
        first = min(by_day, default=today)
    points = []
    while first <= today:
        row = by_day.get(first)
        if row:
            on_hand, reserved = on_hand + row.on_hand, reserved + row.reserved
        came, left = (row.receipt, -row.shipment) if row else (0, 0)
        points.append(StockPoint(first, on_hand, reserved, came, left))
        first += timedelta(days=1 if step == "day" else 7)
    return points


def prices_in(history: Sequence[HistoryEntry]) -> list[Price]:
    """Return the prices that a product's history tells of, in its order."""
    return [_price(entry) for entry in history if "unit_price" in entry.changes]


def _price(entry: HistoryEntry) -> Price:
    """Read an entry: that of a new product has its price, a change what it was and is."""
    given = entry.changes["unit_price"]
    if isinstance(given, str):
        return Price(Decimal(given), None, entry)
    before, now = given
    return Price(Decimal(now), Decimal(before), entry)


def _moved(kind: str) -> ColumnElement[int]:
    return func.coalesce(func.sum(LedgerEntry.delta_on_hand).filter(LedgerEntry.kind == kind), 0)
