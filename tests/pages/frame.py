"""What stands around every page: the bell, the live word, the palette, the theme; and the status beside a heading."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browsers import Someone


def should_be(page: Page, words: str, **waits: Any) -> None:
    """The status beside the page's heading says so, now or as soon as the page hears of it."""
    expect(status(page)).to_contain_text(words, **waits)


def status(page: Page) -> Locator:
    """The status beside the page's heading."""
    return page.get_by_role("main").locator(".head .st")  # a word with an icon has no role


def press(place: Page | Locator, name: str) -> None:
    """Presses the first button whose name begins so."""
    place.get_by_role("button", name=re.compile(f"^{name}")).first.click()


def await_number(page: Page, address: str, **waits: Any) -> str:
    """Waits for the page of a record at `address` (a pattern that ends with its number); the number."""
    page.wait_for_url(re.compile(address + r"($|\?)"), **waits)
    return page.url.rsplit("/", 1)[1].split("?")[0]


def reload_until(page: Page, place: Locator, words: str) -> None:
    """Loads the page again until the place says so, as a person does where nothing updates by itself."""
    for _ in range(40):
        try:
            expect(place).to_contain_text(words, timeout=400)
        except AssertionError:
            page.reload(wait_until="load")
        else:
            return
    expect(place).to_contain_text(words)


def should_fit(page: Page, width: int) -> None:
    """Nothing on the page is wider than the screen."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def csrf_token(page: Page) -> str:
    """The page's token, which every form of it sends."""
    return page.locator("input[name=csrf_token]").first.input_value()


class Bell:
    """The bell in the bar above, and the panel that it opens."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.button = page.get_by_role("banner").get_by_role("button", name=re.compile("^WUPHF"))
        self.dot = page.locator("#bell-count")  # a bare number, read out with the button
        self.panel = page.get_by_role("dialog", name="WUPHF")
        self.live = page.locator("#live-word")

    def should_be_live(self, **waits: Any) -> None:
        """The page's stream is open."""
        expect(self.live).to_have_attribute("data-state", "on", **waits)

    def count(self) -> int:
        """The number on the bell, once the page is live; 0 where it shows none."""
        self.should_be_live()
        return int(re.sub(r"\D", "", self.dot.text_content() or "") or 0)

    def should_count(self, number: int, **waits: Any) -> None:
        """The bell shows this number; none for 0."""
        expect(self.dot).to_have_text(str(number or ""), **waits)

    def should_not_count(self, number: int) -> None:
        """The bell shows another number than this."""
        expect(self.dot).not_to_have_text(str(number))

    def open(self) -> None:
        """Opens the panel, where it is closed."""
        if not self.panel.is_visible():
            self.button.click()
        expect(self.panel).to_be_visible()

    def rows_about(self, words: str) -> Locator:
        """The open panel's rows that say so."""
        return self.panel.get_by_role("listitem").filter(has_text=words)

    def row_about(self, words: str) -> "Row":
        """Opens the panel, and waits for its one row that says so now, whatever it will say later."""
        self.open()
        expect(self.rows_about(words)).to_have_count(1, timeout=60_000)
        return Row(self.page.locator(f"#{self.rows_about(words).get_attribute('id')}"))


class Row:
    """A notification, in the bell or in the inbox."""

    def __init__(self, place: Locator) -> None:
        self.place = place

    def button(self, name: str) -> Locator:
        """The row's button whose name begins so; hidden ones too, as a row's tools show under the pointer."""
        return self.place.get_by_role("button", name=re.compile(f"^{name}"), include_hidden=True)

    def press(self, name: str) -> None:
        """Presses the row's button."""
        self.button(name).click()

    def use_tool(self, name: str) -> None:
        """Presses one of the tools that show under the pointer."""
        self.place.hover()
        self.press(name)

    def begin_refusal(self) -> Locator:
        """Opens the field that asks why; returns it."""
        self.place.get_by_text("Refuse").first.click()
        why = self.place.get_by_label("Reason")
        expect(why).to_be_visible()
        return why

    def refuse(self, why: str) -> None:
        """Refuses what is asked for."""
        self.begin_refusal().fill(why)
        self.place.get_by_role("button", name=re.compile("^Refuse")).click()

    def should_be_read(self, **waits: Any) -> None:
        """The row counts as read: what it offers is to mark it unread."""
        expect(self.button("Mark as unread")).to_have_count(1, **waits)

    def should_be_unread(self, **waits: Any) -> None:
        """The row counts as unread."""
        expect(self.button("Mark as read")).to_have_count(1, **waits)

    def should_say(self, words: str) -> None:
        """The row contains these words."""
        expect(self.place).to_contain_text(words)

    def should_have_nothing_left_to_do(self) -> None:
        """What the row offered to do is gone; each row with such buttons has a link "Open" beside them."""
        expect(self.place.get_by_role("link", name=re.compile("^Open"))).to_have_count(0)
        buttons = self.place.get_by_role("button", name=re.compile("^(Approve|Refuse|Acknowledge)"))
        expect(buttons).to_have_count(0)


class Palette:
    """Search or run a command: the dialog behind Ctrl K."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.dialog = page.get_by_role("dialog", name="Search or run a command")
        self.field = self.dialog.get_by_role("combobox")
        self.found = self.dialog.get_by_role("group", name="Search results").get_by_role("option")
        self.marked = self.dialog.get_by_role("option", selected=True)
        self.late = self.dialog.get_by_text("Searching ")

    def ask(self, words: str) -> None:
        """Opens the palette by its keys and types."""
        self.page.keyboard.press("Control+k")
        expect(self.field).to_be_focused()
        self.page.keyboard.type(words)

    def await_all_areas(self) -> None:
        """Waits until no area is late: it would put what it finds above the rest."""
        expect(self.late).to_have_count(0)

    def mark(self, option: Locator) -> None:
        """Moves the mark to this option by keys."""
        expect(option).to_be_visible()
        self.await_all_areas()
        while option.get_attribute("aria-selected") != "true":
            self.page.keyboard.press("ArrowUp")

    def run(self, command: str) -> None:
        """Types a command's words, sees it marked and presses Enter."""
        self.ask(command)
        expect(self.marked).to_contain_text(re.compile(command, re.IGNORECASE))
        self.page.keyboard.press("Enter")


def should_have_theme(page: Page, theme: str) -> None:
    """The page is drawn in this theme: light, dark, or auto as the device has it."""
    expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)


def open_menu(someone: Someone) -> Locator:
    """Opens the menu under the person's face; the bar that it belongs to."""
    banner = someone.page.get_by_role("banner")
    banner.locator("summary", has_text="preferences and sign out").click()
    return banner


def choose_theme(someone: Someone, name: str) -> None:
    """Picks the theme in the menu under the person's face."""
    press(open_menu(someone), name)


def sign_out(someone: Someone) -> None:
    """Signs out by the menu under the person's face."""
    press(open_menu(someone), "Sign out")
