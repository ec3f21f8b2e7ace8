"""A page that was read before a change and arrives after it: what was told meanwhile is told again
(static/js/event_replay.js).
"""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browsers import Arrive, Someone
from tests.pages.frame import Bell, await_number, status
from tests.pages.inventory import ShipmentPage
from tests.pages.orders import NUMBER, OrderList, OrderPage, first_shipment_of, place_order

pytestmark = [pytest.mark.journey, pytest.mark.stack]


class DelayedPage:
    """An address whose page arrives as it is now, however late it is let through."""

    def __init__(self, page: Page, address: str) -> None:
        self.address, self.then = address, page.request.get(address).text()
        self.held: list[Route] = []

    def hold(self, page: Page) -> None:
        """Holds the address's page back in this tab."""
        page.route(self.address, lambda route: self.held.append(route))

    def let_through(self, page: Page) -> None:
        """Answers what was asked for meanwhile."""
        [route] = self.held
        route.fulfill(body=self.then, content_type="text/html")
        page.unroute(self.address)


def reserved_order(jim: Someone) -> tuple[OrderPage, DelayedPage]:
    """A new order's page, live, and the same page as it is now."""
    order = OrderPage.open(jim, place_order(jim).number)
    order.should_be("Reserved")
    Bell(order.page).should_be_live()
    return order, DelayedPage(order.page, f"{jim.address}/orders/{order.number}")


def test_a_page_that_a_form_leads_to_shows_what_happened_while_it_was_drawn(arrive: Arrive):
    order, delayed = reserved_order(arrive("jim.halpert"))
    status(order.page).evaluate("old => old.setAttribute('data-drawn-before', '')")
    delayed.hold(order.page)
    order.cancel("Paid twice.")
    order.should_be("Cancelled")
    delayed.let_through(order.page)
    expect(order.page.locator("[data-drawn-before]")).to_have_count(0)
    order.should_be("Cancelled")
    order.should_have_step("Order cancelled")


@pytest.mark.long
def test_a_second_tab_shows_what_the_first_was_told_while_it_opened(arrive: Arrive):
    jim = arrive("jim.halpert")
    order, delayed = reserved_order(jim)
    second = OrderList.open(jim, jim.new_tab()).page
    Bell(second).should_be_live()
    delayed.hold(second)
    with second.expect_request(delayed.address):
        second.evaluate("to => { setTimeout(() => { location.href = to; }); }", delayed.address)
    order.cancel("Paid twice.")
    order.should_be("Cancelled")
    delayed.let_through(second)
    OrderPage(second, await_number(second, NUMBER)).should_be("Cancelled")


@pytest.mark.long
def test_a_page_whose_watch_the_server_could_not_take_moves_all_the_same(arrive: Arrive):
    jim, darryl = arrive("jim.halpert"), arrive("darryl.philbin")
    number = place_order(jim).number
    shipment = first_shipment_of(darryl, number)
    jim.page.route("**/live/watch", lambda route: route.fulfill(status=503))
    with jim.page.expect_response("**/live/watch"):
        order = OrderPage.open(jim, number)
    expect(jim.page.get_by_role("link", name=shipment)).to_be_visible()
    jim.page.unroute("**/live/watch")
    ShipmentPage.open(darryl, shipment).pick()
    order.should_have_step(f"{shipment} picked")
