"""Webhooks: signed, at least once, in order per key, retried, ended when long dead, and only what one may see."""

import os
import re
import subprocess
import sys
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from consumers.jobs import webhooks as sender
from consumers.jobs.process import load_tasks
from models.shared import clock
from models.shared.database.tables import mechanism, metadata_of
from models.shared.jobs import TASKS
from models.shared.transactions import reading, transaction
from models.wuphf.jobs import purge_old_notifications
from models.wuphf.webhooks import deliveries
from models.wuphf.webhooks.rules import (
    DISABLED_AFTER,
    PAUSES,
)
from settings import settings
from stack.probes import tcp_open
from tests.conftest import free_port
from tests.factories.webhooks import (
    CANCELLED,
    FACT,
    PLACED,
    SUBMITTED,
    create,
    hook,
    is_signed,
    order,
    rows,
)
from tests.pages.served import ServedPage


def until_open(port: int) -> None:
    """Waits until something listens there."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if tcp_open(port):
            return
        time.sleep(0.02)
    raise TimeoutError(port)


def inboxes(told: Any) -> dict[str, set[str]]:
    """Whose inbox has which kinds, once wuphf heard of its own events and of what followed."""
    told()
    found: dict[str, set[str]] = told()
    return found


def test_an_event_arrives_once_signed_as_it_is_in_the_catalog(nick, receiver, happens):
    made = create(nick, receiver)
    id_ = happens(PLACED, FACT, sequence=1)
    happens(PLACED, FACT, sequence=1, event_id=id_)  # the broker delivers it again
    happens("dm.orders.order.approval_withdrawn.v1", FACT)  # not subscribed
    for _ in range(2):
        sender.send_due_webhooks()
    [call] = receiver.calls
    assert call.headers["webhook-id"] == str(id_) == call.event["id"]
    assert abs(time.time() - int(call.headers["webhook-timestamp"])) < 60
    assert is_signed(call, made.secret) and not is_signed(call, "whsec_" + "A" * 44)
    assert call.headers["content-type"] == "application/cloudevents+json"
    assert (call.event["type"], call.event["subject"]) == (PLACED, "DM-100042")
    assert call.event["data"]["client_name"] == "Dunmore High School"
    page = nick.get(f"/wuphf/webhooks/{made.id}").text
    assert "Delivered" in page and "HTTP 204" in page
    body = nick.get(f"/wuphf/webhooks/{made.id}/deliveries/{rows()[0].id}").text
    assert "Dunmore High School" in body and f"webhook-id {id_}" in body


def test_the_job_that_sends_is_called_with_the_event_and_is_a_task(
    nick, receiver, happens, clean_database
):
    create(nick, receiver)
    happens(PLACED, FACT)
    with psycopg.connect(clean_database) as connection:
        names = connection.execute(
            "SELECT task_name FROM notifications.procrastinate_jobs"
        ).fetchall()
    load_tasks()
    assert names == [(f"notifications.{deliveries.SENDER}",)] and names[0][0] in TASKS


def test_what_fails_is_tried_again_later_and_nothing_of_its_key_overtakes_it(
    nick, receiver, happens
):
    create(nick, receiver)
    receiver.answers = [500]
    happens(PLACED, order("DM-1"))
    sender.send_due_webhooks()
    happens(CANCELLED, order("DM-1"), sequence=2)
    happens(PLACED, order("DM-2"))
    sender.send_due_webhooks()
    subjects = [(call.event["type"], call.event["subject"]) for call in receiver.calls]
    assert subjects == [(PLACED, "DM-1"), (PLACED, "DM-2")], "the other order is not held up"
    with clock.at(clock.now() + PAUSES[0] + timedelta(seconds=1)):
        sender.send_due_webhooks()
    subjects = [(call.event["type"], call.event["subject"]) for call in receiver.calls[2:]]
    assert subjects == [(PLACED, "DM-1"), (CANCELLED, "DM-1")]
    first = rows()[0]
    assert [each["status"] for each in first.tries] == [500, 204] and first.state == "delivered"
    assert receiver.calls[0].headers["webhook-id"] == receiver.calls[2].headers["webhook-id"]
    assert hook().failing_since is None


def test_a_dead_receiver_is_asked_ever_less_and_loses_nothing(nick, receiver, happens):
    create(nick, receiver)
    receiver.answers = [503] * 30
    for n in range(6):
        happens(PLACED, order(f"DM-{n}"))
    sender.send_due_webhooks()
    assert len(receiver.calls) == 6, "one round, before it was known to be dead"
    with clock.at(clock.now() + PAUSES[0] + timedelta(seconds=1)):
        sender.send_due_webhooks()
        assert len(receiver.calls) == 6, "it is left in peace"
    with clock.at(clock.now() + timedelta(hours=1)):
        sender.send_due_webhooks()
        assert len(receiver.calls) == 7, "one call finds out whether it is back"
    receiver.answers = []
    with clock.at(clock.now() + timedelta(hours=3)):
        sender.send_due_webhooks()
    assert {row.state for row in rows()} == {"delivered"}


def test_a_receiver_dead_for_three_days_is_disabled_and_its_owner_is_told(
    nick, receiver, happens, told
):
    made = create(nick, receiver)
    receiver.answers = [500] * 3
    happens(PLACED, FACT)
    sender.send_due_webhooks()
    with clock.at(clock.now() + DISABLED_AFTER + timedelta(minutes=1)):
        sender.send_due_webhooks()
    assert hook().disabled_why == "Every delivery failed for 3 days"
    assert [row.state for row in rows()] == ["failed"]
    assert "webhook_failed" in inboxes(told)["nick.reyes"]
    happens(CANCELLED, FACT, sequence=2)
    sender.send_due_webhooks()
    assert len(receiver.calls) == 2 and len(rows()) == 1, "a disabled one gets and keeps nothing"
    page = f"/wuphf/webhooks/{made.id}"
    again = f"{page}/deliveries/{rows()[0].id}/redeliver"
    assert nick.post(again).status_code == 409
    assert nick.post(f"{page}/enable").status_code == 303
    assert "webhook_failed" not in inboxes(told)["nick.reyes"], "the warning is over"
    receiver.answers = []
    assert nick.post(again).status_code == 303
    sender.send_due_webhooks()
    assert [row.state for row in rows()] == ["delivered"] and hook().failing_since is None


def test_a_receiver_that_answers_gone_is_disabled_at_once(nick, receiver, happens, told):
    create(nick, receiver)
    receiver.answers = [410]
    happens(PLACED, FACT)
    sender.send_due_webhooks()
    assert hook().disabled_why == "The receiver answered 410 Gone"
    assert "webhook_failed" in inboxes(told)["nick.reyes"]


def test_a_redirect_is_not_followed_and_a_dripping_answer_ends_in_time(
    nick, receiver, happens, monkeypatch
):
    create(nick, receiver)
    receiver.answers = [302]
    happens(PLACED, FACT)
    sender.send_due_webhooks()
    assert len(receiver.calls) == 1 and rows()[0].tries[0]["status"] == 302
    receiver.drips = True
    monkeypatch.setattr(sender, "TIMEOUT", 0.3)
    happens(PLACED, order("DM-2"))
    began = time.monotonic()
    sender.send_due_webhooks()
    assert time.monotonic() - began < 3
    assert "No answer within" in rows()[1].tries[0]["error"]


def test_a_receiver_that_is_not_there_is_named_in_words(nick, receiver, happens):
    create(nick, receiver)
    receiver.server.shutdown()
    receiver.server.server_close()
    happens(PLACED, FACT)
    sender.send_due_webhooks()
    assert rows()[0].tries[0]["error"] == "Connection refused"


@pytest.mark.parametrize("networks", ["", "10.1.0.0/16"])
def test_no_webhook_leads_into_the_companys_own_network(
    nick, receiver, happens, monkeypatch, networks
):
    """Neither by an address that says so, nor by a name that leads there only when it is sent."""
    create(nick, receiver)
    happens(PLACED, FACT)
    monkeypatch.setenv("DM_WEBHOOK_NETWORKS", networks)
    settings.cache_clear()
    sender.send_due_webhooks()
    assert receiver.calls == []
    assert (
        "127.0.0.1" in rows()[0].tries[0]["error"] and "not allowed" in rows()[0].tries[0]["error"]
    )
    port = receiver.server.server_port
    for host in ("127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.2.0.1", "2130706433"):
        form = {"name": "X", "url": f"https://{host}:{port}/", "types": PLACED}
        page = nick.post("/wuphf/webhooks", data=form)
        if page.status_code == 422:
            assert "private network" in page.text
        else:  # a number that only the resolver takes for an address
            assert host == "2130706433"
    sender.send_due_webhooks()
    assert receiver.calls == []


def test_an_owner_hears_only_what_they_may_see_now(
    nick, receiver, happens, client_as, clean_database
):
    form = {"name": "X", "url": receiver.url, "types": SUBMITTED}
    assert nick.post("/wuphf/webhooks", data=form).status_code == 422
    assert SUBMITTED not in nick.get("/wuphf/webhooks").text
    assert SUBMITTED in client_as("oscar.martinez").get("/wuphf/webhooks").text
    create(nick, receiver)
    happens(PLACED, order("DM-1"))
    with psycopg.connect(clean_database, autocommit=True) as connection:
        connection.execute("DELETE FROM notifications.group_member WHERE uid = 'nick.reyes'")
    happens(PLACED, order("DM-2"))
    sender.send_due_webhooks()
    assert receiver.calls == []
    [queued] = rows()
    assert queued.state == "failed" and "may no longer see" in queued.tries[0]["error"]


def test_no_table_holds_a_secret_and_for_a_day_a_rolled_one_still_signs(
    nick, receiver, happens, clean_database
):
    made = create(nick, receiver)
    page = f"/wuphf/webhooks/{made.id}"
    assert made.secret not in nick.get(page).text
    with reading("notifications") as session:
        for table in metadata_of("notifications").sorted_tables:
            assert made.secret[6:] not in repr(session.execute(table.select()).all()), table.name
        assert session.execute(mechanism("notifications").history.select()).all()
    rolled = ServedPage(nick.post(f"{page}/secret")).first("#new-secret").text.strip()
    assert rolled != made.secret
    happens(PLACED, FACT)
    sender.send_due_webhooks()
    assert is_signed(receiver.calls[0], made.secret) and is_signed(receiver.calls[0], rolled)
    happens(CANCELLED, FACT, sequence=2)
    with clock.at(clock.now() + timedelta(hours=25)):
        sender.send_due_webhooks()
    assert is_signed(receiver.calls[1], rolled) and not is_signed(receiver.calls[1], made.secret)


def test_a_form_sent_twice_creates_one_webhook(nick, receiver):
    first = create(nick, receiver, form_key="a-key-of-the-form")
    assert create(nick, receiver, form_key="a-key-of-the-form") == first
    assert nick.get("/wuphf/webhooks").text.count('id="webhook-') == 1


def test_a_stale_change_is_refused_and_a_test_event_goes_to_the_new_address(nick, receiver):
    made = create(nick, receiver)
    page = f"/wuphf/webhooks/{made.id}"
    form = {"name": "Renamed", "url": receiver.url + "&v=2", "types": PLACED, "version": "1"}
    assert nick.post(page, data={**form, "name": " "}).status_code == 422
    assert nick.post(page, data=form).status_code == 303
    assert nick.post(page, data=form).status_code == 409
    assert nick.post(f"{page}/test").status_code == 303
    sender.send_due_webhooks()
    [call] = receiver.calls
    assert call.event["type"] == "dm.webhooks.test.v1" and call.event["data"]["name"] == "Renamed"
    assert is_signed(call, made.secret)
    assert nick.post(f"{page}/delete").status_code == 303
    assert nick.get(page).status_code == 404 and rows() == []


def test_nobody_sees_or_changes_anothers_webhook_but_administrators_disable_it(
    nick, receiver, client_as, happens, told
):
    oscar, jim = client_as("oscar.martinez"), client_as("jim.halpert")
    made = create(oscar, receiver, SUBMITTED, name="Payroll")
    page = f"/wuphf/webhooks/{made.id}"
    oscar.post(f"{page}/test")
    sender.send_due_webhooks()
    delivery = f"{page}/deliveries/{rows()[0].id}"
    assert oscar.get(delivery).status_code == 200
    for other, status in ((nick, 404), (jim, 403)):
        assert other.get(page).status_code == status
        assert other.get(f"{page}/state").status_code == status
        assert other.get(delivery).status_code == status
        form = {"name": "Mine", "url": receiver.url, "types": PLACED, "version": "1"}
        for path, data in (
            (page, form),
            *((f"{page}/{step}", {}) for step in ("enable", "disable", "test", "secret", "delete")),
        ):
            assert other.post(path, data=data).status_code == status, path
        assert other.post(f"{delivery}/redeliver").status_code == status
    assert jim.post(f"{page}/disable-anyones").status_code == 403
    assert oscar.post(f"{page}/disable-anyones").status_code == 403
    assert hook().disabled_at is None and len(rows()) == 1
    assert "Payroll" in nick.get("/wuphf/webhooks").text
    assert nick.post(f"{page}/disable-anyones").status_code == 303
    assert (
        hook().disabled_by == "nick.reyes" and "webhook_disabled" in inboxes(told)["oscar.martinez"]
    )


def test_settled_deliveries_are_deleted_after_thirty_days(nick, receiver, happens):
    create(nick, receiver)
    happens(PLACED, FACT)
    sender.send_due_webhooks()
    with clock.at(datetime.now(UTC) + timedelta(days=29)):
        purge_old_notifications()
    assert len(rows()) == 1
    with clock.at(datetime.now(UTC) + timedelta(days=31)):
        purge_old_notifications()
    assert rows() == []


def test_over_rest_a_webhook_is_created_tried_out_read_and_deleted(
    nick, receiver, web_app, bearer_for, happens
):
    api = web_app.test_client()

    def ask(method: str, path: str, uid: str = "nick.reyes", **options: Any) -> Any:
        headers = {**bearer_for(uid, "wuphf"), **options.pop("headers", {})}
        return api.open(f"/api/v1{path}", method=method, headers=headers, **options)

    offered = [each["type"] for each in ask("GET", "/webhook-event-types").json["items"]]
    assert PLACED in offered and SUBMITTED not in offered
    wanted = {"name": "ERP", "url": receiver.url, "types": [PLACED]}
    assert ask("POST", "/webhooks", "jim.halpert", json=wanted).status_code == 403
    bad = ask("POST", "/webhooks", json={**wanted, "types": [SUBMITTED]})
    assert bad.status_code == 422 and "types" in bad.json["errors"]
    key = {"Idempotency-Key": uuid.uuid4().hex}
    made = ask("POST", "/webhooks", json=wanted, headers=key)
    assert made.status_code == 201 and made.headers["Cache-Control"] == "no-store"
    assert ask("POST", "/webhooks", json=wanted, headers=key).json == made.json
    path = made.headers["Location"].removeprefix("/api/v1")
    read = ask("GET", path)
    assert "secret" not in read.json and "secret" not in ask("GET", "/webhooks").text
    changed = {**wanted, "types": [PLACED, CANCELLED]}
    assert ask("PUT", path, json=changed).status_code == 428
    tag = {"If-Match": read.headers["ETag"]}
    assert ask("PUT", path, json=changed, headers=tag).json["types"] == [CANCELLED, PLACED]
    assert ask("PUT", path, json=wanted, headers=tag).status_code == 409
    assert ask("POST", f"{path}/test").status_code == 202
    happens(PLACED, FACT)
    sender.send_due_webhooks()
    assert len(receiver.calls) == 2 and is_signed(receiver.calls[0], made.json["secret"])
    page = ask("GET", f"{path}/deliveries?limit=1").json
    assert [each["type"] for each in page["items"]] == [PLACED]
    older = ask("GET", f"{path}/deliveries?limit=1&after={page['next']}").json
    assert older["items"][0]["tries"][0]["status"] == 204 and older["next"] is None
    delivery = f"{path}/deliveries/{page['items'][0]['id']}"
    assert ask("GET", delivery).json["event"]["data"]["client_name"] == "Dunmore High School"
    assert ask("GET", f"{path}/deliveries?state=failed").json["items"] == []
    assert ask("GET", f"{path}/deliveries?after=x").status_code == 400
    assert ask("POST", f"{delivery}/redelivery").status_code == 202
    sender.send_due_webhooks()
    ids = [call.headers["webhook-id"] for call in receiver.calls]
    assert ids[2] in ids[:2] and receiver.calls[2].event["type"] == PLACED
    assert ask("POST", f"{path}/secret").json["secret"] != made.json["secret"]
    assert ask("DELETE", f"{path}/enablement").json["disabled_by"] == "nick.reyes"
    assert ask("POST", f"{path}/test").status_code == 409
    assert ask("POST", f"{path}/enablement").json["disabled_at"] is None
    assert ask("DELETE", path, "oscar.martinez").status_code == 404
    assert ask("DELETE", path).status_code == 204 == ask("DELETE", path).status_code
    assert ask("GET", path).status_code == 404


def test_an_access_token_subscribes_to_no_more_than_it_may_read(
    nick, receiver, web_app, served, office
):
    def token(**rights: str) -> str:
        form = {"name": "T", "days": "30", "right-wuphf": "write", **rights}
        found = re.search(r"dm_pat_\w+", nick.post("/profile/programs", data=form).text)
        assert found
        return found[0]

    def ask(raw: str, method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {raw}", **options.pop("headers", {})}
        return web_app.test_client().open(
            f"/api/v1{path}", method=method, headers=headers, **options
        )

    narrow, wide = token(), token(**{"right-orders": "read"})
    wanted = {"name": "ERP", "url": receiver.url, "types": [PLACED]}
    assert ask(narrow, "POST", "/webhooks", json=wanted).status_code == 422
    made = ask(wide, "POST", "/webhooks", json=wanted)
    assert made.status_code == 201
    path = f"/webhooks/{made.json['id']}"
    for method, sub in (("POST", "/secret"), ("POST", "/enablement")):
        assert ask(narrow, method, path + sub).status_code == 403, sub
        assert ask(wide, method, path + sub).status_code in (200, 201), sub
    match = {"If-Match": ask(narrow, "GET", path).headers["ETag"]}
    elsewhere = {**wanted, "url": "https://example.com/"}
    assert ask(narrow, "PUT", path, json=elsewhere, headers=match).status_code == 403
    assert ask(wide, "PUT", path, json=elsewhere, headers=match).status_code == 200
    assert ask(narrow, "DELETE", f"{path}/enablement").status_code == 200, "ending it is no reading"


def test_two_senders_at_once_send_each_delivery_once(nick, receiver, happens):
    create(nick, receiver)
    for n in range(5):
        happens(PLACED, order(f"DM-{n}"))
    with transaction("notifications", actor="service:notifications") as one:
        first = deliveries.claim_due(one)
    with transaction("notifications", actor="service:notifications") as other:
        assert len(first) == 5 and deliveries.claim_due(other) == []
    with clock.at(clock.now() + deliveries.LEASE + timedelta(seconds=1)):
        sender.send_due_webhooks()  # the first sender died
    assert len(receiver.calls) == 5


def test_the_guides_receiver_takes_an_event_and_refuses_one_that_is_not_signed(
    nick, receiver, happens, tmp_path
):
    guide = (Path(__file__).parents[2] / "docs/howto/receive-webhooks.md").read_text()
    [script] = re.findall(r"^```python title=.receiver.py.\n(.*?)^```$", guide, re.M | re.S)
    assert len(script.splitlines()) <= 40
    port = free_port()
    made = create(nick, receiver, url=f"http://127.0.0.1:{port}/")
    (tmp_path / "receiver.py").write_text(script)
    running = subprocess.Popen(
        [sys.executable, "receiver.py", str(port)],
        cwd=tmp_path,
        env={**os.environ, "WEBHOOK_SECRET": made.secret},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    late = threading.Timer(30, running.kill)  # so that nothing waits for what does not come
    late.start()
    try:
        until_open(port)
        happens(PLACED, FACT)
        sender.send_due_webhooks()
        assert running.stdout and running.stdout.readline() == f"{PLACED} DM-100042\n"
        nick.post(f"/wuphf/webhooks/{made.id}/secret")
        with clock.at(clock.now() + timedelta(hours=25)):  # the receiver's secret signs no more
            happens(CANCELLED, FACT, sequence=2)
            sender.send_due_webhooks()
        assert [row.tries[0]["status"] for row in rows()] == [204, 401]
    finally:
        late.cancel()
        running.kill()
        running.communicate()
