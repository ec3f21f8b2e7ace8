"""Orders and the warehouse, by those who work there (issue 5)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browsers import Someone
from tests.journeys.steps import drag, drop, lift, parcel_of, place_order

pytestmark = [pytest.mark.journey, pytest.mark.stack]
Arrive = Callable[..., Someone]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile(name)).first.click()


def new_product(darryl: Someone, sku: str) -> None:
    """Takes a product into the range, with nothing on the shelf."""
    page = darryl.open("/inventory/products/new")
    page.get_by_label("SKU").fill(sku)
    page.get_by_label("Name").fill(f"Journey paper {sku}")
    page.get_by_label("Price a case").fill("10.00")
    press(page, "Take into the range")
    page.wait_for_url(re.compile(f"/inventory/products/{sku}$"))


def receive(darryl: Someone, sku: str, cases: int, location: str = "") -> None:
    page = darryl.open(f"/inventory/receive?sku={sku}")
    page.get_by_label("Cases").fill(str(cases))
    page.get_by_label("Location").fill(location)
    press(page, "Put on the shelf")
    page.wait_for_url(re.compile("/inventory/products/"))


def dispatch(darryl: Someone, parcel: str) -> None:
    page = darryl.open(f"/inventory/shipments/{parcel}")
    press(page, "Picked, all of it")
    press(page, "Packed and checked")
    page.get_by_label("Carrier").fill("Keystone Freight")
    page.get_by_label("Tracking").fill("KF 1")
    press(page, "Dispatch with the carrier")
    expect(page.locator(".head .st")).to_contain_text("On its way")


def test_a_back_order_is_served_by_a_receipt_and_leaves_in_two_parcels(arrive: Arrive):
    jim, darryl = arrive("jim.halpert"), arrive("darryl.philbin")
    new_product(darryl, "JRN-1")
    receive(darryl, "JRN-1", 2)
    number = place_order(jim, sku="JRN-1", cases=5)
    expect(jim.page.locator(".head .st")).to_contain_text("Back-ordered")
    dispatch(darryl, parcel_of(darryl, number))
    expect(jim.page.locator(".head .st")).to_contain_text("Partly shipped")
    receive(darryl, "JRN-1", 9)
    page = darryl.open(f"/orders/{number}")
    expect(page.get_by_role("link", name=re.compile(r"SH-\d+"))).to_have_count(2)
    second = (
        page.locator(".parcels")
        .get_by_text("Waits to be picked")
        .locator("xpath=..")
        .get_by_role("link")
        .inner_text()
    )
    dispatch(darryl, second)
    expect(jim.page.locator(".head .st")).to_contain_text("Shipped")


def test_an_order_that_is_being_packed_is_given_up_and_never_leaves(arrive: Arrive):
    jim, darryl = arrive("jim.halpert"), arrive("darryl.philbin")
    new_product(darryl, "JRN-2")
    receive(darryl, "JRN-2", 5)
    number = place_order(jim, sku="JRN-2", cases=3)
    parcel = parcel_of(darryl, number)
    packing = darryl.open(f"/inventory/shipments/{parcel}")
    press(packing, "Picked, all of it")
    expect(packing.get_by_role("button", name="Packed and checked")).to_be_visible()
    page = jim.open(f"/orders/{number}")
    page.get_by_role("link", name="Cancel order").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("Why?").fill("They found a pallet in the basement.")
    page.get_by_role("button", name="Ask to cancel").click()
    expect(page.locator(".head .st")).to_contain_text("Cancelled")
    expect(packing.locator(".head .st")).to_contain_text("Called off")
    expect(packing.locator("main")).to_contain_text("Put these cases back")
    expect(packing.get_by_role("button", name="Packed and checked")).to_have_count(0)


def parcel_to_pick(arrive: Arrive, sku: str) -> tuple[Someone, str]:
    """Who works in the warehouse, and a parcel of a new product that waits there."""
    jim, darryl = arrive("jim.halpert"), arrive("darryl.philbin")
    new_product(darryl, sku)
    receive(darryl, sku, 5)
    return darryl, parcel_of(darryl, place_order(jim, sku=sku, cases=3))


def test_a_parcel_is_dragged_a_step_and_back_and_the_column_that_refuses_says_why(arrive: Arrive):
    darryl, parcel = parcel_to_pick(arrive, "JRN-5")
    page = darryl.open(f"/inventory/board?q={parcel}")
    card = page.locator(f"#board-{parcel}")

    def column(status: str):
        return page.locator(f".parcel-col[data-status={status}]")

    drag(page, card, column("packed").locator(".parcel-cards"))
    expect(column("packed").locator(".refusal")).to_contain_text("One step at a time")
    with page.expect_response("**/inventory/board?*"):
        page.locator("#parcel-board").dispatch_event("board:again")
    expect(page.locator("#parcel-board.htmx-request")).to_have_count(0)
    expect(column("packed").locator(".refusal")).to_be_visible()
    drag(page, card, column("picked").locator(".parcel-cards"))
    expect(column("picked").locator(card)).to_be_visible()
    drag(page, card, column("waiting").locator(".parcel-cards"))
    expect(column("waiting").locator(card)).to_be_visible()


def test_a_board_that_arrives_while_a_card_is_in_the_hand_waits_for_the_drop(arrive: Arrive):
    darryl, parcel = parcel_to_pick(arrive, "JRN-6")
    page = darryl.open(f"/inventory/board?q={parcel}")
    card, picked = page.locator(f"#board-{parcel}"), page.locator(".parcel-col[data-status=picked]")
    held: list[Route] = []
    page.route("**/inventory/board?*", lambda route: held.append(route))
    page.locator("#parcel-board").dispatch_event("board:again")
    lift(page, card, picked.locator(".parcel-cards"))
    with page.expect_response("**/inventory/board?*"):
        held.pop().continue_()
    page.unroute("**/inventory/board?*")
    drop(page, picked.locator(".parcel-cards"))
    expect(picked.locator(card)).to_be_visible()
    expect(picked.locator(card)).to_have_attribute("data-status", "picked")


def test_a_discount_is_refused_changed_and_placed(arrive: Arrive):
    jim, michael, darryl = arrive("jim.halpert"), arrive("michael.scott"), arrive("darryl.philbin")
    new_product(darryl, "JRN-3")
    receive(darryl, "JRN-3", 50)
    page = jim.open("/orders/new")
    page.get_by_label("Client").fill("CL-1002")
    page.get_by_label("Product").first.fill("JRN-3")
    page.get_by_label("Cases").first.fill("7")
    page.get_by_label("Discount, %").fill("30")
    expect(page.locator("#order-lines")).to_contain_text("A sales manager has to agree")
    expect(page.locator("#draft-says")).to_contain_text("Draft saved")
    page.get_by_role("button", name="Place order").last.click()
    page.wait_for_url(re.compile(r"/orders/DM-\d+"))
    number = page.url.rsplit("/", 1)[1]
    expect(page.locator(".head .st")).to_contain_text("Waits for approval")
    deciding = michael.open(f"/orders/{number}")
    deciding.get_by_role("link", name="Decide").click()
    deciding.get_by_label("Why not?").fill("Ten is plenty.")
    deciding.get_by_role("button", name="Send back").click()
    expect(page.locator(".head .st")).to_contain_text("Sent back")
    expect(page.locator("main")).to_contain_text("Ten is plenty.")
    page.get_by_role("link", name="Change").click()
    page.get_by_label("Discount, %").fill("10")
    page.get_by_role("button", name="Send it again").click()
    page.wait_for_url(re.compile(rf"/orders/{number}$"))
    expect(page.locator(".head .st")).to_contain_text("Reserved")


def test_goods_at_two_locations_are_carried_picked_and_sent_from_where_they_lie(arrive: Arrive):
    jim, darryl = arrive("jim.halpert"), arrive("darryl.philbin")
    for code in ("JRN-A", "JRN-B"):
        page = darryl.open("/inventory/locations")
        page.get_by_label("Code", exact=True).fill(code)
        page.get_by_role("button", name="Add", exact=True).click()
        page.wait_for_url(re.compile(f"/locations/{code}$"))
    new_product(darryl, "JRN-7")
    receive(darryl, "JRN-7", 6, "JRN-A")
    receive(darryl, "JRN-7", 4, "JRN-B")
    page = darryl.open("/inventory/products/JRN-7")
    page.get_by_role("link", name="Transfer").click()
    page.get_by_label("From").select_option("JRN-A")
    page.get_by_label("To", exact=True).fill("JRN-B")
    page.get_by_role("dialog").get_by_label("Cases").fill("2")
    page.get_by_role("dialog").get_by_role("button", name="Transfer").click()
    expect(page.locator("#places tbody")).to_contain_text(
        re.compile(r"JRN-A\s*4.*JRN-B\s*6", re.DOTALL)
    )
    parcel = parcel_of(darryl, place_order(jim, sku="JRN-7", cases=9))
    page = darryl.open(f"/inventory/shipments/{parcel}")
    expect(page.locator("#scan li").nth(0)).to_contain_text(re.compile(r"JRN-A.*3$", re.DOTALL))
    expect(page.locator("#scan li").nth(1)).to_contain_text(re.compile(r"JRN-B.*6$", re.DOTALL))
    dispatch(darryl, parcel)
    page = darryl.open("/inventory/products/JRN-7")
    expect(page.locator("#places tbody")).to_contain_text(re.compile(r"^\s*JRN-A\s*1\s*–\s*$"))


def test_a_picker_takes_from_another_location_by_keyboard(arrive: Arrive):
    jim, darryl = arrive("jim.halpert"), arrive("darryl.philbin")
    new_product(darryl, "JRN-8")
    receive(darryl, "JRN-8", 6)
    receive(darryl, "JRN-8", 6, "BULK-01")
    parcel = parcel_of(darryl, place_order(jim, sku="JRN-8", cases=3))
    page = darryl.open(f"/inventory/shipments/{parcel}")
    choice = page.get_by_label("Take Journey paper JRN-8 from")
    expect(choice).to_have_value("DOCK")
    choice.focus()
    page.keyboard.press("ArrowUp")
    expect(choice).to_have_value("BULK-01")
    page.get_by_role("button", name="Picked, all of it").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".head .st")).to_contain_text("Picked", timeout=30_000)
    expect(page.locator("#scan li")).to_contain_text("BULK-01")


def test_a_stock_take_books_what_was_found(arrive: Arrive):
    darryl = arrive("darryl.philbin")
    new_product(darryl, "JRN-4")
    receive(darryl, "JRN-4", 10)
    page = darryl.open("/inventory/stock-takes")
    page.get_by_label("What is counted").fill("The shelf of the journey")
    page.get_by_label("These SKUs").fill("JRN-4")
    press(page, "Begin")
    page.get_by_label("Cases of Journey paper JRN-4").fill("8")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("−2", timeout=30_000)
    expect(page.locator(".head .st")).to_contain_text("Being counted")
    press(page, "Confirm the differences")
    expect(page.locator(".head .st")).to_contain_text("Confirmed")
    product = darryl.open("/inventory/products/JRN-4")
    expect(product.locator("main")).to_contain_text("Stock-take ST-")
    expect(product.locator(".figure")).to_contain_text("8")
