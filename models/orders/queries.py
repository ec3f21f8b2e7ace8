"""Queries on orders: single orders, filtered lists, counts and daily sums."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ColumnElement, ScalarSelect, Subquery, func, literal, select, true
from sqlalchemy.orm import Session, selectinload

from models.orders.people import approvers_now
from models.orders.rules import BOOKED, OPEN, WAITING
from models.orders.search import Search, look_up, with_words
from models.orders.tables import Draft, Order
from models.shared import clock
from models.shared.database.rows import AnyRow, AnySelect
from models.shared.errors import NotFound
from models.shared.records.lists import COUNTED, ListQuery, Page

IN_TAB = 1_000
_BEYOND: dict[
    "OrderFilter", datetime
] = {}  # what leaves more than 10,000, and until when that is taken for granted
KNOWN_FOR = timedelta(minutes=10)
TABS = ("awaiting_approval", "back_ordered", "reserved", "shipped")  # tabs that show a count
OFFICE = clock.OFFICE
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
    _ORDER.version,
)


class OrderFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The criteria of an order list.

    `q` searches number, client, purchase order, SKU and product name. `since` and `until` are days
    in `zone`, both inclusive. `owners` are any of these people.
    """

    q: str = ""
    statuses: tuple[str, ...] = ()
    owner: str = ""
    owners: tuple[str, ...] = ()
    client_number: str = ""
    since: date | None = None
    until: date | None = None
    zone: ZoneInfo = OFFICE
    numbers: tuple[str, ...] = ()


class _Known(NamedTuple):
    wanted: OrderFilter
    search: Search


ORDERS: ListQuery[OrderFilter] = ListQuery(
    _LISTED,
    lambda query, known: _narrowed(query, known),
    SORTS,
    _ORDER.number,
    worth=_ORDER.total,
    prepare=lambda session, wanted: _Known(wanted, look_up(session, wanted.q)),
)
list_orders, each_order, count_orders = ORDERS.page, ORDERS.each, ORDERS.count


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


def count_orders_and_tabs(
    session: Session, wanted: OrderFilter, uid: str, page: Page | None = None
) -> tuple[int, Decimal, dict[str, int]]:
    """Return what count_orders does, plus the counts shown on the tabs.

    Tabs are counted within the search, exact to 1,000, above it 1,001; a search that finds more than
    10,000 has no figures for them. A `page` of the same filter that already holds all is counted itself.
    """
    search, everywhere = look_up(session, wanted.q), OrderFilter(q=wanted.q)
    is_known = bool(page and page.is_whole) or _knows_more(wanted)
    is_vague = bool(wanted.q) and _knows_more(everywhere)
    statement = _counts(
        None if is_known else _Known(wanted, search), None if is_vague else search, uid
    )
    found = session.execute(statement).one()._asdict()
    if found.pop("among", 0) > COUNTED:
        _BEYOND[everywhere] = clock.now() + KNOWN_FOR
        found = {name: count for name, count in found.items() if name not in ("mine", *TABS)}
    if page and page.is_whole:
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


def list_waiting_orders(session: Session, uid: str, most: int = 5) -> tuple[list[AnyRow], int]:
    """Return this person's orders that wait for someone, oldest first, and their total count."""
    wanted = OrderFilter(owner=uid, statuses=WAITING)
    return list_orders(session, wanted, "oldest", size=most).rows, count_orders(
        session, wanted
    ).rows


def list_to_decide(session: Session, uid: str, *, is_manager: bool, most: int = 5) -> list[AnyRow]:
    """Return the orders awaiting approval that this person may decide on, oldest first.

    A sales manager decides on all but their own, anybody else for sales managers out of office.
    """
    waiting = _LISTED.where(_ORDER.status == "awaiting_approval", _ORDER.owner != uid)
    waiting = waiting.order_by(_ORDER.placed_at, _ORDER.number)
    if is_manager:
        return list(session.execute(waiting.limit(most)))
    rows: list[AnyRow] = list(session.execute(waiting))
    now = approvers_now(session, {row.owner for row in rows})
    return [row for row in rows if uid in now[row.owner]][:most]


def sum_booked_by_day(
    session: Session, since: date, until: date, owner: str = ""
) -> dict[date, Decimal]:
    """Return the worth of orders placed on each day, in office time, both ends included.

    Counts orders that were placed and not cancelled since; days without orders are omitted.
    """
    day = func.date(func.timezone(OFFICE.key, _ORDER.placed_at))
    query = select(day, func.sum(_ORDER.total)).where(_ORDER.status.in_(BOOKED)).group_by(day)
    known = _Known(OrderFilter(since=since, until=until, owner=owner), Search())
    return {row[0]: row[1] for row in session.execute(_narrowed(query, known))}


@lru_cache(maxsize=512)
def _counts(known: _Known | None, within: Search | None, uid: str) -> AnySelect:
    """The statement of all figures: of the list unless that is known, of the tabs within a search unless it is None."""
    drafts = _limited(Draft.owner == uid).label("drafts")
    counted = _counted(known) if known is not None else None
    figures = [] if counted is None else [*counted.c]
    if within is None:
        return select(drafts, *figures)
    tabs = {
        "mine": (_ORDER.owner == uid) & _ORDER.status.in_(OPEN),
        **{status: _ORDER.status == status for status in TABS},
    }
    if within == Search():
        return select(
            drafts, *(_limited(where).label(name) for name, where in tabs.items()), *figures
        )
    given = with_words(select(*(where.label(name) for name, where in tabs.items())), within)
    some = given.limit(COUNTED + 1).subquery()
    found = select(
        func.count().label("among"),
        *(func.least(func.count().filter(some.c[name]), IN_TAB + 1).label(name) for name in tabs),
    ).subquery()
    both = found if counted is None else found.join(counted, true())  # a row of each
    return select(drafts, *found.c, *figures).select_from(both)


def _limited(where: ColumnElement[bool]) -> ScalarSelect[int]:
    some = select(literal(1)).where(where).limit(IN_TAB + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _counted(known: _Known) -> Subquery:
    some = _narrowed(select(_ORDER.total), known).limit(COUNTED + 1).subquery()
    worth = func.coalesce(func.sum(some.c.total), 0)
    return select(func.count().label("count"), worth.label("worth")).select_from(some).subquery()


def _narrowed(query: AnySelect, known: _Known) -> AnySelect:
    wanted = known.wanted
    query = with_words(query, known.search)
    if wanted.numbers:
        query = query.where(_ORDER.number.in_(wanted.numbers))
    if wanted.statuses:
        query = query.where(_ORDER.status.in_(wanted.statuses))
    if wanted.owner:
        query = query.where(_ORDER.owner == wanted.owner)
    if wanted.owners:
        query = query.where(_ORDER.owner.in_(wanted.owners))
    if wanted.client_number:
        query = query.where(_ORDER.client_number == wanted.client_number)
    if wanted.since:
        query = query.where(_ORDER.placed_at >= clock.start_of(wanted.since, wanted.zone))
    if wanted.until:
        query = query.where(_ORDER.placed_at < clock.end_of(wanted.until, wanted.zone))
    return query
