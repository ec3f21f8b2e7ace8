"""Queries on orders: single orders, filtered lists, counts and daily sums."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Row, Select, func, literal, select, tuple_
from sqlalchemy.orm import Session, selectinload

from models.orders.rules import BOOKED, OPEN, WAITING
from models.orders.searching import Search, look_up, with_words
from models.orders.tables import Draft, Order
from models.shared import clock
from models.shared.errors import NotFound

COUNTED, IN_TAB = 10_000, 1_000
# Filters that match more than 10,000 orders, and until when that is assumed.
_BEYOND: dict["OrderFilter", datetime] = {}
KNOWN_FOR = timedelta(minutes=10)
TABS = ("awaiting_approval", "back_ordered", "reserved", "shipped")  # tabs that show a count
OFFICE = ZoneInfo("America/New_York")
_ORDER = Order.__table__.c  # columns of the table, since list rows need no ORM mapper
SORTS = {  # name: (column, descending?); the number breaks ties
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
    """The criteria of an order list.

    `q` searches number, client, purchase order, SKU and product name. `since` and `until` are days
    in office time, both inclusive.
    """

    q: str = ""
    statuses: tuple[str, ...] = ()
    owner: str = ""
    client_number: str = ""
    since: date | None = None
    until: date | None = None
    numbers: tuple[str, ...] = ()


class OrderPage(NamedTuple):
    """One page of a list, and whether there are rows before and after it."""

    rows: list[Row[Any]]
    has_before: bool
    has_after: bool


def get_order(session: Session, number: str) -> Order:
    """Return the order with its lines; raises NotFound."""
    order = session.scalars(
        select(Order).where(Order.number == number).options(selectinload(Order.lines))
    ).one_or_none()
    if order is None:
        raise NotFound("order", number)
    return order


def get_orders(session: Session, numbers: Iterable[str]) -> list[Order]:
    """Return the orders with these numbers and their lines, in the given sequence.

    Unknown numbers are skipped.
    """
    wanted = list(dict.fromkeys(numbers))
    query = select(Order).where(Order.number.in_(wanted)).options(selectinload(Order.lines))
    found = {order.number: order for order in session.scalars(query)}
    return [found[number] for number in wanted if number in found]


def list_orders(
    session: Session,
    wanted: OrderFilter,
    sort: str = "newest",
    *,
    after: tuple[Any, ...] | None = None,
    before: tuple[Any, ...] | None = None,
    size: int = 25,
) -> OrderPage:
    """Return one page by keyset: rows after the keys `after`, or just before the keys `before`."""
    search = look_up(session, wanted.q)
    rows = list(
        session.execute(_page(wanted, search, sort, before or after, before is not None, size + 1))
    )
    more, rows = len(rows) > size, rows[:size]
    if before is not None:
        return OrderPage(rows[::-1], has_before=more, has_after=True)
    return OrderPage(rows, has_before=after is not None, has_after=more)


def keys_of(row: Row[Any], sort: str) -> tuple[str, str]:
    """Return a row's keyset for this sort as plain strings."""
    value = getattr(row, SORTS[sort][0].key)
    return (value.isoformat() if isinstance(value, datetime) else str(value), row.number)


def each_order(
    session: Session, wanted: OrderFilter, sort: str = "newest", most: int = 50_000
) -> list[Row[Any]]:
    """Return every order that matches the filter, for an export; at most `most`."""
    return list(session.execute(_page(wanted, look_up(session, wanted.q), sort, None, False, most)))


def count_orders(session: Session, wanted: OrderFilter) -> tuple[int, Decimal]:
    """Return the number and total worth of matching orders.

    Exact up to 10,000. Above that the count is 10,001 and the worth covers only that many orders.
    """
    count, worth = session.execute(select(_counted(wanted, look_up(session, wanted.q)))).one()
    return count, worth


def count_orders_and_tabs(
    session: Session, wanted: OrderFilter, uid: str, page: OrderPage | None = None
) -> tuple[int, Decimal, dict[str, int]]:
    """Return what count_orders does, plus the counts shown on the tabs.

    The tabs are this person's open orders (`mine`) and `drafts`, and everyone's orders by status
    (TABS). A tab's count is exact up to 1,000; above that it is 1,001. If `page`, made with the
    same filter, already holds every match, its rows are counted instead of querying. For a filter
    recently seen to match more than 10,000 orders, the result is 10,001 with a worth of 0.
    """
    is_whole = page is not None and not page.has_before and not page.has_after
    is_known = is_whole or _knows_more(wanted)
    search = Search() if is_known else look_up(session, wanted.q)
    found = session.execute(_counts(None if is_known else wanted, search, uid)).one()._asdict()
    if page and is_whole:
        return len(page.rows), sum((row.total for row in page.rows), Decimal(0)), found
    if is_known:
        return COUNTED + 1, Decimal(0), found
    if found["count"] > COUNTED:
        _BEYOND[wanted] = clock.now() + KNOWN_FOR
    return found.pop("count"), found.pop("worth"), found


def _knows_more(wanted: OrderFilter) -> bool:
    """Return whether this filter was seen to match more than 10,000 orders within KNOWN_FOR.

    The memory is safe because orders are never deleted; only their status changes, so filters by
    status are always counted.
    """
    if len(_BEYOND) > 1000:
        _BEYOND.clear()
    return not wanted.statuses and _BEYOND.get(wanted, clock.now()) > clock.now()


def list_waiting_orders(session: Session, uid: str, most: int = 5) -> tuple[list[Row[Any]], int]:
    """Return this person's orders that wait for someone, oldest first, and their total count."""
    wanted = OrderFilter(owner=uid, statuses=WAITING)
    return list_orders(session, wanted, "oldest", size=most).rows, count_orders(session, wanted)[0]


def list_to_decide(session: Session, uid: str, most: int = 5) -> list[Row[Any]]:
    """Return the orders awaiting approval that this person does not own, oldest first."""
    waiting = _LISTED.where(_ORDER.status == "awaiting_approval", _ORDER.owner != uid)
    return list(session.execute(waiting.order_by(_ORDER.placed_at, _ORDER.number).limit(most)))


def sum_booked_by_day(
    session: Session, since: date, until: date, owner: str = ""
) -> dict[date, Decimal]:
    """Return the worth of orders placed on each day, in office time, both ends included.

    Counts orders that were placed and not cancelled since; days without orders are omitted.
    """
    day = func.date(func.timezone(OFFICE.key, _ORDER.placed_at))
    query = select(day, func.sum(_ORDER.total)).where(_ORDER.status.in_(BOOKED)).group_by(day)
    wanted = OrderFilter(since=since, until=until, owner=owner)
    return {row[0]: row[1] for row in session.execute(_narrowed(query, wanted, Search()))}


@lru_cache(maxsize=512)
def _page(
    wanted: OrderFilter,
    search: Search,
    sort: str,
    keys: tuple[Any, ...] | None,
    backwards: bool,
    size: int,
) -> Select[Any]:
    """Build a page's statement, cached because building it costs more than running it."""
    column, descending = SORTS[sort]
    query = _narrowed(_LISTED, wanted, search)
    if keys:
        query = query.where(_beyond(column, descending != backwards, keys))
    order = [
        key.desc() if descending != backwards else key.asc() for key in (column, _ORDER.number)
    ]
    return query.order_by(*order).limit(size)


@lru_cache(maxsize=512)
def _counts(wanted: OrderFilter | None, search: Search, uid: str) -> Select[Any]:
    mine = _tab((_ORDER.owner == uid) & _ORDER.status.in_(OPEN), "mine")
    tabs = [_tab(_ORDER.status == status, status) for status in TABS]
    return select(
        mine,
        _tab(Draft.owner == uid, "drafts"),
        *tabs,
        *(_counted(wanted, search).c if wanted else ()),
    )


def _tab(where: Any, name: str) -> Any:
    some = select(literal(1)).where(where).limit(IN_TAB + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery().label(name)


def _counted(wanted: OrderFilter, search: Search) -> Any:
    some = _narrowed(select(_ORDER.total), wanted, search).limit(COUNTED + 1).subquery()
    worth = func.coalesce(func.sum(some.c.total), 0)
    return select(func.count().label("count"), worth.label("worth")).select_from(some).subquery()


def _narrowed(query: Any, wanted: OrderFilter, search: Search) -> Select[Any]:
    query = with_words(query, search)
    if wanted.numbers:
        query = query.where(_ORDER.number.in_(wanted.numbers))
    if wanted.statuses:
        query = query.where(_ORDER.status.in_(wanted.statuses))
    if wanted.owner:
        query = query.where(_ORDER.owner == wanted.owner)
    if wanted.client_number:
        query = query.where(_ORDER.client_number == wanted.client_number)
    if wanted.since:
        query = query.where(_ORDER.placed_at >= _start_of(wanted.since))
    if wanted.until:
        query = query.where(
            _ORDER.placed_at < _start_of(date.fromordinal(wanted.until.toordinal() + 1))
        )
    return query


def _start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=OFFICE)


def _beyond(column: Any, descending: bool, keys: tuple[Any, ...]) -> Any:
    value = datetime.fromisoformat(keys[0]) if column is _ORDER.placed_at else Decimal(keys[0])
    place = tuple_(column, _ORDER.number)
    return place < (value, str(keys[1])) if descending else place > (value, str(keys[1]))
