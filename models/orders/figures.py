"""Figures of orders: by week, by person, by product, days to delivery, and of one client."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models.orders.queries import OFFICE
from models.orders.rules import BOOKED, OPEN
from models.orders.tables import TIMELINE, Order, OrderLine
from models.shared import clock
from models.shared.database.rows import AnyRow, AnySelect

WEEKS, TOP = 12, 10
DELIVERED = "dm.inventory.shipment.delivered.v1"
_ORDER, _LINE = Order.__table__.c, OrderLine.__table__.c


class Week(NamedTuple):
    """A calendar week, by its Monday in office time: orders placed in it and their total worth.

    `days` is the median number of days from placed to delivered, over this week's orders that have
    been delivered; None if there are none.
    """

    monday: date
    orders: int
    worth: Decimal
    days: float | None


class ClientFigures(NamedTuple):
    """What one client orders, by calendar years in office time; cancelled orders are left out.

    `this` is the current year.
    `last_year_so_far` is last year's worth up to this day of the year. `last` is when the newest
    order was placed, None without one. `open_orders` are still under way, worth `open_worth`.
    """

    this: int
    this_year: Decimal
    last_year: Decimal
    last_year_so_far: Decimal
    open_orders: int
    open_worth: Decimal
    last: datetime | None


def figures_of_client(session: Session, number: str) -> ClientFigures:
    """Return the figures of this client; all zero for one that never ordered."""
    now = clock.now().astimezone(OFFICE)
    start, before = (datetime(year, 1, 1, tzinfo=OFFICE) for year in (now.year, now.year - 1))
    placed, booked = _ORDER.placed_at, _ORDER.status.in_(BOOKED)
    so_far = before + (now.replace(tzinfo=None) - start.replace(tzinfo=None))

    def worth(*where: ColumnElement[bool]) -> ColumnElement[Decimal]:
        return func.coalesce(func.sum(_ORDER.total).filter(*where), 0)

    in_last_year = (booked, placed >= before, placed < start)
    is_open = _ORDER.status.in_(OPEN)
    query = select(
        worth(booked, placed >= start),
        worth(*in_last_year),
        worth(*in_last_year, placed < so_far),
        func.count().filter(is_open),
        worth(is_open),
        func.max(placed).filter(booked),
    ).where(_ORDER.client_number == number)
    return ClientFigures(now.year, *session.execute(query).one())


def weeks_of_orders(session: Session) -> list[Week]:
    """Return the last twelve weeks, the current one last; weeks without orders hold zeros."""
    this = _monday(clock.now().astimezone(OFFICE).date())
    mondays = [this - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    placed = func.timezone(OFFICE.key, _ORDER.placed_at)
    week = func.date(func.date_trunc("week", placed)).label("week")
    booked = select(
        week, func.count().label("orders"), func.sum(_ORDER.total).label("worth")
    ).group_by(week)
    found = {row.week: row for row in session.execute(_recent(booked))}
    ways = _days_to_delivery(session)
    return [
        Week(monday, found[monday].orders, found[monday].worth, ways.get(monday))
        if monday in found
        else Week(monday, 0, Decimal(0), None)
        for monday in mondays
    ]


def booked_by_person(session: Session) -> list[AnyRow]:
    """Return (owner, owner_name, orders, worth) for the last twelve weeks, highest worth first.

    At most 10 rows.
    """
    query = select(
        _ORDER.owner,
        func.max(_ORDER.owner_name).label("owner_name"),
        func.count().label("orders"),
        func.sum(_ORDER.total).label("worth"),
    ).group_by(_ORDER.owner)
    return list(
        session.execute(
            _recent(query).order_by(func.sum(_ORDER.total).desc(), _ORDER.owner).limit(TOP)
        )
    )


def booked_by_product(session: Session) -> list[AnyRow]:
    """Return (sku, name, cases, worth) for the last twelve weeks, highest worth first.

    At most 10 rows. `worth` is before discounts.
    """
    worth = func.sum(_LINE.unit_price * (_LINE.ordered - _LINE.given_up)).label("worth")
    query = select(
        _LINE.sku,
        func.max(_LINE.name).label("name"),
        func.sum(_LINE.ordered - _LINE.given_up).label("cases"),
        worth,
    )
    query = query.join(Order, _ORDER.number == _LINE.order_number).group_by(_LINE.sku)
    return list(session.execute(_recent(query).order_by(worth.desc(), _LINE.sku).limit(TOP)))


def _days_to_delivery(session: Session) -> dict[date, float]:
    arrived = (
        select(_ORDER.placed_at, func.max(TIMELINE.c.at).label("at"))
        .select_from(Order)
        .join(TIMELINE, TIMELINE.c.order_number == _ORDER.number)
        .where(TIMELINE.c.type == DELIVERED, _ORDER.status == "delivered")
    )
    way = _recent(arrived).group_by(_ORDER.number).subquery().c
    week = func.date(func.date_trunc("week", func.timezone(OFFICE.key, way.placed_at))).label(
        "week"
    )
    days = func.extract("epoch", way.at - way.placed_at) / 86400
    median = func.percentile_cont(0.5).within_group(days).label("days")
    return {
        row.week: float(row.days) for row in session.execute(select(week, median).group_by(week))
    }


def _recent(query: AnySelect) -> AnySelect:
    """Limit a query to booked orders of the last twelve weeks.

    The condition compares the bare `placed_at` column, so that its index can be used.
    """
    since = _monday(clock.now().astimezone(OFFICE).date()) - timedelta(weeks=WEEKS - 1)
    start = datetime(since.year, since.month, since.day, tzinfo=OFFICE)
    return query.where(_ORDER.status.in_(BOOKED), _ORDER.placed_at >= start)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
