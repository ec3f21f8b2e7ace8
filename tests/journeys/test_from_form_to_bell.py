"""The product's spine, walked by three people at once (issue 2)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browsers import Someone
from tests.journeys.steps import bell_count, parcel_of, place_order

pytestmark = [pytest.mark.journey, pytest.mark.stack]
Arrive = Callable[..., Someone]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile(name, re.IGNORECASE)).first.click()


def step_shows(page: Page, words: str) -> None:
    expect(page.locator("[id^=order-timeline]")).to_contain_text(re.compile(words, re.IGNORECASE))


def test_an_order_travels_from_the_form_to_the_bell(arrive: Arrive):
    jim, darryl, dwight = arrive("jim.halpert"), arrive("darryl.philbin"), arrive("dwight.schrute")
    dwight.open("/orders/")
    expect(jim.page.locator("#bell-count")).to_have_text(re.compile(r"\d"))
    before = bell_count(jim.page)

    number = place_order(jim)
    page = jim.page
    expect(page.locator(".head .st")).to_contain_text("Reserved")
    step_shows(page, "placed")
    second = jim.open(f"/orders/{number}", jim.new_tab())
    expect(dwight.page.locator(".newbar")).to_contain_text("new order")

    parcel = parcel_of(darryl, number)
    send_parcel(darryl, parcel)
    for tab in (page, second):
        expect(tab.locator(".head .st")).to_contain_text("Delivered")
        step_shows(tab, "delivered")
        expect(tab.locator("#bell-count")).not_to_have_text(str(before))

    dwight.page.locator(".newbar").click()
    expect(dwight.page.locator("#orders-list")).to_contain_text(number)
    expect(jim.open("/wuphf").locator("main")).to_contain_text(number)
    expect(dwight.open("/wuphf").locator("main")).not_to_contain_text(number)


def send_parcel(someone: Someone, parcel: str) -> None:
    """Pick, pack, dispatch, deliver, by the warehouse's page."""
    page = someone.open(f"/inventory/shipments/{parcel}")
    press(page, "picked|pick")
    expect(page.get_by_role("button", name=re.compile("pack", re.IGNORECASE)).first).to_be_visible()
    press(page, "packed|pack")
    page.get_by_label("Carrier").fill("Keystone Freight")
    page.get_by_label("Tracking").fill("KF 881 204")
    press(page, "dispatch")
    page.get_by_label("Signed by").fill("R. Oduya")
    press(page, "deliver")
    expect(page.locator("main")).to_contain_text(re.compile("delivered", re.IGNORECASE))


def test_two_tabs_of_one_browser_share_one_stream(arrive: Arrive):
    jim = arrive("jim.halpert")
    streams: list[str] = []
    jim.context.on(
        "request",
        lambda request: (
            streams.append(request.url)
            if "/live" in request.url and request.method == "GET"
            else None
        ),
    )
    number = place_order(jim)
    for tab in (jim.page, jim.new_tab(), jim.new_tab()):
        jim.open(f"/orders/{number}", tab)
        expect(tab.locator("#bell-count")).to_be_attached()
    expect(jim.page.locator(".head .st")).to_contain_text("Reserved")
    open_now = jim.page.evaluate("navigator.locks.query().then(locks => locks.held.length)")
    assert open_now == 1, "one tab of the browser holds the stream"


def test_the_forms_work_without_javascript(arrive: Arrive):
    jim = arrive("jim.halpert", java_script_enabled=False)
    darryl = arrive("darryl.philbin", java_script_enabled=False)
    number = place_order(jim, cases=1)
    eventually(jim.page, ".head .st", "Reserved")
    parcel = no_script_parcel(darryl, number)
    send_parcel(darryl, parcel)
    jim.open(f"/orders/{number}")
    eventually(jim.page, ".head .st", "Delivered")


def eventually(page: Page, selector: str, words: str) -> None:
    """Without JavaScript a person loads the page again until it says so."""
    for _ in range(30):
        if words in page.locator(selector).first.inner_text():
            return
        page.wait_for_timeout(300)
        page.reload()
    expect(page.locator(selector).first).to_contain_text(words)


def no_script_parcel(someone: Someone, order: str) -> str:
    page = someone.open(f"/inventory/shipments/?q={order}")
    eventually(page, "main", "SH-")
    return re.search(r"SH-\d+", page.locator("main").inner_text())[0]  # type: ignore[index]


def test_an_error_without_javascript_keeps_what_was_typed(arrive: Arrive):
    jim = arrive("jim.halpert", java_script_enabled=False)
    page = jim.open("/orders/new")
    page.get_by_label("Client").fill("CL-1001")
    page.get_by_label("Their purchase order").fill("PR-26-1187")
    page.get_by_label("Product").first.fill("NO-SUCH")
    page.get_by_label("Cases").first.fill("-3")
    press(page, "Place order")
    expect(page.locator("#err-lines-0-sku")).to_contain_text("There is no product")
    expect(page.locator("#err-lines-0-quantity")).to_contain_text("At least one")
    expect(page.get_by_label("Their purchase order")).to_have_value("PR-26-1187")
    expect(page.get_by_label("Cases").first).to_have_value("-3")


def test_an_order_is_placed_by_keyboard_alone(arrive: Arrive):
    jim = arrive("jim.halpert")
    page = jim.open("/orders/new")
    page.get_by_label("Client").focus()
    page.keyboard.type("CL-1002")
    page.keyboard.press("Escape")
    tab_to(page, "lines-0-sku")
    page.keyboard.type("CS-110-IV")
    page.keyboard.press("Escape")
    tab_to(page, "lines-0-quantity")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/orders/DM-\d+"))
    expect(page.locator(".head .st")).to_contain_text("Reserved")


def tab_to(page: Page, id_: str) -> None:
    """Tab until the field has the focus: nothing on the way may catch it."""
    for _ in range(25):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == id_:
            return
    raise AssertionError(f"{id_} is not reached by Tab")


def test_the_palette_finds_and_opens(arrive: Arrive):
    jim = arrive("jim.halpert")
    number = place_order(jim, cases=1)
    jim.open("/")
    jim.page.keyboard.press("Control+k")
    box = jim.page.get_by_role("combobox")
    expect(box).to_be_focused()
    box.fill(number)
    expect(jim.page.get_by_role("option").first).to_contain_text(number)
    expect(jim.page.locator("#palette .late")).to_have_count(
        0
    )  # an area that was slow puts its own above
    jim.page.keyboard.press("Enter")
    jim.page.wait_for_url(re.compile(number))
