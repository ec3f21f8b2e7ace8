"""Every list tells the truth: heading, rows, pages, tabs and export agree, whatever is searched and filtered.

The tests walk the registry of the declared lists, so a new list is held to the same without being named here.
"""

import csv
import html
import io
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

import psycopg
import pytest
from flask import Flask

from models.finance.drafts import start_expense
from models.inventory.locations import create_location
from models.sales.leads import create_lead
from models.shared.transactions import transaction
from settings import settings
from tests.conftest import EMPTY, ROOT, free_port
from tests.factories.office import do_business
from tests.factories.sales import make_lead_facts
from tests.pages.served import ServedPage
from tests.profile.conftest import Server
from tests.web_client import SignedInClient, app_over, known_people, sign_in
from webapp.app import create_app
from webapp.gateway.people.directory import Directory
from webapp.profile.directory import company
from webapp.shared.lists.lists import LISTS, Choice, List

JIM, DARRYL = "jim.halpert", "darryl.philbin"
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
PEOPLE = (DARRYL, JIM, "michael.scott", "angela.martin")
# Copies of a row, the nth of which differs in these columns: more than two pages, alike enough to be searched for.
NAME = "(ARRAY['Dunmore', 'Old Forge', 'Moosic', 'Taylor'])[n % 4 + 1] || ' School ' || n"
COPIED = (
    (
        "sales.client",
        "number",
        {
            "number": "'CL-2' || n",
            "name": NAME,
            "search_text": f"lower('CL-2' || n || ' ' || {NAME})",
            "active": "n % 3 > 0",
            "owner": "(ARRAY['jim.halpert', 'dwight.schrute'])[n % 2 + 1]",
            "credit_limit": "n % 7 * 1000",
            "created_at": "now() - n * interval '1 hour'",
        },
    ),
    (
        "sales.lead",
        "number",
        {
            "number": "'LD-2' || n",
            "company": NAME,
            "search_text": f"lower('LD-2' || n || ' ' || {NAME})",
            "stage": "(ARRAY['new', 'contacted', 'qualified', 'proposal', 'lost'])[n % 5 + 1]",
            "lost_reason": "CASE n % 5 WHEN 4 THEN 'price' ELSE '' END",
            "source": "(ARRAY['website', 'referral', 'mailing'])[n % 3 + 1]",
            "owner": "(ARRAY['jim.halpert', 'dwight.schrute', ''])[n % 3 + 1]",
            "expected_value": "n % 7 * 1000",
            "next_on": "CASE n % 4 WHEN 0 THEN date '9999-12-31' ELSE current_date - 10 + n END",
            "created_at": "now() - n / 2 * interval '1 hour'",
        },
    ),
    (
        "orders.order",
        "number",
        {
            "number": "'DM-2' || n",
            "client_name": NAME,
            "search_text": f"lower('DM-2' || n || ' ' || {NAME})",
            "status": "(ARRAY['placed', 'reserved', 'back_ordered', 'shipped', 'delivered'])[n % 5 + 1]",
            "owner": "(ARRAY['jim.halpert', 'darryl.philbin'])[n % 2 + 1]",
            "total": "n % 7 * 100",
            "placed_at": "timestamptz '2026-11-20 15:00Z' - n / 2 * interval '9 hours'",
        },
    ),
    (
        "inventory.product",
        "sku",
        {
            "sku": "'SK-2' || n",
            "name": NAME,
            "search_text": f"lower('SK-2' || n || ' ' || {NAME})",
            "unit_price": "n % 7",
            "reorder_point": "n % 5",
        },
    ),
    ("inventory.stock", "sku", {"sku": "'SK-2' || n", "on_hand": "5", "reserved": "n % 4"}),
    (
        "inventory.shipment",
        "number",
        {
            "number": "'SH-2' || n",
            "client_name": NAME,
            "search_text": f"lower('SH-2' || n || ' ' || {NAME})",
            "status": "(ARRAY['waiting', 'picked', 'packed', 'dispatched', 'delivered'])[n % 5 + 1]",
            "created_at": "now() - n / 2 * interval '1 hour'",
        },
    ),
    (
        "inventory.receipt",
        "number",
        {
            "number": "'RC-2' || n",
            "reference": NAME,
            "search_text": f"lower('RC-2' || n || ' ' || {NAME})",
            "quantity": "n % 7 + 1",
            "filled": "n % 2",
            "received_at": "timestamptz '2026-11-20 15:00Z' - n / 2 * interval '9 hours'",
        },
    ),
    (
        "inventory.location",
        "code",
        {"code": "'B-2' || n", "name": NAME, "active": "n % 3 > 0"},
    ),
    (
        "finance.expense",
        "number",
        {
            "number": "'EX-9' || n",
            "run_number": "NULL",
            "approved_total": "NULL",
            "purpose": NAME,
            "search_text": f"lower('EX-9' || n || ' ' || {NAME})",
            "owner": "(ARRAY['darryl.philbin', 'roy.anderson'])[n % 2 + 1]",
            "approver": "(ARRAY['michael.scott', 'darryl.philbin'])[n % 2 + 1]",
            "status": "(ARRAY['draft', 'submitted', 'approved'])[n % 3 + 1]",
            "total": "n % 7 * 10",
            "changed_at": "timestamptz '2026-11-20 15:00Z' - n / 2 * interval '9 hours'",
        },
    ),
)
COPIES = 63
create_app(Directory(read=lambda _uid, _seconds: None, fresh=0.0))  # declares the lists
ENDPOINTS = sorted(LISTS)


@pytest.fixture(scope="module")
def office(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application over the company of the demo, with its directory of people."""
    ldif = shutil.copy(ROOT / "stack/directory.ldif", tmp_path_factory.mktemp("people"))
    port = free_port()
    os.environ["DM_LDAP_URL"] = f"ldap://127.0.0.1:{port}"
    settings.cache_clear()
    company.cache_clear()
    server = Server([sys.executable, "-m", "stack.embedded.directory", str(ldif), str(port)], port)
    try:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(EMPTY)
            do_business()
            with transaction("sales", actor=JIM) as session:
                create_lead(session, make_lead_facts())
            with transaction("finance", actor=DARRYL) as session:
                start_expense(session, "Darryl Philbin", "Warehouse")
            with transaction("inventory", actor=DARRYL) as session:
                create_location(session, "A-00")
            for table, key, changes in COPIED:
                _copy(connection, table, key, changes)
            yield app_over(known_people())
            connection.execute(EMPTY)
    finally:
        server.stop()
        del os.environ["DM_LDAP_URL"]
        settings.cache_clear()
        company.cache_clear()


def _copy(connection: psycopg.Connection, table: str, key: str, changes: dict[str, str]) -> None:
    named = ".".join(f'"{part}"' for part in table.split("."))
    patch = ", ".join(f"'{column}', {value}" for column, value in changes.items())
    connection.execute(
        f"""INSERT INTO {named} SELECT (jsonb_populate_record(first, jsonb_build_object({patch}))).*
        FROM (SELECT each AS first FROM {named} each ORDER BY {key} LIMIT 1) one, generate_series(1, {COPIES}) n"""
    )


class Seen(NamedTuple):
    """What one page of a list says."""

    total: int
    foot: str
    rows: list[str]
    tabs: list[tuple[str, int]]
    export: str
    newer: str
    older: str


class Listed:
    """A list with somebody who may see it; nothing changes here, so each address is fetched once."""

    def __init__(self, declared: List, browser: SignedInClient, path: str) -> None:
        self.declared, self.browser, self.path = declared, browser, path
        self._parts: dict[str, Seen] = {}
        self._wholes: dict[str, Seen] = {}

    def see(self, url: str) -> Seen:
        """The page as a live search gets it."""
        if url not in self._parts:
            self._parts[url] = _read(self._get(url, headers=PARTIAL))
        return self._parts[url]

    def see_whole(self, url: str) -> Seen:
        """The page as it is opened, which says the same as the part that is swapped."""
        if url not in self._wholes:
            self._wholes[url] = _read(self._get(url))
        assert self._wholes[url] == self.see(url), (
            "the part that is swapped renews all that depends on the state"
        )
        return self._wholes[url]

    def _get(self, url: str, **options: Any) -> ServedPage:
        answer = self.browser.get(url, **options)
        assert answer.status_code == 200, url
        return ServedPage(answer)


@pytest.fixture(scope="module")
def lists(office: Flask) -> Callable[[str], Listed]:
    """`lists("orders.orders")`: that list, the same for all tests."""

    @cache
    def find(endpoint: str) -> Listed:
        with office.test_request_context():
            path = office.url_for(LISTS[endpoint].endpoint)
        for uid in PEOPLE:
            browser = sign_in(office, known_people()[uid])
            if browser.get(path).status_code == 200:
                return Listed(LISTS[endpoint], browser, path)
        raise AssertionError(f"nobody of {PEOPLE} may see {path}")

    return find


@pytest.fixture(params=ENDPOINTS)
def listed(request: pytest.FixtureRequest, lists: Callable[[str], Listed]) -> Listed:
    """Each list."""
    return lists(request.param)


def _read(page: ServedPage) -> Seen:
    for each in page.root.select("[name=form_key], [name=csrf_token], [name=back], time"):
        each.decompose()  # these are others in each answer
    tabs = [ServedPage.part(tab) for tab in page.root.select("nav.views a:has(> span)")]
    counts = [(str(tab.root["href"]), tab.first("span").text) for tab in tabs]
    return Seen(
        _number(page.first(".head-count").text.partition(" ")[0]),
        next(iter(page.texts(".list-foot [role=status]")), ""),
        [str(row) for row in page.root.select("tbody > tr, ul.people > li")],
        [(url, _number(count)) for url, count in counts if not count.endswith("+")],
        page.link("Export CSV"),
        page.previous_page(),
        page.next_page(),
    )


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def exported(browser: SignedInClient, url: str) -> list[list[str]]:
    """The lines of an export, without its heading."""
    answer = browser.get(url)
    assert answer.status_code == 200 and answer.mimetype == "text/csv"
    return list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))[1:]


def check(listed: Listed, url: str, pages: int = 1, *, tabs: bool = True) -> list[list[str]]:
    """Walks so many pages of this state of a list and compares them with its export, which it returns.

    With `tabs`, each tab's figure is compared with what the tab leads to.
    """
    first = seen = listed.see_whole(url)
    lines, shown = exported(listed.browser, first.export), 0
    assert first.total == len(lines)
    before: list[str] = []
    while seen.rows:
        for row in seen.rows:
            assert lines[shown][0].removeprefix("'") in html.unescape(row), (
                "the export has the order of the list"
            )
            shown += 1
        start = shown - len(seen.rows) + 1
        is_whole = not (seen.newer or seen.older)
        expected = f"{shown}" if is_whole else f"{start:,}–{shown:,}"
        assert seen.foot == f"{expected} of {len(lines):,}"
        assert seen.total == len(lines) and seen.export == first.export and seen.tabs == first.tabs
        if before:
            assert listed.see(seen.newer).rows == before, "Newer leads back to the page before"
        pages -= 1
        if not seen.older or not pages:
            assert seen.older or shown == len(lines)
            break
        before, seen = seen.rows, listed.see(seen.older)
    for tab, count in first.tabs if tabs else []:
        if "drafts" not in tab:  # a page of another kind
            assert listed.see(tab).total == count, f"the tab's figure is what it leads to: {tab}"
    return lines


def words_of(declared: List, lines: list[list[str]]) -> list[str]:
    """Words to search for: a whole key, the beginning of one, and a word of a text, of lines here and there."""
    middle = lines[len(lines) // 2]
    text = next(cell for cell in middle[1:] if re.search(r"[A-Za-z]{4}", cell))
    return [middle[0], middle[0][:4], re.search(r"[A-Za-z]{4,}", text)[0].lower(), "no such thing"]  # type: ignore[index]


def test_what_is_searched_is_what_is_counted_shown_and_exported(listed: Listed) -> None:
    lines = check(listed, listed.path, pages=99)
    for word in words_of(listed.declared, lines) if lines else ["nothing"]:
        found = check(listed, f"{listed.path}?{urlencode({'q': word})}")
        assert len(found) <= len(lines)


def test_every_tab_filter_and_sort_is_what_is_counted_shown_and_exported(
    listed: Listed, office: Flask
) -> None:
    declared, path = listed.declared, listed.path
    with office.test_request_context(path):
        sorts = list(declared.sort_words)
    for sort in sorts:
        check(listed, f"{path}?sort={sort}", tabs=False)  # no order changes what a tab holds
        page = ServedPage(listed.browser.get(f"{path}?sort={sort}"))
        following = "Newer" if sort == "oldest" else "Older"
        assert page.texts("a[rel=next]") in ([], [following])
    for tab in declared.tabs:
        if not tab.endpoint:
            check(listed, f"{path}?{urlencode(dict(tab.filters))}")
    for choice in declared.filters:
        if isinstance(choice, Choice) and not callable(choice.options):
            for value in choice.options:
                check(listed, f"{path}?{urlencode({choice.name: value})}")
        elif not isinstance(choice, Choice):
            check(listed, f"{path}?{choice.names[0]}=2026-11-02&{choice.names[1]}=2026-11-13")


def test_another_choice_replaces_the_one_before_unless_several_may_be_chosen(
    listed: Listed,
) -> None:
    declared, browser, path = listed.declared, listed.browser, listed.path
    for choice in declared.filters:
        if not isinstance(choice, Choice) or callable(choice.options) or len(choice.options) < 2:
            continue
        one, other = list(choice.options)[:2]
        page = ServedPage(browser.get(f"{path}?{choice.name}={one}&{choice.name}={other}"))
        form = page.first("form.filters")
        chips = [ServedPage.part(chip) for chip in form.root.select(".chip:has(> b)")]
        words = [chip.first("b").text for chip in chips]
        expected = [choice.options[each] for each in ((one, other) if choice.several else (other,))]
        shown = [
            word
            for chip, word in zip(chips, words, strict=True)
            if chip.text == f"{choice.label} {word}"
        ]
        assert shown == (expected if choice.label and choice.place == "menu" else [])
        if choice.place != "menu":
            continue
        if choice.several:
            boxes = form.root.select(f'input[type="checkbox"][name="{choice.name}"]')
            checked = [box["value"] for box in boxes if box.has_attr("checked")]
            assert sorted(checked) == sorted((one, other)) and len(boxes) == len(choice.options)
            assert "any of these" in form.text
        else:
            chosen = form.root.select(f'select[name="{choice.name}"] option[selected]')
            assert [option["value"] for option in chosen] == [other]


def test_a_link_to_a_page_that_is_gone_shows_the_first_page_and_a_damaged_one_is_refused(
    listed: Listed,
) -> None:
    browser, path = listed.browser, listed.path
    first = listed.see_whole(path)
    if first.older:
        listed.see_whole(first.older)
        gone = listed.see_whole(f"{first.older}&q=no+such+thing")
        assert gone.total == 0 and not gone.newer
    assert browser.get(f"{path}?after=broken").status_code == 400
    assert browser.get(f"{path}?after=WzFd").status_code in (200, 400)
