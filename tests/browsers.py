"""People at their browsers: real Chromium, real sign-in, the whole stack behind it.

tests/conftest.py names this module as a plugin, so that a run has one browser: a second one of Playwright's
sync API would find the loop of the first.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect, sync_playwright

from tests.pages.sign_in import SignIn
from tests.what_was_logged import exceptions_since

Arrive = Callable[..., "Someone"]

# Nothing is drawn by a graphics card here, and a process that pretends to be one makes each page dearer.
OPTIONS = ["--no-sandbox", "--disable-gpu", "--in-process-gpu"]
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
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
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

    def open(self, path: str, page: Page | None = None) -> Page:
        """Goes to a page of ours."""
        page = page or self.page
        page.goto(f"{self.address}{path}", wait_until="load")
        return page

    def sign_in(self) -> None:
        """Signs in through the provider's page, and arrives at the person's first page."""
        SignIn(self.open("/")).sign_in(self.uid)
        self.page.wait_for_url(f"{self.address}/**", wait_until="load")

    def is_signed_in(self) -> bool:
        """Whether the product knows this browser: it sends whoever is signed in on from its sign-in page."""
        # As every browser does: once more on a new connection if the server just closed the idle one.
        answer = self.context.request.get(f"{self.address}/sign-in", max_redirects=0, max_retries=1)
        return answer.status == 303


class SignIns:
    """The cookies of each person who signed in during this run.

    A sign-in by the form is paid once per person; a browser that is given its cookies is signed in already.
    """

    def __init__(self) -> None:
        self._states: dict[str, StorageState] = {}

    def state_of(self, uid: str) -> StorageState | None:
        """What to open a browser with; None for a person who has not signed in yet."""
        return self._states.get(uid)

    def keep(self, someone: Someone) -> None:
        """Keeps the session's cookies; a theme or a density belongs to the one browser that chose it."""
        cookies = [
            cookie
            for cookie in someone.context.cookies()
            if cookie["name"] not in ("dm_theme", "dm_density")
        ]
        self._states[someone.uid] = {"cookies": cookies, "origins": []}  # type: ignore[typeddict-item]


@pytest.fixture(scope="session")
def sign_ins() -> SignIns:
    """The sign-ins of this test process."""
    return SignIns()


@pytest.fixture
def arrive(chromium: Browser, stack: Any, sign_ins: SignIns) -> Iterator[Arrive]:
    """`arrive("jim.halpert")`: a signed-in person in a fresh browser with an empty tab.

    `by_form=True` signs them in by the form, whoever signed in before, and leaves the tab at their
    first page. Options go to the browser's context.
    """
    people: list[Someone] = []
    began = time.time()

    def at_browser(uid: str, **options: Any) -> Someone:
        people.append(Someone(chromium.new_context(**options), stack.url, uid))
        return people[-1]

    def arrive(uid: str, *, by_form: bool = False, **options: Any) -> Someone:
        if not by_form and (state := sign_ins.state_of(uid)):
            someone = at_browser(uid, storage_state=state, **options)
            if someone.is_signed_in():
                return someone
        someone = at_browser(uid, **options)  # the session ended with the gateway that held it
        someone.sign_in()
        if not by_form:
            sign_ins.keep(someone)
        return someone

    yield arrive
    for someone in people:
        someone.context.close()
    faults = [fault for someone in people for fault in someone.faults]
    assert not faults, "\n".join([*faults, exceptions_since(stack.folder / "logs", began)])
