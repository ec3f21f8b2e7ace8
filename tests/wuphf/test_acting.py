"""Archive, snooze, pin, undo; what is kept and for how long; repeats, views, importance."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import psycopg
import pytest

from models.shared import clock
from models.shared.errors import Invalid, NotFound
from models.shared.transactions import reading, transaction
from models.wuphf import (
    commands,
    jobs,
    queries,
    snooze,
)
from models.wuphf.events import Subject
from models.wuphf.queries import InboxFilter
from tests.factories.notifications import (
    RAISED,
    Counts,
    count_of,
    do_as_jim,
    feed_of,
    make_raised,
    notify_jim,
)
from tests.pages.served import ServedPage
from tests.web_client import PARTIAL

ZONE = ZoneInfo("America/New_York")
TUESDAY = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # 10:00 in the office


def ids(view: str = "inbox", uid: str = "jim.halpert") -> list[uuid.UUID]:
    with reading("notifications") as session:
        return [
            notice.id
            for notice in queries.list_inbox(session, uid, wanted=InboxFilter(view=view)).notices
        ]


@pytest.mark.parametrize(
    ("verb", "view", "counted"),
    [
        ("archive", "archived", (1, 1)),
        ("snooze", "snoozed", (1, 1)),
        ("pin", "inbox", (2, 2)),
        ("read", "inbox", (1, 1)),
    ],
)
def test_each_action_counts_and_is_taken_back_once(office, happens, verb, view, counted):
    first, _ = notify_jim(happens, 2)
    done = do_as_jim(
        commands.change_one,
        verb,
        first,
        clock.now() + timedelta(hours=1) if verb == "snooze" else None,
    )
    assert count_of() == counted
    assert first in ids(view)
    assert do_as_jim(commands.undo, done.undo) == 1
    assert count_of() == Counts(unseen=2, unread=2)
    assert first in ids()
    with pytest.raises(NotFound):
        do_as_jim(commands.undo, done.undo)
    assert [kind for _, kind in feed_of()] == ["arrival", "arrival", verb, "undo"]


def test_an_undo_spares_what_something_else_changed_since(office, happens):
    first, second = notify_jim(happens, 2)
    done = do_as_jim(commands.mark_all_read)
    do_as_jim(commands.change, "unread", [first])
    do_as_jim(commands.change, "archive", [first])
    assert do_as_jim(commands.undo, done.undo) == 1
    assert (ids(), ids("archived")) == ([second], [first])
    assert count_of() == Counts(unseen=1, unread=1)


def test_nobody_takes_back_or_changes_what_another_did(office, client_as, happens):
    [first] = notify_jim(happens)
    done = do_as_jim(commands.change, "archive", [first])
    dwight = client_as("dwight.schrute")
    for address in (f"/wuphf/undo/{done.undo}", f"/wuphf/{first}/unarchive"):
        assert dwight.post(address, headers=PARTIAL).status_code == 404
    dwight.post("/wuphf/unarchive", data={"ids": [str(first)]})
    assert ids("archived") == [first]


def test_what_sleeps_wakes_on_top_unseen_and_is_told_again(office, happens):
    first, second = notify_jim(happens, 2)
    do_as_jim(commands.mark_all_read)
    do_as_jim(commands.change, "snooze", [first], clock.now() + timedelta(hours=1))
    assert ids() == [second]
    jobs.wake_what_is_due("jim.halpert")
    assert ids() == [second]
    with clock.at(clock.now() + timedelta(hours=2)):
        jobs.wake_what_is_due("jim.halpert")
        jobs.wake_what_is_due("jim.halpert")
    assert ids() == [first, second]
    assert count_of() == Counts(unseen=1, unread=1)
    assert feed_of()[-1] == (5, "wake")
    with reading("notifications") as session:
        assert queries.get_notice(session, "jim.halpert", first).woken


def test_a_snooze_defers_its_own_waking_with_the_commit(office, happens, database):
    [first] = notify_jim(happens)
    until = clock.now() + timedelta(hours=1)
    do_as_jim(commands.change, "snooze", [first], until)
    with psycopg.connect(database) as connection:
        jobs_waiting = connection.execute(
            "SELECT task_name, args, scheduled_at FROM notifications.procrastinate_jobs"
        ).fetchall()
    assert [(name, args["recipient"], at) for name, args, at in jobs_waiting] == [
        ("notifications.wake_what_is_due", "jim.halpert", until)
    ]


@pytest.mark.parametrize(
    ("choice", "chosen", "expected"),
    [
        ("later", "", "2026-11-24T13:00"),
        ("tomorrow", "", "2026-11-25T08:00"),
        ("week", "", "2026-11-30T08:00"),
        ("chosen", "2026-12-24T09:30", "2026-12-24T09:30"),
    ],
)
def test_a_snooze_ends_on_the_persons_clock(choice, chosen, expected):
    assert snooze.wakes_at(choice, chosen, TUESDAY, ZONE) == datetime.fromisoformat(
        expected
    ).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("choice", "chosen", "now"),
    [
        ("chosen", "2026-11-24T09:00", TUESDAY),
        ("chosen", "2028-01-01T00:00", TUESDAY),
        ("chosen", "soon", TUESDAY),
        ("never", "", TUESDAY),
        ("later", "", TUESDAY + timedelta(hours=13)),
    ],
)
def test_a_snooze_that_cannot_be_is_refused(choice, chosen, now):
    with pytest.raises(Invalid):
        snooze.wakes_at(choice, chosen, now, ZONE)


def test_a_snooze_without_a_time_changes_nothing_and_says_why(jim, happens):
    [first] = notify_jim(happens)
    answer = jim.post(
        f"/wuphf/{first}/snooze", data={"until": "chosen", "at": "yesterday"}, headers=PARTIAL
    )
    assert answer.status_code == 422
    assert feed_of() == [(1, "arrival")]


def test_an_action_answers_the_inbox_in_its_state_and_offers_to_undo(jim, happens):
    first, second = notify_jim(happens, 2)
    answer = jim.post(
        f"/wuphf/{first}/archive", data={"next": "/wuphf?view=unread&upto=2"}, headers=PARTIAL
    )
    assert str(second) in answer.text
    assert f"pick-{first}" not in answer.text
    undo = json.loads(answer.headers["HX-Trigger"])["toast"]["undo"]
    assert f"pick-{first}" in jim.post(undo, data={"next": "/wuphf?upto=2"}, headers=PARTIAL).text


def test_without_javascript_the_way_back_offers_to_undo(jim, happens):
    [first] = notify_jim(happens)
    answer = jim.post(f"/wuphf/{first}/archive", data={"next": "/wuphf?view=unread"})
    assert answer.status_code == 303
    page = ServedPage(jim.get(answer.headers["Location"]))
    undo = page.first('form[action^="/wuphf/undo/"]').root["action"]
    assert jim.post(undo).status_code == 303
    assert ids() == [first]


def test_rows_that_come_while_one_reads_wait_behind_the_line(jim, happens):
    [first] = notify_jim(happens)
    [second] = notify_jim(happens)
    page = jim.get("/wuphf?upto=1", headers=PARTIAL).text
    assert f"pick-{first}" in page
    assert f"pick-{second}" not in page
    assert "Show 1 new" in page


def test_important_unread_ones_stand_first_and_pinned_ones_before_them(jim, happens):
    [pinned] = notify_jim(happens)
    [important] = notify_jim(happens, priority="high")
    [last] = notify_jim(happens)
    do_as_jim(commands.change, "pin", [pinned])
    assert ids() == [pinned, important, last]
    do_as_jim(commands.change, "read", [important])
    assert ids() == [pinned, last, important]
    found, before = [], None
    while True:
        with reading("notifications") as session:
            page = queries.list_inbox(session, "jim.halpert", before=before, limit=1)
        found += [notice.id for notice in page.notices]
        if page.older is None:
            break
        before = page.older
    assert found == [pinned, last, important]


def test_repeats_of_one_day_fold_and_are_worked_as_one(jim, happens):
    parts = {"client_name": "D", "order_number": "DM-1", "quantity": "9", "carrier": "X"}
    parcels = notify_jim(
        happens, 4, kind="shipment_left", category="shipments", subject_type="shipment", parts=parts
    )
    [alone] = notify_jim(happens)
    page = jim.get("/wuphf").text
    assert "4 shipments left the warehouse" in page
    assert page.count('class="wu ') == 2
    only = ",".join(map(str, parcels))
    jim.post("/wuphf/archive", data={"only": only, "ids": [str(alone)]})
    assert ids() == [alone]


def test_repeats_of_what_is_important_fold_too(jim, happens):
    notify_jim(happens, 17, kind="order_short", priority="high")
    page = jim.get("/wuphf").text
    assert "17 orders are short" in page
    assert page.count('class="wu ') == 1


def test_what_asks_is_never_folded(jim, happens):
    notify_jim(happens, 4, kind="expense_to_approve", category="expenses", priority="high")
    assert jim.get("/wuphf").text.count('id="wu-inbox-') == 4


def test_each_view_shows_its_own(jim, happens):
    [plain] = notify_jim(happens)
    [named] = notify_jim(happens, mentions=True)
    archived, asleep, read = notify_jim(happens, 3)
    do_as_jim(commands.change, "archive", [archived])
    do_as_jim(commands.change, "snooze", [asleep], clock.now() + timedelta(days=1))
    do_as_jim(commands.change, "read", [read])
    assert {view: set(ids(view)) for view in queries.VIEWS} == {
        "inbox": {plain, named, read},
        "unread": {plain, named},
        "mentions": {named},
        "decide": set(),
        "snoozed": {asleep},
        "archived": {archived},
    }
    for view in queries.VIEWS:
        assert jim.get(f"/wuphf?view={view}").status_code == 200


def test_the_inbox_is_searched_by_number_and_name(jim, happens):
    [first] = notify_jim(happens, subject_key="DM-77")
    notify_jim(happens, parts={"client_name": "100% Paper"})
    assert f"pick-{first}" in jim.get("/wuphf?q=dm-77").text
    assert jim.get("/wuphf?q=0%25").text.count('class="wu ') == 1
    assert "No matching notifications" in jim.get("/wuphf?q=%25%25").text


def test_what_is_older_than_kept_goes_and_pinned_and_sleeping_ones_stay(office, happens, database):
    old, pinned, asleep, young = (notify_jim(happens)[0] for _ in range(4))
    do_as_jim(commands.change, "pin", [pinned])
    do_as_jim(commands.change, "snooze", [asleep], clock.now() + timedelta(days=300))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "UPDATE notifications.notification SET at = at - interval '91 days' WHERE id <> %s",
            [young],
        )
        connection.execute(
            "UPDATE notifications.feed SET at = at - interval '91 days' WHERE n <= 3"
        )
    jobs.purge_old_notifications()
    assert set(ids()) == {pinned, young}
    assert ids("snoozed") == [asleep]
    assert count_of() == Counts(unseen=2, unread=2)
    assert [n for n, _ in feed_of()] == [4, 5, 6, 7]
    assert feed_of()[-1] == (7, "purge")
    assert old not in ids()


def test_the_purge_works_in_small_batches(office, happens, database, monkeypatch):
    notify_jim(happens, 5)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE notifications.notification SET at = at - interval '91 days'")
    monkeypatch.setattr(jobs, "BATCH", 2)
    jobs.purge_old_notifications()
    assert count_of() == Counts(unseen=0, unread=0)
    assert [kind for _, kind in feed_of()][-3:] == ["purge"] * 3


def test_the_application_may_not_purge_the_feed_of_the_last_days(office, happens):
    happens(RAISED, make_raised(uuid.uuid4()))
    with transaction("notifications", actor="service:test") as session:
        from sqlalchemy import text

        gone = session.execute(
            text("SELECT purge_feed(now() + interval '1 day', 100)")
        ).scalar_one()
    assert gone == 0
    assert feed_of() == [(1, "arrival")]


@pytest.mark.parametrize(
    ("subject", "page"),
    [
        ("order", "orders/detail"),
        ("shipment", "inventory/shipment"),
        ("product", "inventory/product"),
        ("client", "sales/client"),
        ("lead", "sales/lead"),
        ("expense", "finance/detail"),
        ("broadcast", "wuphf/broadcast"),
    ],
)
def test_the_page_of_every_subject_says_that_it_was_opened(subject, page):
    assert (
        f'opened("{subject}", '
        in (Path(__file__).parents[2] / f"templates/{page}.html").read_text()
    )


def test_the_record_of_every_notification_has_a_page(web_app):
    assert set(get_args(Subject)) <= set(web_app.extensions["registry"].records)
