"""Every form of a date or time that a person reads, in American English, and how one is typed.

A datetime comes in the reader's zone. `today` leaves the year out where it is this one.
tests/architecture/test_dates.py forbids other formats, so that one day never reads in two ways.
Files, REST and `<time datetime>` have ISO 8601, by `isoformat`.
"""

from datetime import UTC, date, datetime, time
from functools import lru_cache

_COMPACT = "%Y%m%dT%H%M%SZ"
_TYPED_DAYS = ("%m/%d/%Y", "%m/%d/%y")
_TYPED_TIMES = ("%I:%M %p", "%I:%M%p", "%I %p", "%I%p")


@lru_cache(maxsize=4096)
def day(at: date, today: date) -> str:
    """Format a day: `Thu, Nov 19`, `Nov 19, 2025` in another year."""
    return f"{at:%a}, {short_day(at)}" if at.year == today.year else dated(at)


def short_day(at: date, today: date | None = None) -> str:
    """Format a day for narrow places: `Nov 19`, with `today` `Nov 19, 2025` in another year."""
    return dated(at) if today and at.year != today.year else f"{at:%b} {at.day}"


def weekday(at: date) -> str:
    """Format a day of the coming week: `Thu`."""
    return f"{at:%a}"


def dated(at: date) -> str:
    """Format a day with its year: `Nov 19, 2026`."""
    return f"{at:%b} {at.day}, {at.year}"


def full_day(at: date, today: date) -> str:
    """Format a day: `Thursday, November 19`, `Wednesday, November 19, 2025` in another year."""
    return f"{at:%A}, {at:%B} {at.day}" + (f", {at.year}" if at.year != today.year else "")


def letter_date(at: date) -> str:
    """Format a date as a letter has it: `November 4, 2026`."""
    return f"{at:%B} {at.day}, {at.year}"


def month(at: date) -> str:
    """Format a month of this year or the last: `November`."""
    return f"{at:%B}"


def short_month(at: date) -> str:
    """Format a month for narrow places: `Nov`."""
    return f"{at:%b}"


def month_and_year(at: date) -> str:
    """Format a month: `November 2026`."""
    return f"{at:%B %Y}"


def period(first: date, last: date, today: date) -> str:
    """Format the days from `first` to `last`: `Nov 16–22`, `Nov 30–Dec 6`, `Nov 17–23, 2025`."""
    if first.year != last.year:
        return f"{dated(first)}–{dated(last)}"
    end = str(last.day) if first.month == last.month else short_day(last)
    return f"{short_day(first)}–{end}" + (f", {last.year}" if last.year != today.year else "")


def clock_time(at: datetime | time) -> str:
    """Format a time of day: `3:05 PM`."""
    return f"{at.hour % 12 or 12}:{at:%M %p}"


def moment(at: datetime, now: datetime) -> str:
    """Format a point in time.

    `3:05 PM` today, `Thu 3:05 PM` within the last six days, otherwise `Nov 19, 3:05 PM`.
    """
    days = (now.date() - at.date()).days
    if days == 0:
        return clock_time(at)
    if 0 < days < 7:
        return f"{weekday(at)} {clock_time(at)}"
    return f"{short_day(at, now.date())}, {clock_time(at)}"


def exact(at: datetime) -> str:
    """Format a point in time to the second: `Nov 24, 2026, 9:09:40 AM EST`."""
    return f"{dated(at)}, {at.hour % 12 or 12}:{at:%M:%S %p %Z}"


def minute(at: datetime) -> str:
    """Format a point in time wherever it is read: `Nov 22, 2026, 2:00 PM UTC`."""
    return f"{dated(at)}, {clock_time(at)} {at:%Z}"


def month_code(at: date) -> str:
    """Return a month as files and addresses have it: `2026-11`."""
    return f"{at:%Y-%m}"


def time_code(at: time) -> str:
    """Return a time of day as a form's field has it: `22:00`."""
    return f"{at:%H:%M}"


def stamp(at: datetime) -> str:
    """Return a point in time for logs and operators' tables: `2026-11-19 15:05:09`, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def compact(at: datetime) -> str:
    """Return a point in time for a file's name: `20261119T150509Z`."""
    return f"{at.astimezone(UTC):{_COMPACT}}"


def from_compact(text: str) -> datetime:
    """Return the point in time of such a name. Raises ValueError."""
    return datetime.strptime(text, _COMPACT).replace(tzinfo=UTC)


def read_day(text: str) -> date | None:
    """Parse a typed day, `11/20/2026` or `2026-11-20`; return None for anything else."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        found = _read(text, _TYPED_DAYS)
    return found.date() if found else None


def read_time(text: str) -> time | None:
    """Parse a typed time of day, `10:00 PM` or `22:00`; return None for anything else."""
    try:
        return time.fromisoformat(text.strip())
    except ValueError:
        found = _read(text, _TYPED_TIMES)
    return found.time() if found else None


def _read(text: str, forms: tuple[str, ...]) -> datetime | None:
    for form in forms:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
