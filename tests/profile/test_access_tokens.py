"""Access tokens for programs: created on the page, shown once, narrower than their owner, ended at once."""

import dataclasses
import logging
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from models.profile.access_tokens import MOST
from models.profile.tables import AccessToken
from models.shared import clock
from models.shared.database.tables import mechanism
from models.shared.records.history import list_history
from models.shared.transactions import reading, transaction
from settings import settings
from tests.pages.served import ServedPage
from tests.web_client import SignedInClient
from webapp.shared.people.access_tokens import digest_of, make_token

RIGHTS = {"right-orders": "write", "right-sales": "read"}


@pytest.fixture
def jim(clean_database: str, served: str, client_as: Callable[..., Any]) -> SignedInClient:
    return client_as("jim.halpert")


@pytest.fixture
def program(web_app: Flask) -> Callable[..., TestResponse]:
    """`program(token, "/orders")` calls the API as a program does: no cookie, no page."""

    def call(token: str, path: str, method: str = "GET", **options: Any) -> TestResponse:
        client: FlaskClient = web_app.test_client()
        headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
        return client.open(f"/api/v1{path}", method=method, headers=headers, **options)

    return call


def create(browser: SignedInClient, name: str = "Payroll export", **fields: str) -> TestResponse:
    form = {
        "name": name,
        "days": "30",
        **(RIGHTS if "right-orders" not in fields else {}),
        **fields,
    }
    return browser.post("/profile/programs", data=form)


def token_in(page: TestResponse) -> str:
    found = re.search(r"dm_pat_[0-9A-Za-z]+", page.text)
    assert found, page.text
    return found[0]


def id_in(browser: SignedInClient, address: str = "/profile/programs") -> str:
    row = ServedPage(browser.get(address)).first('li[id^="token-"]')
    return str(row.root["id"]).removeprefix("token-")


def test_a_token_is_shown_once_and_works_at_once(jim: SignedInClient, program: Any):
    page = create(jim)
    token = token_in(page)
    assert page.status_code == 201 and page.headers["Cache-Control"] == "no-store"
    assert program(token, "/orders").status_code == 200
    listed = jim.get("/profile/programs").text
    assert "Payroll export" in listed and f"…{token[-4:]}" in listed and token not in listed
    assert "Clients and leads: read; Orders: read and write" in listed


def test_no_table_holds_a_token_only_its_hash(jim: SignedInClient, tables: Any):
    token = token_in(create(jim))
    with reading("profile") as session:
        kept = session.connection().exec_driver_sql("SELECT digest FROM access_token").scalars()
        assert list(kept) == [digest_of(token)]
        for table in vars(mechanism("profile")).values():
            rows = session.execute(table.select()).all()
            assert token not in repr(rows) and token[7:43] not in repr(rows), table.name
            assert b"dm_pat_" not in b"".join(
                each for row in rows for each in row if isinstance(each, bytes)
            )


def test_a_form_sent_twice_creates_one_token_and_shows_it_only_the_first_time(
    jim: SignedInClient, program: Any
):
    first = create(jim, form_key="a-key-of-the-form")
    again = create(jim, form_key="a-key-of-the-form")
    assert again.status_code == 409 and "dm_pat_" not in again.text
    assert "already created" in again.text
    assert jim.get("/profile/programs").text.count('id="token-') == 1
    assert program(token_in(first), "/orders").status_code == 200


def test_a_token_does_what_its_rights_say_and_no_more(jim: SignedInClient, program: Any):
    token = token_in(create(jim))
    assert program(token, "/leads").status_code == 200
    refused = program(token, "/leads", "POST", json={})
    assert (refused.status_code, refused.json["code"]) == (403, "insufficient_scope")
    assert 'scope="sales:write"' in refused.headers["WWW-Authenticate"]
    assert program(token, "/products").status_code == 403
    assert program(token, "/orders", "POST", json={}).status_code == 422, "let in, then refused"


def test_nobody_gives_a_token_rights_that_they_do_not_have(
    jim: SignedInClient, client_as: Any, program: Any
):
    page = create(jim, **{"right-orders": "read", "right-inside": "read"})
    assert page.status_code == 422 and "Choose only from the rights that you have" in page.text
    assert 'id="right-inside"' not in page.text
    assert 'id="right-inside"' in client_as("nick.reyes").get("/profile/programs").text
    none = create(jim, **{"right-orders": ""})
    assert none.status_code == 422 and "Choose at least one right" in none.text
    assert 'value="Payroll export"' in none.text, "what was typed is kept"


def test_a_right_that_its_owner_lost_is_lost_to_the_token_and_one_who_left_has_none(
    jim: SignedInClient, program: Any, people: dict[str, Any]
):
    token = token_in(create(jim))
    assert program(token, "/leads").status_code == 200
    was = people["jim.halpert"]
    people["jim.halpert"] = dataclasses.replace(was, groups=frozenset({"everyone"}))
    assert program(token, "/leads").status_code == 403
    del people["jim.halpert"]
    left = program(token, "/leads")
    assert left.status_code == 401 and "invalid_token" in left.headers["WWW-Authenticate"]


def test_a_revoked_token_ends_at_once(jim: SignedInClient, program: Any):
    token = token_in(create(jim))
    id_ = id_in(jim)
    assert program(token, "/orders").status_code == 200
    assert jim.post(f"/profile/programs/tokens/{id_}/revoke").status_code == 303
    assert program(token, "/orders").status_code == 401
    assert "Revoked" in jim.get("/profile/programs").text
    with reading("profile") as session:
        entries = list_history(session, "access_token", id_)
    assert [entry.what for entry in entries] == ["revoked", "created"]


def test_an_expired_token_is_refused(jim: SignedInClient, program: Any):
    token = token_in(create(jim, days="7"))
    with transaction("profile", actor="jim.halpert") as session:
        kept = session.execute(select(AccessToken)).scalar_one()
        assert kept.expires_at - kept.created_at == timedelta(days=7)
        kept.expires_at = clock.now() + timedelta(minutes=1)
    assert program(token, "/orders").status_code == 200
    with transaction("profile", actor="jim.halpert") as session:
        session.execute(update(AccessToken).values(expires_at=clock.now()))
    assert program(token, "/orders").status_code == 401
    assert "Expired" in jim.get("/profile/programs").text


def test_nobody_revokes_anothers_token_but_an_administrator(
    jim: SignedInClient, client_as: Any, program: Any
):
    token = token_in(create(jim))
    id_ = id_in(jim)
    dwight, nick = client_as("dwight.schrute"), client_as("nick.reyes")
    assert "Payroll export" not in dwight.get("/profile/programs").text
    assert dwight.post(f"/profile/programs/tokens/{id_}/revoke").status_code == 404
    assert dwight.get("/profile/access-tokens").status_code == 403
    assert dwight.post(f"/profile/access-tokens/{id_}/revoke").status_code == 403
    assert nick.post(f"/profile/programs/tokens/{id_}/revoke").status_code == 404
    assert program(token, "/orders").status_code == 200
    listed = ServedPage(nick.get("/profile/access-tokens")).text
    assert "Jim Halpert" in listed and "Payroll export" in listed
    assert nick.post(f"/profile/access-tokens/{id_}/revoke").status_code == 303
    assert program(token, "/orders").status_code == 401


def test_the_list_says_when_a_token_was_last_used(jim: SignedInClient, program: Any):
    token = token_in(create(jim))
    assert "Never" in jim.get("/profile/programs").text
    program(token, "/orders")
    assert "Never" not in jim.get("/profile/programs").text


def test_a_person_has_so_many_tokens_at_a_time_and_no_more(jim: SignedInClient):
    for n in range(MOST):
        assert create(jim, f"Number {n}").status_code == 201
    full = create(jim, "One more")
    assert full.status_code == 409 and f"You can have {MOST} tokens at a time" in full.text
    jim.post(f"/profile/programs/tokens/{id_in(jim)}/revoke")
    assert create(jim, "One more").status_code == 201


@pytest.mark.parametrize(
    "make",
    [
        make_token,
        lambda: "dm_pat_",
        lambda: make_token()[:-1],
        lambda: make_token().swapcase(),
        lambda: "dm_pat_" + "é" * 42,
        lambda: "dm_pat_" + "a" * 42,
        lambda: "dm_pat_" + "x" * 20000,
    ],
)
def test_a_token_that_is_none_is_refused_like_any_other(jim: Any, program: Any, make: Any):
    answer = program(make(), "/orders")
    assert answer.status_code == 401 and "invalid_token" in answer.headers["WWW-Authenticate"]


def test_guessed_tokens_are_limited_like_any_other_bad_token(
    jim: SignedInClient, program: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("webapp.gateway.safety.rate_limits.API_BAD_TOKEN.times", 3)
    token = token_in(create(jim))
    guesses = [program(make_token(), "/orders").status_code for _ in range(5)]
    assert guesses == [401, 401, 401, 429, 429]
    assert program(token, "/orders").status_code == 200, "a valid one passes all the same"


def test_a_token_opens_no_page_and_checks_no_other_token(jim: SignedInClient, program: Any):
    token = token_in(create(jim))
    pages = jim.application.test_client()
    answer = pages.get("/profile/programs", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 303 and "/sign-in" in answer.location
    asked = program(token, "/access-tokens/use", "POST", json={"digest": digest_of(token)})
    assert asked.status_code == 403


def test_each_token_has_a_limit_of_its_own_and_each_answer_says_what_is_left(
    jim: SignedInClient, program: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DM_API_TOKEN_PER_MINUTE", "3")
    settings.cache_clear()
    token, other = token_in(create(jim)), token_in(create(jim, "Another"))
    answers = [program(token, "/orders") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    left = [answer.headers["RateLimit"].partition(";t=")[0] for answer in answers]
    assert left == ['"api-token";r=2', '"api-token";r=1', '"api-token";r=0', '"api-token";r=0']
    assert answers[0].headers["RateLimit-Policy"] == '"api-token";q=3;w=60'
    assert 0 < int(answers[3].headers["Retry-After"]) <= 60
    assert answers[3].json["status"] == 429
    assert program(other, "/orders").status_code == 200
    monkeypatch.undo()
    settings.cache_clear()


def test_without_the_profile_service_tokens_are_not_refused_but_cannot_be_checked(
    jim: SignedInClient, program: Any, monkeypatch: pytest.MonkeyPatch
):
    token = token_in(create(jim))
    monkeypatch.setenv("DM_INTERNAL_API_BASE", "http://127.0.0.1:1")
    settings.cache_clear()
    assert program(token, "/orders").status_code == 503
    monkeypatch.undo()
    settings.cache_clear()
    assert program(token, "/orders").status_code == 200


def test_no_token_reaches_the_log(
    jim: SignedInClient, program: Any, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    good = token_in(create(jim))
    bad = make_token()
    for token in (good, bad, good[:-1]):
        program(token, "/orders")
    said = "\n".join(f"{each.getMessage()} {vars(each)}" for each in caplog.records)
    assert "access token refused" in said
    assert f"'access_token': '{id_in(jim)}'" in said, "only by its id does the log tell which one"
    assert "dm_pat_" not in said and good[7:43] not in said and bad[7:43] not in said
    assert digest_of(good) not in said
