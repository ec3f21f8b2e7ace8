"""What is on a page and changes, changes: every count, card and list declares what it watches.

The pages are found by walking links, so a new page is held to the same without being named here.
"""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from werkzeug.exceptions import HTTPException

from models.shared.database.live_signals import KINDS, signal_record
from models.shared.transactions import transaction
from tests.shared.test_lists import PARTIAL, PEOPLE, Listed, listed, lists, office
from tests.web_client import known_people, sign_in
from webapp.wuphf.streaming.watched_records import RIGHT_OF

__all__ = ["listed", "lists", "office"]
COUNTS = ".head-count, nav.views a > span, .section-title .meta, .sheet-head .meta"
# Counts of what changes for nobody else while one looks, by the endpoint of their page, and why.
STILL = {
    "inside.dead_letters": "asked anew by Replay and by its filter",
    "inside.catalogue": "the events that there are in the code",
    "inventory.receive": "the lines that one is writing",
    "profile.own_page": "the directory is read every few minutes and signals nothing",
    "profile.people": "the directory is read every few minutes and signals nothing",
    "profile.person_page": "the directory is read every few minutes and signals nothing",
    "sales.charts": "the span of days of the charts",
}


class Page:
    """A page or fragment as somebody got it."""

    def __init__(self, endpoint: str, text: str) -> None:
        self.endpoint, self.soup = endpoint, BeautifulSoup(text, "html.parser")

    def links(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Addresses of pages, and of the fragments that they load with the header of such a request."""
        for each in self.soup.select("[href]"):
            yield str(each["href"]), {}
        for each in self.soup.select("[hx-get]"):
            yield str(each["hx-get"]), PARTIAL


def endpoint_of(app: Flask, address: str) -> str:
    """The endpoint that answers a GET of this address; empty for none."""
    parts = urlsplit(address)
    if parts.netloc or not parts.path.startswith("/"):
        return ""
    try:
        return str(app.url_map.bind("").match(parts.path, method="GET")[0])
    except HTTPException:
        return ""


@pytest.fixture(scope="module")
def pages(office: Flask) -> list[Page]:
    """Home with its cards for each person, and every other page that links lead to once."""
    found: list[Page] = []
    seen: set[str] = set()
    for uid in (*PEOPLE, "nick.reyes"):
        browser = sign_in(office, known_people()[uid])
        waiting, mine = [("/", dict[str, str]())], set[str]()
        while waiting:
            address, headers = waiting.pop()
            endpoint = endpoint_of(office, address)
            is_of_home = endpoint.endswith(("home", "home_card", "_card"))
            if not endpoint or endpoint in mine | {"static"}:
                continue
            mine.add(endpoint)
            if endpoint in seen and not is_of_home:
                continue
            answer = browser.get(address, headers=headers)
            if answer.status_code == 200 and answer.mimetype == "text/html":
                seen.add(endpoint)
                found.append(Page(endpoint, answer.text))
                waiting += found[-1].links()
    assert len(found) > 40
    return found


def test_pages_may_watch_just_what_is_signaled(office: Flask) -> None:
    assert set(RIGHT_OF) == KINDS
    with (
        pytest.raises(ValueError, match="no kind of record"),
        transaction("orders", actor="service:test") as session,
    ):
        signal_record(session, "oder", "DM-1")


def test_what_is_watched_is_fetched_anew_and_what_is_fetched_anew_is_watched(
    pages: list[Page],
) -> None:
    watching = 0
    for page in pages:
        for each in page.soup.select("[data-watch]"):
            watching += 1
            for record in str(each["data-watch"]).split():
                place = f"{record} on {page.endpoint}"
                assert record.partition(":")[0] in RIGHT_OF, place
                is_fetched = f"live:{record} from:document" in str(each.get("hx-trigger"))
                assert is_fetched or each.select(f"[data-changed='{record}']"), place
        for each in page.soup.select("[hx-trigger*='live:']"):
            for record in re.findall(r"live:([a-z_]+:\S+) from:document", str(each["hx-trigger"])):
                assert record in str(each.get("data-watch")).split(), page.endpoint
    assert watching > 40


def test_every_count_of_a_page_is_within_something_that_changes_with_it(pages: list[Page]) -> None:
    still, checked = set[str](), 0
    beside = {part["id"] for page in pages for part in page.soup.select("[id][hx-swap-oob]")}
    assert beside, "the state of an order brings its lines along"
    for page in pages:
        for count in page.soup.select(COUNTS):
            if page.soup.html is None or not re.search(r"\d", count.text):
                continue  # what a page loads is live where it stands: see below
            checked += 1
            if not (is_live(count) or beside & {part.get("id") for part in count.parents}):
                still.add(page.endpoint)
    assert checked > 30
    assert sorted(still - set(STILL)) == [], "these count and watch nothing"
    assert sorted(set(STILL) - still) == [], "these are no exceptions any more"


def is_live(part: Tag) -> bool:
    """Whether it is within something that is fetched anew when a record or the inbox changes."""
    parents = [part, *part.parents]
    return any("live:" in str(each.get("hx-trigger")) for each in parents if each.attrs)


def test_every_card_of_home_and_all_else_that_a_page_loads_declares_what_it_watches(
    pages: list[Page],
) -> None:
    cards = [card for page in pages for card in page.soup.select("[data-card]")]
    loaded = [part for page in pages for part in page.soup.select("[hx-get][hx-trigger*=load]")]
    assert len(cards) >= 12 and set(cards) < set(loaded)
    assert [part for part in loaded if "live:" not in str(part["hx-trigger"])] == []


def test_what_a_part_loads_is_left_alone_when_the_part_is_swapped(pages: list[Page]) -> None:
    loaders = 0
    for page in pages:
        for each in page.soup.select("[hx-trigger*=load][hx-target^='find ']"):
            loaders += 1
            place = each.select_one(str(each["hx-target"]).removeprefix("find "))
            assert place is not None and place.has_attr("hx-morph-skip"), page.endpoint
    assert loaders > 1


def test_a_live_list_keeps_its_rows_and_counts_what_came_before_them(
    listed: Listed,
) -> None:
    declared, browser, path = listed.declared, listed.browser, listed.path
    root = BeautifulSoup(browser.get(path).text, "html.parser").find(id=f"{declared.name}-list")
    assert root is not None
    if not declared.watches:
        assert not root.has_attr("data-watch")
        return
    rows = [str(row["id"]) for row in root.select("tbody[data-rows] > tr")]
    again = BeautifulSoup(browser.get(str(root["hx-get"]), headers=PARTIAL).text, "html.parser")
    assert [str(row["id"]) for row in again.select("tbody[data-rows] > tr")] == rows
    assert again.select_one(".newbar")["data-news"] == "0"  # type: ignore[index]
    older = root.select_one("a[rel=next]")
    if older is None:
        return
    # The page as it was before three newer rows came: it begins with what is now the fourth.
    start = BeautifulSoup(browser.get(str(older["href"])).text, "html.parser")
    renewal = urlsplit(str(start.find(id=f"{declared.name}-list")["hx-get"]))  # type: ignore[index]
    [place] = parse_qs(renewal.query)["from"]
    answer = browser.get(path, query_string={"from": place}, headers=PARTIAL)
    later = BeautifulSoup(answer.text, "html.parser")
    assert later.select_one(".newbar")["data-news"] == str(len(rows))  # type: ignore[index]
    assert not set(rows) & {str(row["id"]) for row in later.select("tbody > tr")}
    assert browser.get(f"{path}?from=broken").status_code == 400
