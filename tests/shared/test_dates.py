"""Each named form of a date or time, and which typed ones are understood."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from models.shared import dates

TODAY = date(2026, 11, 24)
LAST_YEAR = date(2025, 11, 19)
AT = datetime(2026, 11, 19, 15, 5, 9, tzinfo=UTC)


def test_a_day_has_its_year_where_it_is_another_one() -> None:
    assert dates.day(date(2026, 11, 19), TODAY) == "Thu, Nov 19"
    assert dates.day(LAST_YEAR, TODAY) == "Nov 19, 2025"
    assert dates.full_day(date(2026, 11, 5), TODAY) == "Thursday, November 5"
    assert dates.full_day(LAST_YEAR, TODAY) == "Wednesday, November 19, 2025"
    assert dates.short_day(date(2026, 11, 5), TODAY) == "Nov 5"
    assert dates.short_day(LAST_YEAR, TODAY) == "Nov 19, 2025"


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 11, 16), date(2026, 11, 22), "Nov 16–22"),
        (date(2026, 11, 30), date(2026, 12, 6), "Nov 30–Dec 6"),
        (date(2025, 11, 17), date(2025, 11, 23), "Nov 17–23, 2025"),
        (date(2026, 12, 28), date(2027, 1, 3), "Dec 28, 2026–Jan 3, 2027"),
    ],
)
def test_a_period_says_month_and_year_once(first: date, last: date, words: str) -> None:
    assert dates.period(first, last, TODAY) == words


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (time(0, 5), "12:05 AM"),
        (time(9, 8), "9:08 AM"),
        (time(12, 0), "12:00 PM"),
        (time(15, 5), "3:05 PM"),
    ],
)
def test_the_clock_has_twelve_hours(at: time, words: str) -> None:
    assert dates.clock_time(at) == words


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (datetime(2026, 11, 19, 20, tzinfo=UTC), "3:05 PM"),
        (datetime(2026, 11, 25, 9, tzinfo=UTC), "Thu 3:05 PM"),
        (datetime(2026, 11, 26, 9, tzinfo=UTC), "Nov 19, 3:05 PM"),
        (datetime(2026, 11, 18, 9, tzinfo=UTC), "Nov 19, 3:05 PM"),
        (datetime(2027, 1, 2, 9, tzinfo=UTC), "Nov 19, 2026, 3:05 PM"),
    ],
)
def test_a_moment_says_no_more_than_one_needs_to_know(now: datetime, words: str) -> None:
    assert dates.moment(AT, now) == words


def test_an_exact_moment_names_its_zone() -> None:
    in_scranton = AT.astimezone(ZoneInfo("America/New_York"))
    assert dates.exact(in_scranton) == "Nov 19, 2026, 10:05:09 AM EST"
    assert dates.minute(AT) == "Nov 19, 2026, 3:05 PM UTC"


def test_a_files_name_reads_back_as_its_moment() -> None:
    assert dates.compact(AT.astimezone(ZoneInfo("Asia/Tokyo"))) == "20261119T150509Z"
    assert dates.from_compact("20261119T150509Z") == AT


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-11-20", date(2026, 11, 20)),
        ("11/20/2026", date(2026, 11, 20)),
        (" 1/2/26 ", date(2026, 1, 2)),
        ("20/11/2026", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_a_typed_day_is_american_or_what_a_date_field_sends(typed: str, day: date | None) -> None:
    assert dates.read_day(typed) == day


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("22:00", time(22)),
        ("10:00 PM", time(22)),
        ("7am", time(7)),
        ("25:00", None),
        ("noon", None),
    ],
)
def test_a_typed_time_has_twelve_hours_or_what_a_time_field_sends(
    typed: str, at: time | None
) -> None:
    assert dates.read_time(typed) == at
