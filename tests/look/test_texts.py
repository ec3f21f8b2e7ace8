"""What people read on the pages: dates in one form, and the traces of events only for those with a right to Inside.

The pages are found by walking links, so a new page is held to the same without being named here.
"""

import re
from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask

from tests.shared.test_lists import PEOPLE, office
from tests.shared.test_live_pages import Page, endpoint_of
from tests.web_client import known_people, sign_in

__all__ = ["office"]
ADMINISTRATOR = "nick.reyes"
MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sep(?:tember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b"
)
OTHER_DATES = re.compile(
    rf"(?<![\d.,$])\d{{1,2}} {MONTH}"  # 19 Nov
    rf"|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]* {MONTH}"  # Thu Nov 19
    r"|\b20\d\d-\d\d-\d\d\b"  # 2026-11-19
    r"|\b\d{1,2}:\d\d\b(?!(?::\d\d)? [AP]M\b)"  # 15:05
)
TRACES = re.compile(
    r"\d ms\b|[Cc]orrelation|\bdm\.[a-z]|\b[0-9a-f]{8}-[0-9a-f]{4}-|\b(?:[Oo]ffset|Proof|[Pp]artition)\b"
)
FOR_PROGRAMS = {"reference.page", "wuphf.webhooks"}  # whoever writes programs reads these
UNSEEN = ("script", "style", "template", "pre", "textarea", "option")


def texts(soup: BeautifulSoup) -> Iterator[str]:
    """What one reads on a page or hears from it."""
    for each in soup(UNSEEN):
        each.decompose()
    yield from soup.stripped_strings
    for name in ("title", "aria-label", "alt", "placeholder"):
        for each in soup.select(f"[{name}]"):
            if isinstance(each, Tag):
                yield str(each[name])


def walk(app: Flask, uid: str) -> Iterator[Page]:
    """Each page and fragment that links lead this person to, one of each endpoint."""
    browser = sign_in(app, known_people()[uid])
    waiting, met = [("/", dict[str, str]())], set[str]()
    while waiting:
        address, headers = waiting.pop()
        endpoint = endpoint_of(app, address)
        if not endpoint or endpoint in met | {"static"}:
            continue
        met.add(endpoint)
        answer = browser.get(address, headers=headers)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            page = Page(endpoint, answer.text)
            waiting += page.links()
            yield page


@pytest.fixture(scope="module")
def read(office: Flask) -> dict[str, list[tuple[str, str]]]:
    """By person: the endpoint and text of all they can read."""
    return {
        uid: [(page.endpoint, text) for page in walk(office, uid) for text in texts(page.soup)]
        for uid in (*PEOPLE, ADMINISTRATOR)
    }


def found(pattern: re.Pattern[str], read: list[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(endpoint, each) for endpoint, text in read for each in pattern.findall(text)}


@pytest.mark.parametrize(
    ("text", "is_other"),
    [
        ("placed Thu, Nov 19", False),
        ("Nov 24, 2026, 9:09:40 AM EST", False),
        ("Nov 16–22", False),
        ("2 Mark as read", False),
        ("Thu 3:05 PM", False),
        ("19 Nov", True),
        ("Thu Nov 19", True),
        ("saved at 15:05", True),
        ("2026-11-19", True),
    ],
)
def test_the_rule_knows_another_date_when_it_reads_one(text: str, is_other: bool) -> None:
    assert bool(OTHER_DATES.search(text)) is is_other


def test_every_date_on_a_page_is_in_the_one_form(read: dict[str, list[tuple[str, str]]]) -> None:
    assert all(len({endpoint for endpoint, _ in each}) > 15 for each in read.values())
    assert set().union(*(found(OTHER_DATES, each) for each in read.values())) == set()


def test_traces_of_events_are_for_those_with_a_right_to_inside(
    read: dict[str, list[tuple[str, str]]],
) -> None:
    assert found(TRACES, read[ADMINISTRATOR]), "an administrator reads them"
    assert not [
        (uid, place, trace)
        for uid in PEOPLE
        for place, trace in found(TRACES, read[uid])
        if place not in FOR_PROGRAMS
    ]
