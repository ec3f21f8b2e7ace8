"""Watching is a right: a stream tells of a record exactly if its page would open to the person."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import pytest
from flask import Flask

from models.finance.people import remember_people
from models.sales.imports import start_import
from models.shared.transactions import transaction
from models.wuphf import broadcasts
from models.wuphf.webhooks.subscriptions import Limits, Wanted, create_webhook
from tests.factories.finance import PEOPLE
from tests.finance.conftest import draft, handed_in  # noqa: F401  fixtures
from tests.web_client import known_people, sign_in
from webapp.shared.people.rights import Person, roles_of_groups
from webapp.wuphf.streaming.watched_records import RIGHT_OF, may_watch

JIM, DWIGHT, MICHAEL, ANGELA, KELLY, DARRYL = (
    "jim.halpert",
    "dwight.schrute",
    "michael.scott",
    "angela.martin",
    "kelly.kapoor",
    "darryl.philbin",
)
EVERYBODY = (JIM, DWIGHT, MICHAEL, ANGELA, KELLY, DARRYL)


class Watched(NamedTuple):
    """A record, its page, and who may open it."""

    record: str
    page: str
    opens_to: set[str]


@pytest.fixture(autouse=True)
def _finance_knows_people(office) -> None:
    with transaction("finance", actor="service:test") as session:
        remember_people(session, PEOPLE.values())


@pytest.fixture
def expense(office, draft: Callable[..., str]) -> Watched:  # noqa: F811
    number = draft(JIM)
    return Watched(f"expense:{number}", f"/expenses/{number}", {JIM})


@pytest.fixture
def submitted(office, handed_in: Callable[..., str]) -> Watched:  # noqa: F811
    number = handed_in(JIM)
    return Watched(f"expense:{number}", f"/expenses/{number}", {JIM, MICHAEL, ANGELA})


@pytest.fixture
def lead_import(office) -> Watched:
    with transaction("sales", actor=JIM) as session:
        id_ = start_import(session, "leads.csv", b"company\nA\n").id
    return Watched(f"lead_import:{id_}", f"/sales/leads/import/{id_}", {JIM})


@pytest.fixture
def broadcast(office) -> Watched:
    with transaction("notifications", actor=MICHAEL) as session:
        number = broadcasts.send_broadcast(session, "No parking", ("sales",), asks=False)
    return Watched(f"broadcast:{number}", f"/wuphf/broadcasts/{number}", {MICHAEL, JIM, DWIGHT})


@pytest.fixture
def webhook(office) -> Watched:
    wanted = Wanted(name="ERP", url="https://example.com/", types=["dm.orders.order.placed.v1"])
    with transaction("notifications", actor=ANGELA) as session:
        id_ = create_webhook(session, wanted, Limits(types=wanted.types, networks=""))
    return Watched(f"webhook:{id_}", f"/wuphf/webhooks/{id_}", {ANGELA})


def test_drafts_are_watched_by_their_owner_alone(web_app: Flask, office):
    assert {uid for uid in EVERYBODY if may_watch(person(uid), f"drafts:{JIM}")} == {JIM}
    assert not may_watch(person(DARRYL), f"drafts:{DARRYL}"), "who places no orders has no drafts"


@pytest.mark.parametrize("name", ["expense", "submitted", "lead_import", "broadcast", "webhook"])
def test_a_record_is_watched_by_those_to_whom_its_page_opens_and_nobody_else(
    web_app: Flask, request: pytest.FixtureRequest, name: str
):
    record, page, opens_to = request.getfixturevalue(name)
    watching = {uid for uid in EVERYBODY if may_watch(person(uid), record)}
    opened = {uid for uid in EVERYBODY if browse(web_app, uid, page) == 200}
    assert watching == opened == opens_to


def test_what_is_nobodys_is_watched_by_nobody(web_app: Flask, office):
    for kind in ("expense", "lead_import", "broadcast", "webhook"):
        for key in ("EX-1", "999999999999999999999", "x", "0", "-"):
            assert not may_watch(person(MICHAEL), f"{kind}:{key}")


def test_a_right_that_ended_ends_the_watching(web_app: Flask, submitted: Watched):
    assert may_watch(person(ANGELA), submitted.record)
    as_employee = replace(person(ANGELA), roles=frozenset({"employee"}))
    assert not may_watch(as_employee, submitted.record)


def test_every_kind_whose_page_differs_by_person_is_tried_here():
    from webapp.shared.people.own_records import _RULES

    assert set(_RULES) == {"expense", "lead_import", "broadcast", "drafts", "webhook"}
    assert set(_RULES) <= set(RIGHT_OF)


def person(uid: str) -> Person:
    """This person with the roles of their groups."""
    entry = known_people()[uid]
    return Person(uid, entry.name, roles=roles_of_groups(entry.groups))


def browse(app: Flask, uid: str, page: str) -> int:
    """What the page answers this person."""
    return sign_in(app, known_people()[uid]).get(page).status_code
