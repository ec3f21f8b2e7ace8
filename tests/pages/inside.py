"""Inside: what is on its way, and the switches that break something on purpose."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browsers import Someone

SOON = 60_000


class Inside:
    """The page of the flow of events."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.main = page.get_by_role("main")
        self.state = page.locator("#inside-state")  # a container that refreshes itself

    @classmethod
    def open(cls, someone: Someone) -> "Inside":
        """Goes to the page."""
        return cls(someone.open("/inside"))

    def switch_on(self, title: str, button: str, service: str = "inventory") -> None:
        """Puts a switch of a service on, by its form, and sees it in the state."""
        form = self.page.get_by_role("form", name=title)
        form.get_by_label("Service").select_option(service)
        form.get_by_role("button", name=button).click()
        self.should_say("Injected faults")

    def end_now(self) -> None:
        """Ends what was broken on purpose."""
        self.page.get_by_role("button", name="End fault").click()

    def should_say(self, words: str | re.Pattern[str], **waits: Any) -> None:
        """The state says so, now or soon."""
        expect(self.state).to_contain_text(words, **{"timeout": SOON, **waits})

    def open_dead_letters(self) -> None:
        """Follows the state's link to the dead letters, as soon as it stands there."""
        self.state.get_by_role("link", name="dead letters").click(timeout=SOON)

    def handle_all_again(self) -> None:
        """Has every dead letter handled again, and sees that it was."""
        self.page.get_by_role("button", name="Replay all").click()
        expect(self.main).to_contain_text("1 dead letter replayed", timeout=SOON)
        expect(self.main).to_contain_text("No dead letters")


def drop_streams(someone: Someone) -> None:
    """Drops every live stream of this gateway."""
    Inside.open(someone).page.get_by_role("button", name="Drop live streams").click()
