"""Eight weeks of the branch's work, made by commands and events instead of inserts.

The clock is set to the past, the commands are the product's own, and events reach their listeners
in this process (docs/adr/0004-the-seed-lives-through-eight-weeks.md). Every run is the same except
for the dates, which end now. The last orders are left to the workers, so that a fresh demo has
something in motion.
"""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import select

from models.orders.tables import Order
from models.shared import clock
from models.shared.events.catalogue import LISTENERS
from models.shared.listeners.interface import list_dead_letters
from models.shared.transactions import reading, transaction
from models.wuphf.commands import mark_all_read
from models.wuphf.people import replace_people
from stack.seed.calendar import Calendar, business_days, share
from stack.seed.counting import Counting
from stack.seed.expenses import Expenses
from stack.seed.goods import companies
from stack.seed.leads import DAYS_OF_A_LEAD, Prospects
from stack.seed.office import Office
from stack.seed.people import people
from stack.seed.warehouse import Warehouse

ORDERS, UNDELIVERED, IN_HAND = 400, 3, 5
FIRST_CLIENTS = 40
SCARCE_DAYS = 20  # last business days on which some products do not arrive, so that orders wait


def seed(end: datetime | None = None, tell: Callable[[str], object] = lambda text: None) -> bool:
    """Fill an empty, migrated database with history up to `end` (now); False if it has orders.

    `tell` is called with the progress, once for each week of the history.
    """
    with reading("orders") as session:
        if session.scalar(select(Order.number).limit(1)):
            return False
    _live_through(end or datetime.now(UTC), tell)
    _check_that_nothing_died()
    return True


def _live_through(end: datetime, tell: Callable[[str], object]) -> None:
    """Run the history, from the first truck of paper to the order of a minute ago."""
    calendar, chance = Calendar(end), random.Random(20051124)  # noqa: S311  chance for a story, not for a secret
    office = Office(calendar, chance)
    warehouse = Warehouse(calendar, chance, office.regret)
    days = business_days(end)
    _introduce_people(days[0])
    warehouse.open(days[0])
    calendar.run_until(days[0])
    prospects = Prospects(calendar, office)
    _win_clients(office, prospects, days)
    prospects.plan(days)
    Expenses(calendar).plan(days)
    Counting(calendar, warehouse).plan(days)
    for day, orders in zip(days, share(ORDERS - UNDELIVERED, len(days)), strict=True):
        if day == days[0] or day.isocalendar().week != days[days.index(day) - 1].isocalendar().week:
            tell(f"week from {day:%d %B} ({days.index(day) * 100 // len(days)} %)")
        warehouse.restock(day, scarce=day in days[-SCARCE_DAYS:])
        calendar.run_until(day + timedelta(minutes=59))
        office.work(day, orders)
        if (day.weekday() == 4 or day == days[-2]) and day != days[-1]:
            calendar.at(day + timedelta(hours=9, minutes=30), _read_bells)
        calendar.run_until(day + timedelta(hours=10))
        warehouse.plan_new_parcels(day)
    calendar.run_until(end - timedelta(minutes=5))
    with clock.at(end - timedelta(minutes=5)):
        warehouse.leave_some_in_hand(IN_HAND)
    calendar.deliver()
    office.leave_some_in_motion(end, UNDELIVERED)
    calendar.run_until(end, deliver=False)


def _introduce_people(day: datetime) -> None:
    with clock.at(day), transaction("notifications", actor="service:seed") as session:
        replace_people(session, people(), "seed")


def _win_clients(office: Office, prospects: Prospects, days: list[datetime]) -> None:
    """Start with most clients; win the others over the weeks, most of them as leads first."""
    for place, company in enumerate(companies()):
        later = (
            max(0, place - FIRST_CLIENTS + 1)
            * (len(days) - 1)
            // (len(companies()) - FIRST_CLIENTS)
        )
        if later >= DAYS_OF_A_LEAD:
            prospects.win(company, place, days, later)
        else:
            office.calendar.at(
                days[later] + timedelta(minutes=place), partial(office.win, company, place)
            )


def _read_bells() -> None:
    """Mark everyone's notifications so far as read; later ones stay unread."""
    for person in people():
        with transaction("notifications", actor=person.uid) as session:
            mark_all_read(session)


def _check_that_nothing_died() -> None:
    """Raise RuntimeError if a handler could not take an event: the seed also tests the domain."""
    for schema in LISTENERS:
        if letters := list_dead_letters(schema):
            raise RuntimeError(
                f"{len(letters)} events died in {schema}, the first by: {letters[0].cause}"
            )
