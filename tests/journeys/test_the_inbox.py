"""The inbox in real browsers: a WUPHF to everybody, three tabs in step, keys alone, away through a
restart of everything.
"""

import re
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browsers import Someone
from tests.journeys.steps import bell_count, look_through, send_wuphf

pytestmark = [pytest.mark.journey, pytest.mark.stack]
Arrive = Callable[..., Someone]


def words_of_its_own(words: str) -> str:
    """So that no other row says the same."""
    return f"{words} {uuid.uuid4().hex[:6]}"


def row(page: Page, words: str) -> Any:
    """The inbox row that says so."""
    return page.locator("#inbox-rows > .wu").filter(has_text=words)


def test_a_wuphf_reaches_the_group_at_once_and_its_sender_sees_who_took_note(arrive: Arrive):
    michael, pam = arrive("michael.scott"), arrive("pam.beesly")
    inbox = pam.open("/wuphf")
    bell_count(inbox)
    words = words_of_its_own("Conference room, five minutes")
    number = send_wuphf(michael, words, "Reception", asks=True)
    expect(inbox.locator(".toast-slip", has_text=words)).to_be_visible(timeout=30_000)
    inbox.locator("#inbox-new a").click()
    row(inbox, words).get_by_role("button", name=re.compile("^Acknowledge")).click()
    expect(michael.page.get_by_text("1 acknowledged")).to_be_visible(timeout=30_000)
    assert michael.page.url.endswith(number)
    expect(row(inbox, words).locator(".wu-do")).to_have_count(0)
    assert pam.faults == michael.faults == []


def test_three_tabs_stay_in_step(arrive: Arrive):
    michael, erin = arrive("michael.scott"), arrive("erin.hannon")
    tabs = [erin.page, erin.new_tab(), erin.new_tab()]
    for tab in tabs[:2]:
        look_through(erin, tab)
    assert bell_count(erin.open("/", tabs[2])) == 0, (
        "what the inbox showed is no news in another tab"
    )
    words = words_of_its_own("Three tabs, one bell")
    send_wuphf(michael, words, "Reception")
    for tab in tabs:
        expect(tab.locator("#bell-count")).to_have_text("1", timeout=30_000)
    for tab in tabs[:2]:
        expect(tab.locator("#inbox-new")).to_contain_text("new")
        tab.locator("#inbox-new a").click()
        expect(row(tab, words)).to_have_class(re.compile("unseen"))
    for tab in tabs:
        expect(tab.locator("#bell-count")).to_have_text("", timeout=30_000)
    one = row(tabs[0], words)
    one.hover()
    one.get_by_role("button", name=re.compile("^Mark read")).click()
    expect(row(tabs[1], words)).to_have_class(re.compile(r"\bseen"), timeout=30_000)
    row(tabs[0], words).hover()
    row(tabs[0], words).get_by_role("button", name=re.compile("^Archive")).click()
    expect(row(tabs[1], words)).to_have_count(0, timeout=30_000)
    tabs[0].locator(".toast-slip", has_text="Archived").get_by_role("button", name="Undo").click()
    expect(row(tabs[1], words)).to_have_count(1, timeout=30_000)
    assert erin.faults == []


def test_the_inbox_is_worked_by_keys_alone(arrive: Arrive):
    michael, kelly = arrive("michael.scott"), arrive("kelly.kapoor")
    before = bell_count(kelly.open("/"))
    second = words_of_its_own("Second by keys")
    for words in ("First by keys", second):
        send_wuphf(michael, words, "Customer service")
    expect(kelly.page.locator("#bell-count")).to_have_text(str(before + 2), timeout=30_000)
    page = kelly.open("/wuphf")
    expect(row(page, second)).to_have_count(1)
    while not row(page, second).evaluate("row => row.contains(document.activeElement)"):
        page.keyboard.press("j")
    page.keyboard.press("r")
    expect(row(page, second)).not_to_have_class(re.compile("unseen"))
    expect(page.locator("#inbox-rows")).to_be_visible()
    page.keyboard.press("e")
    expect(row(page, second)).to_have_count(0)
    assert page.evaluate("document.activeElement.closest('#inbox-rows') !== null")
    page.keyboard.press("z")
    expect(row(page, second)).to_have_count(1)
    assert kelly.faults == []


@pytest.mark.long
def test_away_through_a_restart_of_everything_and_back_nothing_is_missed(
    arrive: Arrive, stack: Any
):
    michael, creed = arrive("michael.scott"), arrive("creed.bratton")
    look_through(creed)
    creed.open(
        "/"
    )  # a page of the inbox would be opened anew by the silent sign-in, and so be seen
    bell_count(creed.page)
    creed.context.set_offline(True)
    told = [words_of_its_own("While you were out") for _ in range(2)]
    for words in told:
        send_wuphf(michael, words, "Customer service")
    for name in ("web", "relay", "jobs", "orders", "inventory", "notifications"):
        stack.restart(name)
    creed.context.set_offline(False)
    expect(creed.page.locator("#bell-count")).to_have_text("2", timeout=60_000)
    for _ in range(3):
        with suppress(
            Error
        ):  # the silent sign-in into the new process may be about to go to a page of its own
            page = creed.open("/wuphf")
            break
    for words in told:
        expect(row(page, words)).to_have_count(1)
