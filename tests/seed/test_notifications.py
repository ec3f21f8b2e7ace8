"""The history's notifications are handled in a process of their own, and none is lost or forgotten."""

import random
from datetime import UTC, datetime

import psycopg
import pytest

from models.sales.commands import create_client
from models.shared.listeners.delivery import Pending
from models.shared.transactions import transaction
from models.wuphf.people import replace_people
from stack.seed.calendar import Calendar
from stack.seed.goods import companies
from stack.seed.notifications import Notifications
from stack.seed.office import Office
from stack.seed.people import people

NOW = datetime(2026, 11, 20, 21, 30, tzinfo=UTC)


def test_who_waits_finds_every_notification_of_what_was_delivered(clean_database: str):
    calendar = _calendar_of_a_client_for_jim()
    with calendar.notifications:
        calendar.run_until(NOW)
        calendar.notifications.wait()
        with psycopg.connect(clean_database) as connection:
            told = connection.execute("SELECT recipient FROM notifications.notification").fetchall()
            known = connection.execute("SELECT owner FROM orders.client").fetchall()
    assert told == [("jim.halpert",)]
    assert known == [("jim.halpert",)]  # orders has it from this process


@pytest.mark.usefixtures("clean_database")
def test_an_event_that_notifications_cannot_take_ends_the_history():
    with Notifications() as notifications:
        notifications.deliver([Pending("dm.no.such.topic", NOW, 1, "CL-1", b"{}")])
        with pytest.raises(ValueError, match="not in tuple"):
            notifications.wait()
        notifications.wait()  # said once


def _calendar_of_a_client_for_jim() -> Calendar:
    """A history in which Michael creates a client that Jim owns."""
    calendar = Calendar(NOW, Notifications())
    office = Office(calendar, random.Random(1))
    with transaction("notifications", actor="service:seed") as session:
        replace_people(session, people(), "seed")

    def win() -> None:
        with transaction("sales", actor="michael.scott") as session:
            create_client(session, office.new_client(companies()[0], 0))

    calendar.at(NOW, win)
    return calendar
