"""Rows for streams: drawn once for all who are told the same, and still each person's own."""

import uuid
from datetime import UTC, datetime

import msgspec
import pytest

from models.shared import clock
from models.wuphf.queries import Notice
from webapp.shared.people.preferences import on_the_clock_of
from webapp.wuphf.streaming import rendering

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SAID = Notice(
    id=uuid.uuid4(),
    n=7,
    kind="broadcast",
    category="broadcasts",
    priority="normal",
    subject_type="broadcast",
    subject_key="WU-1001",
    parts={"text": "Free <b>pretzels</b>", "groups": "Sales"},
    actor="michael.scott",
    actor_name="Michael Scott",
    at=AT,
    seen=False,
    read=False,
)


@pytest.fixture
def draw(web_app, people):
    """Draws as the stream of Jim does, at four past."""
    rendering._draw_for_all.cache_clear()
    with web_app.test_request_context("/live"):
        from flask import g

        from webapp.shared.people.rights import Person

        g.person = Person("jim.halpert", "Jim Halpert", roles=frozenset({"employee"}))
        with clock.at(AT.replace(minute=4)):
            yield rendering.draw


def made() -> int:
    return rendering._draw_for_all.cache_info().misses


def test_the_same_words_are_drawn_once_and_each_has_its_own_number(draw):
    mine = draw(SAID, toast=True)
    theirs = draw(msgspec.structs.replace(SAID, id=uuid.uuid4(), n=12), toast=True)
    assert made() == 1
    assert str(SAID.id) in mine.row and str(SAID.id) in mine.toast
    assert str(SAID.id) not in theirs.row + theirs.toast
    assert str(rendering.NOBODYS) not in mine.row + mine.toast + theirs.row + theirs.toast
    assert mine == rendering._draw(SAID, True), "what is shared is what would have been drawn alone"
    assert "&lt;b&gt;pretzels" in mine.row


@pytest.mark.parametrize(
    "change",
    [
        {"parts": {"text": "Other words", "groups": "Sales"}},
        {"read": True},
        {"priority": "high"},
        {"actor_name": "Dwight Schrute"},
        {"subject_key": "WU-1002"},
        {"at": AT.replace(second=1)},
    ],
)
def test_whatever_differs_is_drawn_anew(draw, change):
    draw(SAID, toast=False)
    other = msgspec.structs.replace(SAID, **change)
    assert draw(other, toast=False) == rendering._draw(other, False)
    assert made() == 2


def test_the_readers_clock_and_the_minutes_that_passed_count(draw, monkeypatch):
    from zoneinfo import ZoneInfo

    from webapp.shared.people import preferences

    before = draw(SAID, toast=False)
    with clock.at(AT.replace(minute=30)):
        later = draw(SAID, toast=False)
    assert "4 min ago" in before.row and "30 min ago" in later.row
    token = preferences._zone.set(ZoneInfo("Asia/Tokyo"))
    elsewhere = draw(SAID, toast=False)
    preferences._zone.reset(token)
    assert elsewhere.row != before.row
    with on_the_clock_of("jim.halpert"):
        assert draw(SAID, toast=False) == before


def test_a_row_with_actions_in_it_is_never_shared(draw, web_app):
    asked = msgspec.structs.replace(SAID, kind="broadcast_asked", asked=True)
    first, second = draw(asked, toast=False), draw(asked, toast=False)
    assert made() == 0
    assert "Acknowledge" in first.row
    assert first.row != second.row, "its forms bear keys of their own"
