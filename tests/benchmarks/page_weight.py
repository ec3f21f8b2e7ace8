"""What each page of the navigation costs a browser with an empty cache, beside the same bytes not compressed."""

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from stack.services import SERVERS
from stack.supervisor import Stack
from tests.benchmarks.results import tell
from tests.browsers import OPTIONS, Someone
from tests.pages.weight import Weight, cold_weight

BESIDES = ("/orders/new", "/orders/charts", "/sales/charts", "/inventory/products/FO-MAN-LTR")


def main() -> None:
    """Tell the weight of the sign-in page and of a manager's pages."""
    with (
        tempfile.TemporaryDirectory(prefix="dm-weight-") as folder,
        Stack(Path(folder), seed=True, only=(*SERVERS, "web")) as stack,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=OPTIONS
        )
        michael = Someone(chromium.new_context(), stack.url, "michael.scott")
        _tell("/sign-in", cold_weight(michael.page, f"{stack.url}/sign-in"))
        michael.sign_in()
        links = michael.page.eval_on_selector_all(
            "nav a[href^='/']", "links => links.map((link) => link.getAttribute('href'))"
        )
        for path in dict.fromkeys([*links, *BESIDES]):
            _tell(path, cold_weight(michael.page, f"{stack.url}{path}"))
        chromium.close()


def _tell(path: str, weight: Weight) -> None:
    tell(
        f"Cold page {path}",
        f"{weight.total / 1024:.0f} KB",
        f"{weight.decoded / 1024:.0f} KB not compressed",
        weight.total / weight.decoded,
    )


if __name__ == "__main__":
    main()
