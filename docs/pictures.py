"""Take the README's pictures from a running demo, in light and dark: `python -m docs.pictures [ADDRESS]`.

Start the demo first (`make demo`). The pictures are docs/pictures/NAME-light.webp and NAME-dark.webp.
"""

import io
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.pages.frame import Bell
from tests.pages.sign_in import SignIn

FOLDER = Path(__file__).parent / "pictures"
SIZE = {"width": 1200, "height": 760}
WHO = "jim.halpert"
ORDER = "/orders/DM-100289"  # partly shipped in the seeded history


def main(address: str) -> None:
    """Take every picture in both color schemes, as Jim Halpert."""
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            _take_all(browser, address, scheme)
        browser.close()


def _take_all(browser: Browser, address: str, scheme: str) -> None:
    context = browser.new_context(
        viewport=SIZE, device_scale_factor=1.5, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(address, wait_until="load")
    SignIn(page).sign_in(WHO)
    page.wait_for_url(f"{address}/**", wait_until="load")
    for name, prepare in PICTURES.items():
        prepare(page, address)
        _save(page.screenshot(), FOLDER / f"{name}-{scheme}.webp")
    context.close()


def _home(page: Page, address: str) -> None:
    _go(page, f"{address}/")


def _order(page: Page, address: str) -> None:
    _go(page, f"{address}{ORDER}")


def _bell(page: Page, address: str) -> None:
    _go(page, f"{address}/orders/")
    bell = Bell(page)
    bell.open()
    bell.panel.locator("#bell-rows > li").first.wait_for()


def _go(page: Page, url: str) -> None:
    """Open a page and wait until its stream is open and its cards are filled."""
    page.goto(url, wait_until="load")
    Bell(page).should_be_live()
    page.wait_for_function("!document.querySelector('.htmx-request')")


def _save(png: bytes, path: Path) -> None:
    Image.open(io.BytesIO(png)).save(path, "WEBP", quality=80, method=6)


PICTURES: dict[str, Callable[[Page, str], None]] = {"home": _home, "order": _order, "bell": _bell}

if __name__ == "__main__":
    main(sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8000")
