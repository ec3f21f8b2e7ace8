"""A list while somebody types and chooses: everything on the page follows, and Back leads where a person expects."""

import csv
import re
import threading
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import make_server

from tests.shared.test_lists import JIM, Listed, listed, lists, office
from tests.web_client import SignedInClient, known_people, sign_in

__all__ = ["listed", "lists", "office"]
PageOf = Callable[[str | SignedInClient, str], Page]


@pytest.fixture
def page_of(office: Flask, chromium: Browser) -> Iterator[PageOf]:
    """`page_of("jim.halpert", "/orders/")` is a page in that person's browser, signed in."""
    server = make_server("127.0.0.1", 0, office, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    contexts: list[BrowserContext] = []

    def open_page(who: str | SignedInClient, path: str) -> Page:
        client = sign_in(office, known_people()[who]) if isinstance(who, str) else who
        cookie = client.get_cookie(office.config["SESSION_COOKIE_NAME"])
        assert cookie
        contexts.append(chromium.new_context(base_url=address))
        contexts[-1].add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
        # The live stream begins a thread that would outlast this test's database.
        contexts[-1].route(re.compile(r"/live\b"), lambda route: route.abort())
        page = contexts[-1].new_page()
        page.goto("/healthz")
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    server.shutdown()


def state(page: Page) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(page.url).query)


def heading(page: Page) -> int:
    words = page.locator(".head-count").inner_text()  # such as "64 · $200,350"
    return int(words.split()[0].replace(",", ""))


def lines_of_export(page: Page) -> int:
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    with open(download.value.path(), encoding="utf-8-sig", newline="") as file:
        return len(list(csv.reader(file))) - 1


def test_all_of_the_list_follows_what_is_typed_and_back_restores_each_choice(
    page_of: PageOf,
) -> None:
    page = page_of(JIM, "/sales/clients")
    everybody, field = heading(page), page.get_by_role("searchbox", name="Search clients")
    page.evaluate("window.stayed = true")

    field.press_sequentially("dunmore", delay=40)
    expect(page).to_have_url(re.compile(r"/sales/clients\?q=dunmore$"))
    expect(page.locator(".head-count")).not_to_have_text(str(everybody))
    found = heading(page)
    assert 0 < found < everybody
    expect(page.locator("main tbody tr")).to_have_count(found)
    expect(page.locator(".list-foot")).to_contain_text(f"{found} of {found}")
    expect(field).to_be_focused()
    expect(field).to_have_value("dunmore")
    assert lines_of_export(page) == found

    page.get_by_text("Filter", exact=True).click()
    page.get_by_role("combobox", name="Status").select_option("inactive")
    expect(page.locator("span.chip")).to_have_text(re.compile(r"Status\s+Inactive"))
    page.get_by_role("combobox", name="Status").select_option("active")
    expect(page.locator("span.chip")).to_have_text(re.compile(r"Status\s+Active"))
    assert state(page) == [("q", "dunmore"), ("standing", "active")], "one choice replaces another"
    active = heading(page)

    page.go_back()
    expect(page.locator("span.chip")).to_have_text(re.compile(r"Status\s+Inactive"))
    assert heading(page) == found - active
    page.go_back()
    expect(page.locator("span.chip")).to_have_count(0)
    expect(field).to_have_value("dunmore")
    expect(page.locator(".head-count")).to_have_text(str(found))
    expect(page.locator("main tbody tr")).to_have_count(found)
    assert page.evaluate("window.stayed"), "the page was never loaded anew"
    page.go_back()
    expect(page).not_to_have_url(re.compile("/sales/clients"))


@pytest.mark.long
def test_in_every_list_heading_rows_and_export_follow_what_is_typed(
    page_of: PageOf, listed: Listed
) -> None:
    page = page_of(listed.browser, listed.path)
    everything, rows = heading(page), page.locator("main").locator("tbody > tr, ul.people > li")
    number = rows.first.locator(".no, a").first.inner_text().split()[0]
    assert rows.first.is_visible() and everything
    for words in (number, "no such thing", ""):
        page.get_by_role("searchbox", name=listed.declared.search_label).fill(words)
        asked = re.escape(urlencode({"q": words}))
        expect(page).to_have_url(re.compile(f"[?&]{asked}$" if words else r"^[^?]*$"))
        expected = listed.see(f"{listed.path}?{urlencode({'q': words})}" if words else listed.path)
        expect(page.locator(".head-count")).to_have_text(re.compile(rf"^{expected.total:,}\b"))
        expect(rows).to_have_count(len(expected.rows))
        assert lines_of_export(page) == heading(page) == expected.total


def test_where_several_values_make_sense_they_are_ticked_and_the_menu_stays_open(
    page_of: PageOf,
) -> None:
    page = page_of(JIM, "/orders/")
    page.get_by_text("Filter", exact=True).click()
    page.get_by_role("checkbox", name="Delivered", exact=True).check()
    expect(page.locator("span.chip")).to_have_count(1)
    delivered = heading(page)
    page.get_by_role("checkbox", name="Shipped", exact=True).check()
    expect(page.locator("span.chip")).to_have_count(2)
    assert state(page) == [("status", "shipped"), ("status", "delivered")]
    assert heading(page) > delivered
    query = page.locator("[data-saved-views] input[name=query]")
    expect(query).to_have_value("status=shipped&status=delivered")
    page.get_by_role("checkbox", name="Delivered", exact=True).uncheck()
    expect(page.locator("span.chip")).to_have_count(1)
    expect(page.locator("span.chip")).to_have_text(re.compile(r"Status\s+Shipped"))
    page.go_back()
    expect(page.locator("span.chip")).to_have_count(2)
    assert heading(page) == lines_of_export(page)


def test_the_name_of_a_view_can_be_typed_while_the_list_still_follows_the_search(
    page_of: Callable[[str, str], Page],
) -> None:
    page = page_of(JIM, "/sales/clients")
    everything = heading(page)
    page.get_by_text("Save this view").click()
    page.get_by_label("View name").fill("Schools")
    # As an answer that was still on its way: the letters came before the menu was opened.
    page.get_by_role("searchbox").first.evaluate(
        "field => { field.value = 'old'; field.dispatchEvent(new Event('input', { bubbles: true })) }"
    )
    query = page.locator("[data-saved-views] input[name=query]")
    expect(query).to_have_value("q=old")
    assert heading(page) < everything
    expect(page.get_by_label("View name")).to_be_visible()
    expect(page.get_by_label("View name")).to_have_value("Schools")


@pytest.mark.long
def test_ticked_rows_and_all_that_match_are_what_an_action_is_done_on(
    page_of: Callable[[str, str], Page],
) -> None:
    page = page_of("michael.scott", "/sales/leads?stage=open&sort=value")
    bar = page.get_by_role("toolbar")
    expect(bar).to_be_hidden()
    page.locator("[data-pick]").first.check()
    expect(bar).to_be_visible()
    head = page.get_by_role("checkbox", name="Select all on this page")
    assert head.evaluate("box => box.indeterminate")
    head.check()
    expect(page.locator("[data-pick]:checked")).to_have_count(25)
    with page.expect_request(re.compile("/sales/leads/assign")) as ticked:
        page.get_by_role("button", name="Assign leads").click()
    sent = parse_qsl(ticked.value.post_data or "")
    assert [name for name, _ in sent].count("number") == 25 and ("all", "1") not in sent
    assert ("state", "sort=value&stage=open") in sent
    expect(page.locator(".toast-slip")).to_contain_text("Choose an owner.")

    page.get_by_role("checkbox", name=re.compile(r"All \d+ that match")).check()
    with page.expect_request(re.compile("/sales/leads/selected/lose")) as all_of_them:
        page.get_by_text("Mark as lost…").click()
        page.get_by_role("combobox", name="Reason").select_option("other")  # details are missing
        page.get_by_role("button", name="Mark the selected leads as lost").click()
    assert ("all", "1") in parse_qsl(all_of_them.value.post_data or "")
    expect(page.locator(".toast-slip").last).to_contain_text(
        "Enter details for the reason “Other”."
    )


@pytest.mark.long
def test_a_column_moves_up_by_keyboard_and_the_list_follows(
    page_of: Callable[[str, str], Page],
) -> None:
    page = page_of(JIM, "/sales/clients?standing=active")
    heads = page.locator("main thead th")
    page.get_by_text("Columns", exact=True).click()
    up = page.get_by_role("button", name="Move Contact up")
    up.press("Enter")
    up.press("Enter")
    expect(up).to_be_focused()
    page.get_by_role("checkbox", name="Email").check()
    page.get_by_role("button", name="Save columns").click()
    expect(heads.nth(0)).to_have_text("Contact")
    expect(heads.filter(has_text="Email")).to_have_count(1)
    assert state(page) == [("standing", "active")]
    page.get_by_text("Columns", exact=True).click()
    page.get_by_role("button", name="Use default columns").click()
    expect(heads.nth(1)).to_have_text("Client")
