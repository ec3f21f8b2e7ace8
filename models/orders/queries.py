"""What the orders service answers about orders."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Row, Select, func, select, true, tuple_
from sqlalchemy.orm import Session, selectinload

from models.orders.rules import BOOKED, OPEN, WAITING
from models.orders.tables import Draft, Order
from models.shared.errors import NotFound

COUNTED = 10_000
OFFICE = ZoneInfo("America/New_York")
_ORDER = Order.__table__.c  # of the table: rows of a list need no mapper
SORTS = {  # name: (column, whether descending); the number breaks ties
    "newest": (_ORDER.placed_at, True),
    "oldest": (_ORDER.placed_at, False),
    "total": (_ORDER.total, True),
}
_LISTED = select(
    _ORDER.number,
    _ORDER.client_number,
    _ORDER.client_name,
    _ORDER.city,
    _ORDER.owner,
    _ORDER.owner_name,
    _ORDER.status,
    _ORDER.cases,
    _ORDER.reserved,
    _ORDER.short,
    _ORDER.shipped,
    _ORDER.placed_at,
    _ORDER.total,
    _ORDER.currency,
    _ORDER.discount_percent,
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
    rows = list(session.execute(_page(wanted, sort, before or after, before is not None, size + 1)))
    more, rows = len(rows) > size, rows[:size]
    if before is not None:
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
    return list(session.execute(_page(wanted, sort, None, False, most)))


def count_orders(session: Session, wanted: OrderFilter) -> tuple[int, Decimal]:
    """How many the filter leaves and their worth; exact to 10,000, above it 10,001 and a part of it."""
    count, worth = session.execute(select(_counted(wanted))).one()
    return count, worth


def count_orders_and_tabs(
    session: Session, wanted: OrderFilter, uid: str
) -> tuple[int, Decimal, dict[str, int]]:
    """As count_orders, and for the tabs: this person's open ones (`mine`) and `drafts`, everybody's open ones by status."""
    rows = session.execute(_counts(wanted, uid)).all()
    tabs = {row.status: row.every for row in rows if row.status}
    first = rows[0]
    return first[0], first[1], {"mine": sum(row.mine or 0 for row in rows), "drafts": first.drafts, **tabs}


def list_waiting_orders(session: Session, uid: str, most: int = 5) -> tuple[list[Row[Any]], int]:
    """This person's orders that wait for somebody, oldest first, and how many there are in all."""
    wanted = OrderFilter(owner=uid, statuses=WAITING)
    return list_orders(session, wanted, "oldest", size=most).rows, count_orders(session, wanted)[0]


def list_to_decide(session: Session, uid: str, most: int = 5) -> list[Row[Any]]:
    """The orders that wait for a sales manager other than this person, oldest first."""
    waiting = _LISTED.where(_ORDER.status == "awaiting_approval", _ORDER.owner != uid)
    return list(session.execute(waiting.order_by(_ORDER.placed_at, _ORDER.number).limit(most)))


def sum_booked_by_day(session: Session, since: date, until: date, owner: str = "") -> dict[date, Decimal]:
    """What was ordered on each day of the office (first and last included): placed, and not cancelled since."""
    day = func.date(func.timezone(OFFICE.key, _ORDER.placed_at))
    query = select(day, func.sum(_ORDER.total)).where(_ORDER.status.in_(BOOKED)).group_by(day)
    wanted = OrderFilter(since=since, until=until, owner=owner)
    return {row[0]: row[1] for row in session.execute(_narrowed(query, wanted))}


@lru_cache(maxsize=512)
def _page(
    wanted: OrderFilter, sort: str, keys: tuple[Any, ...] | None, backwards: bool, size: int
) -> Select[Any]:
    """The statement of a page; kept, since to build it costs more than to run it."""
    column, descending = SORTS[sort]
    query = _narrowed(_LISTED, wanted)
    if keys:
        query = query.where(_beyond(column, descending != backwards, keys))
    order = [key.desc() if descending != backwards else key.asc() for key in (column, _ORDER.number)]
    return query.order_by(*order).limit(size)


@lru_cache(maxsize=512)
def _counts(wanted: OrderFilter, uid: str) -> Select[Any]:
    mine = func.count().filter(_ORDER.owner == uid)
    by_status = select(_ORDER.status, func.count().label("every"), mine.label("mine"))
    tabs = by_status.where(_ORDER.status.in_(OPEN)).group_by(_ORDER.status).subquery()
    counted = _counted(wanted)
    drafts = select(func.count()).where(Draft.owner == uid).scalar_subquery().label("drafts")
    return select(*counted.c, drafts, *tabs.c).select_from(counted.outerjoin(tabs, true()))


def _counted(wanted: OrderFilter) -> Any:
    some = _narrowed(select(_ORDER.total), wanted).limit(COUNTED + 1).subquery()
    worth = func.coalesce(func.sum(some.c.total), 0)
    return select(func.count().label("count"), worth.label("worth")).select_from(some).subquery()


def _narrowed(query: Any, wanted: OrderFilter) -> Select[Any]:
    for word in wanted.q.lower().split():
        query = query.where(_ORDER.search_text.contains(word, autoescape=True))
    if wanted.statuses:
        query = query.where(_ORDER.status.in_(wanted.statuses))
    if wanted.owner:
        query = query.where(_ORDER.owner == wanted.owner)
    if wanted.client_number:
        query = query.where(_ORDER.client_number == wanted.client_number)
    if wanted.since:
        query = query.where(_ORDER.placed_at >= _start_of(wanted.since))
    if wanted.until:
        query = query.where(_ORDER.placed_at < _start_of(date.fromordinal(wanted.until.toordinal() + 1)))
    return query


def _start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=OFFICE)


def _beyond(column: Any, descending: bool, keys: tuple[Any, ...]) -> Any:
    value = datetime.fromisoformat(keys[0]) if column is _ORDER.placed_at else Decimal(keys[0])
    place = tuple_(column, _ORDER.number)
    return place < (value, keys[1]) if descending else place > (value, keys[1])
