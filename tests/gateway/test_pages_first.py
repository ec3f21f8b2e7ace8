"""Whoever waits for a page goes before what is written to streams, and streams go on all the same."""

import threading
import time

import pytest
from flask import Flask, Response

from tests.wuphf.live_browser import wait_for
from webapp.shared.people.rights import background, public
from webapp.shared.process import page_priority
from webapp.shared.process.page_priority import RightOfWay, right_of_way


@pytest.fixture
def way() -> RightOfWay:
    return RightOfWay()


def test_a_stream_waits_until_the_last_page_is_made(way, monkeypatch):
    monkeypatch.setattr(page_priority, "AT_MOST", 60)
    way.begin()
    way.begin()
    went_on = threading.Event()
    waiting = threading.Thread(target=lambda: (way.give_way(), went_on.set()), daemon=True)
    waiting.start()
    way.end()
    assert not went_on.wait(0.2), "one page is still being made"
    way.end()
    assert went_on.wait(30)


def test_streams_go_on_under_a_never_ending_row_of_pages(way):
    way.begin()
    began = time.monotonic()
    for _ in range(5):
        way.give_way()
    assert time.monotonic() - began >= 5 * page_priority.AT_MOST * 0.9, (
        "they waited as long as they may, and no longer"
    )


def test_nobody_waits_while_no_page_is_made(way, monkeypatch):
    monkeypatch.setattr(page_priority, "AT_MOST", 60)
    way.begin()
    way.end()
    for _ in range(100):
        way.give_way()


@pytest.fixture
def seen(web_app: Flask) -> list[int]:
    """How many pages were being made when each view ran."""
    found: list[int] = []

    def note() -> Response:
        found.append(right_of_way()._pages)
        return Response(iter(["in ", "pieces"]))

    def fail() -> str:
        note()
        raise RuntimeError("a fault")

    web_app.add_url_rule("/test/page", "page", public(note))
    web_app.add_url_rule("/test/stream", "stream", background(public(lambda: note())))
    web_app.add_url_rule("/test/fault", "fault", public(fail))
    return found


@pytest.mark.parametrize(
    ("path", "headers", "counted"),
    [
        ("/test/page", {}, 1),
        ("/test/fault", {}, 1),
        ("/test/stream", {}, 0),
        ("/test/page", {"X-Background": "1"}, 0),
    ],
)
def test_what_somebody_waits_for_counts_until_its_answer_is_made(
    web_app, seen, path, headers, counted
):
    web_app.config["PROPAGATE_EXCEPTIONS"] = False
    before = right_of_way()._pages
    answer = web_app.test_client().get(path, headers=headers)
    assert seen == [before + counted]
    wait_for(lambda: right_of_way()._pages == before)
    assert answer.status_code == (500 if path == "/test/fault" else 200)


def test_a_download_in_pieces_claims_nothing_while_it_is_sent(web_app, seen):
    before = right_of_way()._pages
    answer = web_app.test_client().get("/test/page", buffered=False)
    assert right_of_way()._pages == before
    assert b"".join(answer.response) == b"in pieces"
