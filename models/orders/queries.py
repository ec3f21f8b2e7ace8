"""What the orders service answers about orders."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Row, Select, func, select, tuple_
from sqlalchemy.orm import Session, selectinload

from models.orders.rules import OPEN, WAITING
from models.orders.tables import Order
from models.shared.errors import NotFound

COUNTED = 10_000
OFFICE = ZoneInfo("America/New_York")
SORTS = {  # name: (column, whether descending); the number breaks ties
    "newest": (Order.placed_at, True),
    "oldest": (Order.placed_at, False),
    "total": (Order.total, True),
}
_COLUMNS = (
    Order.number,
    Order.client_number,
    Order.client_name,
    Order.city,
    Order.owner,
    Order.owner_name,
    Order.status,
    Order.cases,
    Order.reserved,
    Order.short,
    Order.shipped,
    Order.placed_at,
    Order.total,
    Order.currency,
)


class OrderFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is narrowed to. `q` looks in number, client, SKU, product name; days are the office's."""

    q: str = ""
    statuses: tuple[str, ...] = ()
    owner: str = ""
    client_number: str = ""
    since: date | None = None
    until: date | None = None


class OrderPage(NamedTuple):
    """One page of a list, and whether there is more before and after it."""

    rows: list[Row[Any]]
    has_before: bool
    has_after: bool


def get_order(session: Session, number: str) -> Order:
    """The order with its lines; raises NotFound."""
    order = session.scalars(
        select(Order).where(Order.number == number).options(selectinload(Order.lines))
    ).one_or_none()
    if order is None:
        raise NotFound("order", number)
    return order


def list_orders(
    session: Session,
    wanted: OrderFilter,
    sort: str = "newest",
    *,
    after: tuple[Any, ...] | None = None,
    before: tuple[Any, ...] | None = None,
    size: int = 25,
) -> OrderPage:
    """A page by keyset: the rows that follow the keys `after`, or stand just before the keys `before`."""
    column, descending = SORTS[sort]
    backwards = before is not None
    keys = before or after
    query = _narrowed(select(*_COLUMNS), wanted)
    if keys:
        query = query.where(_beyond(column, descending != backwards, keys))
    order = [key.desc() if descending != backwards else key.asc() for key in (column, Order.number)]
    rows = list(session.execute(query.order_by(*order).limit(size + 1)))
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        return OrderPage(rows[::-1], has_before=more, has_after=True)
    return OrderPage(rows, has_before=after is not None, has_after=more)


def keys_of(row: Row[Any], sort: str) -> tuple[str, str]:
    """The keyset of a row in this order of the list, as plain texts."""
    value = getattr(row, SORTS[sort][0].key)
    return (value.isoformat() if isinstance(value, datetime) else str(value), row.number)


def each_order(
    session: Session, wanted: OrderFilter, sort: str = "newest", most: int = 50_000
) -> list[Row[Any]]:
    """All that the filter leaves, for an export; at most `most`."""
    column, descending = SORTS[sort]
    order = [key.desc() if descending else key.asc() for key in (column, Order.number)]
    return list(session.execute(_narrowed(select(*_COLUMNS), wanted).order_by(*order).limit(most)))


def count_orders(session: Session, wanted: OrderFilter) -> tuple[int, Decimal]:
    """How many the filter leaves and their worth; exact to 10,000, above it 10,001 and a part of it."""
    some = _narrowed(select(Order.total), wanted).limit(COUNTED + 1).subquery()
    count, worth = session.execute(
        select(func.count(), func.coalesce(func.sum(some.c.total), 0)).select_from(some)
    ).one()
    return count, worth


def count_open_orders(session: Session, uid: str) -> dict[str, int]:
    """For the tabs over the list: open ones of this person (`mine`), and of everybody by status."""
    rows = session.execute(
        select(Order.status, func.count(), func.count().filter(Order.owner == uid))
        .where(Order.status.in_(OPEN))
        .group_by(Order.status)
    ).all()
    return {"mine": sum(mine for _, _, mine in rows), **{status: every for status, every, _ in rows}}


def list_waiting_orders(session: Session, uid: str, most: int = 5) -> tuple[list[Row[Any]], int]:
    """This person's orders that wait for somebody, oldest first, and how many there are in all."""
    wanted = OrderFilter(owner=uid, statuses=WAITING)
    return list_orders(session, wanted, "oldest", size=most).rows, count_orders(session, wanted)[0]


def sum_booked_by_day(session: Session, since: date, until: date, owner: str = "") -> dict[date, Decimal]:
    """What was ordered on each day of the office (first and last included), without what was cancelled."""
    day = func.date(func.timezone(OFFICE.key, Order.placed_at))
    query = select(day, func.sum(Order.total)).where(Order.status != "cancelled").group_by(day)
    wanted = OrderFilter(since=since, until=until, owner=owner)
    return {row[0]: row[1] for row in session.execute(_narrowed(query, wanted))}


def _narrowed(query: Any, wanted: OrderFilter) -> Select[Any]:
    for word in wanted.q.lower().split():
        query = query.where(Order.search_text.contains(word, autoescape=True))
    if wanted.statuses:
        query = query.where(Order.status.in_(wanted.statuses))
    if wanted.owner:
        query = query.where(Order.owner == wanted.owner)
    if wanted.client_number:
        query = query.where(Order.client_number == wanted.client_number)
    if wanted.since:
        query = query.where(Order.placed_at >= _start_of(wanted.since))
    if wanted.until:
        query = query.where(Order.placed_at < _start_of(date.fromordinal(wanted.until.toordinal() + 1)))
    return query


def _start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=OFFICE)


def _beyond(column: Any, descending: bool, keys: tuple[Any, ...]) -> Any:
    value = datetime.fromisoformat(keys[0]) if column is Order.placed_at else Decimal(keys[0])
    place = tuple_(column, Order.number)
    return place < (value, keys[1]) if descending else place > (value, keys[1])
