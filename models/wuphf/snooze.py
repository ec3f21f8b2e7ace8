"""Snooze choices: later today, tomorrow, next week, or a time the person chooses."""

from datetime import datetime, timedelta, tzinfo

from models.shared.errors import Invalid

MORNING = 8
LATER = timedelta(hours=3)
LONGEST = timedelta(days=365)
CHOICES = {
    "later": "Later today",
    "tomorrow": "Tomorrow at 8 AM",
    "week": "Monday at 8 AM",
    "chosen": "Date and time",
}


def wakes_at(choice: str, chosen: str, now: datetime, zone: tzinfo) -> datetime:
    """Return when a snoozed notification wakes, timezone-aware.

    `chosen` is a date and time on the person's clock (2026-11-24T09:30). Raises Invalid for an
    unknown choice, an unreadable time, one in the past, or one more than a year away.
    """
    here = now.astimezone(zone)
    if choice == "later":
        return _later_today(now, here)
    if choice == "tomorrow":
        return _morning(here, 1)
    if choice == "week":
        return _morning(here, 7 - here.weekday())
    if choice != "chosen":
        raise Invalid({"until": "Choose when the snooze ends."})
    return _chosen(chosen, now, zone)


def is_later_today(now: datetime, zone: tzinfo) -> bool:
    """Return whether "later today" still falls on today."""
    here = now.astimezone(zone)
    return (here + LATER).date() == here.date()


def _later_today(now: datetime, here: datetime) -> datetime:
    if (here + LATER).date() != here.date():
        raise Invalid({"until": "Today is almost over. Choose tomorrow."})
    return now + LATER


def _morning(here: datetime, days: int) -> datetime:
    day = (here + timedelta(days=days)).date()
    return datetime(day.year, day.month, day.day, MORNING, tzinfo=here.tzinfo)


def _chosen(chosen: str, now: datetime, zone: tzinfo) -> datetime:
    try:
        at = datetime.fromisoformat(chosen).replace(tzinfo=zone)
    except ValueError as error:
        raise Invalid({"until": "Enter a date and a time."}) from error
    if not now < at <= now + LONGEST:
        raise Invalid({"until": "Choose a time in the future, at most one year from now."})
    return at
