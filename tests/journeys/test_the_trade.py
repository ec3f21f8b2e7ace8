"""Orders and the warehouse, by those who work there."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browsers import Arrive, Someone
from tests.pages.drag import drag, drop, lift
from tests.pages.frame import await_number
from tests.pages.inventory import (
    ProductPage,
    ShipmentBoard,
    ShipmentPage,
    StockTakePage,
    add_location,
    create_product,
    receive,
)
from tests.pages.orders import NUMBER, OrderForm, OrderPage, first_shipment_of, place_order

pytestmark = [pytest.mark.journey, pytest.mark.stack]


def ship(someone: Someone, number: str) -> None:
    """Picks, packs and ships a shipment, by its page."""
    ShipmentPage.open(someone, number).ship()


def test_a_back_order_is_served_by_a_receipt_and_leaves_in_two_parcels(arrive: Arrive):
    jim, darryl = arrive("jim.halpert"), arrive("darryl.philbin")
    create_product(darryl, "JRN-1")
    receive(darryl, "JRN-1", 2)
    order = place_order(jim, sku="JRN-1", cases=5)
    order.should_be("Back-ordered")
    ship(darryl, first_shipment_of(darryl, order.number))
    order.should_be("Partly shipped")
    receive(darryl, "JRN-1", 9)
    seen = OrderPage.open(darryl, order.number)
    expect(seen.shipments).to_have_count(2)
    ship(darryl, seen.shipment_in_state("Ready to pick"))
    order.should_be("Shipped")


@pytest.mark.long
def test_an_order_that_is_being_packed_is_given_up_and_never_leaves(arrive: Arrive):
    jim, darryl = arrive("jim.halpert"), arrive("darryl.philbin")
    create_product(darryl, "JRN-2")
    receive(darryl, "JRN-2", 5)
    order = place_order(jim, sku="JRN-2", cases=3)
    packing = ShipmentPage.open(darryl, first_shipment_of(darryl, order.number))
    packing.pick()
    order = OrderPage.open(jim, order.number)
    order.cancel("They found a pallet in the basement.")
    order.should_be("Cancelled")
    packing.should_be("Cancelled")
    expect(packing.main).to_contain_text("Put these cases back")
    expect(packing.pack_button).to_have_count(0)


def shipment_to_pick(arrive: Arrive, sku: str) -> tuple[Someone, str]:
    """Who works in the warehouse, and the number of a shipment of a new product that waits there."""
    jim, darryl = arrive("jim.halpert"), arrive("darryl.philbin")
    create_product(darryl, sku)
    receive(darryl, sku, 5)
    return darryl, first_shipment_of(darryl, place_order(jim, sku=sku, cases=3).number)


@pytest.mark.long
def test_a_parcel_is_dragged_a_step_and_back_and_the_column_that_refuses_says_why(arrive: Arrive):
    darryl, number = shipment_to_pick(arrive, "JRN-5")
    board = ShipmentBoard.open(darryl, number)
    page, card = darryl.page, board.card(number)
    drag(page, card, board.cards_of("Packed"))
    expect(board.refusal_of("Packed")).to_contain_text("one step at a time")
    with page.expect_response("**/inventory/board?*"):
        board.draw_again()
    board.should_be_settled()
    expect(board.refusal_of("Packed")).to_be_visible()
    drag(page, card, board.cards_of("Picked"))
    expect(board.card_in("Picked", number)).to_be_visible()
    drag(page, card, board.cards_of("Ready to pick"))
    expect(board.card_in("Ready to pick", number)).to_be_visible()


@pytest.mark.long
def test_a_board_that_arrives_while_a_card_is_in_the_hand_waits_for_the_drop(arrive: Arrive):
    darryl, number = shipment_to_pick(arrive, "JRN-6")
    board = ShipmentBoard.open(darryl, number)
    page, picked = darryl.page, board.cards_of("Picked")
    held: list[Route] = []
    page.route("**/inventory/board?*", lambda route: held.append(route))
    board.draw_again()
    lift(page, board.card(number), picked)
    with page.expect_response("**/inventory/board?*"):
        held.pop().continue_()
    page.unroute("**/inventory/board?*")
    drop(page, picked)
    expect(board.card_in("Picked", number)).to_be_visible()
    expect(board.card_in("Picked", number)).to_have_attribute("data-status", "picked")


def test_a_discount_is_refused_changed_and_placed(arrive: Arrive):
    jim, michael, darryl = arrive("jim.halpert"), arrive("michael.scott"), arrive("darryl.philbin")
    create_product(darryl, "JRN-3")
    receive(darryl, "JRN-3", 50)
    form = OrderForm.open(jim).fill(client="CL-1002", sku="JRN-3", cases=7)
    form.discount.fill("30")
    form.should_say("Needs a sales manager’s approval")
    form.should_say("Draft saved")
    form.press_place()
    order = OrderPage(jim.page, await_number(jim.page, NUMBER))
    order.should_be("Needs approval")
    OrderPage.open(michael, order.number).send_back("Ten is plenty.")
    order.should_be("Sent back")
    expect(order.main).to_contain_text("Ten is plenty.")
    form = order.change()
    form.discount.fill("10")
    form.send_again()
    order.should_be("Reserved")


@pytest.mark.long
def test_goods_at_two_locations_are_carried_picked_and_sent_from_where_they_lie(arrive: Arrive):
    jim, darryl = arrive("jim.halpert"), arrive("darryl.philbin")
    for code in ("JRN-A", "JRN-B"):
        add_location(darryl, code)
    create_product(darryl, "JRN-7")
    receive(darryl, "JRN-7", 6, "JRN-A")
    receive(darryl, "JRN-7", 4, "JRN-B")
    product = ProductPage.open(darryl, "JRN-7")
    product.transfer("JRN-A", "JRN-B", 2)
    product.should_lie({"JRN-A": 4, "JRN-B": 6})
    number = first_shipment_of(darryl, place_order(jim, sku="JRN-7", cases=9).number)
    takes = ShipmentPage.open(darryl, number).takes
    expect(takes.nth(0)).to_contain_text(re.compile(r"JRN-A.*3\s*$", re.DOTALL))
    expect(takes.nth(1)).to_contain_text(re.compile(r"JRN-B.*6\s*$", re.DOTALL))
    ship(darryl, number)
    ProductPage.open(darryl, "JRN-7").should_lie({"JRN-A": 1}, picked="–")


@pytest.mark.long
def test_a_picker_takes_from_another_location_by_keyboard(arrive: Arrive):
    jim, darryl = arrive("jim.halpert"), arrive("darryl.philbin")
    create_product(darryl, "JRN-8")
    receive(darryl, "JRN-8", 6)
    receive(darryl, "JRN-8", 6, "BULK-01")
    number = first_shipment_of(darryl, place_order(jim, sku="JRN-8", cases=3).number)
    shipment, keys = ShipmentPage.open(darryl, number), darryl.page.keyboard
    choice = shipment.source_of("Journey paper JRN-8")
    expect(choice).to_have_value("DOCK")
    choice.focus()
    keys.press("ArrowUp")
    expect(choice).to_have_value("BULK-01")
    shipment.pick_button.focus()
    keys.press("Enter")
    shipment.should_be("Picked", timeout=30_000)
    expect(shipment.takes).to_contain_text("BULK-01")


def test_a_stock_take_books_what_was_found(arrive: Arrive):
    darryl = arrive("darryl.philbin")
    create_product(darryl, "JRN-4")
    receive(darryl, "JRN-4", 10)
    stock_take = StockTakePage.begin(darryl, "The shelf of the journey", "JRN-4")
    stock_take.count("Journey paper JRN-4", 8)
    expect(stock_take.main).to_contain_text("−2", timeout=30_000)
    stock_take.should_be("In progress")
    stock_take.confirm()
    stock_take.should_be("Confirmed")
    product = ProductPage.open(darryl, "JRN-4")
    expect(product.main).to_contain_text("Stock-take ST-")
    product.should_have_available(8)
