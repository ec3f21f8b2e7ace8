"""The order form in a browser: a row for each line, and the summary always in sight."""

import re
import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Locator, Page, expect
from werkzeug.serving import make_server

from models.orders.drafts import save_draft
from models.shared.transactions import transaction
from tests.look.geometry import misplaced
from tests.orders.inventory_stand_in import StandIn

pytestmark = pytest.mark.usefixtures("wire")
DRAFT = "fifty-lines-1"
Form = Callable[[int], Page]


@pytest.fixture
def form(
    web_app: Flask,
    client_as: Callable[[str], FlaskClient],
    chromium: Browser,
    inventory: StandIn,
) -> Iterator[Form]:
    """`form(1440)` is the form in a window of that width, with fifty lines of products with long names."""
    lines = [{"sku": f"CP-{n}", "quantity": f"{n + 1}"} for n in range(50)]
    for line in lines:
        name = f"Copy paper, 20 lb, letter, three-hole punched, 10-ream case, lot {line['sku']}"
        inventory.products[line["sku"]] = {
            "sku": line["sku"],
            "name": name,
            "unit_price": "38.90",
            "available": 12,
        }
    with transaction("orders", actor="jim.halpert") as session:
        typed = {"client_number": "CL-1001", "lines": lines, "discount": "12"}
        save_draft(session, DRAFT, typed, "a-window-1", 0)
    cookie = client_as("jim.halpert").get_cookie(web_app.config["SESSION_COOKIE_NAME"])
    assert cookie
    server = make_server("127.0.0.1", 0, web_app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    context = chromium.new_context()
    context.route(re.compile(r"/live\b"), lambda route: route.abort())
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
    page = context.new_page()

    def form(width: int) -> Page:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{address}/orders/new?draft={DRAFT}")
        return page

    yield form
    context.close()
    server.shutdown()


def box_of(locator: Locator) -> dict[str, float]:
    """The element's box, with its far edges."""
    box = locator.bounding_box()
    assert box
    return {**box, "right": box["x"] + box["width"], "bottom": box["y"] + box["height"]}


def is_in_sight(page: Page, locator: Locator) -> bool:
    """Whether all of it is within the window."""
    box, window = box_of(locator), page.viewport_size
    assert window
    return box["y"] >= 0 and box["bottom"] <= window["height"] and box["right"] <= window["width"]


def test_each_line_is_one_row_with_its_sums_under_their_headings(form: Form) -> None:
    page = form(1440)
    for at in (0, 49):
        row = page.locator(".order-line").nth(at)
        expect(row).to_contain_text(f"lot CP-{at}")
        fields = [row.get_by_label("Product"), row.get_by_label("Cases")]
        cells = [row.locator("td").nth(n) for n in (2, 3)]
        tops = [box_of(each)["y"] for each in fields]
        assert max(tops) - min(tops) < 2
        assert all(box_of(each)["y"] <= tops[0] < box_of(each)["bottom"] for each in cells)
    for n, name in ((1, "Cases"), (2, "Price"), (3, "Total")):
        heading = page.get_by_role("columnheader", name=name)
        assert box_of(heading)["right"] == box_of(row.locator("td").nth(n))["right"]
    expect(row.locator("td").nth(3)).to_have_text("$1,945.00")


def test_the_summary_stays_in_sight_beside_fifty_lines(form: Form) -> None:
    page = form(1440)
    summary, button = page.locator("#order-summary"), page.get_by_role("button", name="Place order")
    edge = box_of(page.locator(".head"))["right"]
    assert abs(box_of(page.locator(".order-side"))["right"] - edge) < 2, (
        "a part of the page is empty"
    )
    page.get_by_label("Cases").last.focus()
    assert is_in_sight(page, summary) and is_in_sight(page, button)
    for words in (
        "Pine Ridge School District",
        "50 lines",
        "43,645.80",
        "Over the limit by",
        "Needs a sales",
    ):
        expect(summary).to_contain_text(words)
    page.get_by_label("Cases").last.fill("1")
    expect(summary).to_contain_text("41,968.43")


def test_on_a_phone_the_summary_is_a_bar_that_opens(form: Form) -> None:
    page = form(390)
    summary, bar = page.locator("#order-summary"), page.locator(".order-bar > summary")
    page.get_by_label("Cases").nth(20).scroll_into_view_if_needed()
    assert is_in_sight(page, bar) and "$43,645.80" in bar.inner_text()
    expect(bar).to_contain_text("Needs approval")
    expect(summary).to_be_hidden()
    bar.click()
    expect(summary).to_be_visible()
    page.get_by_label("Cases").nth(20).fill("1")
    expect(bar).to_contain_text("$42,961.16")
    expect(summary).to_be_visible()


@pytest.mark.parametrize("width", [320, 768, 1024, 1280])
def test_nothing_of_a_form_with_fifty_lines_is_out_of_place(form: Form, width: int) -> None:
    assert misplaced(form(width), [width], ["comfortable"]) == []
