"""Archive, snooze, pin, undo; what is kept and for how long; repeats, views, importance."""

import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest

from models.notifications import commands, jobs, queries, snoozing
from models.notifications.queries import InboxFilter
from models.shared import clock
from models.shared.database import reading, transaction
from models.shared.errors import Invalid, NotFound
from tests.wuphf.test_inbox import RAISED, as_jim, counts, feed, raised
from tests.wuphf.test_pages import PARTIAL, arrive, jim  # noqa: F401  a fixture
from webapp.wuphf.wording import PAGES

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
    first, _ = arrive(happens, 2)
    done = as_jim(
        commands.change_one,
        verb,
        first,
        clock.now() + timedelta(hours=1) if verb == "snooze" else None,
    )
    assert counts() == counted
    assert first in ids(view)
    assert as_jim(commands.undo, done.undo) == 1
    assert counts() == (2, 2)
    assert first in ids()
    with pytest.raises(NotFound):
        as_jim(commands.undo, done.undo)
    assert [kind for _, kind in feed()] == ["arrival", "arrival", verb, "undo"]


def test_an_undo_spares_what_something_else_changed_since(office, happens):
    first, second = arrive(happens, 2)
    done = as_jim(commands.mark_all_read)
    as_jim(commands.change, "unread", [first])
    as_jim(commands.change, "archive", [first])
    assert as_jim(commands.undo, done.undo) == 1
    assert (ids(), ids("archived")) == ([second], [first])
    assert counts() == (1, 1)


def test_nobody_takes_back_or_changes_what_another_did(office, client_as, happens):
    [first] = arrive(happens)
    done = as_jim(commands.change, "archive", [first])
    dwight = client_as("dwight.schrute")
    for address in (f"/wuphf/undo/{done.undo}", f"/wuphf/{first}/unarchive"):
        assert dwight.post(address, headers=PARTIAL).status_code == 404
    dwight.post("/wuphf/unarchive", data={"ids": [str(first)]})
    assert ids("archived") == [first]


def test_what_sleeps_wakes_on_top_unseen_and_is_told_again(office, happens):
    first, second = arrive(happens, 2)
    as_jim(commands.mark_all_read)
    as_jim(commands.change, "snooze", [first], clock.now() + timedelta(hours=1))
    assert ids() == [second]
    jobs.wake_what_is_due("jim.halpert")
    assert ids() == [second]
    with clock.at(clock.now() + timedelta(hours=2)):
        jobs.wake_what_is_due("jim.halpert")
        jobs.wake_what_is_due("jim.halpert")
    assert ids() == [first, second]
    assert counts() == (1, 1)
    assert feed()[-1] == (5, "wake")
    with reading("notifications") as session:
        assert queries.get_notice(session, "jim.halpert", first).woken


def test_a_snooze_defers_its_own_waking_with_the_commit(office, happens, database):
    [first] = arrive(happens)
    until = clock.now() + timedelta(hours=1)
    as_jim(commands.change, "snooze", [first], until)
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
    assert snoozing.wakes_at(choice, chosen, TUESDAY, ZONE) == datetime.fromisoformat(
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
        snoozing.wakes_at(choice, chosen, now, ZONE)


def test_a_snooze_without_a_time_changes_nothing_and_says_why(jim, happens):  # noqa: F811
    [first] = arrive(happens)
    answer = jim.post(
        f"/wuphf/{first}/snooze", data={"until": "chosen", "at": "yesterday"}, headers=PARTIAL
    )
    assert answer.status_code == 422
    assert feed() == [(1, "arrival")]


def test_an_action_answers_the_inbox_in_its_state_and_offers_to_undo(jim, happens):  # noqa: F811
    first, second = arrive(happens, 2)
    answer = jim.post(
        f"/wuphf/{first}/archive", data={"next": "/wuphf?view=unread&upto=2"}, headers=PARTIAL
    )
    assert str(second) in answer.text
    assert f"pick-{first}" not in answer.text
    undo = json.loads(answer.headers["HX-Trigger"])["toast"]["undo"]
    assert f"pick-{first}" in jim.post(undo, data={"next": "/wuphf?upto=2"}, headers=PARTIAL).text


def test_without_javascript_the_way_back_offers_to_undo(jim, happens):  # noqa: F811
    [first] = arrive(happens)
    answer = jim.post(f"/wuphf/{first}/archive", data={"next": "/wuphf?view=unread"})
    assert answer.status_code == 303
    page = jim.get(answer.headers["Location"]).text
    undo = re.search(r'action="(/wuphf/undo/[^"]+)"', page)
    assert jim.post(undo[1]).status_code == 303
    assert ids() == [first]


def test_rows_that_come_while_one_reads_wait_behind_the_line(jim, happens):  # noqa: F811
    [first] = arrive(happens)
    [second] = arrive(happens)
    page = jim.get("/wuphf?upto=1", headers=PARTIAL).text
    assert f"pick-{first}" in page
    assert f"pick-{second}" not in page
    assert "Show 1 new" in page


def test_important_unread_ones_stand_first_and_pinned_ones_before_them(jim, happens):  # noqa: F811
    [pinned] = arrive(happens)
    [important] = arrive(happens, priority="high")
    [last] = arrive(happens)
    as_jim(commands.change, "pin", [pinned])
    assert ids() == [pinned, important, last]
    as_jim(commands.change, "read", [important])
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


def test_repeats_of_one_day_fold_and_are_worked_as_one(jim, happens):  # noqa: F811
    parts = {"client_name": "D", "order_number": "DM-1", "quantity": "9", "carrier": "X"}
    parcels = arrive(
        happens, 4, kind="shipment_left", category="shipments", subject_type="shipment", parts=parts
    )
    [alone] = arrive(happens)
    page = jim.get("/wuphf").text
    assert "4 parcels left the dock" in page
    assert page.count('class="wu ') == 2
    only = ",".join(map(str, parcels))
    jim.post("/wuphf/archive", data={"only": only, "ids": [str(alone)]})
    assert ids() == [alone]


def test_what_asks_or_is_important_is_never_folded(jim, happens):  # noqa: F811
    arrive(happens, 4, kind="order_short", priority="high")
    assert jim.get("/wuphf").text.count('id="wu-inbox-') == 4


def test_each_view_shows_its_own(jim, happens):  # noqa: F811
    [plain] = arrive(happens)
    [named] = arrive(happens, mentions=True)
    archived, asleep, read = arrive(happens, 3)
    as_jim(commands.change, "archive", [archived])
    as_jim(commands.change, "snooze", [asleep], clock.now() + timedelta(days=1))
    as_jim(commands.change, "read", [read])
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


def test_the_inbox_is_searched_by_number_and_name(jim, happens):  # noqa: F811
    [first] = arrive(happens, subject_key="DM-77")
    arrive(happens, parts={"client_name": "100% Paper"})
    assert f"pick-{first}" in jim.get("/wuphf?q=dm-77").text
    assert jim.get("/wuphf?q=0%25").text.count('class="wu ') == 1
    assert "Nothing fits" in jim.get("/wuphf?q=%25%25").text


def test_what_is_older_than_kept_goes_and_pinned_and_sleeping_ones_stay(office, happens, database):
    old, pinned, asleep, young = (arrive(happens)[0] for _ in range(4))
    as_jim(commands.change, "pin", [pinned])
    as_jim(commands.change, "snooze", [asleep], clock.now() + timedelta(days=300))
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
    assert counts() == (2, 2)
    assert [n for n, _ in feed()] == [4, 5, 6, 7]
    assert feed()[-1] == (7, "purge")
    assert old not in ids()


def test_the_purge_works_in_small_batches(office, happens, database, monkeypatch):
    arrive(happens, 5)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE notifications.notification SET at = at - interval '91 days'")
    monkeypatch.setattr(jobs, "BATCH", 2)
    jobs.purge_old_notifications()
    assert counts() == (0, 0)
    assert [kind for _, kind in feed()][-3:] == ["purge"] * 3


def test_the_application_may_not_purge_the_feed_of_the_last_days(office, happens):
    happens(RAISED, raised(uuid.uuid4()))
    with transaction("notifications", actor="service:test") as session:
        from sqlalchemy import text

        gone = session.execute(
            text("SELECT purge_feed(now() + interval '1 day', 100)")
        ).scalar_one()
    assert gone == 0
    assert feed() == [(1, "arrival")]


@pytest.mark.parametrize(
    ("subject", "page"),
    [
        ("order", "orders/detail"),
        ("shipment", "inventory/parcel"),
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
    assert subject in PAGES, "and these are all of them"
    assert len(PAGES) == 7
