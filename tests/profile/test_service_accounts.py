"""Service accounts: programs' own identities, with roles of their own, which administrators create and end."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.profile.tables import AccessToken
from models.shared.database.tables import mechanism
from models.shared.listeners.delivery import deliver_pending
from models.shared.records.history import list_history
from models.shared.transactions import reading
from tests.factories.office import SKU, do_business
from tests.pages.served import ServedPage
from tests.web_client import SignedInClient

ACCOUNT = {"name": "web-shop", "purpose": "Orders of the web shop", "roles": ["sales"]}
PAGE = "/profile/service-accounts/web-shop.service"
TOKEN = {"name": "Production", "days": "30", "right-orders": "write", "right-sales": "read"}


@pytest.fixture
def nick(
    clean_database: str, served: str, client_as: Callable[[str], SignedInClient]
) -> SignedInClient:
    """An administrator's browser."""
    return client_as("nick.reyes")


@pytest.fixture
def program(web_app: Flask) -> Callable[..., TestResponse]:
    """`program(token, "/orders")` calls the API as a program does."""

    def call(token: str, path: str, method: str = "GET", **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
        return web_app.test_client().open(
            f"/api/v1{path}", method=method, headers=headers, **options
        )

    return call


def create(browser: SignedInClient, **changes: Any) -> TestResponse:
    return browser.post("/profile/service-accounts", data={**ACCOUNT, **changes})


def token_of(browser: SignedInClient, **changes: str) -> str:
    answer = browser.post(f"{PAGE}/tokens", data={**TOKEN, **changes})
    assert answer.status_code == 201 and answer.headers["Cache-Control"] == "no-store", answer.text
    return ServedPage(answer).first("#new-token").text.strip()


def test_a_token_of_an_account_acts_with_its_roles_under_its_own_name(
    nick: SignedInClient, program: Any
):
    assert create(nick).status_code == 303
    token = token_of(nick)
    assert token not in nick.get(PAGE).text and "Production" in nick.get(PAGE).text
    do_business()
    deliver_pending()
    client = program(token, "/order-clients").json["items"][0]["number"]
    new = {"client_number": client, "lines": [{"sku": SKU, "quantity": 1}]}
    placed = program(token, "/orders", "POST", json=new)
    assert placed.status_code == 201, placed.json
    number = placed.json["number"]
    with reading("orders") as session:
        assert [each.actor for each in list_history(session, "order", number)] == [
            "web-shop.service"
        ]
    assert "Web-Shop Service" in nick.get(f"/orders/{number}").text
    assert program(token, "/leads", "POST", json={}).status_code == 403, "beyond the token"
    assert program(token, "/expenses/report").status_code in (403, 404), "beyond the role"


def test_an_account_approves_nothing_and_owns_no_webhook(
    nick: SignedInClient, program: Any, client_as: Any
):
    create(nick, roles=["sales_manager", "accounting"])
    token = token_of(nick, **{"right-sales": "write", "right-wuphf": "write"})
    limit = program(token, "/clients/CL-1001/credit-limit", "PUT", json={})
    assert limit.status_code == 403 and "service account" in limit.json["detail"]
    assert program(token, "/webhook-event-types").json["items"] == []


def test_a_disabled_account_and_its_tokens_end_at_once_and_its_name_stays_taken(
    nick: SignedInClient, program: Any
):
    create(nick)
    token = token_of(nick)
    assert program(token, "/orders").status_code == 200
    assert nick.post(f"{PAGE}/disable").status_code == 303
    assert program(token, "/orders").status_code == 401
    refused = nick.post(f"{PAGE}/tokens", data=TOKEN)
    assert refused.status_code == 409 and "disabled" in refused.text
    again = create(nick)
    assert again.status_code == 422 and "This name is taken" in again.text
    with reading("profile") as session:
        entries = list_history(session, "service_account", "web-shop.service")
        types = session.scalars(
            mechanism("profile")
            .outbox.select()
            .with_only_columns(mechanism("profile").outbox.c.type)
        ).all()
    assert [each.what for each in entries] == ["disabled", "created"]
    assert types == ["dm.profile.access_token.created.v1", "dm.profile.access_token.revoked.v1"]


def test_one_token_of_an_account_is_revoked_and_the_other_works_on(
    nick: SignedInClient, program: Any
):
    create(nick)
    first, second = token_of(nick, name="Old"), token_of(nick, name="New")
    with reading("profile") as session:
        named = select(AccessToken.id).where(AccessToken.name == "Old")
        id_ = session.execute(named).scalar_one()
    assert nick.post(f"/profile/access-tokens/{id_}/revoke").status_code == 303
    assert program(first, "/orders").status_code == 401
    assert program(second, "/orders").status_code == 200


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "Web Shop"}, "lowercase letters, digits, or hyphens"),
        ({"name": "x"}, "lowercase letters, digits, or hyphens"),
        ({"name": "a/../b"}, "lowercase letters, digits, or hyphens"),
        ({"purpose": " "}, "Enter what it is for"),
        ({"purpose": "x" * 201}, "at most 200 characters"),
        ({"roles": []}, "Choose at least one role"),
        ({"roles": ["administrator"]}, "Choose only from these roles"),
        ({"roles": ["sales", "service"]}, "Choose only from these roles"),
    ],
)
def test_a_bad_account_is_refused_with_what_is_right(
    nick: SignedInClient, changes: dict[str, Any], sentence: str
):
    answer = create(nick, **changes)
    assert answer.status_code == 422 and sentence in ServedPage(answer).text
    assert "No service accounts yet" in nick.get("/profile/service-accounts").text


def test_only_administrators_reach_service_accounts(nick: SignedInClient, client_as: Any):
    create(nick)
    michael = client_as("michael.scott")
    for path in ("/profile/service-accounts", PAGE):
        assert michael.get(path).status_code == 403
    for path in ("/profile/service-accounts", f"{PAGE}/tokens", f"{PAGE}/disable"):
        assert michael.post(path, data={**ACCOUNT, **TOKEN}).status_code == 403
    assert "Service accounts" not in ServedPage(michael.get("/profile/programs")).text
    for path in ("", "/tokens", "/disable"):
        unknown = f"/profile/service-accounts/nobody.service{path}"
        answer = nick.post(unknown, data=TOKEN) if path else nick.get(unknown)
        assert answer.status_code == 404, path
    beyond = nick.post(f"{PAGE}/tokens", data={**TOKEN, "right-inside": "read"})
    assert beyond.status_code == 422
    twice = {**TOKEN, "form_key": "a-key-of-the-form"}
    assert nick.post(f"{PAGE}/tokens", data=twice).status_code == 201
    again = nick.post(f"{PAGE}/tokens", data=twice)
    assert again.status_code == 409 and not re.search(r"dm_pat_\w", again.text)
