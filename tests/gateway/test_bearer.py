"""Bearer tokens of the REST API: whose, for whom, until when."""

import time

import pytest
from flask import Blueprint, jsonify

from settings import settings
from tests.gateway.odd_provider import OTHER_KEY
from webapp.shared.pages.form_keys import form_key
from webapp.shared.people.rights import needs, person
from webapp.shared.rest.api import (
    api_page,
    expected_version,
    page_request,
    with_etag,
)


@pytest.fixture
def api(web_app):
    """A small service `orders` under /api/v1."""
    blueprint = Blueprint("orders_api", __name__, url_prefix="/api/v1")

    @blueprint.get("/me")
    @needs("products.see")
    def me():
        return jsonify(uid=person().uid, roles=sorted(person().roles))

    @blueprint.get("/lines")
    @needs("products.see")
    def lines():
        after, size = page_request()
        start = after[0] if after else 0
        return api_page(list(range(start, start + size)), (start + size,))

    @blueprint.put("/thing")
    @needs("products.see")
    def change():
        return with_etag(
            {"version": expected_version() + 1, "key": form_key()}, expected_version() + 1
        )

    web_app.register_blueprint(blueprint)
    return web_app.test_client()


def test_the_gateways_token_opens_the_one_service_it_was_made_for(api, bearer_for):
    mine = api.get("/api/v1/me", headers=bearer_for("jim.halpert", "orders"))
    assert (mine.status_code, mine.json) == (
        200,
        {"uid": "jim.halpert", "roles": ["employee", "sales"]},
    )
    other = api.get("/api/v1/me", headers=bearer_for("jim.halpert", "inventory"))
    assert other.status_code == 401 and "invalid_token" in other.headers["WWW-Authenticate"]


def test_without_a_token_the_answer_says_how(api):
    answer = api.get("/api/v1/me")
    assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.mimetype == "application/problem+json"
    assert {"type", "title", "status", "detail", "code", "request_id"} <= set(answer.json)


def test_a_token_of_our_own_ends_after_a_minute(api, web_app, bearer_for, monkeypatch):
    headers = bearer_for("jim.halpert", "orders")
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 61)
    assert api.get("/api/v1/me", headers=headers).status_code == 401


def test_a_person_with_the_providers_token_has_what_token_and_directory_both_give(
    provider, api, people
):
    token = provider.token(_claims(provider, groups=["everyone", "it"]))
    answer = api.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.json == {
        "uid": "jim.halpert",
        "roles": ["employee"],
    }  # sales only by directory, it only by token
    del people["jim.halpert"]
    assert api.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_a_service_is_known_by_its_client_and_has_that_role_alone(provider, api):
    claims = _claims(provider, sub="x", azp=settings().service_client_id, groups=["it"])
    answer = api.get("/api/v1/me", headers={"Authorization": f"Bearer {provider.token(claims)}"})
    assert answer.json == {"uid": "service:dm-services", "roles": ["service"]}


BAD = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "dm-web"},
    "no audience": {"aud": None},
    "expired": {"exp": 1},
    "no end": {"exp": None},
    "not yet": {"nbf": 32503680000},
    "no subject": {"sub": None},
    "no user": {"preferred_username": None},
    "a user that is not there": {"preferred_username": "jan.nobody"},
}


@pytest.mark.parametrize("wrong", BAD)
def test_a_token_wrong_in_one_claim_is_refused(provider, api, wrong):
    claims = {
        name: value for name, value in _claims(provider, **BAD[wrong]).items() if value is not None
    }
    assert (
        api.get(
            "/api/v1/me", headers={"Authorization": f"Bearer {provider.token(claims)}"}
        ).status_code
        == 401
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda p: p.token(_claims(p), {"alg": "RS512"}),
        lambda p: p.token(_claims(p), {"alg": "none"}).rsplit(".", 1)[0] + ".",
        lambda p: p.token(_claims(p), {"alg": "HS256"}),
        lambda p: p.token(_claims(p), {"alg": "ES256"}),
        lambda p: p.token(_claims(p), {"crit": ["exp"]}),
        lambda p: p.token(_claims(p), {"kid": "unknown"}),
        lambda p: p.token(_claims(p))[:-4] + "AAAA",
        lambda p: p.token(_claims(p, iss=settings().public_url)),
        lambda p: p.token({**_claims(p), "padding": "x" * 9000}),
        lambda p: "not.a.token",
        lambda p: "....",
        lambda p: "é",
        lambda p: "x" * 20000,
    ],
)
def test_a_token_that_is_not_what_it_says_is_refused(provider, api, make):
    answer = api.get("/api/v1/me", headers={"Authorization": f"Bearer {make(provider)}"})
    assert answer.status_code == 401, answer.text


def test_a_token_signed_with_another_key_is_refused(provider, api):
    provider.key = OTHER_KEY
    headers = {"Authorization": f"Bearer {provider.token(_claims(provider))}"}
    assert api.get("/api/v1/me", headers=headers).status_code == 401


def test_keys_of_a_provider_that_is_away_serve_on(provider, api):
    headers = {"Authorization": f"Bearer {provider.token(_claims(provider))}"}
    assert api.get("/api/v1/me", headers=headers).status_code == 200
    provider.away = True
    assert api.get("/api/v1/me", headers=headers).status_code == 200


def test_a_stranger_who_guesses_tokens_is_told_to_wait(api):
    answers = [api.get("/api/v1/me").status_code for _ in range(130)]
    assert answers[0] == 401 and answers[-1] == 429


def test_a_person_who_calls_too_often_is_told_when_to_come_back(provider, api, monkeypatch):
    monkeypatch.setattr("webapp.gateway.safety.rate_limits.API.times", 3)
    headers = {"Authorization": f"Bearer {provider.token(_claims(provider))}"}
    answers = [api.get("/api/v1/me", headers=headers) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200] * 3 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[0].headers["RateLimit-Policy"] == '"api";q=3;w=60'
    assert answers[0].headers["RateLimit"].startswith('"api";r=2;t=')


def test_pages_of_results_are_walked_by_their_cursor(api, bearer_for):
    headers = bearer_for("jim.halpert", "orders")
    first = api.get("/api/v1/lines?limit=2", headers=headers)
    assert first.json["items"] == [0, 1] and 'rel="next"' in first.headers["Link"]
    assert api.get(f"/api/v1/lines?limit=2&after={first.json['next']}", headers=headers).json[
        "items"
    ] == [2, 3]
    for bad in ("limit=0", "limit=101", "limit=x", "limit=-1", "after=%%%", "after=e30"):
        assert api.get(f"/api/v1/lines?{bad}", headers=headers).status_code == 400, bad


def test_a_change_names_the_version_it_read_and_may_carry_its_key(api, bearer_for):
    headers = bearer_for("jim.halpert", "orders")
    assert api.put("/api/v1/thing", headers=headers).status_code == 428
    done = api.put(
        "/api/v1/thing", headers={**headers, "If-Match": '"4"', "Idempotency-Key": "key-00000001"}
    )
    assert done.json == {"version": 5, "key": "key-00000001"} and done.headers["ETag"] == '"5"'
    odd = {**headers, "If-Match": '"4"', "Idempotency-Key": "a b"}
    assert api.put("/api/v1/thing", headers=odd).status_code == 400


def _claims(provider, **changes):
    now = int(time.time())
    return {
        "iss": provider.issuer,
        "sub": "id-of-jim",
        "aud": ["dm-api", "account"],
        "iat": now,
        "exp": now + 60,
        "preferred_username": "jim.halpert",
        "groups": ["everyone", "sales"],
        **changes,
    }
