"""What a transaction records is published with it or not at all, numbered without gaps per topic and key."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from typing import get_origin, get_type_hints
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec
import pytest
from sqlalchemy import text

from models.sales.events import Address, ClientCreated
from models.shared import clock
from models.shared.database.context import current_correlation
from models.shared.errors import KeyReused
from models.shared.events.envelope import PAYLOADS, decode
from models.shared.events.outbox import record
from models.shared.records.idempotency import once
from models.shared.transactions import engine, reading, transaction
from models.wuphf.events import NotificationRaised

pytestmark = pytest.mark.usefixtures("clean_database")


def created(number: str) -> ClientCreated:
    return ClientCreated(
        client_number=number,
        name="Blue Cross",
        contact_name="A",
        contact_mail="a@example.org",
        contact_phone="5",
        address=Address(street="1 Main", city="Scranton", state="PA", postcode="18503"),
        payment_terms_days=30,
        credit_limit=Decimal("1000.50"),
        currency="USD",
        owner="jim.halpert",
    )


def raised(moment: datetime) -> NotificationRaised:
    return NotificationRaised(
        notification_id=uuid4(),
        recipient="jim.halpert",
        kind="order_placed",
        category="orders",
        priority="normal",
        subject_type="order",
        subject_key="DM-1",
        parts={},
        actor="jim.halpert",
        source_event=uuid4(),
        source_type="dm.orders.order.placed.v1",
        occurred_at=moment,
        quiet_until=moment,
    )


def outbox() -> list:
    with engine("sales").connect() as connection:
        return list(connection.execute(text("SELECT * FROM outbox ORDER BY id")))


def test_a_transaction_that_fails_publishes_nothing_and_uses_up_no_number():
    with pytest.raises(ZeroDivisionError), transaction("sales", actor="jim.halpert") as session:
        record(session, created("CL-1"))
        raise ZeroDivisionError
    assert outbox() == []
    with transaction("sales", actor="jim.halpert") as session:
        record(session, created("CL-1"))
    assert [row.sequence for row in outbox()] == [1]


def test_every_moment_of_an_event_is_in_utc():
    """Whatever clock its publisher looked at: of the envelope, and of the payload at any depth."""
    tokyo = datetime(2026, 11, 29, 8, 30, tzinfo=ZoneInfo("Asia/Tokyo"))
    with clock.at(tokyo), transaction("notifications", actor="service:test") as session:
        record(session, raised(tokyo))
    with engine("notifications").connect() as connection:
        raw = connection.execute(text("SELECT envelope FROM outbox")).scalar_one()
    body = msgspec.json.decode(raw)
    assert body["time"] == "2026-11-28T23:30:00Z"
    assert body["data"]["occurred_at"] == body["data"]["quiet_until"] == "2026-11-28T23:30:00Z"


def test_no_payload_has_a_moment_where_the_outbox_does_not_look():
    """It looks into structs and lists: a moment in a dict or a tuple would keep its zone."""
    inside = {
        name: kind
        for shape in PAYLOADS.values()
        for name, kind in get_type_hints(shape).items()
        if get_origin(kind) in (dict, tuple) and "datetime" in str(kind)
    }
    assert inside == {}
    assert any("datetime" in str(get_type_hints(shape)) for shape in PAYLOADS.values())


def test_the_envelope_says_who_why_and_what_in_cloudevents_terms():
    with transaction("sales", actor="jim.halpert", causation="cause") as session:
        id_ = record(session, created("CL-1"))
        correlation = current_correlation(session)
    event = decode(outbox()[0].envelope)
    assert (event.id, event.specversion, event.source) == (id_, "1.0", "sales-service")
    assert (event.actor, event.causationid, event.correlationid) == (
        "jim.halpert",
        "cause",
        correlation,
    )
    assert (event.subject, event.partitionkey, event.sequence) == ("CL-1", "CL-1", 1)
    assert b'"credit_limit":"1000.50"' in bytes(event.data), "money is never a float"


def test_numbers_have_no_gap_and_follow_the_order_of_commits_though_many_write_the_same_keys():
    def write(number: int) -> None:
        with transaction("sales", actor="jim.halpert") as session:
            for key in ("CL-2", "CL-1") if number % 2 else ("CL-1", "CL-2"):
                record(session, created(key))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(80)))
    for key in ("CL-1", "CL-2"):
        assert [row.sequence for row in outbox() if row.key == key] == list(range(1, 81))


def test_many_events_of_one_transaction_stand_in_the_order_in_which_they_were_recorded():
    keys = [f"CL-{number % 7}" for number in range(300)]
    with transaction("sales", actor="jim.halpert") as session:
        ids = [record(session, created(key)) for key in keys]
    rows = outbox()
    assert [(row.event_id, row.key) for row in rows] == list(zip(ids, keys, strict=True))
    assert all(
        decode(row.envelope).sequence == row.sequence and decode(row.envelope).id == row.event_id
        for row in rows
    )


def test_a_reading_session_cannot_write():
    with pytest.raises(Exception, match="read-only"), reading("sales") as session:
        session.execute(text("INSERT INTO outbox_key VALUES ('t', 'k', 1)"))


def test_a_command_sent_twice_is_done_once_and_answers_the_same():
    done = []
    answers = []
    for _ in range(2):
        with transaction("sales", actor="jim.halpert") as session:
            answers.append(
                once(
                    session,
                    "key-1",
                    "create",
                    {"a": 1},
                    lambda: done.append(1) or {"number": "CL-1"},
                )
            )
    assert answers == [{"number": "CL-1"}] * 2
    assert len(done) == 1


def test_the_same_key_with_other_parameters_or_for_another_command_is_refused_and_of_another_person_is_another():
    with transaction("sales", actor="jim.halpert") as session:
        once(session, "key-1", "create", {"a": 1}, lambda: "first")
    for command, parameters in (("create", {"a": 2}), ("change", {"a": 1})):
        with pytest.raises(KeyReused), transaction("sales", actor="jim.halpert") as session:
            once(session, "key-1", command, parameters, lambda: "never")
    with transaction("sales", actor="dwight.schrute") as session:
        assert once(session, "key-1", "create", {"a": 2}, lambda: "his own") == "his own"


def test_two_at_once_with_one_key_do_it_once_and_a_failure_leaves_the_key_free():
    with pytest.raises(ZeroDivisionError), transaction("sales", actor="jim.halpert") as session:
        once(session, "key-1", "create", {}, lambda: 1 // 0)
    done, together = [], threading.Barrier(4)

    def send(_: int) -> object:
        together.wait()
        with transaction("sales", actor="jim.halpert") as session:
            return once(session, "key-1", "create", {}, lambda: done.append(1) or "answer")

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(send, range(4))) == {"answer"}
    assert len(done) == 1
