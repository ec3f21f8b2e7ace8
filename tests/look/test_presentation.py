"""How values read: checked at the edges where words change."""

from datetime import UTC, datetime, timedelta

import pytest

from models.shared import clock
from webapp.shared.pages import presentation as shown

NOW = datetime(2026, 11, 24, 14, 12, 40, tzinfo=UTC)  # Tuesday, 09:12 in Scranton


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=44), "just now"),
        (timedelta(seconds=46), "1 min ago"),
        (timedelta(minutes=59), "59 min ago"),
        (timedelta(minutes=60), "1 h ago"),
        (timedelta(hours=9), "9 h ago"),
        (timedelta(hours=10), "yesterday"),
        (timedelta(days=5), "Thu, Nov 19"),
        (timedelta(days=365), "Nov 24, 2025"),
    ],
)
def test_how_long_ago_is_said_by_the_offices_calendar(before: timedelta, words: str) -> None:
    with clock.at(NOW):
        assert shown.since(NOW - before) == words


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(minutes=3), "3 min ago"),
        (timedelta(hours=9), "9 h ago"),
        (timedelta(hours=10), "Mon 11:12 PM"),
        (timedelta(days=5), "Thu 9:12 AM"),
        (timedelta(days=12), "Nov 12, 9:12 AM"),
    ],
)
def test_a_row_under_its_day_says_the_hour(before: timedelta, words: str) -> None:
    with clock.at(NOW):
        assert f">{words}<" in shown.clocked(NOW - before)


def test_a_short_day_has_its_year_where_it_is_another_one() -> None:
    with clock.at(NOW):
        assert [shown.short_day(NOW + timedelta(days=days)) for days in (1, 90)] == [
            "Wed, Nov 25",
            "Feb 22, 2027",
        ]


def test_ago_carries_the_exact_time() -> None:
    with clock.at(NOW):
        html = shown.ago(NOW - timedelta(minutes=3))
    assert (
        'datetime="2026-11-24T14:09:40.000Z"' in html
        and 'title="Nov 24, 2026, 9:09:40 AM EST"' in html
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.142, "142 ms"),
        (0.9999, "1 s"),
        (1.4, "1.4 s"),
        (59.6, "1 min"),
        (540, "9 min"),
        (4800, "1 h 20 min"),
        (3599.9, "1 h"),
        (4 * 86400 + 22 * 3600, "4 days 22 h"),
        (86400, "1 day"),
        (-1, "0 ms"),
        (None, "–"),
    ],
)
def test_a_duration_is_said_in_two_units_at_most(seconds: float | None, words: str) -> None:
    assert shown.duration(seconds) == words


@pytest.mark.parametrize(
    ("value", "currency", "words"),
    [
        ("1167", "", "1,167.00"),
        ("21904.8", "USD", "$21,904.80"),
        ("-254.29", "USD", "−$254.29"),
        ("5", "EUR", "EUR 5.00"),
    ],
)
def test_money_has_two_decimals_and_its_currency(value: str, currency: str, words: str) -> None:
    assert shown.money(value, currency) == words


def test_an_icons_name_cannot_bring_markup_along() -> None:
    assert "<b>" not in shown.icon('x"/><b>')
