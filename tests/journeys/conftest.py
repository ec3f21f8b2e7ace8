"""People at their browsers: real Chromium, real sign-in, the whole embedded stack behind it."""

import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

expect.set_options(timeout=15_000)
CLIENT, SKU = "CL-1001", "CP-20-LTR"  # a product that never runs out in the seed


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium, or Playwright's own."""
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Someone:
    """A person at a browser of their own; `page` is the tab in front. Scripts' errors are kept."""

    def __init__(self, context: BrowserContext, address: str, uid: str) -> None:
        self.context, self.address, self.uid = context, address, uid
        self.faults: list[str] = []
        self.page = self.new_tab()

    def new_tab(self) -> Page:
        """Another tab of the same browser."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"{error}"))
        page.on(
            "console",
            lambda message: self.faults.append(message.text) if "Content Security" in message.text else None,
        )
        return page

    def sign_in(self) -> "Someone":
        """Through the provider's page, as a person would."""
        self.page.goto(f"{self.address}/")
        if self.page.get_by_role("link", name=re.compile("company account")).count():
            self.page.get_by_role("link", name=re.compile("company account")).click()
        one_click = self.page.locator(f"button[value='{self.uid}']")
        if one_click.count():
            one_click.click()
        else:
            self.page.get_by_label("Name").fill(self.uid)
            self.page.get_by_label("Password").fill("demo-only-paper")
            self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url(f"{self.address}/**", wait_until="load")
        return self

    def open(self, path: str, page: Page | None = None) -> Page:
        """Goes to a page of ours."""
        page = page or self.page
        page.goto(f"{self.address}{path}", wait_until="load")
        return page


@pytest.fixture
def arrive(chromium: Browser, stack: Any) -> Iterator[Callable[..., Someone]]:
    """`arrive("jim.halpert")`: a signed-in person in a fresh browser; options go to the browser's context."""
    contexts, people = [], []

    def sign_in(uid: str, **options: Any) -> Someone:
        context = chromium.new_context(**options)
        contexts.append(context)
        people.append(Someone(context, stack.url, uid).sign_in())
        return people[-1]

    yield sign_in
    for context in contexts:
        context.close()
    assert [fault for someone in people for fault in someone.faults] == []


def place_order(someone: Someone, *, client: str = CLIENT, sku: str = SKU, cases: int = 2) -> str:
    """Fills and sends the order form; returns the order's number from the page that follows."""
    page = someone.open("/orders/new")
    page.get_by_label("Client").fill(client)
    page.get_by_label("Product").first.fill(sku)
    page.get_by_label("Cases").first.fill(str(cases))
    page.get_by_role("button", name="Place order").last.click()
    page.wait_for_url(re.compile(r"/orders/DM-\d+"))
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
