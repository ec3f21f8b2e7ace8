"""What people do in more than one journey."""

import re
from contextlib import suppress
from typing import Any

from playwright.sync_api import Locator, Page, TimeoutError, expect

from tests.browsers import Someone
from tests.chaos.settling import Quiet

ASKED = 5  # times that an order is sent before it is given up
CLIENT, SKU = "CL-1001", "CP-20-LTR"  # a product that never runs out in the seed


def place_order(someone: Someone, *, client: str = CLIENT, sku: str = SKU, cases: int = 2) -> str:
    """Fills and sends the order form; returns the order's number from the page that follows."""
    page = someone.open("/orders/new")
    page.get_by_label("Client").fill(client)
    page.get_by_label("Product").first.fill(sku)
    page.get_by_label("Cases").first.fill(str(cases))
    place, placed = (
        page.get_by_role("button", name="Place order").last,
        re.compile(r"/orders/DM-\d+"),
    )
    for _ in range(
        ASKED
    ):  # again where the same was ordered before and is meant, or orders has not heard of the client yet
        with suppress(TimeoutError):  # unless it went through this very moment
            place.click(timeout=3_000)
        with suppress(TimeoutError):
            return _number(page, placed, seconds=8)
    return _number(page, placed, seconds=30)


def _number(page: Page, placed: re.Pattern[str], seconds: int) -> str:
    page.wait_for_url(placed, timeout=seconds * 1000)
    return page.url.rsplit("/", 1)[1].split("?")[0]


def parcel_of(someone: Someone, order: str) -> str:
    """The number of the order's first parcel, as its page shows it; waits until there is one."""
    page = someone.open(f"/orders/{order}")
    link = page.get_by_role("link", name=re.compile(r"SH-\d+")).first
    expect(link).to_be_visible()
    return re.search(r"SH-\d+", link.inner_text())[0]  # type: ignore[index]


def bell_count(page: Page) -> int:
    """The number on the bell, once the page is live; 0 where it shows none."""
    expect(page.locator("#live-word")).to_have_attribute("data-state", "on")
    text = page.locator("#bell-count").text_content() or ""
    return int(re.sub(r"\D", "", text) or 0)


def look_through(someone: Someone, page: Page | None = None) -> Page:
    """Opens the inbox and waits until all that it shows counts as seen."""
    page = someone.open("/wuphf", page)
    expect(page.locator("#live-word")).to_have_attribute("data-state", "on")
    expect(page.locator("#bell-count")).to_be_hidden(timeout=30_000)
    return page


def send_wuphf(someone: Someone, words: str, *groups: str, asks: bool = False) -> str:
    """Sends it by the form; the number of the WUPHF."""
    page = someone.open("/wuphf/broadcasts/new")
    page.get_by_label("What do you want to say?").fill(words)
    for group in groups:
        page.get_by_role("checkbox", name=re.compile(f"^{group} ")).check()
    if asks:
        page.get_by_label("Ask each to acknowledge it").check()
    page.get_by_role("button", name="Send the WUPHF").click()
    page.wait_for_url(re.compile(r"/broadcasts/WU-\d+"))
    return page.url.rsplit("/", 1)[1]


def be_quiet(stack: Any) -> None:
    """Waits until all that was done before has rung: an order, the warehouse's answer, who is told, their inboxes."""
    for _ in range(4):
        _, anomalies = Quiet(stack).await_recovery()
        assert anomalies == []


def lift(page: Page, card: Locator, over: Locator) -> None:
    """Takes the card and holds it over a column; takes it again where the last drop was not over yet."""
    for _ in range(3):
        card.hover()
        page.mouse.down()
        over.hover(position={"x": 60, "y": 30}, force=True)
        with suppress(AssertionError):
            expect(page.locator(".is-ghost")).to_be_visible(timeout=3000)
            return
        page.mouse.up()
    raise AssertionError("the card could not be lifted")


def drop(page: Page, onto: Locator) -> None:
    """Lets the held card go; a browser says where it is only when it moves there, so it moves twice."""
    for down in (40, 50):
        onto.hover(position={"x": 60, "y": down}, force=True)
    page.mouse.up()


def drag(page: Page, card: Locator, column: Locator) -> None:
    """From where it is to a column, as a hand does it."""
    lift(page, card, column)
    drop(page, column)
