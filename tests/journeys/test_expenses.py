"""Expenses from the phone to payroll: decided in the bell, by the right person, once (issue 6)."""

import io
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from models.finance.people import office_today
from tests.browsers import Someone

pytestmark = [pytest.mark.journey, pytest.mark.stack]
Arrive = Callable[..., Someone]
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}


def photo() -> dict[str, Any]:
    """A picture as a phone's camera makes it, and no second one like it."""
    out = io.BytesIO()
    colour = tuple(uuid.uuid4().bytes[:3])
    Image.new("RGB", (1200, 1600), colour).save(out, "JPEG")
    return {"name": "IMG_0412.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def hand_in(
    someone: Someone, purpose: str, amount: str, category: str = "Travel", why: str = ""
) -> str:
    """Fills the form as on a phone, with a photo for the receipt; the expense's number."""
    page = someone.open("/expenses/")
    page.get_by_role("button", name="New expense").click()
    page.wait_for_url(re.compile(r"/expenses/EX-\d+/edit"))
    page.get_by_label("What was it for?").fill(purpose)
    page.get_by_label("What", exact=True).fill(purpose)
    page.get_by_label("Category").select_option(label=category)
    page.get_by_label("Date").fill((office_today() - timedelta(days=1)).isoformat())
    page.get_by_label("Amount").fill(amount)
    expect(page.locator(".exline [role=status]")).to_contain_text("A receipt is needed")
    page.locator("input[type=file]").first.set_input_files(photo())
    expect(page.locator(".voucher")).to_contain_text("IMG_0412.jpg")
    if why:
        page.get_by_label("Why was it more?").fill(why)
    page.get_by_role("button", name="Send for approval").click()
    page.wait_for_url(re.compile(r"/expenses/EX-\d+$"))
    return page.url.rsplit("/", 1)[1]


def state(someone: Someone, words: str) -> None:
    """The expense's page in front says so, now or as soon as the news reach it."""
    expect(someone.page.locator(".head .st")).to_contain_text(words)


def in_bell(page: Page, number: str) -> Any:
    """The row of the open bell that is about this expense."""
    row = page.locator("#bell-rows > .wu", has_text=number)
    if not page.locator("#bell-panel").is_visible():
        page.locator("#bell").click()
    expect(row).to_have_count(1, timeout=60_000)
    return page.locator(
        f"#{row.get_attribute('id')}"
    )  # once it is settled, it says by whom in place of the number


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
    number = hand_in(jim, "Paper fair in Albany", "1450.00", why="The whole stand")
    state(jim, "Waits for approval")
    assert jim.page.evaluate("document.documentElement.scrollWidth") <= 390

    in_bell(michael.page, number).get_by_role("button", name=re.compile("^Approve")).click()
    state(jim, "With accounting")
    first, other = in_bell(angela.page, number), in_bell(oscar.page, number)
    expect(other.get_by_role("button", name=re.compile("^Approve"))).to_be_visible()
    first.get_by_role("button", name=re.compile("^Approve")).click()
    state(jim, "Approved")
    expect(other.locator(".wu-do")).to_have_count(0)
    expect(other).to_contain_text("Angela Martin approved it")

    page = oscar.open("/expenses/runs")
    for box in page.locator("input[name=numbers]").all():
        box.set_checked(number in (box.get_attribute("aria-label") or ""))
    page.get_by_role("button", name="Make the run").click()
    page.wait_for_url(re.compile(r"/expenses/runs/RR-\d+"))
    with page.expect_download() as payroll:
        page.get_by_role("link", name="CSV for payroll").click()
    lines = payroll.value.path().read_text().splitlines()
    assert len(lines) == 2 and number in lines[1] and "1450.00" in lines[1]
    state(jim, "Reimbursed")
    expect(jim.page.locator("#expense-history")).to_contain_text("Angela Martin")


@pytest.fixture
def out_of_office(arrive: Arrive) -> Iterator[Callable[[str, str], None]]:
    """`out_of_office("darryl.philbin", "Val Johnson")`: from today on; back at the end."""
    away: list[Someone] = []

    def leave(uid: str, delegate: str) -> None:
        away.append(arrive(uid))
        page, today = away[-1].open("/profile/preferences"), office_today()
        page.get_by_label("First day").fill((today - timedelta(days=1)).isoformat())
        page.get_by_label("Last day").fill((today + timedelta(days=3)).isoformat())
        save_stand_in(page, delegate)

    yield leave
    for someone in away:
        page = someone.open("/profile/preferences")
        for label in ("First day", "Last day"):
            page.get_by_label(label).fill("")
        save_stand_in(page, "Nobody")


def test_a_request_goes_to_the_bell_of_the_delegate_when_its_approver_goes_away_after_it_was_handed_in(
    arrive: Arrive, out_of_office: Callable[[str, str], None]
) -> None:
    roy, val, darryl = arrive("roy.anderson"), arrive("val.johnson"), arrive("darryl.philbin")
    for someone in (val, darryl):
        someone.open("/")
    number = hand_in(roy, "Stretch wrap", "64.00", "Office supplies")
    asked = in_bell(darryl.page, number)
    expect(asked.get_by_role("button", name=re.compile("^Approve"))).to_be_visible()
    val.page.locator("#bell").click()
    expect(val.page.locator("#bell-panel")).to_be_visible()
    expect(val.page.locator("#bell-rows > .wu", has_text=number)).to_have_count(0)

    out_of_office("darryl.philbin", "Val Johnson")
    in_bell(val.page, number).get_by_role("button", name=re.compile("^Approve")).click()
    state(roy, "Approved")
    expect(asked).to_contain_text("Val Johnson approved it")
    expect(asked.locator(".wu-do")).to_have_count(0)
    expect(roy.page.locator("#expense-history")).to_contain_text("Val Johnson for Darryl Philbin")


def save_stand_in(page: Page, name: str) -> None:
    choice = page.get_by_label("Stands in for you").locator("option", has_text=name).first
    page.get_by_label("Stands in for you").select_option(value=choice.get_attribute("value"))
    page.get_by_role("button", name="Save the preferences").click()
    expect(page.get_by_text("Saved, and in use already.")).to_be_visible()


def test_the_delegate_decides_while_the_manager_is_out_and_never_on_their_own(
    arrive: Arrive, out_of_office: Callable[[str, str], None]
) -> None:
    out_of_office("darryl.philbin", "Val Johnson")
    roy, val, darryl = arrive("roy.anderson"), arrive("val.johnson"), arrive("darryl.philbin")
    page = roy.open("/expenses/")
    page.get_by_role("button", name="New expense").click()
    says_who_stands_in(page, "Val Johnson decides")
    number = hand_in(roy, "Dock plate", "88.00", "Office supplies")
    asked = in_bell(darryl.page, number)
    in_bell(val.page, number).get_by_role("button", name=re.compile("^Approve")).click()
    state(roy, "Approved")
    expect(asked).to_contain_text("Val Johnson approved it")
    expect(roy.page.locator("#expense-history")).to_contain_text("Val Johnson for Darryl Philbin")

    own = hand_in(val, "Winter gloves", "41.00", "Office supplies")
    decide = val.page.request.post(
        f"{val.address}/expenses/{own}/decide",
        headers={"X-CSRF-Token": csrf(val.page)},
        form={"do": "approve"},
    )
    assert decide.status == 403
    in_bell(darryl.page, own).get_by_text("Refuse", exact=False).first.click()
    row = in_bell(darryl.page, own)
    row.get_by_label("Why? They will read this").fill("There are gloves in locker four.")
    row.get_by_role("button", name=re.compile("^Refuse")).click()
    state(val, "Refused")
    expect(val.page.locator("main")).to_contain_text("There are gloves in locker four.")


def says_who_stands_in(page: Page, words: str) -> None:
    """The form says so once the service has heard of the absence, which takes it a few seconds."""
    note = page.locator(".expense .note")
    for _ in range(40):
        if words in note.inner_text():
            return
        page.wait_for_timeout(500)
        page.reload(wait_until="load")
    expect(note).to_contain_text(words)


def csrf(page: Page) -> str:
    """The page's token, which every form of it sends."""
    return page.locator("input[name=csrf_token]").first.input_value()
