"""Measures how an open page is laid out, at one window's width after another, without loading it again."""

from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Page

WIDTHS = (320, 390, 600, 768, 1024, 1180, 1280, 1366, 1440, 1920)
DENSITIES = ("comfortable", "compact")
MEASURE = Path(__file__).with_name("geometry.js").read_text()


def misplaced(
    page: Page, widths: Iterable[int] = WIDTHS, densities: Iterable[str] = DENSITIES
) -> list[str]:
    """What is out of place on the page, and at which widths; the window keeps the last one."""
    found: dict[str, list[str]] = {}
    for density in densities:
        page.evaluate("density => { document.documentElement.dataset.density = density }", density)
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            for fault in page.evaluate(MEASURE):
                found.setdefault(fault, []).append(f"{width} {density}")
    return [f"{fault} at {', '.join(where)}" for fault, where in found.items()]
