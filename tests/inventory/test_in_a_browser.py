"""Receiving goods by keyboard, and pages that follow what others receive and count, in a browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from models.inventory import stock_takes
from models.inventory.receipts import Goods, receive_delivery
from models.shared.transactions import transaction
from tests.factories.inventory import add_product
from tests.orders.inventory_stand_in import inventory
from tests.pages.inventory import ReceiptForm, StockTakePage
from tests.shared.test_unsent_forms import Desk, desk

__all__ = ["desk", "inventory"]
Desks = Callable[[str], Desk]


def by(actor: str, command, *args, **more):
    with transaction("inventory", actor=actor) as session:
        return command(session, *args, **more)


def hear(page: Page, record: str) -> None:
    """What the live stream does when a record that the page watches changes."""
    expect(page.locator(f"[data-watch~='{record}']")).not_to_have_count(0)
    page.evaluate("(name) => document.dispatchEvent(new CustomEvent(name))", f"live:{record}")


@pytest.fixture(scope="module")
def products(small_office) -> tuple[str, str]:
    """Two products without stock."""
    return add_product("PICK-1"), add_product("PICK-2")


def test_a_delivery_is_received_by_keyboard_alone(desk: Desks, products: tuple[str, str]):
    page = desk("darryl.philbin").page
    page.goto("/inventory/receive")
    form = ReceiptForm(page)
    form.begin()
    form.pick("paper pick-1", re.compile(r"PICK-1\s*0 on hand"))
    form.enter("4")
    form.pick("pick-2", re.compile(r"PICK-2\s*0 on hand"))
    form.enter("30")
    form.remove_last_line()
    assert form.receive().startswith("RC-")
    expect(page.get_by_role("main")).to_contain_text("34 cases received by Darryl Philbin")


def test_a_late_answer_about_what_was_typed_does_not_take_back_what_was_chosen(
    desk: Desks, products: tuple[str, str]
) -> None:
    page, held = desk("darryl.philbin").page, list[Route]()
    page.goto("/inventory/receive")

    def hold_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/receive/lines", hold_first)
    form = ReceiptForm(page)
    form.begin()
    with page.expect_request("**/receive/lines"):  # asks about the words, not yet a product
        page.keyboard.type("paper pick-1")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type("4")
    held[0].continue_()
    # The answer about what stands there now.
    expect(page.locator("#receipt-lines")).to_contain_text("1 line, 4 cases")
    expect(page.get_by_label("Product")).to_have_value("PICK-1")
    expect(page.get_by_label("Cases")).to_have_value("4")


def test_a_list_of_receipts_offers_what_came_meanwhile(desk: Desks, products: tuple[str, str]):
    goods = [Goods(sku=products[0], quantity=1)]
    by("roy.anderson", receive_delivery, goods)
    page = desk("darryl.philbin").page
    page.goto("/inventory/receipts")
    number = by("roy.anderson", receive_delivery, goods, "DN 88")
    hear(page, "receipts:*")
    page.get_by_role("link", name=re.compile("Show 1 new receipt")).click()
    expect(page.get_by_role("row").filter(has_text=number)).to_contain_text("DN 88")


def test_a_receipts_page_shows_the_stock_of_now(desk: Desks, products: tuple[str, str]):
    number = by("roy.anderson", receive_delivery, [Goods(sku=add_product("PICK-9"), quantity=5)])
    page = desk("jim.halpert").page
    page.goto(f"/inventory/receipts/{number}")
    row = page.get_by_role("row").filter(has_text="Paper PICK-9")
    expect(row).to_contain_text("5 5 5")
    by("roy.anderson", receive_delivery, [Goods(sku="PICK-9", quantity=2)])
    hear(page, "products:*")
    expect(row).to_contain_text("5 7 7")


def test_two_who_count_at_once_see_each_others_counts_and_lose_none(
    desk: Desks, products: tuple[str, str]
):
    number = by("darryl.philbin", stock_takes.start_stock_take, "Both", products)
    record, address = f"stock_take:{number}", f"/inventory/stock-takes/{number}"
    darryl, roy = (
        StockTakePage(desk("darryl.philbin").page),
        StockTakePage(desk("roy.anderson").page),
    )
    darryl.page.goto(address)
    roy.page.goto(address)
    roy.field("Paper PICK-2").fill("7")
    with darryl.page.expect_navigation():
        darryl.count("Paper PICK-1", 5)
    hear(roy.page, record)
    expect(roy.field("Paper PICK-1")).to_have_value("5")
    expect(roy.main).to_contain_text("Darryl Philbin")
    expect(roy.field("Paper PICK-2")).to_have_value("7")  # being typed, and left alone
    with roy.page.expect_navigation():
        roy.count("Paper PICK-2", 7)
    hear(darryl.page, record)
    expect(darryl.field("Paper PICK-2")).to_have_value("7")
    darryl.confirm()
    darryl.should_be("Confirmed")
    hear(roy.page, record)
    roy.should_be("Confirmed")
