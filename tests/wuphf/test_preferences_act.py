"""What people set for themselves acts in what wuphf sends: the row always comes; bell, toast and mail as they wish."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from models.shared import clock
from models.shared.database.tables import mechanism
from models.shared.settings.preferences import Channels, Preferences
from models.shared.transactions import reading, transaction
from models.wuphf.consistency import find_wrong_counts
from models.wuphf.queries import get_counts, list_inbox
from models.wuphf.tables import Notification
from tests.factories.notifications import ORDER, PARCEL, deliver_decided, learn_preferences
from webapp.wuphf.streaming.messages import may_toast

MIDNIGHT = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)  # in Scranton
NIGHT: dict[str, Any] = {"quiet_from": time(22), "quiet_until": time(7)}
LEFT = "dm.inventory.shipment.dispatched.v1"
SHORT = {**ORDER, "cause": "placed", "complete": False, "lines": [{"name": "Card", "short": 4}]}


def inbox(uid: str) -> list[Any]:
    with reading("notifications") as session:
        return list_inbox(session, uid).notices


def counts(uid: str) -> tuple[int, int]:
    with reading("notifications") as session:
        assert find_wrong_counts(session) == []
        found = get_counts(session, uid)
    return found.unseen, found.unread


def test_a_muted_category_stands_in_the_inbox_and_rings_nowhere(office, happens):
    learn_preferences(Preferences(uid="jim.halpert", notify={"shipments": Channels(bell=False)}))
    happens(LEFT, PARCEL, actor="roy.anderson")
    deliver_decided()
    assert [notice.kind for notice in inbox("jim.halpert")] == ["shipment_left"]
    assert counts("jim.halpert") == (0, 1)
    assert not may_toast(inbox("jim.halpert")[0])


def test_another_category_and_another_person_ring_as_usual(office, happens):
    learn_preferences(Preferences(uid="jim.halpert", notify={"stock": Channels(bell=False)}))
    happens(LEFT, PARCEL, actor="roy.anderson")
    deliver_decided()
    assert counts("jim.halpert") == (1, 1) and may_toast(inbox("jim.halpert")[0])


def test_quiet_hours_hold_the_toast_back_and_never_the_row(office, happens):
    learn_preferences(Preferences(uid="jim.halpert", **NIGHT))
    with clock.at(MIDNIGHT):
        happens(LEFT, PARCEL, actor="roy.anderson")
        deliver_decided()
        assert counts("jim.halpert") == (1, 1)
        assert not may_toast(inbox("jim.halpert")[0])
    with clock.at(MIDNIGHT + timedelta(hours=7)):
        assert may_toast(inbox("jim.halpert")[0]), (
            "who comes in the morning is shown what is still unseen"
        )


@pytest.mark.parametrize("wanted", ["off", "digest", "hourly", "each"])
def test_the_mail_that_was_wanted_is_frozen_with_the_notice(office, happens, wanted):
    learn_preferences(Preferences(uid="jim.halpert", notify={"shipments": Channels(mail=wanted)}))
    happens(LEFT, PARCEL, actor="roy.anderson")
    learn_preferences(
        Preferences(uid="jim.halpert", notify={"shipments": Channels(bell=False, mail="off")})
    )
    deliver_decided()
    with reading("notifications") as session:
        row = session.query(Notification).one()
    assert (row.mail, row.bell) == (wanted, True), (
        "decided when wuphf handled the event, whatever changed since"
    )


def test_what_is_pressing_reaches_the_stand_in_too_and_what_is_not_does_not(office, happens, told):
    today = clock.now().date()
    learn_preferences(
        Preferences(
            uid="jim.halpert",
            delegate="pam.beesly",
            away_from=today - timedelta(1),
            away_until=today + timedelta(1),
        )
    )
    happens("dm.inventory.reservation.made.v1", SHORT)
    happens(LEFT, PARCEL, actor="roy.anderson")
    assert told() == {
        "jim.halpert": {"order_short", "shipment_left"},
        "michael.scott": {"order_short"},
        "pam.beesly": {"order_short"},
    }


def test_a_stand_in_who_is_told_anyway_is_told_once(office, happens, told):
    learn_preferences(
        Preferences(
            uid="jim.halpert",
            delegate="michael.scott",
            away_from=date(2020, 1, 1),
            away_until=date(2099, 1, 1),
        )
    )
    happens("dm.inventory.reservation.made.v1", SHORT)
    assert told() == {"jim.halpert": {"order_short"}, "michael.scott": {"order_short"}}
    assert len(deliver_decided()) == 2


def test_what_is_handled_again_tells_nobody_anew_whatever_they_set_since(office, happens, told):
    event = happens("dm.inventory.reservation.made.v1", SHORT)
    learn_preferences(
        Preferences(
            uid="jim.halpert",
            delegate="pam.beesly",
            away_from=date(2020, 1, 1),
            away_until=date(2099, 1, 1),
        )
    )
    with transaction("notifications", actor="service:test") as session:
        session.execute(mechanism("notifications").last_sequence.delete())
        session.execute(mechanism("notifications").journal.delete())
    happens("dm.inventory.reservation.made.v1", SHORT, event_id=event, sequence=1)
    assert "pam.beesly" not in told()
