"""What a page costs a browser that has nothing in its cache."""

from typing import NamedTuple

from playwright.sync_api import Page

LOADED = """() => document.readyState === "complete" && document.fonts.status === "loaded"
    && !document.querySelector(".htmx-request")"""
ENTRIES = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .filter((each) => !new URL(each.name).searchParams.has("from"))
    .map((each) => [each.name, each.transferSize, each.decodedBodySize])"""


class Weight(NamedTuple):
    """Bytes that came over the wire with their headers, by address; `decoded` before any compression."""

    sent: dict[str, int]
    decoded: int

    @property
    def total(self) -> int:
        """All bytes of the page."""
        return sum(self.sent.values())


def cold_weight(page: Page, address: str) -> Weight:
    """Open an address in a new context with this page's cookies and weigh all that loads by itself.

    The notifications' stream is no part of it, since it never ends, nor is what a list asks anew
    because one of its records changed.
    """
    browser = page.context.browser
    assert browser, "a persistent context keeps its cache"
    cold = browser.new_context(storage_state=page.context.storage_state())
    try:
        tab = cold.new_page()
        tab.goto(address, wait_until="load")
        tab.wait_for_function(LOADED)
        entries = tab.evaluate(ENTRIES)
    finally:
        cold.close()
    return Weight(
        {name: size for name, size, _ in entries}, sum(decoded for _, _, decoded in entries)
    )
