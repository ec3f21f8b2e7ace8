"""Days begin and end where the reader's clock says, in every zone that a person can choose."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.shared import clock
from webapp.profile.preferences_form import ZONES

PLACES = [ZoneInfo(name) for name, _words in ZONES]


@given(st.dates(), st.sampled_from(PLACES))
def test_days_follow_one_another_without_gap_or_overlap(day: date, zone: ZoneInfo):
    begin, end = clock.start_of(day, zone), clock.end_of(day, zone)
    assert begin.utcoffset() == end.utcoffset() == timedelta(0) and begin <= end
    if date(2, 1, 1) < day < date(9999, 12, 30):
        assert begin.astimezone(zone).date() == day
        assert (begin - timedelta(seconds=1)).astimezone(zone).date() == day - timedelta(days=1)
        assert end == clock.start_of(day + timedelta(days=1), zone)
        assert 22 <= (end - begin).total_seconds() / 3600 <= 26


def test_a_day_on_which_the_clocks_skip_midnight_begins_at_its_first_moment():
    beirut = ZoneInfo("Asia/Beirut")  # 00:00 became 01:00
    assert clock.start_of(date(2025, 3, 30), beirut).astimezone(beirut).hour == 1


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_now_is_utc_and_today_is_each_zones(hour: int):
    moment = datetime(2026, 11, 29, hour, tzinfo=ZoneInfo("Asia/Tokyo"))
    with clock.at(moment):
        assert clock.now() == moment and clock.now().tzinfo is UTC
        assert clock.today(ZoneInfo("Asia/Tokyo")) == date(2026, 11, 29)
        assert clock.today() == moment.astimezone(clock.OFFICE).date()
