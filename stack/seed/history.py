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
from models.sales.jobs import tell_due_steps
from models.shared import clock
from models.shared.counts import counted
from models.shared.dates import short_day
from models.shared.events.catalogue import LISTENERS
from models.shared.listeners.interface import list_dead_letters
from models.shared.transactions import reading, transaction
from models.wuphf.broadcasts import send_broadcast, tell_in_portions
from models.wuphf.commands import mark_all_read
from models.wuphf.people import replace_people
from stack.seed.calendar import Calendar, business_days, share
from stack.seed.expenses import Expenses
from stack.seed.goods import companies
from stack.seed.leads import DAYS_OF_A_LEAD, Prospects
from stack.seed.notifications import Notifications
from stack.seed.office import Office
from stack.seed.people import people
from stack.seed.stock_takes import Counting
from stack.seed.warehouse import Warehouse
from stack.seed_cache import ORDERS

UNDELIVERED, IN_HAND = 3, 5
FIRST_CLIENTS = 40
SCARCE_DAYS = 20  # last business days on which some products do not arrive, so that orders wait


def seed(
    end: datetime | None = None,
    tell: Callable[[str], object] = lambda text: None,
    orders: int = ORDERS,
) -> bool:
    """Fill an empty, migrated database with history up to `end` (now); False if it has orders.

    `orders` is how many the eight weeks have. `tell` is called with the progress, once for each
    week of the history.
    """
    with reading("orders") as session:
        if session.scalar(select(Order.number).limit(1)):
            return False
    with Notifications() as notifications:
        _live_through(end or datetime.now(UTC), notifications, tell, orders)
        notifications.wait()
    _check_that_nothing_died()
    return True


def _live_through(
    end: datetime, notifications: Notifications, tell: Callable[[str], object], total: int
) -> None:
    """Run the history, from the first truck of paper to the order of a minute ago."""
    calendar, chance = Calendar(end, notifications), random.Random(20051124)  # noqa: S311  chance for a story, not for a secret
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
    for day, orders in zip(days, share(total - UNDELIVERED, len(days)), strict=True):
        if day == days[0] or day.isocalendar().week != days[days.index(day) - 1].isocalendar().week:
            tell(f"week of {short_day(day)} ({days.index(day) * 100 // len(days)} %)")
        warehouse.restock(day, scarce=day in days[-SCARCE_DAYS:])
        calendar.run_until(day + timedelta(minutes=59))
        office.work(day, orders)
        if (day.weekday() == 4 or day == days[-2]) and day != days[-1]:
            calendar.at(day + timedelta(hours=9, minutes=30), partial(_read_bells, notifications))
        if day == days[-1]:
            calendar.at(day + timedelta(minutes=30), partial(_tell_everyone, notifications))
        calendar.run_until(day + timedelta(hours=10))
        warehouse.plan_new_parcels(day)
    calendar.run_until(end - timedelta(minutes=5))
    with clock.at(end - timedelta(minutes=5)):
        warehouse.leave_some_in_hand(IN_HAND)
        tell_due_steps()  # here, so that the first minutes of a demo ring nobody for old dates
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


def _tell_everyone(notifications: Notifications) -> None:
    """Send a WUPHF to the whole branch, as Michael does on the last morning."""
    notifications.wait()
    words = "Fire drill at 2 p.m. Meet by the loading dock, and bring your coat."
    with transaction("notifications", actor="michael.scott") as session:
        number = send_broadcast(session, words, ("everyone",), asks=False)
    tell_in_portions(number)


def _read_bells(notifications: Notifications) -> None:
    """Mark everyone's notifications so far as read; later ones stay unread."""
    notifications.wait()
    for person in people():
        with transaction("notifications", actor=person.uid) as session:
            mark_all_read(session)


def _check_that_nothing_died() -> None:
    """Raise RuntimeError if a handler could not take an event: the seed also tests the domain."""
    for schema in LISTENERS:
        if letters := list_dead_letters(schema):
            raise RuntimeError(
                f"{counted(len(letters), 'event')} failed in {schema}, the first with: {letters[0].cause}"
            )
