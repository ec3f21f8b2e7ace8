"""The seed's calendar: runs planned actions at moments in the past, with the clock set to each."""

import heapq
from collections.abc import Callable
from datetime import datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from models.shared import clock
from models.shared.listeners.delivery import deliver_pending
from stack.seed.notifications import OTHER_LISTENERS, OTHER_PUBLISHERS, Notifications

ZONE = ZoneInfo("America/New_York")
WEEKS = 8


class Calendar:
    """A queue of planned actions. Their events are delivered at the end of each run.

    Those of notifications are delivered meanwhile: before an action needs one, call
    `notifications.wait()`.
    """

    def __init__(self, end: datetime, notifications: Notifications) -> None:
        self.end, self.notifications = end, notifications
        self._plan: list[tuple[datetime, int, Callable[[], Any]]] = []
        self._turn, self._cursor = count(), dict[str, int]()

    def at(self, moment: datetime, act: Callable[[], Any]) -> None:
        """Plan an action; nothing is run after the end of the history."""
        heapq.heappush(self._plan, (moment, next(self._turn), act))

    def run_until(self, moment: datetime, *, deliver: bool = True) -> None:
        """Run what is due by then, in order."""
        while self._plan and self._plan[0][0] <= min(moment, self.end):
            due, _, act = heapq.heappop(self._plan)
            with clock.at(due):
                act()
        if deliver:
            self.deliver()

    def deliver(self) -> None:
        """Deliver pending events to their listeners, as of each event's own time."""
        deliver_pending(
            self._cursor,
            publishers=OTHER_PUBLISHERS,
            listeners=OTHER_LISTENERS,
            each_round=self.notifications.deliver,
        )
        self.notifications.end_delivery()


def business_days(end: datetime) -> list[datetime]:
    """Return 8 a.m. in Scranton on each business day of the eight weeks before `end`.

    Today is included only once it is late enough to have had an afternoon.
    """
    last = (end - timedelta(hours=7)).astimezone(ZONE).date()
    dates = [last - timedelta(days=back) for back in range(WEEKS * 7, -1, -1)]
    mornings = [datetime.combine(day, time(8), ZONE) for day in dates if day.weekday() < 5]
    return [morning for morning in mornings if morning + timedelta(hours=7) <= end]


def share(amount: int, days: int) -> list[int]:
    """Spread `amount` over `days` as evenly as whole numbers allow, larger parts last."""
    return [(place + 1) * amount // days - place * amount // days for place in range(days)]


def next_business_day(moment: datetime, days: int) -> datetime:
    """Return the same hour `days` business days later."""
    while days:
        moment += timedelta(days=1)
        days -= moment.weekday() < 5
    return moment
