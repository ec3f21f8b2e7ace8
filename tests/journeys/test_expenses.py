"""Expenses from the phone to payroll: decided in the bell, by the right person, once."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from models.finance.people import office_today
from tests.browsers import Arrive, Someone
from tests.factories.files import make_photo
from tests.pages.finance import ExpenseForm, ExpensePage, PaymentRuns, submit_expense
from tests.pages.frame import Bell, csrf_token, should_fit
from tests.pages.profile import Preferences

pytestmark = [pytest.mark.journey, pytest.mark.stack]
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}


def submit(
    someone: Someone, purpose: str, amount: str, category: str = "Travel", why: str = ""
) -> tuple[str, ExpensePage]:
    """Submits an expense with a photo of its own; its number, and its page."""
    number = submit_expense(someone, purpose, amount, category, make_photo(), why)
    return number, ExpensePage(someone.page)


def test_an_expense_from_the_phone_is_decided_in_two_bells_and_paid_by_a_run(
    arrive: Arrive,
) -> None:
    jim, michael, angela, oscar = (
        arrive("jim.halpert", **PHONE),
        arrive("michael.scott"),
        arrive("angela.martin"),
        arrive("oscar.martinez"),
    )
    for someone in (michael, angela, oscar):
        someone.open("/")
    number, expense = submit(jim, "Paper fair in Albany", "1450.00", why="The whole stand")
    expense.should_be("Submitted")
    should_fit(jim.page, 390)

    Bell(michael.page).row_about(number).press("Approve")
    expense.should_be("With accounting")
    first, other = Bell(angela.page).row_about(number), Bell(oscar.page).row_about(number)
    expect(other.button("Approve")).to_be_visible()
    first.press("Approve")
    expense.should_be("Approved")
    other.should_have_nothing_left_to_do()
    other.should_say("Angela Martin approved it")

    lines = PaymentRuns.open(oscar).pay_only(number)
    assert len(lines) == 2 and number in lines[1] and "1450.00" in lines[1]
    expense.should_be("Reimbursed")
    expect(expense.history).to_contain_text("Angela Martin")


@pytest.fixture
def out_of_office(arrive: Arrive) -> Iterator[Callable[[str, str], None]]:
    """`out_of_office("darryl.philbin", "Val Johnson")`: since yesterday; back at the end."""
    absent: list[Someone] = []

    def leave(uid: str, delegate: str) -> None:
        absent.append(arrive(uid))
        today = office_today()
        Preferences.open(absent[-1]).set_absence(
            today - timedelta(days=1), today + timedelta(days=3), delegate
        )

    yield leave
    for someone in absent:
        Preferences.open(someone).set_absence(None, None, "No delegate")


@pytest.mark.long
def test_a_request_goes_to_the_bell_of_the_delegate_when_its_approver_goes_away_after_it_was_handed_in(
    arrive: Arrive, out_of_office: Callable[[str, str], None]
) -> None:
    roy, val, darryl = arrive("roy.anderson"), arrive("val.johnson"), arrive("darryl.philbin")
    for someone in (val, darryl):
        someone.open("/")
    number, expense = submit(roy, "Stretch wrap", "64.00", "Office supplies")
    asked = Bell(darryl.page).row_about(number)
    expect(asked.button("Approve")).to_be_visible()
    bell_of_val = Bell(val.page)
    bell_of_val.open()
    expect(bell_of_val.rows_about(number)).to_have_count(0)

    out_of_office("darryl.philbin", "Val Johnson")
    bell_of_val.row_about(number).press("Approve")
    expense.should_be("Approved")
    asked.should_say("Val Johnson approved it")
    asked.should_have_nothing_left_to_do()
    expect(expense.history).to_contain_text("Val Johnson on behalf of Darryl Philbin")


@pytest.mark.long
def test_the_delegate_decides_while_the_manager_is_out_and_never_on_their_own(
    arrive: Arrive, out_of_office: Callable[[str, str], None]
) -> None:
    out_of_office("darryl.philbin", "Val Johnson")
    roy, val, darryl = arrive("roy.anderson"), arrive("val.johnson"), arrive("darryl.philbin")
    for someone in (val, darryl):
        someone.open("/")
    ExpenseForm.begin(roy).should_name_delegate("Val Johnson can approve it")
    number, expense = submit(roy, "Dock plate", "88.00", "Office supplies")
    asked = Bell(darryl.page).row_about(number)
    Bell(val.page).row_about(number).press("Approve")
    expense.should_be("Approved")
    asked.should_say("Val Johnson approved it")
    expect(expense.history).to_contain_text("Val Johnson on behalf of Darryl Philbin")

    own, expense = submit(val, "Winter gloves", "41.00", "Office supplies")
    decide = val.page.request.post(
        f"{val.address}/expenses/{own}/decide",
        headers={"X-CSRF-Token": csrf_token(val.page)},
        form={"do": "approve"},
    )
    assert decide.status == 403
    Bell(darryl.page).row_about(own).refuse("There are gloves in locker four.")
    expense.should_be("Refused")
    expect(expense.main).to_contain_text("There are gloves in locker four.")
