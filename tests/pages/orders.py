"""Orders: the form, the order's own page, the list."""

import re
from contextlib import suppress
from typing import Any

from playwright.sync_api import Locator, Page, TimeoutError, expect

from tests.browsers import Someone
from tests.pages.frame import await_number, should_be

CLIENT, SKU = "CL-1001", "CP-20-LTR"  # a product that never runs out in the seed
ASKED = 5  # times that an order is sent before it is given up
NUMBER = r"/orders/DM-\d+"


class OrderForm:
    """The form of a new order, or of one that is changed."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.client = page.get_by_label("Client")
        self.purchase_order = page.get_by_label("Purchase order")
        self.product = page.get_by_label("Product").first
        self.cases = page.get_by_label("Cases").first
        self.discount = page.get_by_label("Discount, %")

    @classmethod
    def open(cls, someone: Someone) -> "OrderForm":
        """Goes to the empty form."""
        return cls(someone.open("/orders/new"))

    def fill(self, client: str = CLIENT, sku: str = SKU, cases: int | str = 2) -> "OrderForm":
        """Fills in one line for this client."""
        self.client.fill(client)
        self.product.fill(sku)
        self.cases.fill(str(cases))
        return self

    def press_place(self, **waits: Any) -> None:
        """Presses "Place order" once."""
        self.page.get_by_role("button", name="Place order").last.click(**waits)

    def place(self) -> "OrderPage":
        """Sends the form until it is taken.

        Again where the same was ordered before and is meant, or orders has not heard of the client yet.
        """
        for _ in range(ASKED):
            with suppress(TimeoutError):  # unless it went through this very moment
                self.press_place(timeout=3_000)
            with suppress(TimeoutError):
                return OrderPage(self.page, await_number(self.page, NUMBER, timeout=8_000))
        return OrderPage(self.page, await_number(self.page, NUMBER, timeout=30_000))

    def send_again(self) -> None:
        """Sends a changed order that was sent back."""
        self.page.get_by_role("button", name="Resubmit order").click()
        self.page.wait_for_url(re.compile(NUMBER + "$"))

    def should_say(self, words: str) -> None:
        """The form, with what it says about lines and draft, contains these words."""
        expect(self.page.get_by_role("main")).to_contain_text(words)

    def tab_to(self, field: Locator) -> None:
        """Tab until the field has the focus: nothing on the way may catch it."""
        for _ in range(25):
            self.page.keyboard.press("Tab")
            if field.evaluate("field => field === document.activeElement"):
                return
        raise AssertionError(f"{field} is not reached by Tab")


class OrderPage:
    """An order's own page."""

    def __init__(self, page: Page, number: str) -> None:
        self.page, self.number = page, number
        self.main = page.get_by_role("main")
        self.history = page.locator("section", has=page.get_by_role("heading", name="History"))
        self.shipments = page.get_by_role("link", name=re.compile(r"SH-\d+"))

    @classmethod
    def open(cls, someone: Someone, number: str, page: Page | None = None) -> "OrderPage":
        """Goes to the order's page, in this tab or the one in front."""
        return cls(someone.open(f"/orders/{number}", page), number)

    def should_be(self, words: str, **waits: Any) -> None:
        """The order's status, now or as soon as the page hears of it."""
        should_be(self.page, words, **waits)

    def should_have_step(self, words: str) -> None:
        """The order's history contains this."""
        expect(self.history).to_contain_text(re.compile(words, re.IGNORECASE))

    def first_shipment(self) -> str:
        """The number of the order's first shipment; waits until there is one."""
        expect(self.shipments.first).to_be_visible()
        return re.search(r"SH-\d+", self.shipments.first.inner_text())[0]  # type: ignore[index]

    def shipment_in_state(self, words: str) -> str:
        """The number of the order's shipment with this status."""
        row = self.page.locator("p", has_text=words).filter(has=self.shipments)
        return row.get_by_role("link").inner_text()

    def cancel(self, why: str) -> None:
        """Asks for the cancellation, by the dialog."""
        self.page.get_by_role("link", name="Cancel order").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("Reason").fill(why)
        dialog.get_by_role("button", name=f"Cancel {self.number}").click()

    def send_back(self, why: str) -> None:
        """Decides, as a manager, that the order has to be changed."""
        self.page.get_by_role("link", name="Review order").click()
        self.page.get_by_label("Reason").fill(why)
        self.page.get_by_role("button", name="Send back").click()

    def change(self) -> OrderForm:
        """Goes to the form that changes the order."""
        self.page.get_by_role("link", name="Edit order").click()
        return OrderForm(self.page)

    def correlation(self) -> str:
        """The correlation id at the foot of the page, for those who may see Inside."""
        line = self.page.locator("p", has_text="Correlation ID")
        return line.inner_text().removeprefix("Correlation ID").strip()


class OrderList:
    """The list of orders."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.newer = page.get_by_role("link", name=re.compile(r"^Show \d+ new order"))

    @classmethod
    def open(cls, someone: Someone, page: Page | None = None) -> "OrderList":
        """Goes to the list, in this tab or the one in front."""
        return cls(someone.open("/orders/", page))

    def should_list(self, number: str) -> None:
        """The order stands in the list."""
        expect(self.page.get_by_role("main")).to_contain_text(number)


def place_order(
    someone: Someone, *, client: str = CLIENT, sku: str = SKU, cases: int = 2
) -> OrderPage:
    """Fills and sends the order form; the order's page, which follows."""
    return OrderForm.open(someone).fill(client, sku, cases).place()


def first_shipment_of(someone: Someone, number: str) -> str:
    """The number of the order's first shipment, as somebody sees it on the order's page."""
    return OrderPage.open(someone, number).first_shipment()
