"""The warehouse: products, receipts, locations, shipments and their board, stock-takes."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browsers import Someone
from tests.pages.frame import press, should_be


class ProductPage:
    """A product's own page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        heading = page.get_by_role("heading", name="Locations")
        self.places = page.locator("section", has=heading)
        self.main = page.get_by_role("main")

    @classmethod
    def open(cls, someone: Someone, sku: str) -> "ProductPage":
        """Goes to the product's page."""
        return cls(someone.open(f"/inventory/products/{sku}"))

    def transfer(self, source: str, target: str, cases: int) -> None:
        """Carries cases from one location to another, by the dialog."""
        self.page.get_by_role("link", name="Transfer stock").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("From").select_option(source)
        dialog.get_by_label("To", exact=True).fill(target)
        dialog.get_by_label("Cases").fill(str(cases))
        dialog.get_by_role("button", name="Transfer stock").click()

    def should_lie(self, cases: dict[str, int], picked: str = r"[\d–]+") -> None:
        """So many cases lie at each of these locations and at no other; `picked` stands beside each."""
        rows = self.places.get_by_role("row")
        for code, there in cases.items():
            expect(
                rows.filter(
                    has_text=re.compile(rf"^\s*{code}(\s*default)?\s*{there}\s*{picked}\s*$")
                )
            ).to_have_count(1)
        expect(rows).to_have_count(len(cases) + 1)

    def should_have_available(self, cases: int) -> None:
        """So many cases are available."""
        figure = self.main.locator("dl", has=self.page.get_by_text("Available", exact=True))
        expect(figure.locator("dd")).to_have_text(str(cases))


def create_product(someone: Someone, sku: str) -> None:
    """Creates a product without stock."""
    page = someone.open("/inventory/products/new")
    page.get_by_label("SKU").fill(sku)
    page.get_by_label("Name").fill(f"Journey paper {sku}")
    page.get_by_label("Price per case").fill("10.00")
    press(page, "Create product")
    page.wait_for_url(re.compile(f"/inventory/products/{sku}$"))


def receive(someone: Someone, sku: str, cases: int, location: str = "") -> None:
    """Takes goods in by the form: at this location, or where the product usually lies."""
    page = someone.open(f"/inventory/receive?sku={sku}")
    page.get_by_label("Cases").fill(str(cases))
    page.get_by_label("Location").fill(location)
    press(page, "Receive goods")
    page.wait_for_url(re.compile("/inventory/receipts/RC-"))


class ReceiptForm:
    """The form for receiving goods, filled in by keyboard alone."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def begin(self) -> None:
        """Goes into the first product."""
        self.page.get_by_label("Product").first.focus()

    def pick(self, words: str, stands_there: re.Pattern[str]) -> None:
        """Looks a product up in the line in hand, reads what is there, and takes it."""
        self.page.keyboard.type(words)
        expect(self.page.get_by_role("option").first).to_contain_text(stands_there)
        self.page.keyboard.press("ArrowDown")
        expect(self.page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
        self.page.keyboard.press("Enter")
        self.page.keyboard.press("Enter")

    def enter(self, cases: str) -> None:
        """Types the cases, and Enter, which begins the next line."""
        lines = self.page.get_by_label("Cases").count()
        self.page.keyboard.type(cases)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_label("Product")).to_have_count(lines + 1)
        expect(self.page.get_by_label("Product").last).to_be_focused()

    def remove_last_line(self) -> None:
        """Takes the line in hand away by its key."""
        lines = self.page.get_by_label("Product").count()
        self.page.keyboard.press("Control+Delete")
        expect(self.page.get_by_label("Product")).to_have_count(lines - 1)

    def receive(self) -> str:
        """Receives the goods; the receipt's number."""
        press(self.page, "Receive goods")
        self.page.wait_for_url(re.compile(r"/receipts/RC-\d+$"))
        return self.page.url.rpartition("/")[2]


def add_location(someone: Someone, code: str) -> None:
    """Adds a location by the form beside the list."""
    page = someone.open("/inventory/locations")
    page.get_by_label("Bin code", exact=True).fill(code)
    page.get_by_role("button", name="Add location", exact=True).click()
    page.wait_for_url(re.compile(f"/locations/{code}$"))


class ShipmentPage:
    """A shipment's own page, with the form of its next step."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.main = page.get_by_role("main")
        self.pick_button = page.get_by_role("button", name="Pick", exact=True)
        self.pack_button = page.get_by_role("button", name="Pack", exact=True)
        heading = page.get_by_role("heading", name=re.compile("Pick list|Contents"))
        self.takes = page.locator("section", has=heading).get_by_role("listitem")

    @classmethod
    def open(cls, someone: Someone, number: str) -> "ShipmentPage":
        """Goes to the shipment's page."""
        return cls(someone.open(f"/inventory/shipments/{number}"))

    def should_be(self, words: str, **waits: Any) -> None:
        """The shipment's status, now or as soon as the page hears of it."""
        should_be(self.page, words, **waits)

    def pick(self) -> None:
        """Takes all of it off the shelf."""
        self.pick_button.click()
        expect(self.pack_button).to_be_visible()

    def ship(self, carrier: str = "Keystone Freight", tracking: str = "KF 881 204") -> None:
        """Picks, packs and hands it to the carrier."""
        self.pick()
        self.pack_button.click()
        self.page.get_by_label("Carrier").fill(carrier)
        self.page.get_by_label("Tracking").fill(tracking)
        press(self.page, "Ship")
        self.should_be("Shipped")

    def deliver(self, signed_by: str = "R. Oduya") -> None:
        """Notes who signed for it."""
        self.page.get_by_label("Signed by").fill(signed_by)
        press(self.page, "Mark delivered")
        self.should_be("Delivered")

    def source_of(self, name: str) -> Locator:
        """The choice of the location that this product is taken from."""
        return self.page.get_by_label(f"Take {name} from")


class ShipmentBoard:
    """The board of shipments, a column for each state."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.board = page.locator("#parcel-board")  # a container that scripts address

    @classmethod
    def open(cls, someone: Someone, number: str) -> "ShipmentBoard":
        """Goes to the board, narrowed to this shipment."""
        return cls(someone.open(f"/inventory/board?q={number}"))

    def column(self, name: str) -> Locator:
        """The column of one state."""
        return self.page.get_by_role("region", name=name, exact=True)

    def cards_of(self, name: str) -> Locator:
        """The place in a column that takes cards."""
        return self.column(name).locator(
            ".parcel-cards"
        )  # where a card can be dropped, and no role

    def card(self, number: str) -> Locator:
        """The shipment's card, wherever it is."""
        return self.page.get_by_role("article").filter(has_text=number)

    def card_in(self, name: str, number: str) -> Locator:
        """The shipment's card in this column."""
        return self.column(name).get_by_role("article").filter(has_text=number)

    def refusal_of(self, name: str) -> Locator:
        """What the column says to a card that it does not take."""
        return self.column(name).get_by_role("alert")

    def draw_again(self) -> None:
        """Has the board drawn again, as when the server tells of a change."""
        self.board.dispatch_event("board:again")

    def should_be_settled(self) -> None:
        """Nothing that was asked for is still on its way."""
        expect(self.page.locator("#parcel-board.htmx-request")).to_have_count(0)


class StockTakePage:
    """A stock-take's own page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.main = page.get_by_role("main")

    @classmethod
    def begin(cls, someone: Someone, words: str, sku: str) -> "StockTakePage":
        """Begins a stock-take of one product by the form."""
        page = someone.open("/inventory/stock-takes")
        page.get_by_label("Description").fill(words)
        page.get_by_label("SKUs").fill(sku)
        press(page, "Start stock-take")
        return cls(page)

    def field(self, name: str) -> Locator:
        """The field for what was counted of a product."""
        return self.page.get_by_label(f"Cases of {name}")

    def count(self, name: str, cases: int) -> None:
        """Types what was counted of a product, and Enter."""
        self.field(name).fill(str(cases))
        self.page.keyboard.press("Enter")

    def confirm(self) -> None:
        """Books the differences."""
        press(self.page, "Confirm differences")

    def should_be(self, words: str) -> None:
        """The stock-take's status."""
        should_be(self.page, words)
