"""A page that was read before a change and arrives after it: what was told meanwhile is told again
(static/js/meanwhile.js).
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browsers import Someone
from tests.journeys.steps import parcel_of, place_order

pytestmark = [pytest.mark.journey, pytest.mark.stack]
Arrive = Callable[..., Someone]


class Late:
    """An address whose page arrives as it is now, however late it is let through."""

    def __init__(self, page: Page, address: str) -> None:
        self.address, self.then = address, page.request.get(address).text()
        self.held: list[Route] = []

    def hold(self, page: Page) -> None:
        page.route(self.address, lambda route: self.held.append(route))

    def let_through(self, page: Page) -> None:
        [route] = self.held
        route.fulfill(body=self.then, content_type="text/html")
        page.unroute(self.address)


def status(page: Page):
    return page.locator(".head .st")


def reserved_order(jim: Someone) -> tuple[Page, Late]:
    """A new order's page, live, and its address."""
    number = place_order(jim)
    page = jim.open(f"/orders/{number}")
    expect(status(page)).to_contain_text("Reserved")
    expect(page.locator("#live-word")).to_have_attribute("data-state", "on")
    return page, Late(page, f"{jim.address}/orders/{number}")


def cancel(page: Page) -> None:
    page.get_by_role("link", name="Cancel order").click()
    page.get_by_role("dialog").get_by_label("Why?").fill("Paid twice.")
    page.get_by_role("button", name="Ask to cancel").click()
    expect(status(page)).to_contain_text("Cancelled")


def test_a_page_that_a_form_leads_to_shows_what_happened_while_it_was_drawn(arrive: Arrive):
    page, late = reserved_order(arrive("jim.halpert"))
    status(page).evaluate("old => old.setAttribute('data-drawn-before', '')")
    late.hold(page)
    cancel(page)
    late.let_through(page)
    expect(page.locator("[data-drawn-before]")).to_have_count(0)
    expect(status(page)).to_contain_text("Cancelled")
    expect(page.locator("[id^=order-timeline]")).to_contain_text("Order cancelled")


def test_a_second_tab_shows_what_the_first_was_told_while_it_opened(arrive: Arrive):
    jim = arrive("jim.halpert")
    page, late = reserved_order(jim)
    second = jim.open("/orders", jim.new_tab())
    expect(second.locator("#live-word")).to_have_attribute("data-state", "on")
    late.hold(second)
    with second.expect_request(late.address):
        second.evaluate("to => { setTimeout(() => { location.href = to; }); }", late.address)
    cancel(page)
    late.let_through(second)
    second.wait_for_url(re.compile("/orders/DM-"))
    expect(status(second)).to_contain_text("Cancelled")


def test_a_page_whose_watch_the_server_could_not_take_moves_all_the_same(arrive: Arrive):
    jim, darryl = arrive("jim.halpert"), arrive("darryl.philbin")
    number = place_order(jim)
    parcel = parcel_of(darryl, number)
    jim.page.route("**/live/watch", lambda route: route.fulfill(status=503))
    with jim.page.expect_response("**/live/watch"):
        page = jim.open(f"/orders/{number}")
    expect(page.get_by_role("link", name=parcel)).to_be_visible()
    page.unroute("**/live/watch")
    darryl.open(f"/inventory/shipments/{parcel}")
    darryl.page.get_by_role("button", name="Picked, all of it").click()
    expect(page.locator("[id^=order-timeline]")).to_contain_text(f"{parcel} picked")
