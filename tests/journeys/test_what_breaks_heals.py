"""An administrator breaks something on purpose while people work, and everybody sees it heal."""

import re
from typing import Any

import pytest
from playwright.sync_api import Request, expect

from tests.browsers import Arrive
from tests.factories.files import unique
from tests.journeys.quiet import await_quiet
from tests.pages.frame import Bell
from tests.pages.inside import SOON, Inside, drop_streams
from tests.pages.orders import place_order
from tests.pages.wuphf import Inbox, send_wuphf

pytestmark = [pytest.mark.journey, pytest.mark.stack]


def test_an_order_waits_for_a_paused_warehouse_and_is_reserved_as_soon_as_it_goes_on(
    arrive: Arrive, stack: Any
):
    nick, jim = arrive("nick.reyes"), arrive("jim.halpert")
    await_quiet(stack)
    inside = Inside.open(nick)
    inside.switch_on("Pause a service", "Pause service")
    try:
        order = place_order(jim)
        inside.should_say(re.compile(r"Paused: lag \d+"))
        order.should_be("Placed")
    finally:
        inside.end_now()
    order.should_be("Reserved", timeout=SOON)
    inside.should_say("Recovered")


@pytest.mark.long
def test_a_poisoned_event_holds_its_order_until_all_is_handled_again(arrive: Arrive, stack: Any):
    nick, jim = arrive("nick.reyes"), arrive("jim.halpert")
    await_quiet(stack)
    inside = Inside.open(nick)
    inside.switch_on("Poison an event", "Poison next event")
    order = place_order(jim)
    inside.open_dead_letters()
    expect(inside.main).to_contain_text("Poisoned on purpose by nick.reyes")
    expect(inside.main).to_contain_text(order.number)
    order.should_be("Placed")
    inside.handle_all_again()
    order.should_be("Reserved", timeout=SOON)


@pytest.mark.long
def test_a_bell_whose_stream_was_dropped_comes_back_and_rings_once(arrive: Arrive, stack: Any):
    nick, michael, meredith = (
        arrive("nick.reyes"),
        arrive("michael.scott"),
        arrive("meredith.palmer"),
    )
    await_quiet(stack)
    page = meredith.open("/")
    bell, words = Bell(page), unique("Dropped and heard")
    before = bell.count()
    with page.expect_request(opens_a_stream, timeout=SOON):
        drop_streams(nick)
        send_wuphf(michael, words, "Customer service")
    bell.should_count(before + 1, timeout=SOON)
    bell.should_be_live(timeout=SOON)
    assert bell.count() == before + 1
    Inbox.open(meredith).should_have(words)


def opens_a_stream(request: Request) -> bool:
    return request.method == "GET" and "/live" in request.url


@pytest.mark.long
def test_without_javascript_a_service_is_paused_and_goes_on(arrive: Arrive, stack: Any):
    inside = Inside.open(arrive("nick.reyes", java_script_enabled=False))
    inside.switch_on("Pause a service", "Pause service")
    inside.should_say("Inventory is paused")
    inside.end_now()
    inside.should_say("Inventory was paused")
