"""WUPHF: the inbox, and the messages that people send."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browsers import Someone
from tests.pages.frame import Bell, Row, await_number, reload_until


class Inbox:
    """A person's inbox."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.main = page.get_by_role("main")
        self.newer = page.get_by_role("link", name=re.compile(r"^Show \d+ new"))

    @classmethod
    def open(cls, someone: Someone, page: Page | None = None) -> "Inbox":
        """Goes to the inbox, in this tab or the one in front."""
        return cls(someone.open("/wuphf", page))

    def rows(self, words: str) -> Locator:
        """The rows that say so."""
        own = self.page.locator("#inbox-rows > li")  # a row may hold a list of those folded into it
        return own.filter(has_text=words)

    def row(self, words: str) -> Row:
        """The row that says so."""
        return Row(self.rows(words))

    def should_have(self, words: str, count: int = 1, **waits: Any) -> None:
        """So many rows say so."""
        expect(self.rows(words)).to_have_count(count, **waits)

    def show_new(self) -> None:
        """Presses the line above the rows that counts what came meanwhile."""
        self.newer.click()

    def toast(self, words: str) -> Locator:
        """The slip that shows for a moment that something arrived or was done."""
        return self.page.locator("#toasts > *").filter(has_text=words)  # each a piece of one status

    def await_retention(self, days: str) -> None:
        """Opens the inbox again until it says that it keeps things for so many days."""
        reload_until(self.page, self.main, f"kept for {days} days")


def look_through(someone: Someone, page: Page | None = None) -> Inbox:
    """Opens the inbox and waits until all that it shows counts as seen."""
    inbox = Inbox.open(someone, page)
    bell = Bell(inbox.page)
    bell.should_be_live()
    expect(bell.dot).to_be_hidden(timeout=30_000)
    return inbox


def send_wuphf(someone: Someone, words: str, *groups: str, asks: bool = False) -> str:
    """Sends it by the form; the number of the WUPHF."""
    page = someone.open("/wuphf/broadcasts/new")
    page.get_by_label("What do you want to say?").fill(words)
    for group in groups:
        page.get_by_role("checkbox", name=re.compile(f"^{group} ")).check()
    if asks:
        page.get_by_label("Ask recipients to acknowledge it").check()
    page.get_by_role("button", name="Send WUPHF").click()
    return await_number(page, r"/broadcasts/WU-\d+")
