"""Switches that break a listening service on purpose: what they do to a real worker, and that
nothing is lost or doubled.
"""

import asyncio
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import event

from consumers.worker.fault_switches import break_on_purpose
from models.shared import clock
from models.shared.errors import DomainError, Invalid, NotFound
from models.shared.listeners.fault_switches import (
    end_switch,
    list_switches,
    put_on,
    switches_on,
)
from models.shared.listeners.interface import list_dead_letters, replay_all
from models.shared.operations.retention import prune
from models.shared.records.history import list_history
from models.shared.transactions import engine, reading, transaction
from settings import settings
from tests.consumers import ledger
from tests.consumers.conftest import Processes, settled, wait_for
from tests.consumers.ledger import NONE

NICK = "nick.reyes"


def switch(kind: str, seconds: int = 600, delay: int | None = None) -> int:
    with transaction("orders", actor=NICK) as session:
        return put_on(session, kind, seconds, delay).id


def end(number: int) -> None:
    with transaction("orders", actor=NICK) as session:
        end_switch(session, number)


def ends_in(dsn: str, seconds: float) -> None:
    """What is on now is on for so long only."""
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "UPDATE orders.fault_switch SET until = now() + make_interval(secs => %s)", [seconds]
        )


def done(dsn: str) -> int:
    return sum(map(len, ledger.effects(dsn).values()))


def says(processes: Processes, words: str) -> bool:
    return words in (processes.folder / "worker.log").read_text()


@pytest.fixture
def worker(ledger_tables: str, processes: Processes) -> str:
    """A broker, a relay and a worker with DM_FAULTS=1; the address of the database."""
    processes.broker()
    processes.relay()
    processes.worker(DM_FAULTS="1")
    return ledger_tables


def test_a_paused_worker_takes_nothing_until_it_is_ended_and_then_everything_once(
    worker, processes
):
    before = ledger.publish(keys=3, each=2, prefix="BEFORE")
    assert settled(worker, before) == NONE
    number = switch("pause")
    expected = before | ledger.publish(
        keys=20, each=40
    )  # more than a worker takes into its hands at once
    wait_for(
        "it holds a batch", lambda: says(processes, "on purpose: pause, switched on by nick.reyes")
    )
    wait_for("all is at the broker", lambda: unpublished(worker) == 0)
    assert done(worker) == 6, "nothing since"
    end(number)
    assert settled(worker, expected) == NONE
    assert says(processes, "s of pause")


@pytest.mark.long
def test_a_pause_outlives_its_worker_and_ends_by_itself(worker, processes):
    switch("pause")
    expected = ledger.publish(keys=5, each=4)
    wait_for(
        "it holds a batch", lambda: says(processes, "on purpose: pause, switched on by nick.reyes")
    )
    processes.running[-1].kill()
    (processes.folder / "worker.log").write_text("")
    processes.worker(DM_FAULTS="1")
    wait_for(
        "the next one holds it, too",
        lambda: says(processes, "on purpose: pause, switched on by nick.reyes"),
    )
    assert done(worker) == 0
    ends_in(worker, 1)
    assert settled(worker, expected) == NONE


@pytest.mark.long
def test_a_slowed_worker_waits_before_each_batch_and_ends_by_itself(worker, processes):
    switch("slow", delay=1)
    began = time.monotonic()
    expected = ledger.publish(keys=2, each=1)
    assert settled(worker, expected) == NONE
    assert time.monotonic() - began >= 1
    assert says(processes, "on purpose: slow, switched on by nick.reyes")
    ends_in(worker, 0)
    (processes.folder / "worker.log").write_text("")
    assert settled(worker, expected | ledger.publish(keys=2, each=1, prefix="LATE")) == NONE
    assert not says(processes, "on purpose: slow")


def test_poison_parks_one_event_and_what_waits_behind_it_follows_its_replay_in_order(
    worker, ledger_handlers
):
    switch("poison")
    expected = ledger.publish(keys=4, each=5)
    wait_for("one is parked", lambda: len(list_dead_letters("orders")) == 1)
    [letter] = list_dead_letters("orders")
    assert letter.cause == "Poisoned on purpose by nick.reyes"
    rest = expected | {letter.key: letter.sequence - 1}
    late = ledger.publish(keys=3, each=2, prefix="LATE")
    assert settled(worker, rest | late) == NONE, "the others go on, and no second one is hit"
    assert len(list_dead_letters("orders")) == 1
    with reading("orders") as session:
        [used] = list_switches(session)
        assert (used.is_on, used.ended_by, used.event_id) == (
            False,
            "service:orders",
            letter.event_id,
        )
    assert replay_all("orders", by=NICK).handled == 1
    assert settled(worker, expected | late) == NONE


@pytest.mark.long
def test_of_two_workers_one_has_the_poisoned_event(worker, processes, ledger_handlers):
    processes.worker(DM_FAULTS="1")
    switch("poison")
    expected = ledger.publish(keys=30, each=4)
    wait_for("one is parked", lambda: len(list_dead_letters("orders")) > 0)
    [letter] = list_dead_letters("orders")
    assert settled(worker, expected | {letter.key: letter.sequence - 1}) == NONE
    assert len(list_dead_letters("orders")) == 1
    assert replay_all("orders", by=NICK).handled == 1
    assert settled(worker, expected) == NONE


def test_a_worker_without_faults_does_not_care_what_is_switched_on(
    ledger_tables, processes, ledger_handlers
):
    for kind in ("pause", "poison"):
        switch(kind)
    processes.broker()
    processes.relay()
    processes.worker(DM_FAULTS="0")
    assert settled(ledger_tables, ledger.publish(keys=4, each=3)) == NONE
    assert list_dead_letters("orders") == []


@pytest.fixture
def statements(clean_database: str) -> Iterator[list[str]]:
    """What is asked of orders' schema meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(engine("orders"), "before_cursor_execute", note)
    yield asked
    event.remove(engine("orders"), "before_cursor_execute", note)


@pytest.mark.parametrize(("faults", "looks"), [("0", 0), ("1", 1)])
def test_only_with_faults_does_a_worker_look_and_then_once_a_batch(
    statements, monkeypatch, faults, looks
):
    monkeypatch.setenv("DM_FAULTS", faults)
    settings.cache_clear()
    looking = threading.Thread(target=lambda: asyncio.run(break_on_purpose("orders")))
    looking.start()
    looking.join(30)
    monkeypatch.undo()
    settings.cache_clear()
    assert len([each for each in statements if "fault_switch" in each]) == looks


def test_one_of_a_kind_is_on_at_a_time_and_the_next_may_follow_its_end(clean_database):
    first = switch("pause", 30)
    with pytest.raises(DomainError, match="already on"):
        switch("pause", 30)
    switch("slow", 30, delay=5)
    ends_in(clean_database, 0)
    with transaction("orders", actor=NICK) as session:
        assert switches_on(session) == {}
        with pytest.raises(DomainError, match="already ended"):
            end_switch(session, first)
    second = switch("pause", 30)
    end(second)
    with reading("orders") as session:
        said = [(entry.what, entry.actor) for entry in list_history(session, "fault", "pause")]
    assert said == [("ended", NICK), ("put on", NICK), ("put on", NICK)]


@pytest.mark.parametrize(
    ("kind", "seconds", "delay", "wrong"),
    [
        ("explode", 30, None, "kind"),
        ("pause", 31, None, "seconds"),
        ("pause", 30, 5, "delay"),
        ("slow", 30, None, "delay"),
        ("slow", 30, 2, "delay"),
        ("drop", 30, None, "kind"),
    ],
)
def test_what_is_no_switch_is_refused(clean_database, kind, seconds, delay, wrong):
    with pytest.raises(Invalid) as refused, transaction("orders", actor=NICK) as session:
        put_on(session, kind, seconds, delay)
    assert list(refused.value.errors) == [wrong]


def test_there_is_no_end_for_one_that_was_never_on(clean_database):
    with pytest.raises(NotFound):
        end(7)


def test_those_that_ended_are_told_of_for_two_minutes_and_kept_for_ninety_days(clean_database):
    end(switch("pause", 30))
    for after, told, kept in (
        (timedelta(seconds=100), 1, 1),
        (timedelta(seconds=160), 0, 1),
        (timedelta(days=91), 0, 0),
    ):
        with clock.at(clock.now() + after):
            prune("orders")
            with reading("orders") as session:
                assert len(list_switches(session)) == told
        with psycopg.connect(clean_database) as connection:
            assert connection.execute("SELECT count(*) FROM orders.fault_switch").fetchone() == (
                kept,
            )


def unpublished(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "SELECT count(*) FROM sales.outbox WHERE published_at IS NULL"
        ).fetchone()[0]  # type: ignore[index]
