"""An administrator breaks something on purpose while people work, and everybody sees it heal."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browsers import Someone
from tests.journeys.steps import be_quiet, bell_count, place_order, send_wuphf
from tests.journeys.test_the_inbox import row, words_of_its_own

pytestmark = [pytest.mark.journey, pytest.mark.stack]
Arrive = Callable[..., Someone]
SOON = 60_000


def switch(nick: Someone, title: str, button: str) -> Page:
    """Puts a switch of inventory on, by its form on the page of the flow."""
    form = nick.open("/inside").get_by_role("form", name=title)
    form.get_by_label("Whose").select_option("inventory")
    form.get_by_role("button", name=button).click()
    expect(nick.page.locator("#inside-state")).to_contain_text("Broken on purpose", timeout=SOON)
    return nick.page


def test_an_order_waits_for_a_paused_warehouse_and_is_reserved_as_soon_as_it_goes_on(
    arrive: Arrive, stack: Any
):
    nick, jim = arrive("nick.reyes"), arrive("jim.halpert")
    be_quiet(stack)
    page = switch(nick, "Pause a service", "Pause it")
    try:
        place_order(jim)
        expect(page.locator("#inside-state")).to_contain_text(
            re.compile(r"Paused on purpose: \d+ behind"), timeout=SOON
        )
        expect(jim.page.locator(".head .st")).to_contain_text("Placed")
    finally:
        page.get_by_role("button", name="End now").click()
    expect(jim.page.locator(".head .st")).to_contain_text("Reserved", timeout=SOON)
    expect(page.locator("#inside-state")).to_contain_text("Recovered", timeout=SOON)


def test_a_poisoned_event_holds_its_order_until_all_is_handled_again(arrive: Arrive, stack: Any):
    nick, jim = arrive("nick.reyes"), arrive("jim.halpert")
    be_quiet(stack)
    page = switch(nick, "Poison an event", "Poison the next one")
    number = place_order(jim)
    page.locator("#inside-state").get_by_role("link", name="dead letters").click(timeout=SOON)
    expect(page.locator("main")).to_contain_text("Poisoned on purpose by nick.reyes")
    expect(page.locator("main")).to_contain_text(number)
    expect(jim.page.locator(".head .st")).to_contain_text("Placed")
    page.get_by_role("button", name="Handle all again").click()
    expect(page.locator("main")).to_contain_text("1 handled", timeout=SOON)
    expect(page.locator("main")).to_contain_text("Every event was handled")
    expect(jim.page.locator(".head .st")).to_contain_text("Reserved", timeout=SOON)


def test_a_bell_whose_stream_was_dropped_comes_back_and_rings_once(arrive: Arrive, stack: Any):
    nick, michael, meredith = (
        arrive("nick.reyes"),
        arrive("michael.scott"),
        arrive("meredith.palmer"),
    )
    be_quiet(stack)
    page = meredith.open("/")
    before, words = bell_count(page), words_of_its_own("Dropped and heard")
    with page.expect_request(opens_a_stream, timeout=SOON):
        nick.open("/inside").get_by_role("button", name="Drop them").click()
        send_wuphf(michael, words, "Customer service")
    expect(page.locator("#bell-count")).to_have_text(str(before + 1), timeout=SOON)
    expect(page.locator("#live-word")).to_have_attribute("data-state", "on", timeout=SOON)
    assert bell_count(page) == before + 1
    meredith.open("/wuphf")
    expect(row(page, words)).to_have_count(1)


def opens_a_stream(request: Request) -> bool:
    return request.method == "GET" and "/live" in request.url


def test_without_javascript_a_service_is_paused_and_goes_on(arrive: Arrive, stack: Any):
    nick = arrive("nick.reyes", java_script_enabled=False)
    page = switch(nick, "Pause a service", "Pause it")
    expect(page.locator("#inside-state")).to_contain_text("Inventory is paused")
    page.get_by_role("button", name="End now").click()
    expect(page.locator("#inside-state")).to_contain_text("Inventory was paused", timeout=SOON)
