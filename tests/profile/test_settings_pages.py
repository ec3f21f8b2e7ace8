"""The settings' page and REST: only administrators change, a resend counts once, a stale page is told what changed."""

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest

from models.profile.commands import change_settings
from models.profile.rules import Change
from models.shared.settings.company import SETTINGS, shown
from models.shared.transactions import transaction
from tests.pages.served import ServedPage
from tests.web_client import SignedInClient

API = "/api/v1/settings"


def form(**changes: str) -> dict[str, str]:
    """The whole form as a browser sends it: nothing changed but what is given (a switch that is off sends nothing)."""
    fields = {}
    for setting in SETTINGS:
        fields[f"was-{setting.name}"] = fields[setting.name] = shown(setting.default)
        if setting.kind == "switch":
            del fields[setting.name]
    return fields | changes


@pytest.fixture
def nick(clean_database: str, client_as: Callable[[str], SignedInClient]) -> SignedInClient:
    return client_as("nick.reyes")


@pytest.fixture
def token(clean_database: str, bearer_for: Callable[..., Any]) -> dict[str, str]:
    return bearer_for("nick.reyes", "profile")


def changed_by_another() -> None:
    with transaction("profile", actor="ryan.howard") as session:
        change_settings(session, {"discount_limit_percent": Change("10", "15")})


def test_an_administrator_changes_two_settings_and_only_those_are_kept(nick: SignedInClient):
    answer = nick.post(
        "/profile/settings", data=form(discount_limit_percent="12.5", second_person_packs="yes")
    )
    assert answer.status_code == 303 and answer.location == "/profile/settings"
    page = ServedPage(nick.get("/profile/settings"))
    assert "Default: $1,000.00" in page.text, "money as it is written everywhere"
    assert page.value("discount_limit_percent") == "12.5"
    changed = page.texts('a[href^="/profile/settings/"]')
    assert len(changed) == 2 and all(by.startswith("Nick Reyes, ") for by in changed)
    history = ServedPage(nick.get("/profile/settings/second_person_packs"))
    assert "Nick Reyes" in history.texts("td") and "Yes" in history.text


def test_a_form_sent_twice_counts_once(nick: SignedInClient):
    twice = form(discount_limit_percent="12", form_key="a-key-of-the-form")
    assert [nick.post("/profile/settings", data=twice).status_code for _ in range(2)] == [303, 303]
    history = ServedPage(nick.get("/profile/settings/discount_limit_percent"))
    assert history.texts("td").count("Nick Reyes") == 1


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept(nick: SignedInClient):
    answer = nick.post(
        "/profile/settings", data=form(discount_limit_percent="250", voucher_threshold="41")
    )
    assert answer.status_code == 422
    assert (
        'id="err-discount_limit_percent"' in answer.text
        and 'value="250"' in answer.text
        and 'value="41"' in answer.text
    )
    assert "Nick Reyes, <time" not in nick.get("/profile/settings").text


def test_one_who_saw_an_older_value_is_told_the_new_one_and_may_send_again(nick: SignedInClient):
    changed_by_another()
    answer = nick.post("/profile/settings", data=form(discount_limit_percent="20"))
    assert answer.status_code == 409
    assert (
        re.search(r"Ryan Howard changed this to 15% \(.{5,20}\)\.", answer.text)
        and 'value="20"' in answer.text
    )
    assert 'name="was-discount_limit_percent" value="15"' in answer.text
    again = form(discount_limit_percent="20") | {"was-discount_limit_percent": "15"}
    assert nick.post("/profile/settings", data=again).status_code == 303


def test_the_history_of_what_is_no_setting_is_not_there(nick: SignedInClient):
    assert nick.get("/profile/settings/session_secret").status_code == 404


def test_the_navigation_offers_settings_to_administrators_only(
    nick: SignedInClient, client_as: Callable[..., Any]
):
    assert "/profile/settings" in nick.get("/").text
    jim = client_as("jim.halpert")
    assert "/profile/settings" not in jim.get("/").text
    assert jim.get("/profile/settings").status_code == 403


def test_rest_lists_all_and_answers_304_to_its_etag(nick: SignedInClient, token: dict[str, str]):
    changed_by_another()
    answer = nick.get(API, headers=token)
    assert {item["name"]: item["value"] for item in answer.json["items"]}[
        "discount_limit_percent"
    ] == "15"
    assert len(answer.json["items"]) == len(SETTINGS)
    assert (
        nick.get(API, headers={**token, "If-None-Match": answer.headers["ETag"]}).status_code == 304
    )
    since = nick.get(f"{API}?changed_since=0", headers=token).json
    assert [item["name"] for item in since["items"]] == ["discount_limit_percent"] and since[
        "complete"
    ]
    assert nick.get(f"{API}?changed_since=1", headers=token).json["items"] == []


def test_a_poll_that_finds_nothing_new_leaves_no_line_in_the_log(
    nick: SignedInClient, token: dict[str, str], caplog: Any
):
    caplog.set_level(logging.INFO, "dm.access")
    known = {**token, "If-None-Match": nick.get(API, headers=token).headers["ETag"]}
    assert nick.get(API, headers=known).status_code == 304
    assert [record.getMessage() for record in caplog.records if record.name == "dm.access"] == [
        f"GET {API} 200"
    ]


@pytest.mark.parametrize("since", ["-1", "x", "1.5", "9" * 30])
def test_rest_refuses_a_revision_that_is_none(
    nick: SignedInClient, token: dict[str, str], since: str
):
    assert nick.get(f"{API}?changed_since={since}", headers=token).status_code == 422


def test_rest_changes_one_setting_with_if_match_and_keeps_its_history(
    nick: SignedInClient, token: dict[str, str]
):
    url = f"{API}/discount_limit_percent"
    assert nick.put(url, json={"value": "15"}, headers=token).status_code == 428
    sent = {**token, "If-Match": '"0"', "Idempotency-Key": "a-key-of-a-client"}
    first, again = (nick.put(url, json={"value": "15"}, headers=sent) for _ in range(2))
    assert (
        first.status_code == again.status_code == 200
        and first.json["value"] == "15"
        and first.headers["ETag"] == '"1"'
    )
    assert (
        nick.put(url, json={"value": "16"}, headers={**token, "If-Match": '"0"'}).status_code == 409
    )
    assert nick.put(url, json={"value": "160"}, headers={**token, "If-Match": '"1"'}).json[
        "errors"
    ]["discount_limit_percent"]
    history = nick.get(f"{url}/history", headers=token).json["items"]
    assert [(entry["was"], entry["now"], entry["actor"]) for entry in history] == [
        ("10", "15", "nick.reyes")
    ]


def test_rest_takes_each_kind_in_its_own_type(nick: SignedInClient, token: dict[str, str]):
    for name, wanted in (
        ("second_person_packs", True),
        ("notification_retention_days", 30),
        ("reservation_mode", "all"),
    ):
        answer = nick.put(
            f"{API}/{name}", json={"value": wanted}, headers={**token, "If-Match": '"0"'}
        )
        assert answer.status_code == 200 and answer.json["value"] == wanted
    assert (
        nick.put(
            f"{API}/reservation_mode", json={"value": ["all"]}, headers={**token, "If-Match": '"3"'}
        ).status_code
        == 422
    )


def test_nobody_but_administrators_and_services_reads_settings_by_rest(
    nick: SignedInClient, bearer_for: Callable[..., Any]
):
    for uid in ("jim.halpert", "michael.scott", "angela.martin"):
        assert nick.get(API, headers=bearer_for(uid, "profile")).status_code == 403
    assert nick.get(API).status_code == 401
