"""The seed's calendar: who does what at which moment of the past, with the clock set to it."""

import heapq
from collections.abc import Callable
from datetime import datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from models.shared import clock
from models.shared.delivery import deliver_pending

ZONE = ZoneInfo("America/New_York")
WEEKS = 8


class Calendar:
    """Plans and does. What happened is carried to the listeners when a stretch of time is over."""

    def __init__(self, end: datetime) -> None:
        self.end = end
        self._plan: list[tuple[datetime, int, Callable[[], Any]]] = []
        self._turn, self._cursor = count(), dict[str, int]()

    def at(self, moment: datetime, act: Callable[[], Any]) -> None:
        """Somebody will do this at that moment; nothing after the end of the history happens."""
        heapq.heappush(self._plan, (moment, next(self._turn), act))

    def run_until(self, moment: datetime, *, deliver: bool = True) -> None:
        """Does what is due by then, in order."""
        while self._plan and self._plan[0][0] <= min(moment, self.end):
            due, _, act = heapq.heappop(self._plan)
            with clock.at(due):
                act()
        if deliver:
            self.deliver()

    def deliver(self) -> None:
        """Everybody hears what happened, as of its own time."""
        deliver_pending(self._cursor)


def business_days(end: datetime) -> list[datetime]:
    """Eight in the morning in Scranton on each business day of the eight weeks before `end`.

    Today is one of them only late enough for it to have an afternoon.
    """
    last = (end - timedelta(hours=7)).astimezone(ZONE).date()
    dates = [last - timedelta(days=back) for back in range(WEEKS * 7, -1, -1)]
    mornings = [datetime.combine(day, time(8), ZONE) for day in dates if day.weekday() < 5]
    return [morning for morning in mornings if morning + timedelta(hours=7) <= end]


def share(amount: int, days: int) -> list[int]:
    """`amount` spread over `days` as evenly as whole numbers go, the larger parts last."""
    return [(place + 1) * amount // days - place * amount // days for place in range(days)]


def next_business_day(moment: datetime, days: int) -> datetime:
    """The same hour so many business days later."""
    while days:
        moment += timedelta(days=1)
        days -= moment.weekday() < 5
    return moment
