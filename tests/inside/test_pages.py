"""What an administrator sees inside: flow, trails, dead letters. Each service is asked over HTTP, as in the product."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest

import telemetry
from models.sales.leads import create_lead
from models.shared import clock
from models.shared.listeners.interface import Incoming, apply_batch, list_dead_letters
from models.shared.transactions import transaction
from models.wuphf.jobs import purge_old_notifications
from models.wuphf.pushes import Pushed
from tests.factories.office import do_business
from tests.factories.sales import make_lead_facts
from tests.inside.conftest import CORRELATION
from tests.pages.served import ServedPage
from tests.sales.test_pages import CLIENT
from webapp.wuphf.streaming.pushes import Pushes

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
    assert "client.created.v1: completed in" in page
    assert "dm.sales.leads · p 2 · 41" in page
    assert "orders · client.created.v1 · p 2 · 41" in page
    assert "notifications · client.created.v1 · p 2 · 41" in page


def test_a_trail_is_found_by_the_records_number_and_by_the_correlation_id(nick, client_number):
    listed = nick.get("/inside/trail", query_string={"q": client_number}).text
    assert f"/inside/trail/{CORRELATION}" in listed
    found = nick.get("/inside/trail", query_string={"q": CORRELATION})
    assert (found.status_code, found.location) == (303, f"/inside/trail/{CORRELATION}")
    assert "No events found for DM-1" in nick.get("/inside/trail", query_string={"q": "DM-1"}).text
    assert nick.get("/inside/trail/unheard-of").status_code == 404


@pytest.mark.parametrize(
    ("query", "event"),
    [
        ("SELECT number FROM orders.order", "order.placed.v1"),
        ("SELECT number FROM inventory.shipment", "shipment.created.v1"),
        ("SELECT number FROM finance.expense", "expense.submitted.v1"),
        ("SELECT number FROM sales.client", "client.created.v1"),
        ("SELECT sku FROM inventory.product", "goods.received.v1"),
        ("SELECT number FROM inventory.receipt", "goods.received.v1"),
        ("SELECT number FROM sales.lead", "lead.assigned.v1"),
    ],
)
def test_a_trail_is_found_by_the_number_of_any_record(nick, clean_database, query, event):
    do_business()
    with transaction("sales", actor="jim.halpert") as session:
        create_lead(session, make_lead_facts(owner="dwight.schrute"))
    with psycopg.connect(clean_database) as connection:
        [number] = connection.execute(query).fetchone() or ["none"]
    found = ServedPage(nick.get("/inside/trail", query_string={"q": number.lower()}))
    [link, *_] = [
        row.select_one("a")["href"] for row in found.root.select("tbody tr") if event in row.text
    ]
    steps = ServedPage(nick.get(link)).root.select("main b[title]")
    assert event in [step["title"] for step in steps]


def test_a_trail_begins_with_the_http_request_without_its_query(nick, client_as, clean_database):
    made = client_as("jim.halpert").post("/sales/clients/new?secret=1", data=CLIENT)
    assert made.status_code == 303
    with psycopg.connect(clean_database) as connection:
        [correlation, began, recorded] = (
            connection.execute(
                "SELECT correlation_id, requested_at, created_at FROM sales.outbox"
            ).fetchone()
            or [None] * 3
        )
    assert began < recorded
    page = ServedPage(nick.get(f"/inside/trail/{correlation}"))
    steps = [step["title"] for step in page.root.select("main b[title]")]
    assert steps[:2] == ["POST /sales/clients/new", "client.created.v1"]
    assert "HTTP request to sales" in page.text and "secret" not in page.text


def test_what_a_handler_publishes_has_no_request_of_its_own(client_number, hear, clean_database):
    token = telemetry.http_request.set(telemetry.HttpRequest(CORRELATION, "POST /x", 0.0))
    hear("notifications")
    telemetry.http_request.reset(token)
    with psycopg.connect(clean_database) as connection:
        asked = connection.execute("SELECT request FROM notifications.outbox").fetchall()
    assert asked == [(None,)]


def pushed(dsn: str, after: str) -> str:
    """What the only notification's recipient got so long after its arrival; its id."""
    with psycopg.connect(dsn) as connection:
        [id_, at] = (
            connection.execute(
                "SELECT n.id, f.at + %s::interval FROM notifications.notification n"
                " JOIN notifications.feed f USING (recipient, n)",
                [after],
            ).fetchone()
            or [None] * 2
        )
    with clock.at(at):
        pushes = Pushes()
        pushes._waiting.append(Pushed(id_, at))
        pushes._waiting.append(Pushed(id_, at + timedelta(seconds=1)))
        pushes.write()
    return str(id_)


def test_a_trail_ends_with_the_first_live_push_of_each_notification(
    nick, client_number, hear, hear_notifications, clean_database
):
    hear("notifications")
    hear_notifications()
    assert "Live push" not in nick.get(f"/inside/trail/{CORRELATION}").text
    pushed(clean_database, "0.25 seconds")
    page = ServedPage(nick.get(f"/inside/trail/{CORRELATION}"))
    rows = [row.text for row in page.root.select(".wf-row")]
    assert "Live push" in rows[-1] and "to a browser of Dwight Schrute" in rows[-1]
    assert "250 ms" in rows[-1] and "until the last live push" in page.text


def test_what_a_browser_catches_up_on_is_no_live_push(
    nick, client_number, hear, hear_notifications, clean_database
):
    hear("notifications")
    hear_notifications()
    pushed(clean_database, "2 minutes")
    assert "Live push" not in nick.get(f"/inside/trail/{CORRELATION}").text


def test_pushes_are_told_to_those_who_may_see_inside(
    web_app, bearer_for, client_number, hear, hear_notifications, clean_database
):
    hear("notifications")
    hear_notifications()
    id_ = pushed(clean_database, "0 seconds")
    ask = web_app.test_client()
    url = f"/api/v1/live/pushes?correlation={CORRELATION}"
    found = ask.get(url, headers=bearer_for("nick.reyes", "wuphf"))
    assert [(each["notification_id"], each["recipient"]) for each in found.json["items"]] == [
        (id_, "dwight.schrute")
    ]
    assert ask.get(url, headers=bearer_for("jim.halpert", "wuphf")).status_code == 403
    with psycopg.connect(clean_database, autocommit=True) as connection:
        connection.execute("UPDATE notifications.push SET at = at - interval '15 days'")
        purge_old_notifications()
        assert connection.execute("SELECT count(*) FROM notifications.push").fetchone() == (0,)


def test_what_follows_from_an_event_stands_below_it(nick, client_number, hear):
    hear("notifications")
    page = ServedPage(nick.get(f"/inside/trail/{CORRELATION}"))
    steps = [step["title"] for step in page.root.select("main b[title]")]
    assert steps[:3] == ["client.created.v1", "tell_those_concerned", "notification.raised.v1"]
    assert "12 ms until the first event was published" in page.text
    assert "these times were not measured live" not in page.text


def test_the_trail_of_a_history_made_at_once_says_that_its_times_were_not_measured(
    nick, client_number, hear, clean_database
):
    hear("orders")
    with psycopg.connect(clean_database) as connection:
        connection.execute("UPDATE sales.outbox SET published_at = now() + interval '1 hour'")
    assert "these times were not measured live" in nick.get(f"/inside/trail/{CORRELATION}").text


def test_the_flow_counts_what_each_listener_has_still_to_do(nick, client_number, hear):
    before = nick.get("/inside").text
    assert cells(before, "dm.sales.leads") == ["sales", "1", "1", "Not subscribed", "1"]
    hear("orders")
    assert cells(nick.get("/inside/state").text, "dm.sales.leads") == [
        "sales",
        "1",
        "0",
        "Not subscribed",
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
    assert "failed in orders" in page
    assert "client_number" in page
    assert "1 event held behind it" in page


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
    assert (
        answer.status_code,
        "1 dead letter replayed, and the events held behind it." in answer.text,
    ) == (
        200,
        True,
    )
    assert "No dead letters" in answer.text
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
    assert (
        answer.status_code,
        "2 dead letters failed again; see the causes below." in answer.text,
    ) == (
        200,
        True,
    )
    assert answer.text.count("Failed again</span>") == 2
    assert "after 2 attempts" in answer.text
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
