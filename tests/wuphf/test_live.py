"""The live stream over a real gunicorn: nothing missed, nothing twice, ends with its session."""

import socket
import time
import uuid
from collections.abc import Callable, Iterator

import psycopg
import pytest
from playwright.sync_api import TimeoutError

from models.shared.database.live_signals import signal_record
from models.shared.transactions import transaction
from models.wuphf import commands
from tests.factories.notifications import RAISED, WITHDRAWN, make_raised, make_withdrawn
from tests.wuphf.live_browser import GRANTED, Tab, Web, wait_for


@pytest.fixture(scope="module")
def web(database: str) -> Iterator[Web]:
    """The application under gunicorn, with switches that break it on purpose."""
    server = Web(DM_FAULTS="1")
    yield server
    server.stop()


@pytest.fixture
def out_of_session(web: Web) -> Iterator[Callable[[str], None]]:
    """`out_of_session("jim.halpert")` ends that person's session from outside; after the test they have another."""
    ended: list[str] = []

    def end(uid: str) -> None:
        with web.as_person(uid) as browser:
            browser.get(f"/test/end/{uid}")
        ended.append(uid)

    yield end
    for uid in ended:
        with web.as_person(uid) as browser:
            assert browser.get(f"/test/begin/{uid}").text == "begun"


@pytest.fixture(autouse=True)
def _empty(office) -> None:
    """People, and nothing else."""


def changes(kind: str, key: str) -> None:
    """A command changes a record."""
    with transaction("notifications", actor="service:test") as session:
        signal_record(session, kind, key)


def numbers(tab: Tab) -> list[int]:
    return [message.data["n"] for message in tab.of("inbox")]


def test_an_arrival_is_pushed_with_count_row_and_toast(web, happens):
    tab = Tab(web, "jim.halpert")
    assert tab.hello["n"] == tab.hello["count"] == 0
    id_ = uuid.uuid4()
    happens(RAISED, make_raised(id_))
    message = tab.wait("inbox")
    assert (message.id, message.data["n"], message.data["count"]) == (1, 1, 1)
    assert message.data["kind"] == "arrival"
    assert message.data["notification"] == str(id_)
    assert f"/wuphf/{id_}/open" in message.data["toast"]
    assert "DM-100042" in message.data["row"]


def test_an_arrival_that_was_pushed_is_noted_for_its_trail_once(web, happens, database):
    tabs = [Tab(web, "jim.halpert") for _ in range(2)]
    id_ = uuid.uuid4()
    happens(RAISED, make_raised(id_))
    for tab in tabs:
        tab.wait("inbox")

    def noted() -> list[tuple[object, ...]]:
        with psycopg.connect(database) as connection:
            return connection.execute(
                "SELECT notification_id, recipient FROM notifications.push"
            ).fetchall()

    wait_for(noted)
    assert noted() == [(id_, "jim.halpert")]


def test_nobody_else_hears_it(web, happens):
    jim, dwight = Tab(web, "jim.halpert"), Tab(web, "dwight.schrute")
    happens(RAISED, make_raised(uuid.uuid4()))
    jim.wait("inbox")
    happens(RAISED, make_raised(uuid.uuid4(), "dwight.schrute"))
    dwight.wait("inbox")
    assert (numbers(jim), numbers(dwight)) == ([1], [1])
    assert "DM-100042" in dwight.of("inbox")[0].data["row"]


def test_two_streams_of_one_person_see_the_same_counts(web, happens):
    tabs = [Tab(web, "jim.halpert") for _ in range(2)]
    for _ in range(5):
        happens(RAISED, make_raised(uuid.uuid4()))
    with transaction("notifications", actor="jim.halpert") as session:
        commands.mark_seen(session, 3)
        commands.mark_all_read(session)
    for tab in tabs:
        tab.wait("inbox", 7)
    assert [m.data["count"] for m in tabs[0].of("inbox")] == [
        m.data["count"] for m in tabs[1].of("inbox")
    ]
    assert [m.data["count"] for m in tabs[0].of("inbox")] == [1, 2, 3, 4, 5, 2, 0]


@pytest.mark.parametrize("by_header", [True, False])
def test_a_browser_that_was_away_gets_what_it_missed_once(web, happens, by_header):
    tab = Tab(web, "jim.halpert")
    for _ in range(2):
        happens(RAISED, make_raised(uuid.uuid4()))
    tab.wait("inbox", 2)
    tab.vanish()
    for _ in range(3):
        happens(RAISED, make_raised(uuid.uuid4()))
    again = Tab(web, "jim.halpert", last=tab.last, by_header=by_header)
    assert again.hello["count"] == 2
    happens(RAISED, make_raised(uuid.uuid4()))
    again.wait("inbox", 4)
    assert numbers(tab) + numbers(again) == [1, 2, 3, 4, 5, 6]


def test_a_restart_of_the_web_loses_and_doubles_nothing(web, happens):
    tab = Tab(web, "jim.halpert")
    happens(RAISED, make_raised(uuid.uuid4()))
    tab.wait("inbox")
    web.stop()
    assert tab.wait("bye").data == {"reason": "shutdown"}
    for _ in range(3):
        happens(RAISED, make_raised(uuid.uuid4()))
    web.start()
    again = Tab(web, "jim.halpert", last=tab.last)
    again.wait("inbox", 3)
    assert numbers(tab) + numbers(again) == [1, 2, 3, 4]


@pytest.mark.long
def test_open_streams_do_not_hold_up_a_shutdown(web):
    tabs = [Tab(web, "jim.halpert") for _ in range(20)]
    try:
        assert web.stop() < GRANTED * 0.75, "they held it for all the time that was granted"
        assert all(tab.wait("bye").data["reason"] == "shutdown" for tab in tabs)
    finally:
        web.start()


def test_arrivals_during_connects_and_breaks_come_once_and_in_order(web, happens):
    seen: list[int] = []
    last = 0
    for _ in range(8):
        tab = Tab(web, "jim.halpert", last=last)
        for _ in range(5):
            happens(RAISED, make_raised(uuid.uuid4()))
        tab.wait("inbox", 1)
        tab.vanish()
        tab.over.wait(5)
        seen += numbers(tab)
        last = tab.last
    end = Tab(web, "jim.halpert", last=last)
    wait_for(lambda: len(seen) + len(numbers(end)) >= 40)
    assert seen + numbers(end) == list(range(1, 41))


def test_a_browser_that_was_away_for_long_gets_all_it_missed_once_and_in_order(web, happens):
    for _ in range(205):
        happens(RAISED, make_raised(uuid.uuid4()))
    tab = Tab(web, "jim.halpert", last=1)
    wait_for(lambda: len(numbers(tab)) >= 204)
    assert numbers(tab) == list(range(2, 206))
    assert not tab.of("missed") + tab.of("resync")


def test_beyond_what_is_kept_a_browser_is_told_so_and_loads_anew(web, happens, database):
    for _ in range(3):
        happens(RAISED, make_raised(uuid.uuid4()))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DELETE FROM notifications.feed WHERE n < 3")
    tab = Tab(web, "jim.halpert", last=1)
    assert tab.wait("missed").data == {"count": 3}
    tab.wait("resync")
    happens(RAISED, make_raised(uuid.uuid4()))
    tab.wait("inbox")
    assert numbers(tab) == [4]


def test_a_quiet_browser_whose_last_entry_is_no_longer_kept_missed_nothing(web, happens, database):
    happens(RAISED, make_raised(uuid.uuid4()))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DELETE FROM notifications.feed")
    tab = Tab(web, "jim.halpert", last=1)
    happens(RAISED, make_raised(uuid.uuid4()))
    tab.wait("inbox")
    assert numbers(tab) == [2]
    assert not tab.of("missed")


def test_a_number_from_before_the_database_was_made_anew_starts_afresh(web, happens):
    tab = Tab(web, "jim.halpert", last=5000)
    tab.wait("resync")
    happens(RAISED, make_raised(uuid.uuid4()))
    tab.wait("inbox")
    assert numbers(tab) == [1]


@pytest.mark.parametrize("last", ["x", "-1", "1" * 30, "²"])
def test_a_damaged_number_is_refused(web, last):
    with web.as_person("jim.halpert") as browser:
        assert browser.get("/live", params={"last": last}).status_code == 400


def test_streams_that_were_dropped_on_purpose_end_without_a_word_and_go_on_where_they_were(
    web, happens
):
    tab, dwight = Tab(web, "jim.halpert"), Tab(web, "dwight.schrute")
    happens(RAISED, make_raised(uuid.uuid4()))
    tab.wait("inbox")
    with web.as_person("nick.reyes") as nick:
        assert nick.post("/inside/switches/drop").status_code == 303
    wait_for(lambda: tab.over.is_set() and dwight.over.is_set(), 30)
    assert tab.of("bye") == dwight.of("bye") == []
    happens(RAISED, make_raised(uuid.uuid4()))
    again = Tab(web, "jim.halpert", tab.last)
    assert again.wait("inbox").data["n"] == 2
    assert numbers(again) == [2]


def test_a_withdrawal_is_pushed(web, happens):
    tab, id_ = Tab(web, "jim.halpert"), uuid.uuid4()
    happens(RAISED, make_raised(id_))
    happens(WITHDRAWN, make_withdrawn(id_))
    message = tab.wait("inbox", 2)
    assert (message.data["kind"], message.data["count"], message.data["row"]) == (
        "withdrawal",
        0,
        "",
    )


def test_a_stream_ends_with_its_session_and_cannot_be_opened_without(web, happens, out_of_session):
    jim, dwight = Tab(web, "jim.halpert"), Tab(web, "dwight.schrute")
    out_of_session("jim.halpert")
    happens(RAISED, make_raised(uuid.uuid4()))
    happens(RAISED, make_raised(uuid.uuid4(), "dwight.schrute"))
    assert jim.wait("bye").data == {"reason": "session"}
    dwight.wait("inbox")
    assert jim.of("inbox") == []
    with web.as_person("jim.halpert") as browser:
        refused = browser.get(
            "/live", headers={"Accept": "text/event-stream", "Sec-Fetch-Mode": "cors"}
        )
        assert refused.status_code == 401


@pytest.mark.long
def test_a_quiet_stream_notices_the_end_of_its_session_too(web, out_of_session):
    tab = Tab(web, "jim.halpert")
    out_of_session("jim.halpert")
    assert tab.wait("bye", seconds=8).data == {"reason": "session"}


def test_only_watchers_are_told_of_a_record_and_a_burst_is_one_message(web):
    sales, other = Tab(web, "jim.halpert"), Tab(web, "dwight.schrute")
    assert sales.watch("order:DM-100042", "orders:*").json()["watching"] == [
        "order:DM-100042",
        "orders:*",
    ]
    assert other.watch("order:DM-100043").status_code == 200
    for _ in range(5):
        changes("order", "DM-100042")
        changes("orders", "*")
    assert sales.wait("record").data == {"records": ["order:DM-100042", "orders:*"]}
    changes("order", "DM-100043")
    assert other.wait("record").data == {"records": ["order:DM-100043"]}
    assert len(sales.of("record")) == 1
    assert sales.of("record")[0].id is None


def test_what_changed_between_reading_a_page_and_watching_it_is_told_at_once(web):
    tab, other = Tab(web, "jim.halpert"), Tab(web, "dwight.schrute")
    other.watch("order:DM-100077")
    changes("order", "DM-100077")
    assert other.wait("record").data == {"records": ["order:DM-100077"]}
    tab.watch("order:DM-100077", "order:DM-100078")
    assert tab.wait("record").data == {"records": ["order:DM-100077"]}
    assert len(other.of("record")) == 1


def test_what_a_page_shows_already_is_not_told_again_when_it_is_watched(web):
    tab, other = Tab(web, "jim.halpert"), Tab(web, "dwight.schrute")
    other.watch("order:DM-100079", "orders:*")
    before = time.time()
    changes("order", "DM-100079")
    changes("orders", "*")
    assert set(other.wait("record").data["records"]) == {"order:DM-100079", "orders:*"}
    tab.watch("orders:*", read_at=time.time())
    tab.watch("orders:*", "order:DM-100079", read_at=before)
    assert tab.wait("record").data == {"records": ["order:DM-100079"]}, "the list was read later"


def test_a_list_that_was_just_opened_is_not_fetched_again_for_what_it_shows(web, chromium):
    Tab(web, "dwight.schrute").wait("hello")  # so that this process hears of what changes
    cookie = {"name": web.cookie, "value": "sid-darryl.philbin", "url": web.address}
    context = chromium.new_context(base_url=web.address)
    context.add_cookies([cookie])
    page = context.new_page()
    changes("receipts", "*")
    with page.expect_response("**/live/watch") as watched:
        page.goto("/inventory/receipts")
    assert watched.value.ok and "receipts:*" in watched.value.request.post_data_json["read_at"]
    again, gathered = "**/inventory/receipts*", 1500  # ms, twice as long as changes are gathered
    with pytest.raises(TimeoutError), page.expect_request(again, timeout=gathered):
        pass
    with page.expect_request(again):
        changes("receipts", "*")
    context.close()


def test_watching_replaces_what_was_watched(web):
    tab = Tab(web, "jim.halpert")
    tab.watch("order:DM-1")
    tab.watch("order:DM-2")
    changes("order", "DM-1")
    changes("order", "DM-2")
    assert tab.wait("record").data == {"records": ["order:DM-2"]}


def test_nobody_watches_what_their_role_may_not_see(web):
    hr = Tab(web, "toby.flenderson")
    assert hr.watch("order:DM-100042").status_code == 403
    assert hr.watch("order:DM-100042", "product:CP-20-LTR").json() == {
        "watching": ["product:CP-20-LTR"],
        "refused": ["order:DM-100042"],
    }
    changes("order", "DM-100042")
    changes("product", "CP-20-LTR")
    assert hr.wait("record").data == {"records": ["product:CP-20-LTR"]}
    accounting = Tab(web, "angela.martin")
    assert accounting.watch("shipment:SH-1").status_code == 403
    assert accounting.watch("nonsense:1").status_code == 403


def test_a_stream_of_another_person_cannot_be_pointed_elsewhere(web):
    jim = Tab(web, "jim.halpert")
    jim.watch("order:DM-100042")
    with web.as_person("dwight.schrute") as browser:
        answer = browser.post("/live/watch", json={"stream": jim.hello["stream"], "records": []})
        assert answer.status_code == 202, (
            "it may be held elsewhere, and is then told whose it must be"
        )
        for none in ("", "x" * 16 + "/", None):
            unknown = browser.post("/live/watch", json={"stream": none, "records": []})
            assert unknown.status_code == 404
        for bad in ([1], "order:1", ["order:1"] * 101):
            answer = browser.post(
                "/live/watch", json={"stream": jim.hello["stream"], "records": bad}
            )
            assert answer.status_code == 422
        for bad in ([1], {"orders:*": "now"}):
            asked = {"stream": jim.hello["stream"], "records": [], "read_at": bad}
            assert browser.post("/live/watch", json=asked).status_code == 422
    with web.as_person("jim.halpert") as browser:
        forged = browser.post(
            "/live/watch",
            json={"stream": jim.hello["stream"], "records": []},
            headers={"X-CSRF-Token": "forged"},
        )
        assert forged.status_code == 403
    changes("order", "DM-100042")
    assert jim.wait("record").data == {"records": ["order:DM-100042"]}


def test_a_page_watches_through_whichever_gateway_answers(web):
    """Several stand behind one address, and a page's stream may be held by another than takes its request."""
    tab, stream = Tab(web, "jim.halpert"), {"records": ["order:DM-100042", "expense:none"]}
    other = Web()
    try:
        with other.as_person("jim.halpert") as browser:
            answer = browser.post("/live/watch", json={"stream": tab.hello["stream"], **stream})
            assert answer.status_code == 202
            assert answer.json() == {"watching": ["order:DM-100042"], "refused": ["expense:none"]}
            changes(
                "order", "DM-100042"
            )  # commits after what the stream was told, and is heard after it
            assert tab.wait("record").data == {"records": ["order:DM-100042"]}
            long = [f"order:{number}{'é' * 60}" for number in range(99)]
            answer = browser.post("/live/watch", json={"stream": "x" * 16, "records": long})
            assert answer.status_code == 422
    finally:
        other.stop()


def test_a_client_that_is_gone_is_noticed_at_once(web):
    before = web.metric("dm_live_streams")
    tab = Tab(web, "jim.halpert")
    assert web.metric("dm_live_streams") == before + 1
    tab.vanish()
    wait_for(
        lambda: web.metric("dm_live_streams") == before, 10
    )  # a ping, which would notice too, comes every 15 s


@pytest.mark.long
def test_a_slow_reader_is_dropped_and_the_others_do_not_wait(web, happens):
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.connect(("127.0.0.1", web.port))
    cookie = f"{web.cookie}=sid-jim.halpert"
    slow.sendall(
        f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{web.port}\r\nCookie: {cookie}\r\n\r\n".encode()
    )
    slow.recv(100)
    quick, dropped = Tab(web, "jim.halpert"), web.metric("dm_live_dropped_total")
    for _ in range(150):
        happens(RAISED, {**make_raised(uuid.uuid4()), "parts": {"client_name": "x" * 3000}})
    quick.wait("inbox", 150)
    assert numbers(quick) == list(range(1, 151))
    wait_for(lambda: web.metric("dm_live_dropped_total") > dropped, 20)
    slow.close()


def test_a_broken_listen_connection_is_made_again_and_what_was_missed_comes(web, happens, database):
    tab = Tab(web, "jim.halpert")
    happens(RAISED, make_raised(uuid.uuid4()))
    tab.wait("inbox")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'dm-live'"
        )
    happens(RAISED, make_raised(uuid.uuid4()))
    tab.wait("inbox", 2)
    happens(RAISED, make_raised(uuid.uuid4()))
    tab.wait("inbox", 3)
    assert numbers(tab) == [1, 2, 3]
    assert tab.wait("resync")


def test_one_listen_connection_serves_all_streams(web, database):
    tabs = [Tab(web, "jim.halpert") for _ in range(10)]
    with psycopg.connect(database) as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dm-live'"
        [count] = connection.execute(query).fetchone()
    assert (count, len(tabs)) == (1, 10)
