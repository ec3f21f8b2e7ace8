"""Settings reach the services by themselves, over REST on real servers, and the last known serves meanwhile."""

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from models.orders.people import KnownPerson, people_by_uid
from models.profile.commands import change_settings, set_preferences
from models.profile.rules import Change
from models.shared.settings.company import value
from models.shared.settings.preferences import Channels, Preferences, preferences_of
from models.shared.settings.pulled_records import PulledPage
from models.shared.transactions import reading, transaction
from settings import settings
from webapp.shared.services.pull import (
    PEOPLE,
    PREFERENCES,
    SETTINGS,
    PeoplePuller,
    Puller,
    ServiceToken,
)

SECONDS = 30
SERVICES = SETTINGS.schemas


def change(name: str, was: str, new: str) -> None:
    with transaction("profile", actor="nick.reyes") as session:
        change_settings(session, {name: Change(was, new)})


def known(schema: str, name: str) -> Any:
    with reading(schema) as session:
        return value(session, name)


def await_that(true: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < until, "it did not show in time"
        time.sleep(0.1)


def test_a_change_acts_in_every_service_without_a_restart(stack, clean_database):
    assert {known(schema, "discount_limit_percent") for schema in SERVICES} == {Decimal(10)}
    change("discount_limit_percent", "10", "15")
    await_that(
        lambda: {known(schema, "discount_limit_percent") for schema in SERVICES} == {Decimal(15)}
    )
    change("second_person_packs", "no", "yes")
    await_that(lambda: known("inventory", "second_person_packs") is True)
    assert known("inventory", "discount_limit_percent") == Decimal(15)


def test_what_did_not_change_is_not_sent_again(stack, clean_database):
    puller, token = Puller(SETTINGS), ServiceToken()
    change("discount_limit_percent", "10", "15")
    with httpx.Client(timeout=5) as client:
        puller.pull(client, token)
        assert puller.pull(client, token) is False
        change("discount_limit_percent", "15", "16")
        assert puller.pull(client, token) is True


def test_the_last_known_serves_while_the_source_is_away(stack, clean_database):
    change("discount_limit_percent", "10", "15")
    await_that(lambda: known("orders", "discount_limit_percent") == Decimal(15))
    stack["web"].stop()
    try:
        with pytest.raises(httpx.HTTPError), httpx.Client(timeout=2) as client:
            Puller(SETTINGS).pull(client, ServiceToken())
        assert known("orders", "discount_limit_percent") == Decimal(15)
    finally:
        stack["web"].start()


def test_without_a_good_token_no_setting_is_told(stack, clean_database):
    url = f"{settings().api_base()}/api/v1/settings"
    forged = httpx.get(
        url, headers={"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}, timeout=30
    )
    assert (httpx.get(url, timeout=30).status_code, forged.status_code) == (401, 401)
    assert "discount" not in forged.text


def test_preferences_reach_the_services_and_the_pages_of_every_process(stack, clean_database):
    with transaction("profile", actor="michael.scott") as session:
        set_preferences(
            session, {"time_zone": "Asia/Tokyo", "notify": {"stock": Channels(bell=False)}}
        )
    for schema in PREFERENCES.schemas:
        await_that(lambda schema=schema: preferences_in(schema).time_zone == "Asia/Tokyo")
        assert preferences_in(schema).channels("stock").bell is False
    learnt = []
    with httpx.Client(timeout=5) as client:
        Puller(PREFERENCES, learnt.append).pull(client, ServiceToken())
    assert set(learnt[0].records) == {"michael.scott"}, (
        "a process that knows nothing asks for everything"
    )


def preferences_in(schema: str) -> Preferences:
    with reading(schema) as session:
        return preferences_of(session, "michael.scott")


def test_people_reach_orders_once_until_they_change(stack, clean_database):
    await_that(lambda: "michael.scott" in orders_people())
    assert orders_people()["michael.scott"].manager == "jan.levinson"
    assert "pam.beesly" not in orders_people(), "only who may see orders stands in"
    learnt: list[PulledPage] = []
    puller, token = PeoplePuller(PEOPLE, learnt.append), ServiceToken()
    with httpx.Client(timeout=5) as client:
        assert puller.pull(client, token) is True
        assert puller.pull(client, token) is False
    assert [page.records["michael.scott"]["name"] for page in learnt] == ["Michael Scott"]


def orders_people() -> dict[str, KnownPerson]:
    with reading("orders") as session:
        return people_by_uid(session)
