"""What an administrator sees inside: flow, trails, dead letters. Each service is asked over HTTP, as in the product."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from models.shared.listeners.interface import Incoming, apply_batch, list_dead_letters
from tests.inside.conftest import CORRELATION
from tests.pages.served import ServedPage

pytestmark = pytest.mark.usefixtures("served")


@pytest.fixture
def nick(client_as: Callable[[str], Any]) -> Any:
    return client_as("nick.reyes")


@pytest.fixture
def poisoned(client_number: str, hear: Callable[[str], Any], clean_database: str) -> int:
    """The number of orders' dead letter: what it was told of the client was damaged on the way; a
    later event waits behind.
    """
    with psycopg.connect(clean_database) as connection:
        connection.execute("""UPDATE sales.outbox SET envelope = convert_to(replace(convert_from(envelope, 'UTF8'),
            '"client_number":', '"client_no":'), 'UTF8')""")
        connection.execute("""
            INSERT INTO sales.outbox (topic, key, sequence, event_id, type, envelope, correlation_id, created_at)
            SELECT topic, key, 2, gen_random_uuid(), 'dm.sales.client.deactivated.v1', convert_to(replace(replace(
            convert_from(envelope, 'UTF8'), '"sequence":1', '"sequence":2'), id_, gen_random_uuid()::text), 'UTF8'),
            correlation_id, created_at FROM sales.outbox, LATERAL (SELECT event_id::text AS id_) each""")
    assert hear("orders").dead == 1
    [letter] = list_dead_letters("orders")
    return letter.id


def cells(page: str, topic: str) -> list[str]:
    """What a topic's row says after its name."""
    return ServedPage(page).row(topic)


def test_the_trail_of_a_click_names_each_event_its_place_and_who_did_what_with_it(
    nick, client_number, hear
):
    hear("orders")
    hear("notifications")
    page = nick.get(f"/inside/trail/{CORRELATION}").text
    assert "client.created.v1: done everywhere after" in page
    assert "dm.sales.leads · p 2 · 41" in page
    assert "orders · client.created.v1 · p 2 · 41" in page
    assert "notifications · client.created.v1 · p 2 · 41" in page


def test_a_trail_is_found_by_the_records_number_and_by_the_correlation_id(nick, client_number):
    listed = nick.get("/inside/trail", query_string={"q": client_number}).text
    assert f"/inside/trail/{CORRELATION}" in listed
    found = nick.get("/inside/trail", query_string={"q": CORRELATION})
    assert (found.status_code, found.location) == (303, f"/inside/trail/{CORRELATION}")
    assert "Nothing is known of DM-1" in nick.get("/inside/trail", query_string={"q": "DM-1"}).text
    assert nick.get("/inside/trail/unheard-of").status_code == 404


def test_what_follows_from_an_event_stands_below_it(nick, client_number, hear):
    hear("notifications")
    page = ServedPage(nick.get(f"/inside/trail/{CORRELATION}"))
    steps = [step["title"] for step in page.root.select("main b[title]")]
    assert steps[:3] == ["client.created.v1", "tell_those_concerned", "notification.raised.v1"]
    assert "12 ms until the broker had the first event" in page.text
    assert "these times were not measured" not in page.text


def test_the_trail_of_a_history_made_at_once_says_that_its_times_were_not_measured(
    nick, client_number, hear, clean_database
):
    hear("orders")
    with psycopg.connect(clean_database) as connection:
        connection.execute("UPDATE sales.outbox SET published_at = now() + interval '1 hour'")
    assert "these times were not measured" in nick.get(f"/inside/trail/{CORRELATION}").text


def test_the_flow_counts_what_each_listener_has_still_to_do(nick, client_number, hear):
    before = nick.get("/inside").text
    assert cells(before, "dm.sales.leads") == ["sales", "1", "1", "does not listen", "1"]
    hear("orders")
    assert cells(nick.get("/inside/state").text, "dm.sales.leads") == [
        "sales",
        "1",
        "0",
        "does not listen",
        "1",
    ]


def test_a_service_that_does_not_answer_is_named_and_the_others_are_shown(
    nick, client_number, clean_database
):
    with psycopg.connect(clean_database, autocommit=True) as connection:
        connection.execute("ALTER TABLE finance.outbox RENAME TO outbox_away")
        try:
            assert "No answer" in nick.get("/inside").text
            assert (
                "No answer from finance"
                in nick.get("/inside/trail", query_string={"q": client_number}).text
            )
        finally:
            connection.execute("ALTER TABLE finance.outbox_away RENAME TO outbox")


def test_a_dead_letter_is_shown_with_its_cause_and_what_waits_behind_it(nick, poisoned):
    page = nick.get("/inside/dead-letters").text
    assert "not handled by orders" in page
    assert "client_number" in page
    assert "1 waits behind it" in page


def test_handling_it_again_while_the_cause_stands_says_so_and_keeps_it(nick, poisoned):
    answer = nick.post(f"/inside/dead-letters/orders/{poisoned}/replay")
    assert (answer.status_code, "The event failed again." in answer.text) == (409, True)
    assert len(list_dead_letters("orders")) == 1


def test_it_is_passed_over_only_with_a_reason_which_stays_with_who_gave_it(nick, poisoned):
    short = nick.post(f"/inside/dead-letters/orders/{poisoned}/skip", data={"reason": "no"})
    assert (short.status_code, 'value="no"' in short.text) == (422, True)
    assert (
        nick.post(
            f"/inside/dead-letters/orders/{poisoned}/skip", data={"reason": "test data"}
        ).status_code
        == 303
    )
    [settled] = list_dead_letters("orders", settled=True)
    assert (settled.settled_how, settled.settled_by, settled.reason) == (
        "skipped",
        "nick.reyes",
        "test data",
    )


def test_the_buttons_settle_nothing_for_a_service_or_letter_that_is_not_there(nick, clean_database):
    assert nick.post("/inside/dead-letters/payroll/1/replay").status_code == 404
    assert nick.post("/inside/dead-letters/orders/1/replay").status_code == 404


def test_the_catalogue_names_every_event_with_who_hears_it(nick, clean_database):
    page = nick.get("/inside/events").text
    assert "order.placed.v1" in page
    assert "inventory, orders, notifications" in page


def mend(dsn: str, letter: int) -> None:
    """The cause is gone: the bytes that wait are what they were before they were damaged."""
    with psycopg.connect(dsn) as connection:
        for table in ("dead_letter", "held_event"):
            connection.execute(f"""UPDATE orders.{table} SET envelope =
            convert_to(replace(convert_from(envelope, 'UTF8'),
                '"client_no":', '"client_number":'), 'UTF8')""")


def test_all_are_handled_again_by_one_button_in_order_with_what_waited_behind_them(
    nick, poisoned, clean_database
):
    mend(clean_database, poisoned)
    answer = nick.post("/inside/dead-letters/replay", data={"service": "orders"})
    assert (answer.status_code, "1 handled, and what waited behind it." in answer.text) == (
        200,
        True,
    )
    assert "Every event was handled" in answer.text
    with psycopg.connect(clean_database) as connection:
        assert connection.execute("SELECT sequence FROM orders.journal ORDER BY n").fetchall() == [
            (1,),
            (2,),
        ]
    [settled] = list_dead_letters("orders", settled=True)
    assert (settled.settled_how, settled.settled_by) == ("replayed", "nick.reyes")


def test_the_button_names_what_failed_again_with_its_new_cause_and_settles_the_rest(nick, poisoned):
    apply_batch("orders", [Incoming("dm.sales.leads", 0, 99, b"CL-1", b"this is no event")])
    answer = nick.post("/inside/dead-letters/replay", data={"service": ""})
    assert (answer.status_code, "2 failed again; each says why below." in answer.text) == (
        200,
        True,
    )
    assert answer.text.count("Failed again</span>") == 2
    assert "after 2 tries" in answer.text
    assert len(list_dead_letters("orders")) == 2


def test_the_button_is_for_administrators_and_for_services_that_listen(nick, client_as, poisoned):
    assert client_as("jim.halpert").post("/inside/dead-letters/replay").status_code == 403
    assert nick.post("/inside/dead-letters/replay", data={"service": "payroll"}).status_code == 404
    assert nick.post("/inside/dead-letters/replay", data={"service": "sales"}).status_code == 404
    [letter] = list_dead_letters("orders")
    assert letter.attempts == 1, "nobody tried"


def test_a_program_handles_all_again_in_portions_and_is_told_where_to_go_on(
    web_app, bearer_for, poisoned, clean_database
):
    apply_batch("orders", [Incoming("dm.sales.leads", 0, 99, b"CL-1", b"this is no event")])
    mend(clean_database, poisoned)
    ask, headers = web_app.test_client(), bearer_for("nick.reyes", "inside")
    done = ask.post("/api/v1/inside/orders/dead-letters/replay", headers=headers)
    assert done.status_code == 200
    assert (
        done.json["handled"],
        [each["cause"][:12] for each in done.json["failed"]],
        done.json["following"],
    ) == (1, ["no envelope:"], None)
    after = {"after": done.json["failed"][0]["id"]}
    nothing = ask.post(
        "/api/v1/inside/orders/dead-letters/replay", query_string=after, headers=headers
    )
    assert nothing.json == {"handled": 0, "failed": [], "following": None}
    for wrong in ("-1", "x", "9" * 40):
        bad = ask.post(
            "/api/v1/inside/orders/dead-letters/replay",
            query_string={"after": wrong},
            headers=headers,
        )
        assert bad.status_code == 422, wrong
    assert (
        ask.post("/api/v1/inside/payroll/dead-letters/replay", headers=headers).status_code == 404
    )
    as_jim = bearer_for("jim.halpert", "inside")
    assert ask.post("/api/v1/inside/orders/dead-letters/replay", headers=as_jim).status_code == 403
