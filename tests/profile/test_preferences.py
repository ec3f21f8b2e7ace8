"""What a person sets for themselves: what may be, what it means at the edges, and that it acts."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from models.profile.commands import set_preferences
from models.profile.queries import preferences_changed_since
from models.shared import clock
from models.shared.errors import Invalid, Stale
from models.shared.settings.delegates import Absence
from models.shared.settings.preferences import (
    Channels,
    Preferences,
    as_record,
    away_at,
    read_record,
)
from models.shared.settings.pulled_records import PulledPage, take_page
from models.shared.transactions import reading, transaction
from tests.factories.profile import preferences_of
from tests.pages.served import ServedPage

NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # 12:00 in Scranton, 18:00 in Paris
NIGHT = Preferences(quiet_from=time(22), quiet_until=time(7))
LEAVE = {"away_from": date(2026, 11, 24), "away_until": date(2026, 11, 25)}


def set_for(uid: str, revision: int | None = None, **wanted: Any) -> Preferences:
    with clock.at(NOON), transaction("profile", actor=uid) as session:
        return set_preferences(session, wanted, revision)


def pulled(schema: str, *known: Preferences) -> None:
    records = {each.uid: {**as_record(each), "revision": n} for n, each in enumerate(known, 1)}
    with transaction(schema, actor="service:test") as session:
        take_page(
            session, "preferences", PulledPage(revision=len(known), complete=True, records=records)
        )


def here(text: str, zone: str = "America/New_York") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_what_is_not_sent_stays(clean_database: str):
    set_for("jim.halpert", theme="dark", quiet_from=time(22), quiet_until=time(7))
    set_for("jim.halpert", time_zone="Europe/Paris", notify={"stock": Channels(bell=False)})
    now = preferences_of("jim.halpert")
    assert (now.theme, now.time_zone, now.quiet_from) == ("dark", "Europe/Paris", time(22))
    assert now.notify == {"stock": Channels(bell=False)} and now.revision == 2
    assert preferences_of("pam.beesly") == Preferences(uid="pam.beesly")


def test_only_what_differs_from_the_usual_is_kept(clean_database: str):
    set_for("jim.halpert", notify={"stock": Channels(), "orders": Channels(mail="each")})
    assert preferences_of("jim.halpert").notify == {"orders": Channels(mail="each")}


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"start_page": "https://evil.example"}, "start_page"),
        ({"start_page": "../x"}, "start_page"),
        ({"notify": {"gossip": Channels(bell=False)}}, "notify"),
        ({"quiet_from": time(22)}, "quiet_until"),
        ({"quiet_from": time(22, tzinfo=UTC), "quiet_until": time(7)}, "quiet_from"),
        ({"away_from": date(2026, 11, 25)}, "away_until"),
        ({"away_from": date(2026, 11, 25), "away_until": date(2026, 11, 24)}, "away_until"),
        ({"away_from": date(2026, 11, 1), "away_until": date(2026, 11, 23)}, "away_until"),
        ({**LEAVE, "delegate": "jim.halpert"}, "delegate"),
        ({"delegate": "dwight.schrute"}, "away_until"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    clean_database: str, wanted: dict[str, Any], field: str
):
    with pytest.raises(Invalid) as refused:
        set_for("jim.halpert", theme="dark", **wanted)
    assert set(refused.value.errors) == {field}
    assert preferences_of("jim.halpert").theme == "auto"


def test_an_older_page_is_refused(clean_database: str):
    set_for("jim.halpert", 0, theme="dark")
    with pytest.raises(Stale):
        set_for("jim.halpert", 0, theme="light")
    assert set_for("jim.halpert", 1, theme="light").revision == 2


def test_what_changes_nothing_takes_no_new_revision_of_the_person(clean_database: str):
    set_for("jim.halpert", theme="dark")
    assert set_for("jim.halpert", theme="dark").revision == 1
    with reading("profile") as session:
        assert [row.uid for row in preferences_changed_since(session, 0).rows] == ["jim.halpert"]


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        ("2026-11-24T22:00", "2026-11-25T07:00"),
        ("2026-11-24T23:59", "2026-11-25T07:00"),
        ("2026-11-25T00:00", "2026-11-25T07:00"),
        ("2026-11-25T06:59", "2026-11-25T07:00"),
        ("2026-11-25T07:00", None),
        ("2026-11-24T21:59", None),
        ("2026-10-31T23:00", "2026-11-01T07:00"),  # the clocks go back that night
        ("2026-03-07T23:00", "2026-03-08T07:00"),  # and forward in this one
    ],
)
def test_quiet_hours_pass_midnight_by_the_persons_own_clock(at: str, ends: str | None):
    assert NIGHT.quiet_until_after(here(at).astimezone(UTC)) == (here(ends) if ends else None)


def test_quiet_hours_within_a_day_and_none_at_all():
    lunch = Preferences(quiet_from=time(12), quiet_until=time(13), time_zone="Europe/Paris")
    assert lunch.quiet_until_after(here("2026-11-24T12:30", "Europe/Paris")) == here(
        "2026-11-24T13:00", "Europe/Paris"
    )
    assert lunch.quiet_until_after(here("2026-11-24T12:30")) is None
    assert Preferences().quiet_until_after(NOON) is None
    assert Preferences(quiet_from=time(9), quiet_until=time(9)).quiet_until_after(NOON) is None


@pytest.mark.parametrize(
    ("at", "away"),
    [
        ("2026-11-23T23:59", False),
        ("2026-11-24T00:00", True),
        ("2026-11-25T23:59", True),
        ("2026-11-26T00:00", False),
    ],
)
def test_out_of_office_holds_from_the_first_day_through_the_last(at: str, away: bool):
    paris = Preferences(**LEAVE, time_zone="Europe/Paris")
    assert paris.is_away(here(at, "Europe/Paris").astimezone(UTC)) is away


@pytest.mark.parametrize(
    "record", [{}, None, {"theme": "pink"}, {"quiet_from": "late"}, {"notify": 7}]
)
def test_a_record_that_cannot_be_read_means_the_usual(record: Any):
    assert read_record(record) == Preferences()


def test_a_record_of_a_later_version_is_read_for_what_is_known():
    assert read_record({"uid": "a", "theme": "dark", "font": "comic"}) == Preferences(
        uid="a", theme="dark"
    )


def test_who_is_out_of_office_is_read_from_what_was_pulled(clean_database: str):
    pulled(
        "finance",
        Preferences(uid="michael.scott", delegate="jim.halpert", **LEAVE),
        Preferences(uid="jan.levinson", **LEAVE, time_zone="Europe/Paris"),
        Preferences(uid="pam.beesly", delegate="jim.halpert"),
    )
    with reading("finance") as session:
        now, before = away_at(session, NOON), away_at(session, NOON - timedelta(hours=13))
    first, last = LEAVE["away_from"], LEAVE["away_until"]
    assert now == {
        "michael.scott": Absence("jim.halpert", first, last),
        "jan.levinson": Absence("", first, last),
    }
    assert set(before) == {"jan.levinson"}, "each by their own date"


@pytest.fixture
def jim(clean_database: str, client_as: Callable[..., Any]) -> Any:
    return client_as("jim.halpert")


def typed(jim: Any, **changes: str) -> dict[str, str]:
    """The form as the page has it, with these changes."""
    from webapp.profile.preferences_form import as_typed

    now = preferences_of("jim.halpert")
    return {**as_typed(now), "revision": str(now.revision), **changes}


def test_the_form_acts_on_the_next_page(jim: Any):
    answer = jim.post(
        "/profile/preferences",
        data=typed(jim, theme="dark", density="compact", time_zone="Asia/Tokyo"),
    )
    assert answer.status_code == 303
    page = jim.get(answer.location).text
    assert 'data-bs-theme="dark" data-density="compact"' in page and "Preferences saved" in page
    assert jim.get_cookie("dm_theme").value == "dark", (
        "so that a page without a session has it, too"
    )


def test_only_those_are_asked_about_a_category_who_are_told_of_it(
    jim: Any, client_as: Callable[..., Any]
):
    nick = client_as("nick.reyes")
    pages = {each: ServedPage(each.get("/profile/preferences")) for each in (jim, nick)}
    offered = {each: page.has("select[name=mail-system]") for each, page in pages.items()}
    assert offered == {jim: False, nick: True}
    kept = pages[jim].root.select("input[type=hidden][name=mail-system]")
    assert [field["value"] for field in kept] == ["digest"], "what he had stays as it is"
    assert "about=system" not in jim.get("/wuphf").text
    assert "about=system" in nick.get("/wuphf").text


def test_one_who_prefers_another_clock_sees_it_in_every_time_and_nobody_else_does(
    jim: Any, client_as: Callable[..., Any]
):
    from models.shared.records.history import list_history

    set_for("jim.halpert", theme="dark")
    jim.post("/profile/preferences", data=typed(jim, time_zone="Asia/Tokyo"))
    with reading("profile") as session:
        assert len(list_history(session, "preferences", "jim.halpert")) == 2
    with clock.at(NOON):
        assert "Wednesday, November 25" in jim.get("/").text
        assert "Tuesday, November 24" in client_as("pam.beesly").get("/").text


def test_the_other_browser_of_a_person_follows(jim: Any, client_as: Callable[..., Any]):
    other = client_as("jim.halpert")
    jim.post("/profile/preferences", data=typed(jim, theme="dark"))
    assert 'data-bs-theme="dark"' in other.get("/").text
    assert 'data-bs-theme="dark"' not in client_as("dwight.schrute").get("/").text


def test_what_is_wrong_stands_beside_its_field(jim: Any):
    answer = jim.post(
        "/profile/preferences",
        data=typed(jim, quiet_from="late", theme="pink", delegate="nobody.known"),
    )
    assert answer.status_code == 422
    for name in ("quiet_from", "theme"):
        assert f'id="err-{name}"' in answer.text
    assert 'value="late"' in answer.text


def test_a_form_from_another_tab_is_told(jim: Any):
    old = typed(jim, theme="dark")
    jim.post("/profile/preferences", data=typed(jim, density="compact"))
    answer = jim.post("/profile/preferences", data=old)
    assert answer.status_code == 409 and "maybe in another tab" in answer.text
    assert jim.post("/profile/preferences", data={**old, "revision": "x"}).status_code == 400


def test_the_menu_of_the_top_bar_is_kept_for_the_person(
    served: str, jim: Any, client_as: Callable[..., Any]
):
    assert jim.post("/preferences", data={"theme": "dark"}).status_code == 303
    assert preferences_of("jim.halpert").theme == "dark"
    assert 'data-bs-theme="dark"' in client_as("jim.halpert").get("/").text


def test_the_menu_acts_even_while_profile_is_away(jim: Any, client_as: Callable[..., Any]):
    assert jim.post("/preferences", data={"theme": "dark"}).status_code == 303
    assert preferences_of("jim.halpert").theme == "auto"
    assert 'data-bs-theme="dark"' in jim.get("/").text


@pytest.mark.parametrize(
    ("wanted", "leads"),
    [("orders.index", "/orders/"), ("", "/"), ("inside.index", "/"), ("no.where", "/")],
)
def test_one_begins_where_one_wants_if_one_still_may(jim: Any, wanted: str, leads: str):
    jim.post("/profile/preferences", data=typed(jim, start_page=wanted))
    answer = jim.get("/begin")
    assert answer.status_code == 303 and answer.location == leads


def test_rest_reads_and_patches_ones_own_and_nobody_elses(jim: Any, bearer_for: Callable[..., Any]):
    mine = bearer_for("jim.halpert", "profile")
    wanted = {"theme": "dark", "quiet_from": "22:00", "quiet_until": "07:00"}
    answer = jim.patch("/api/v1/me/preferences", json=wanted, headers=mine)
    assert answer.status_code == 200 and answer.json["quiet_from"] == "22:00:00"
    assert (
        jim.get(
            "/api/v1/me/preferences", headers={**mine, "If-None-Match": answer.headers["ETag"]}
        ).status_code
        == 304
    )
    stale = jim.patch(
        "/api/v1/me/preferences", json={"theme": "light"}, headers={**mine, "If-Match": '"0"'}
    )
    assert stale.status_code == 409
    for wrong in ({"uid": "dwight.schrute"}, {"theme": "pink"}, {"delegate": "x" * 65}):
        assert jim.patch("/api/v1/me/preferences", json=wrong, headers=mine).status_code == 422
    assert jim.get("/api/v1/preferences", headers=mine).status_code == 403
