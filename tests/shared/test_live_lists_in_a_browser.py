"""A list and home's cards while others work: what is shown follows, and nothing moves under the pointer."""

import re
from collections.abc import Callable

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.shared.test_lists import JIM, office
from tests.shared.test_lists_in_a_browser import heading, page_of

__all__ = ["office", "page_of"]


def happens(page: Page, record: str) -> None:
    """The live stream says that this record changed, as live.js passes it on."""
    page.evaluate(
        """name => {
          const detail = { records: [name] };
          document.dispatchEvent(new CustomEvent(`live:${name}`, { detail }));
          document.dispatchEvent(new CustomEvent("live:record", { detail }));
        }""",
        record,
    )


@pytest.fixture
def change(database: str) -> Callable[[str], None]:
    """`change("UPDATE …")` is what somebody else did, whose event has arrived."""

    def execute(statement: str) -> None:
        with psycopg.connect(database, autocommit=True) as connection:
            assert connection.execute(statement).rowcount == 1

    return execute


def test_rows_change_where_they_stand_and_new_ones_wait(
    page_of: Callable[[str, str], Page], change: Callable[[str], None]
) -> None:
    page = page_of(JIM, "/orders/")
    rows, before = page.locator("tbody[data-rows] tr"), heading(page)
    first, third = rows.nth(0), rows.nth(2)
    number, other = (row.get_attribute("id").removeprefix("line-") for row in (first, third))
    at = first.bounding_box()
    third.get_by_role("checkbox").check()

    change(f"UPDATE orders.order SET status = 'cancelled' WHERE number = '{other}'")
    change(
        f"""INSERT INTO orders.order SELECT (jsonb_populate_record(each, jsonb_build_object(
        'number', 'DM-900001', 'placed_at', placed_at + interval '1 minute'))).*
        FROM orders.order each WHERE number = '{number}'"""
    )
    happens(page, "orders:*")
    expect(third).to_contain_text("Cancelled")
    expect(third.get_by_role("checkbox")).to_be_checked()
    assert heading(page) == before + 1
    assert first.get_attribute("id") == f"line-{number}" and first.bounding_box() == at
    page.get_by_role("link", name="Show 1 new order").click()
    expect(rows.nth(0)).to_have_id("line-DM-900001")
    change("DELETE FROM orders.order WHERE number = 'DM-900001'")


def test_a_row_that_is_gone_keeps_its_place_and_cannot_be_pressed(
    page_of: Callable[[str, str], Page], change: Callable[[str], None]
) -> None:
    page = page_of(JIM, "/orders/?status=back_ordered")
    rows, before = page.locator("tbody[data-rows] tr"), heading(page)
    second, third = rows.nth(1), rows.nth(2)
    number, at = second.get_attribute("id").removeprefix("line-"), third.bounding_box()

    change(f"UPDATE orders.order SET status = 'reserved' WHERE number = '{number}'")
    happens(page, "orders:*")
    expect(page.locator(".head-count")).to_have_text(str(before - 1))
    assert third.bounding_box() == at
    expect(second).to_have_attribute("title", "No longer in this list")
    assert second.evaluate("row => row.inert")
    page.reload()
    expect(page.locator(f"#line-{number}")).to_have_count(0)
    change(f"UPDATE orders.order SET status = 'back_ordered' WHERE number = '{number}'")


def test_an_answer_for_an_earlier_state_of_the_list_is_dropped(
    page_of: Callable[[str, str], Page],
) -> None:
    page = page_of(JIM, "/orders/")
    field = page.get_by_role("searchbox", name="Search orders")
    field.fill("moosic")
    happens(page, "orders:*")
    expect(page.locator(".chip, .list-foot").first).to_be_visible()
    page.wait_for_url("**/orders/?q=moosic")
    happens(page, "orders:*")
    expect(page.locator("tbody[data-rows] tr").first).to_contain_text("Moosic")
    expect(field).to_have_value("moosic")


def test_what_a_page_loaded_is_still_there_when_the_page_was_swapped(
    page_of: Callable[[str, str], Page],
) -> None:
    page = page_of("michael.scott", "/sales/clients/CL-1001")
    card = page.locator("#client-orders")
    expect(card).to_contain_text("Credit used")
    page.get_by_text("Add a contact").click()
    page.get_by_label("Name", exact=True).fill("Pat")
    page.get_by_role("button", name="Add contact").click()
    expect(page.locator("#contacts")).to_contain_text("Pat")
    expect(card).to_contain_text("Credit used")
    happens(page, "client:CL-1001")
    happens(page, "orders:*")
    expect(card).to_contain_text("Credit used")


def test_home_follows_and_waits_while_somebody_points_at_a_card(
    page_of: Callable[[str, str], Page], change: Callable[[str], None]
) -> None:
    page = page_of(JIM, "/")
    card = page.locator("[data-card='My orders in progress']")
    rows, count = card.locator("li"), card.locator(".section-title .meta")
    expect(rows.first).to_be_visible()
    before, number = int(count.inner_text()), rows.nth(0).get_attribute("id").split("-", 1)[1]

    rows.nth(1).hover()
    at = rows.nth(1).bounding_box()
    change(f"UPDATE orders.order SET status = 'delivered' WHERE number = '{number}'")
    happens(page, "orders:*")
    expect(count).to_have_text(str(before - 1))
    assert rows.nth(1).bounding_box() == at
    page.mouse.move(0, 0)
    expect(page.locator(f"#waiting-{number}")).to_have_count(0)
    change(f"UPDATE orders.order SET status = 'placed' WHERE number = '{number}'")


@pytest.mark.parametrize(
    ("uid", "path", "record"),
    [
        ("michael.scott", "/orders/charts", "orders:*"),
        ("michael.scott", "/sales/leads/charts?days=365", "leads:*"),
        ("angela.martin", "/expenses/spend", "expenses:*"),
    ],
)
def test_a_chart_is_drawn_anew_from_its_table_which_stays_open(
    page_of: Callable[[str, str], Page], uid: str, path: str, record: str
) -> None:
    page = page_of(uid, path)
    figure = page.locator("figure[data-chart]").first
    figure.get_by_text("As a table").click()
    cell = figure.locator("tbody tr").first.locator("td").nth(1)
    as_it_was = cell.inner_text()
    picture = "canvas => canvas.toDataURL()"
    canvas = figure.locator("canvas")
    canvas.evaluate("canvas => { canvas.dataset.kept = 'yes'; }")
    cell.evaluate("cell => { cell.dataset.value = '987654'; cell.textContent = 'old'; }")
    before = canvas.evaluate(picture)
    happens(page, record)
    expect(cell).to_have_text(as_it_was)
    expect(figure.locator("details")).to_have_attribute("open", "")
    expect(canvas).to_have_attribute("data-kept", "yes")
    assert len(before) > 1000 and canvas.bounding_box()["height"] > 100  # type: ignore[index]


def test_a_budget_that_is_being_typed_stays_as_it_is(
    page_of: Callable[[str, str], Page],
) -> None:
    page = page_of("angela.martin", "/expenses/spend")
    field = page.get_by_label(re.compile("^Monthly budget for")).first
    field.fill("4321")
    page.locator("#budgets tbody td").nth(1).evaluate("cell => { cell.textContent = 'old'; }")
    happens(page, "expenses:*")
    expect(page.locator("#budgets tbody td").nth(1)).not_to_have_text("old")
    expect(field).to_have_value("4321")
