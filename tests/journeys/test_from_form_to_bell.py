"""The product's spine, walked by three people at once."""

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Locator, expect

from tests.browsers import Arrive, Someone
from tests.pages.frame import Bell, Palette, reload_until, status
from tests.pages.inventory import ShipmentPage
from tests.pages.orders import (
    CLIENT,
    NUMBER,
    OrderForm,
    OrderList,
    OrderPage,
    first_shipment_of,
    place_order,
)
from tests.pages.wuphf import Inbox

pytestmark = [pytest.mark.journey, pytest.mark.stack]


def test_an_order_travels_from_the_form_to_the_bell(arrive: Arrive):
    jim, darryl, dwight = arrive("jim.halpert"), arrive("darryl.philbin"), arrive("dwight.schrute")
    orders = OrderList.open(dwight)
    bell = Bell(jim.open("/"))
    expect(bell.dot).to_have_text(re.compile(r"\d"))
    before = bell.count()

    order = place_order(jim)
    order.should_be("Reserved")
    order.should_have_step("placed")
    second = OrderPage.open(jim, order.number, jim.new_tab())
    expect(orders.newer).to_be_visible()

    deliver(darryl, first_shipment_of(darryl, order.number))
    for tab in (order, second):
        tab.should_be("Delivered")
        tab.should_have_step("delivered")
        Bell(tab.page).should_not_count(before)

    orders.newer.click()
    orders.should_list(order.number)
    expect(Inbox.open(jim).main).to_contain_text(order.number)
    expect(Inbox.open(dwight).main).not_to_contain_text(order.number)


def deliver(someone: Someone, number: str) -> None:
    """Picks, packs, ships and delivers a shipment, by its page."""
    shipment = ShipmentPage.open(someone, number)
    shipment.ship()
    shipment.deliver()


def test_two_tabs_of_one_browser_share_one_stream(arrive: Arrive):
    jim = arrive("jim.halpert")
    number = place_order(jim).number
    for tab in (jim.page, jim.new_tab(), jim.new_tab()):
        order = OrderPage.open(jim, number, tab)
        expect(Bell(tab).dot).to_be_attached()
    order.should_be("Reserved")
    open_now = jim.page.evaluate("navigator.locks.query().then(locks => locks.held.length)")
    assert open_now == 1, "one tab of the browser holds the stream"


def test_the_forms_work_without_javascript(arrive: Arrive):
    jim = arrive("jim.halpert", java_script_enabled=False)
    darryl = arrive("darryl.philbin", java_script_enabled=False)
    order = place_order(jim, cases=1)
    reload_until(jim.page, status(jim.page), "Reserved")
    deliver(darryl, listed_shipment_of(darryl, order.number))
    OrderPage.open(jim, order.number)
    reload_until(jim.page, status(jim.page), "Delivered")


def listed_shipment_of(someone: Someone, order: str) -> str:
    """The number of the order's shipment in the warehouse's list; its own page asks for it by a script."""
    page = someone.open(f"/inventory/shipments/?q={order}")
    reload_until(page, page.get_by_role("main"), "SH-")
    return re.search(r"SH-\d+", page.get_by_role("main").inner_text())[0]  # type: ignore[index]


@pytest.mark.long
def test_an_error_without_javascript_keeps_what_was_typed(arrive: Arrive):
    jim = arrive("jim.halpert", java_script_enabled=False)
    form = OrderForm.open(jim).fill(sku="NO-SUCH", cases=-3)
    form.purchase_order.fill("PR-26-1187")
    form.press_place()
    says(form.product, "No product has the SKU")
    says(form.cases, "Enter at least 1 case")
    expect(form.purchase_order).to_have_value("PR-26-1187")
    expect(form.cases).to_have_value("-3")


def says(field: Locator, words: str) -> None:
    """The message that belongs to the field, which is read out with it."""
    expect(field).to_have_accessible_description(re.compile(words))


def test_an_order_is_placed_by_keyboard_alone(arrive: Arrive):
    form = OrderForm.open(arrive("jim.halpert"))
    keys = form.page.keyboard
    form.client.focus()
    keys.type("CL-1002")
    keys.press("Escape")
    form.tab_to(form.product)
    keys.type("CS-110-IV")
    keys.press("Escape")
    form.tab_to(form.cases)
    keys.type("1")
    keys.press("Control+Enter")
    form.page.wait_for_url(re.compile(NUMBER))
    expect(status(form.page)).to_contain_text("Reserved")


@pytest.mark.long
def test_enter_moves_through_the_order_form_and_only_ctrl_enter_places(arrive: Arrive):
    form = OrderForm.open(arrive("jim.halpert"))
    page, keys = form.page, form.page.keyboard
    form.client.fill(CLIENT)
    form.product.fill("CP-20-LTR")
    keys.press("Escape")
    form.product.press("Enter")
    expect(form.cases).to_be_focused()
    keys.type("2")
    keys.press("Enter")
    expect(page.get_by_label("Product")).to_have_count(2)
    expect(page.get_by_label("Product").nth(1)).to_be_focused()
    expect(page).to_have_url(re.compile("/orders/new$"))
    keys.press("Control+Delete")
    expect(page.get_by_label("Product")).to_have_count(1)
    form.cases.focus()
    keys.press("Control+Enter")
    page.wait_for_url(re.compile(NUMBER))


@pytest.mark.long
def test_a_quote_that_is_late_neither_brings_the_draft_back_nor_holds_the_order_up(arrive: Arrive):
    jim = arrive("jim.halpert")
    form, late = OrderForm.open(jim), []
    form.fill(cases=4)
    expect(form.page.get_by_text("Draft saved")).to_be_visible()
    form.page.route("**/orders/quote", lambda route: late.append(route))
    form.purchase_order.fill("LATE-1")
    form.purchase_order.blur()
    order = form.place()
    for route in late:
        with suppress(Error):  # the page has given it up
            route.continue_()
    expect(order.page).to_have_url(re.compile(NUMBER))
    assert "LATE-1" not in jim.open("/orders/drafts").locator("main").inner_text()


@pytest.mark.long
def test_the_palette_finds_and_opens(arrive: Arrive):
    jim = arrive("jim.halpert")
    number = place_order(jim, cases=1).number
    palette = Palette(jim.open("/"))
    palette.ask(number)
    expect(palette.found.first).to_contain_text(number)
    palette.await_all_areas()
    jim.page.keyboard.press("Enter")
    jim.page.wait_for_url(re.compile(number))
