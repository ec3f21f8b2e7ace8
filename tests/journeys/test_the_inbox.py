"""The inbox in real browsers: a WUPHF to everybody, three tabs in step, keys alone, away through a
restart of everything.
"""

from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Error, expect

from tests.browsers import Arrive
from tests.factories.files import unique
from tests.pages.frame import Bell
from tests.pages.wuphf import Inbox, look_through, send_wuphf

pytestmark = [pytest.mark.journey, pytest.mark.stack]


def test_a_wuphf_reaches_the_group_at_once_and_its_sender_sees_who_took_note(arrive: Arrive):
    michael, pam = arrive("michael.scott"), arrive("pam.beesly")
    inbox = Inbox.open(pam)
    Bell(pam.page).should_be_live()
    words = unique("Conference room, five minutes")
    number = send_wuphf(michael, words, "Reception", asks=True)
    expect(inbox.toast(words)).to_be_visible(timeout=30_000)
    inbox.show_new()
    inbox.row(words).press("Acknowledge")
    expect(michael.page.get_by_text("1 acknowledged")).to_be_visible(timeout=30_000)
    assert michael.page.url.endswith(number)
    inbox.row(words).should_have_nothing_left_to_do()
    assert pam.faults == michael.faults == []


@pytest.mark.long
def test_three_tabs_stay_in_step(arrive: Arrive):
    michael, erin = arrive("michael.scott"), arrive("erin.hannon")
    first, second = look_through(erin), look_through(erin, erin.new_tab())
    home = erin.open("/", erin.new_tab())
    assert Bell(home).count() == 0, "what the inbox showed is no news in another tab"
    words = unique("Three tabs, one bell")
    send_wuphf(michael, words, "Reception")
    bells = [Bell(tab) for tab in (first.page, second.page, home)]
    for bell in bells:
        bell.should_count(1, timeout=30_000)
    for inbox in (first, second):
        expect(inbox.newer).to_be_visible()
        inbox.show_new()
        inbox.row(words).should_be_unread()
    for bell in bells:
        bell.should_count(0, timeout=30_000)
    first.row(words).use_tool("Mark as read")
    second.row(words).should_be_read(timeout=30_000)
    first.row(words).use_tool("Archive")
    second.should_have(words, 0, timeout=30_000)
    first.toast("archived").get_by_role("button", name="Undo").click()
    second.should_have(words, 1, timeout=30_000)
    assert erin.faults == []


@pytest.mark.long
def test_the_inbox_is_worked_by_keys_alone(arrive: Arrive):
    michael, kelly = arrive("michael.scott"), arrive("kelly.kapoor")
    bell = Bell(kelly.open("/"))
    before, second = bell.count(), unique("Second by keys")
    for words in ("First by keys", second):
        send_wuphf(michael, words, "Customer service")
    bell.should_count(before + 2, timeout=30_000)
    inbox, keys = Inbox.open(kelly), kelly.page.keyboard
    inbox.should_have(second)
    while not inbox.rows(second).evaluate("row => row.contains(document.activeElement)"):
        keys.press("j")
    keys.press("r")
    inbox.row(second).should_be_read()
    keys.press("e")
    inbox.should_have(second, 0)
    assert kelly.page.evaluate("document.activeElement.closest('#inbox-rows') !== null")
    keys.press("z")
    inbox.should_have(second)
    assert kelly.faults == []


@pytest.mark.long
def test_away_through_a_restart_of_everything_and_back_nothing_is_missed(
    arrive: Arrive, stack: Any
):
    michael, creed = arrive("michael.scott"), arrive("creed.bratton")
    look_through(creed)
    bell = Bell(
        creed.open("/")
    )  # a page of the inbox would be opened anew by the silent sign-in, and so be seen
    bell.should_be_live()
    creed.context.set_offline(True)
    told = [unique("While you were out") for _ in range(2)]
    for words in told:
        send_wuphf(michael, words, "Customer service")
    for name in ("web", "relay", "jobs", "orders", "inventory", "notifications"):
        stack.restart(name)
    creed.context.set_offline(False)
    bell.should_count(2, timeout=60_000)
    for _ in range(3):
        with suppress(
            Error
        ):  # the silent sign-in into the new process may be about to go to a page of its own
            Inbox.open(creed)
            break
    for words in told:
        Inbox(creed.page).should_have(words)
