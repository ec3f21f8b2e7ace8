"""The inbox: counts are what its rows add up to, and its feed has no gaps, whatever happens at once."""

import json
import threading
import uuid
from datetime import timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.shared import clock
from models.shared.errors import NotFound
from models.shared.transactions import reading, transaction
from models.wuphf import (
    catch_up,
    commands,
    jobs,
    queries,
)
from models.wuphf.tables import FeedEntry
from tests.factories.notifications import (
    ORDER,
    PARCEL,
    RAISED,
    WITHDRAWN,
    Counts,
    count_of,
    deliver,
    deliver_decided,
    do_as_jim,
    feed_of,
    make_event,
    make_raised,
    make_withdrawn,
)


def test_seen_is_not_read(office, happens, told):
    happens("dm.inventory.shipment.delivered.v1", PARCEL, actor="roy.anderson")
    told()
    assert count_of() == Counts(unseen=1, unread=1)
    do_as_jim(commands.mark_seen, 1)
    assert count_of() == Counts(unseen=0, unread=1)
    do_as_jim(commands.mark_all_read)
    assert count_of() == Counts(unseen=0, unread=0)
    assert feed_of() == [(1, "arrival"), (2, "seen"), (3, "read")]


def test_what_changes_nothing_adds_no_entry(office, happens, told):
    happens("dm.inventory.shipment.delivered.v1", PARCEL, actor="roy.anderson")
    told()
    for _ in range(3):
        do_as_jim(commands.mark_all_read)
        do_as_jim(commands.mark_seen, 99)
    assert feed_of() == [(1, "arrival"), (2, "read")]


def test_opening_a_record_reads_all_that_was_told_about_it_and_nothing_else(office, happens, told):
    happens("dm.inventory.reservation.made.v1", {**ORDER, "cause": "placed", "complete": True})
    happens("dm.orders.order.cancelled.v1", ORDER, actor="dwight.schrute")
    happens("dm.inventory.shipment.delivered.v1", PARCEL, actor="roy.anderson")
    told()
    assert do_as_jim(commands.mark_record_read, "order", "DM-100042") == 2
    assert count_of() == Counts(unseen=1, unread=1)


def test_marking_all_read_spares_what_arrived_after_the_page_was_made(office, happens, told):
    happens("dm.inventory.shipment.delivered.v1", PARCEL, actor="roy.anderson")
    told()
    happens("dm.inventory.shipment.dispatched.v1", PARCEL, actor="roy.anderson")
    told()
    assert do_as_jim(commands.mark_all_read, 1).changed == 1
    assert count_of() == Counts(unseen=1, unread=1)


def test_nobody_marks_the_notification_of_another(office, happens, told):
    happens("dm.orders.order.placed.v1", ORDER)
    told()
    with reading("notifications") as session:
        [of_michael] = queries.list_inbox(session, "michael.scott").notices
    with pytest.raises(NotFound):
        do_as_jim(commands.mark_one_read, of_michael.id)
    assert do_as_jim(commands.mark_read, [of_michael.id]) == 0
    assert count_of("michael.scott") == Counts(unseen=1, unread=1)
    with pytest.raises(NotFound), reading("notifications") as session:
        queries.get_notice(session, "jim.halpert", of_michael.id)


def test_a_withdrawal_that_comes_first_leaves_a_tombstone(office, happens):
    id_ = uuid.uuid4()
    happens(WITHDRAWN, make_withdrawn(id_))
    happens(RAISED, make_raised(id_))
    assert count_of() == Counts(unseen=0, unread=0)
    assert feed_of() == []
    happens(RAISED, make_raised(uuid.uuid4()))
    assert count_of() == Counts(unseen=1, unread=1)


def test_a_withdrawal_takes_the_row_and_its_counts_away(office, happens):
    first, second = uuid.uuid4(), uuid.uuid4()
    for id_ in (first, second):
        happens(RAISED, make_raised(id_))
    do_as_jim(commands.mark_one_read, first)
    happens(WITHDRAWN, make_withdrawn(first))
    assert count_of() == Counts(unseen=1, unread=1)
    happens(WITHDRAWN, make_withdrawn(second))
    assert count_of() == Counts(unseen=0, unread=0)
    assert [kind for _, kind in feed_of()] == [
        "arrival",
        "arrival",
        "read",
        "withdrawal",
        "withdrawal",
    ]


def test_the_inbox_pages_without_loss_or_repetition(office, happens):
    for _ in range(7):
        happens(RAISED, make_raised(uuid.uuid4()))
    seen, before = [], None
    while True:
        with reading("notifications") as session:
            page = queries.list_inbox(session, "jim.halpert", before=before, limit=3)
        seen += [notice.n for notice in page.notices]
        if page.older is None:
            break
        before = page.older
    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_the_application_can_add_to_the_feed_and_never_change_it(office, happens, database):
    happens(RAISED, make_raised(uuid.uuid4()))
    with pytest.raises(Exception, match="permission denied"):
        do_as_jim(lambda session: session.query(FeedEntry).delete())
    with pytest.raises(Exception, match="permission denied"):
        do_as_jim(lambda session: session.query(FeedEntry).update({"unseen": 0}))
    assert feed_of() == [(1, "arrival")]


def test_numbers_have_no_gaps_and_counts_hold_while_many_act_at_once(office):
    arrivals = [
        make_event(RAISED, make_raised(uuid.uuid4()), uuid.uuid4(), number, "x")
        for number in range(1, 61)
    ]
    failures: list[BaseException] = []

    def guarded(work):
        def run():
            try:
                work()
            except BaseException as error:
                failures.append(error)

        return threading.Thread(target=run)

    def read_and_unread():
        for _ in range(25):
            with reading("notifications") as session:
                ids = [
                    notice.id
                    for notice in queries.list_inbox(session, "jim.halpert", limit=5).notices
                ]
            do_as_jim(commands.mark_read, ids)
            do_as_jim(commands.mark_unread, ids[:2])
            do_as_jim(commands.mark_seen, 1_000)

    threads = [guarded(lambda: [deliver([event]) for event in arrivals])]
    threads += [guarded(read_and_unread) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    count_of()
    numbers = [n for n, _ in feed_of()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert sum(kind == "arrival" for _, kind in feed_of()) == 60


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "raise",
                "withdraw",
                "read",
                "unread",
                "seen",
                "all",
                "record",
                "archive",
                "unarchive",
                "snooze",
                "wake",
                "pin",
                "undo",
                "due",
                "purge",
            ]
        ),
        st.integers(0, 5),
    ),
    max_size=30,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_counts_are_what_the_rows_add_up_to_after_any_sequence(database, steps):
    recipient = f"h{uuid.uuid4().hex}"
    ids, sequence, undos = [uuid.uuid4() for _ in range(6)], 0, []
    for what, which in steps:
        sequence += what in ("raise", "withdraw")
        with transaction("notifications", actor=recipient) as session:
            match what:
                case "read":
                    commands.mark_read(session, [ids[which]])
                case "unread":
                    commands.mark_unread(session, [ids[which]])
                case "seen":
                    commands.mark_seen(session, which)
                case "all":
                    commands.mark_all_read(session)
                case "record":
                    commands.mark_record_read(session, "order", f"DM-{which}")
                case "archive" | "unarchive" | "snooze" | "wake" | "pin":
                    until = clock.now() - timedelta(minutes=1) if what == "snooze" else None
                    undos.append(
                        commands.change(session, what, [ids[which], ids[which - 1]], until).undo
                    )
                case "undo" if undos and (number := undos.pop()):
                    commands.undo(session, number)
                case "purge":
                    jobs._purge_some(session, recipient, clock.now())
        if what == "due":
            jobs.wake_what_is_due(recipient)
        elif what == "raise":
            data = make_raised(ids[which], recipient, f"DM-{which}")
            deliver([make_event(RAISED, data, uuid.uuid4(), sequence, "x")])
        elif what == "withdraw":
            deliver(
                [
                    make_event(
                        WITHDRAWN,
                        make_withdrawn(ids[which], recipient),
                        uuid.uuid4(),
                        sequence,
                        "x",
                    )
                ]
            )
    count_of(recipient)
    assert [n for n, _ in feed_of(recipient)] == list(range(1, len(feed_of(recipient)) + 1))


def test_each_entry_says_the_counts_as_of_it(office, happens):
    for _ in range(3):
        happens(RAISED, make_raised(uuid.uuid4()))
    do_as_jim(commands.mark_seen, 2)
    do_as_jim(commands.mark_all_read)
    with reading("notifications") as session:
        found = [
            (item.n, item.unseen, item.unread)
            for item in catch_up.feed_since(session, "jim.halpert", 0)
        ]
    assert found == [(1, 1, 1), (2, 2, 2), (3, 3, 3), (4, 1, 3), (5, 0, 0)]


def test_a_signal_leaves_with_the_commit_and_only_then(office, happens, database):
    with psycopg.connect(database, autocommit=True) as listening:
        listening.execute("LISTEN dm_live")
        with (
            pytest.raises(RuntimeError),
            transaction("notifications", actor="jim.halpert") as session,
        ):
            from models.shared.database.live_signals import signal_inbox

            signal_inbox(session, "jim.halpert", 99)
            raise RuntimeError
        happens(RAISED, make_raised(uuid.uuid4()))
        [signal] = [each.payload for each in listening.notifies(timeout=3, stop_after=1)]
    assert json.loads(signal) == {"inboxes": [["jim.halpert", 1]]}


def test_what_was_decided_reaches_an_inbox_once_however_often_it_is_published(
    office, happens, told
):
    happens("dm.orders.order.placed.v1", ORDER)
    for _ in range(3):
        deliver_decided()
    assert count_of("michael.scott") == Counts(unseen=1, unread=1)
    assert feed_of("michael.scott") == [(1, "arrival")]


def test_many_arrivals_at_once_are_numbered_in_their_order_whosever_they_are(office):
    asleep, first, second, gone = (uuid.uuid4() for _ in range(4))
    deliver(
        [
            make_event(RAISED, {**make_raised(asleep), "bell": False}, uuid.uuid4(), 1, "x"),
            make_event(RAISED, make_raised(uuid.uuid4(), "pam.beesly"), uuid.uuid4(), 1, "x"),
            make_event(RAISED, make_raised(first), uuid.uuid4(), 2, "x"),
            make_event(RAISED, make_raised(first), uuid.uuid4(), 3, "x"),
            make_event(RAISED, make_raised(second), uuid.uuid4(), 4, "x"),
            make_event(WITHDRAWN, make_withdrawn(gone), uuid.uuid4(), 5, "x"),
            make_event(RAISED, make_raised(gone), uuid.uuid4(), 6, "x"),
            make_event(WITHDRAWN, make_withdrawn(first), uuid.uuid4(), 7, "x"),
            make_event(RAISED, make_raised(uuid.uuid4()), uuid.uuid4(), 8, "x"),
        ]
    )
    with reading("notifications") as session:
        items = catch_up.feed_since(session, "jim.halpert", 0)
        found = [
            (item.n, item.kind, item.notification_id, item.unseen, item.unread) for item in items
        ]
    assert found[:4] == [
        (1, "arrival", asleep, 0, 1),
        (2, "arrival", first, 1, 2),
        (3, "arrival", second, 2, 3),
        (4, "withdrawal", first, 1, 2),
    ]
    assert found[4][:2] + found[4][3:] == (5, "arrival", 2, 3)
    assert count_of() == Counts(unseen=2, unread=3) and count_of("pam.beesly") == Counts(
        unseen=1, unread=1
    )


def test_a_thousand_arrivals_take_as_many_statements_as_one(office):
    from sqlalchemy import event as happening

    from models.shared.transactions import engine

    said: list[str] = []
    here = threading.get_ident()

    def note(_connection, _cursor, statement, *_):
        if (
            threading.get_ident() == here
        ):  # an application of an earlier test may still look after its streams
            said.append(statement)

    def statements(count: int, sequence: int) -> int:
        said.clear()
        deliver(
            [
                make_event(
                    RAISED, make_raised(uuid.uuid4(), f"person.{n}"), uuid.uuid4(), sequence, "x"
                )
                for n in range(count)
            ]
        )
        return len(said)

    happening.listen(engine("notifications"), "before_cursor_execute", note)
    try:
        assert statements(1000, 1) > 0  # the first ones make their positions
        assert statements(1000, 2) == statements(1, 3) == 9
    finally:
        happening.remove(engine("notifications"), "before_cursor_execute", note)


def test_signals_of_a_crowd_go_together_and_fit_into_their_messages(office, database):
    with psycopg.connect(database, autocommit=True) as listening:
        listening.execute("LISTEN dm_live")
        people = [f"{'x' * 60}.{number}" for number in range(90)]
        deliver(
            [
                make_event(RAISED, make_raised(uuid.uuid4(), who), uuid.uuid4(), 1, "x")
                for who in people
            ]
        )
        signals = [json.loads(each.payload) for each in listening.notifies(timeout=3, stop_after=3)]
    assert sorted(each for signal in signals for each in signal["inboxes"]) == sorted(
        [who, 1] for who in people
    )
