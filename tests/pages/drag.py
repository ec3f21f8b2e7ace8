"""A card carried across a board as a hand does it."""

from contextlib import suppress

from playwright.sync_api import Locator, Page, expect


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
    """Carries a card from where it is to a column."""
    lift(page, card, column)
    drop(page, column)
