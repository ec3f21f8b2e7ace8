"""The domain's only source of "now" and of days, which lets the seed run eight weeks of past commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_BEGIN, _END = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
OFFICE = ZoneInfo("America/New_York")  # the zone of the company's figures, and of who set none

_fixed: ContextVar[datetime | None] = ContextVar("fixed_now", default=None)


def now() -> datetime:
    """Return the current time, timezone-aware, in UTC."""
    return _fixed.get() or datetime.now(UTC)


def today(zone: ZoneInfo = OFFICE) -> date:
    """Return today's date in a time zone."""
    return now().astimezone(zone).date()


def start_of(day: date, zone: ZoneInfo = OFFICE) -> datetime:
    """Return when a day begins in a time zone, in UTC.

    Where the clocks skip midnight it is the first moment of the day. Days at the ends of the
    calendar begin at its first or last moment.
    """
    try:
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return _BEGIN if day.year == 1 else _END


def end_of(day: date, zone: ZoneInfo = OFFICE) -> datetime:
    """Return when the day after it begins in a time zone, in UTC."""
    if day == date.max:
        return _END
    return start_of(day + timedelta(days=1), zone)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Fix `now()` to `moment` (timezone-aware) within the block."""
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)
