"""A word of any length stays within the page, at the width of a phone and of a desk."""

import re
import threading
from collections.abc import Iterator
from typing import NamedTuple

import psycopg
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from areas import SCHEMAS
from tests.factories.office import MOST_CAPABLE, SmallOffice, key_for
from tests.factories.routes import address_of
from tests.security.late_pages import late_pages
from tests.web_client import known_people, sign_in

WORD = "Wirtschaftsprüfungsgesellschaftsgebäude" * 5
# Columns that hold what people write, wherever they are.
WRITTEN = [
    *("name", "contact_name", "contact_mail", "client_name", "owner_name", "approver_name"),
    *("company", "purpose", "what", "why", "note", "next_note", "lost_note", "decided_note"),
    *("cancellation_reason", "reason", "words", "text", "label", "street", "city", "carrier"),
    *("tracking", "role", "filename", "purchase_order", "signed_by"),
]
LEFT_OUT = ("setting_value", "searched_client", "dead_letter", "history")  # their words are our own
COLUMNS = """SELECT format('UPDATE %%I.%%I SET %%I = $1', table_schema, table_name, column_name)
    FROM information_schema.columns JOIN information_schema.tables
        USING (table_schema, table_name)
    WHERE column_name = ANY (%s) AND table_name <> ALL (%s) AND data_type = 'text'
        AND table_type = 'BASE TABLE' AND table_schema = ANY (%s)"""
PARTS = """UPDATE notifications.notification SET parts = parts ||
    (SELECT jsonb_object_agg(key, %s::text) FROM jsonb_each_text(parts)
     WHERE key = ANY (%s)) WHERE parts ?| %s"""


class Office(NamedTuple):
    """A running office, and a page of each endpoint with a person who may see it."""

    app: Flask
    address: str
    pages: list[tuple[str, str]]


@pytest.fixture(scope="module")
def wordy_office(small_office: SmallOffice) -> Iterator[Office]:
    """The office in which every name and note is one long word."""
    app, dsn = small_office
    pages = late_pages(app)
    addresses = [
        address_of(app, rule, "GET").replace("X-1", key_for(rule.rule, dsn))
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.startswith(("/api/", "/auth", "/live"))
    ]
    browsers = {uid: sign_in(app, known_people()[uid]) for uid in MOST_CAPABLE}
    for address in dict.fromkeys(addresses):
        for uid, browser in browsers.items():
            answer = browser.get(address)
            if answer.status_code == 200 and answer.data[:15].lower() == b"<!doctype html>":
                pages.append((uid, address))
                break
    with psycopg.connect(dsn, autocommit=True) as connection:
        statements = connection.execute(COLUMNS, [WRITTEN, list(LEFT_OUT), list(SCHEMAS)])
        for (statement,) in statements.fetchall():
            connection.execute(statement.replace("$1", "%s"), [WORD])
        connection.execute(PARTS, [WORD, WRITTEN, WRITTEN])
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield Office(app, f"http://127.0.0.1:{server.server_port}", pages)
    server.shutdown()


@pytest.mark.long
@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_is_wider_than_the_screen(
    wordy_office: Office, chromium: Browser, width: int
) -> None:
    wide, shown = {}, 0
    for uid in MOST_CAPABLE:
        page = page_of(wordy_office, chromium, uid, width)
        for address in [address for who, address in wordy_office.pages if who == uid]:
            page.goto(wordy_office.address + address)
            shown += page.get_by_text(WORD[:20]).count()
            found = page.evaluate("document.documentElement.scrollWidth")
            if found > width:
                wide[address] = (found, widest(page, width))
        page.context.close()
    assert wide == {}, "\n".join(f"{address}: {found}" for address, found in wide.items())
    assert shown > 100, "the word is hardly anywhere: the test shows nothing"


def page_of(office: Office, chromium: Browser, uid: str, width: int) -> Page:
    """A page in this person's browser."""
    context = chromium.new_context(viewport={"width": width, "height": 900})
    browser = sign_in(office.app, known_people()[uid])
    cookie = browser.get_cookie(office.app.config["SESSION_COOKIE_NAME"])
    assert cookie
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": office.address}])
    context.route(re.compile(r"/live\b"), lambda route: route.abort())
    return context.new_page()


def widest(page: Page, width: int) -> list[str]:
    """The innermost elements that reach beyond the screen."""
    return page.evaluate(
        """width => [...document.querySelectorAll('body *')]
        .filter(each => each.checkVisibility() && each.getBoundingClientRect().right > width + 1)
        .filter(each => ![...each.children].some(
            child => child.getBoundingClientRect().right > width + 1))
        .slice(0, 4).map(each => `${each.closest('[class]')?.className}: ${each.outerHTML.slice(0, 120)}`)""",
        width,
    )
