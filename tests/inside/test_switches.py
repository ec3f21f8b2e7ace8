"""Switches on the page and by REST: who may, what is said, and that none is there without DM_FAULTS=1."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from models.shared.listeners.fault_switches import SECONDS, list_switches, switches_on
from models.shared.records.history import list_history
from models.shared.transactions import reading
from settings import settings
from tests.pages.served import ServedPage

pytestmark = pytest.mark.usefixtures("served", "clean_database")
ADDRESSES = ("/inside/switches", "/inside/switches/inventory/1/end", "/inside/switches/drop")
PAUSE = {"kind": "pause", "service": "inventory", "seconds": "120"}


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch, served: str) -> Iterator[None]:
    """This process has switches."""
    monkeypatch.setenv("DM_FAULTS", "1")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def nick(client_as: Callable[[str], Any]) -> Any:
    return client_as("nick.reyes")


def is_on(service: str = "inventory") -> dict[str, str]:
    with reading(service) as session:
        return {kind: each.put_on_by for kind, each in switches_on(session).items()}


def number(service: str = "inventory") -> int:
    with reading(service) as session:
        return list_switches(session)[0].id


def test_without_faults_there_is_no_switch_to_see_and_none_to_use(nick, web_app, bearer_for):
    page = nick.get("/inside").text
    assert "Topics" in page and "Inject a fault" not in page
    for address in ADDRESSES:
        assert nick.post(address, data=PAUSE).status_code == 404
    ask = web_app.test_client()
    of_inside, of_wuphf = bearer_for("nick.reyes", "inside"), bearer_for("nick.reyes", "wuphf")
    body = {"kind": "pause", "seconds": 30}
    assert (
        ask.post("/api/v1/inside/inventory/switches", json=body, headers=of_inside).status_code
        == 404
    )
    assert ask.get("/api/v1/inside/inventory/switches", headers=of_inside).status_code == 404
    assert ask.post("/api/v1/inside/inventory/switches/1/end", headers=of_inside).status_code == 404
    assert ask.post("/api/v1/live/drop", headers=of_wuphf).status_code == 404
    assert is_on() == {}


@pytest.mark.usefixtures("faults")
def test_what_was_chosen_is_kept_where_a_switch_is_refused(nick):
    slow = {"kind": "slow", "service": "orders", "seconds": "600", "delay": "15"}
    nick.post("/inside/switches", data=slow)
    refused = nick.post("/inside/switches", data=slow)
    assert refused.status_code == 409 and "is already on" in refused.text
    expected = {
        "slow-service": "orders",
        "slow-delay": "15",
        "slow-seconds": "600",
        "pause-service": "inventory",
    }
    page = ServedPage(refused)
    assert {field: page.choice(field) for field in expected} == expected


@pytest.mark.usefixtures("faults")
def test_a_pause_is_put_on_shown_with_who_and_until_when_and_ended(nick):
    assert "Injected faults" not in nick.get("/inside").text
    assert nick.post("/inside/switches", data=PAUSE).status_code == 303
    assert is_on() == {"pause": "nick.reyes"}
    state = nick.get("/inside/state").text
    assert (
        "Inventory is paused" in state
        and "Paused" in state
        and "ends automatically in 2 min" in state
    )
    assert nick.post(f"/inside/switches/inventory/{number()}/end").status_code == 303
    assert is_on() == {}
    state = nick.get("/inside/state").text
    assert "Inventory was paused" in state and "Recovered" in state
    with reading("inventory") as session:
        assert [(each.what, each.actor) for each in list_history(session, "fault", "pause")] == [
            ("ended", "nick.reyes"),
            ("put on", "nick.reyes"),
        ]


@pytest.mark.usefixtures("faults")
def test_a_form_that_is_sent_twice_switches_once(nick):
    sent = {**PAUSE, "form_key": "sent-twice-1"}
    assert [nick.post("/inside/switches", data=sent).status_code for _ in range(2)] == [303, 303]
    end = f"/inside/switches/inventory/{number()}/end"
    assert [nick.post(end, data={"form_key": "sent-twice-2"}).status_code for _ in range(2)] == [
        303,
        303,
    ]
    assert nick.post("/inside/switches", data={**sent, "seconds": "30"}).status_code == 422, (
        "the key of another switch"
    )
    assert [
        nick.post("/inside/switches/drop", data={"form_key": "sent-twice-3"}).status_code
        for _ in range(2)
    ] == [303, 303]
    for service, key, times in (("inventory", "pause", 2), ("notifications", "drop", 1)):
        with reading(service) as session:
            assert len(list_history(session, "fault", key)) == times


@pytest.mark.usefixtures("faults")
def test_what_is_on_already_or_has_ended_is_refused_and_the_page_says_why(nick, clean_database):
    nick.post("/inside/switches", data=PAUSE)
    again = nick.post("/inside/switches", data={**PAUSE, "seconds": "30"})
    assert (again.status_code, "This is already on." in again.text) == (409, True)
    with psycopg.connect(clean_database) as connection:
        connection.execute("UPDATE inventory.fault_switch SET until = now()")
    late = nick.post(f"/inside/switches/inventory/{number()}/end")
    assert (late.status_code, "This has already ended." in late.text) == (409, True)


@pytest.mark.usefixtures("faults")
@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"kind": "explode"}, 422),
        ({"kind": ""}, 422),
        ({"seconds": "31"}, 422),
        ({"seconds": "9" * 5000}, 422),
        ({"seconds": ""}, 422),
        ({"kind": "slow"}, 422),
        ({"kind": "slow", "delay": "2"}, 422),
        ({"service": "sales"}, 404),
        ({"service": ""}, 404),
    ],
)
def test_a_form_that_somebody_made_up_switches_nothing(nick, changed, status):
    assert nick.post("/inside/switches", data={**PAUSE, **changed}).status_code == status
    assert is_on() == {}


@pytest.mark.usefixtures("faults")
def test_only_administrators_switch(client_as, web_app, bearer_for):
    for uid in ("michael.scott", "darryl.philbin", "jim.halpert"):
        browser = client_as(uid)
        for address in ADDRESSES:
            assert browser.post(address, data=PAUSE).status_code == 403, (uid, address)
    as_jim = bearer_for("jim.halpert", "inside")
    body = {"kind": "pause", "seconds": 30}
    assert (
        web_app.test_client()
        .post("/api/v1/inside/inventory/switches", json=body, headers=as_jim)
        .status_code
        == 403
    )
    assert is_on() == {}


@pytest.mark.usefixtures("faults")
def test_a_program_switches_as_the_page_does(web_app, bearer_for):
    ask, headers = web_app.test_client(), bearer_for("nick.reyes", "inside")
    for seconds in SECONDS:
        made = ask.post(
            "/api/v1/inside/orders/switches",
            json={"kind": "slow", "seconds": seconds, "delay": 5},
            headers=headers,
        )
        assert (made.status_code, made.json["kind"], made.json["delay"], made.json["is_on"]) == (
            200,
            "slow",
            5,
            True,
        )
        listed = ask.get("/api/v1/inside/orders/switches", headers=headers).json["items"]
        assert listed[0] == made.json
        ended = ask.post(f"/api/v1/inside/orders/switches/{made.json['id']}/end", headers=headers)
        assert (ended.status_code, ended.json["is_on"], ended.json["ended_by"]) == (
            200,
            False,
            "nick.reyes",
        )
    for body in (
        {"kind": "pause"},
        {"kind": "pause", "seconds": -1},
        {"kind": "pause", "seconds": 31},
        [],
        "x",
    ):
        assert (
            ask.post("/api/v1/inside/orders/switches", json=body, headers=headers).status_code
            == 422
        ), body
    for path in ("sales/switches", "payroll/switches"):
        asked = ask.post(
            f"/api/v1/inside/{path}", json={"kind": "pause", "seconds": 30}, headers=headers
        )
        assert asked.status_code == 404
    for wrong in ("x", "9" * 30, "77"):
        assert (
            ask.post(f"/api/v1/inside/orders/switches/{wrong}/end", headers=headers).status_code
            == 404
        )


@pytest.mark.usefixtures("faults")
def test_who_dropped_the_streams_is_kept_and_shown(nick):
    assert nick.post("/inside/switches/drop").status_code == 303
    assert "All live streams were dropped" in nick.get("/inside/state").text
    with reading("notifications") as session:
        [entry] = list_history(session, "fault", "drop")
    assert (entry.actor, entry.changes) == ("nick.reyes", {"streams": 0})
