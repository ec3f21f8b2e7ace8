"""People at their browsers: real Chromium, real sign-in, the whole stack behind it.

tests/conftest.py takes the fixtures from here, so that a run has one browser: a second one of Playwright's sync
API would find the loop of the first.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium, or Playwright's own."""
    with sync_playwright() as playwright:
        path = (
            shutil.which("chromium")
            or shutil.which("chromium-browser")
            or shutil.which("google-chrome")
        )
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Someone:
    """A person at a browser of their own; `page` is the tab in front. Scripts' errors and answers of 500 are kept."""

    def __init__(self, context: BrowserContext, address: str, uid: str) -> None:
        self.context, self.address, self.uid = context, address, uid
        self.faults: list[str] = []
        self.page = self.new_tab()

    def new_tab(self) -> Page:
        """Another tab of the same browser."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"{error}"))
        page.on(
            "response",
            lambda answer: (
                self.faults.append(f"500 {answer.url}") if answer.status == 500 else None
            ),
        )
        page.on(
            "console",
            lambda message: (
                self.faults.append(message.text) if "Content Security" in message.text else None
            ),
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
            self.page.get_by_label("Password", exact=True).fill("demo-only-paper")
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
