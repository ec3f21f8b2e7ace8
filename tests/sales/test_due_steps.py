"""Owners are told of their leads and of steps that are due, once, and not of what is done."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import psycopg
import pytest

from models.sales.jobs import tell_due_steps
from models.sales.lead_rules import NextStep
from models.sales.leads import assign_leads, lose_lead, plan_next
from models.shared import clock
from models.shared.transactions import transaction
from tests.factories.sales import DWIGHT, JIM, MICHAEL

TODAY = date(2026, 11, 24)
MORNING = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)  # 8:00 in Scranton


@pytest.fixture
def published(clean_database: str) -> Callable[[str], list[dict[str, Any]]]:
    """`published("lead.assigned")`: what sales published under that type, in order."""

    def of(kind: str) -> list[dict[str, Any]]:
        with psycopg.connect(clean_database) as connection:
            rows = connection.execute(
                "SELECT envelope FROM sales.outbox WHERE type = %s ORDER BY id",
                [f"dm.sales.{kind}.v1"],
            ).fetchall()
        return [msgspec.json.decode(bytes(envelope))["data"] for (envelope,) in rows]

    return of


def plan(number: str, day: date | None, actor: str = JIM) -> None:
    step = NextStep(kind="call", on=day, note="the toner") if day else NextStep()
    with transaction("sales", actor=actor) as session:
        plan_next(session, number, step)


def look(at: datetime = MORNING) -> None:
    with clock.at(at):
        tell_due_steps()


def test_a_new_owner_is_told_and_who_takes_a_lead_is_the_new_owner(lead, published) -> None:
    mine, given = lead(owner=JIM), lead(owner=DWIGHT)
    assert [(each["lead_number"], each["owner"]) for each in published("lead.assigned")] == [
        (given, DWIGHT)
    ], "who writes down a lead of their own is not told"
    with transaction("sales", actor=MICHAEL) as session:
        assign_leads(session, [mine, given], DWIGHT, any_lead=True)
    told = published("lead.assigned")[1:]
    assert [(each["lead_number"], each["owner"]) for each in told] == [(mine, DWIGHT)]


def test_a_step_is_told_once_from_the_morning_of_its_day_on(lead, published) -> None:
    due, later = lead(owner=JIM), lead(owner=JIM)
    plan(due, TODAY)
    plan(later, date(2026, 11, 25))
    look(datetime(2026, 11, 24, 11, 30, tzinfo=UTC))
    assert published("lead.step_due") == [], "the office is not open yet"
    look()
    look()
    (told,) = published("lead.step_due")
    assert told == {
        "lead_number": due,
        "company": told["company"],
        "owner": JIM,
        "step": "call",
        "note": "the toner",
        "due_on": "2026-11-24",
    }
    assert published("lead.step_settled") == []


@pytest.mark.parametrize("way", ["done", "later", "lost", "given"])
def test_a_step_that_was_told_is_settled_by_whatever_ends_it(lead, published, way: str) -> None:
    number = lead("contacted", owner=JIM)
    plan(number, TODAY)
    look()
    if way == "given":
        with transaction("sales", actor=JIM) as session:
            assign_leads(session, [number], DWIGHT)
    elif way == "lost":
        with transaction("sales", actor=JIM) as session:
            lose_lead(session, number, "price")
    else:
        plan(number, date(2026, 12, 1) if way == "later" else None)
    assert [each["owner"] for each in published("lead.step_settled")] == [JIM]
    look()
    owners = [each["owner"] for each in published("lead.step_due")]
    assert owners == ([JIM, DWIGHT] if way == "given" else [JIM])


def test_what_was_not_told_is_not_settled(lead, published) -> None:
    number = lead(owner=JIM)
    plan(number, TODAY)
    plan(number, date(2026, 12, 1))
    assert published("lead.step_settled") == []
