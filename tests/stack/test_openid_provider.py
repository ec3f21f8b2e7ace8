"""What the product relies on in an OpenID provider: one suite, for the embedded one and for Keycloak.

`make test` asks the embedded provider, `make native` Keycloak. The cases follow the OpenID Foundation's
conformance suite (basic, RP-initiated logout), RFC 7636, RFC 9207 and RFC 9700.
"""

import time
from collections.abc import Iterator
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from bs4 import Tag
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from settings import settings
from stack.supervisor import Stack
from tests.pages.served import ServedPage
from tests.stack.provider_client import (
    WEB,
    ProviderClient,
    code_in,
    error_of,
    password_form,
    sent_back,
)
from tests.web_client import app_over
from webapp.gateway.people.ldap_reader import Entry
from webapp.gateway.sign_in import routes
from webapp.shared.people.rights import needs

SERVICE = ("dm-services", "demo-only-services")
SESSION = "dm_session"


@pytest.fixture
def browser(openid_servers: Stack) -> Iterator[ProviderClient]:
    """A browser that nobody has used."""
    one = ProviderClient(openid_servers)
    yield one
    one.http.close()


@pytest.fixture
def another(openid_servers: Stack) -> Iterator[ProviderClient]:
    """Another person's browser."""
    one = ProviderClient(openid_servers)
    yield one
    one.http.close()


def test_discovery_names_addresses_that_answer_and_what_the_product_asks_for(
    browser: ProviderClient,
):
    found = browser.described
    assert found["issuer"] == browser.issuer
    for name in ("authorization", "token", "userinfo", "end_session"):
        assert browser.http.get(found[f"{name}_endpoint"]).status_code != 404, name
    assert browser.http.get(found["jwks_uri"]).json()["keys"]
    assert "code" in found["response_types_supported"]
    assert "S256" in found["code_challenge_methods_supported"]
    assert "RS256" in found["id_token_signing_alg_values_supported"]
    assert found["authorization_response_iss_parameter_supported"] is True


def test_a_sign_in_gives_tokens_with_the_claims_that_the_product_checks(browser: ProviderClient):
    began = int(time.time())
    landed = browser.sign_in()
    assert sent_back(landed)["state"] == browser.asked["state"]
    assert sent_back(landed)["iss"] == browser.issuer
    answer = browser.exchange(code_in(landed))
    assert "no-store" in answer.headers["cache-control"]
    tokens = answer.json()
    identity = browser.claims(tokens["id_token"])
    assert identity["iss"] == browser.issuer and identity["aud"] in ("dm-web", ["dm-web"])
    assert identity["nonce"] == browser.asked["nonce"] and identity["sid"] and identity["at_hash"]
    assert identity["preferred_username"] == "jim.halpert" and "sales" in identity["groups"]
    assert began <= identity["auth_time"] <= identity["iat"] + 1 < identity["exp"]
    access = browser.claims(tokens["access_token"])
    assert access["aud"] == "dm-api" and access["azp"] == "dm-web"
    found = browser.userinfo(tokens["access_token"]).json()
    assert found["preferred_username"] == "jim.halpert" and found["sub"] == identity["sub"]
    renewed = browser.claims(browser.refresh(tokens).json()["id_token"])
    assert renewed["sub"] == identity["sub"] and renewed["sid"] == identity["sid"]
    assert renewed.get("auth_time", identity["auth_time"]) == identity["auth_time"]


@pytest.mark.parametrize(
    "changed",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"response_type": "token"},
        {"response_type": "id_token token"},
        {"response_type": None},
    ],
)
def test_there_is_no_code_without_pkce_by_s256_and_no_implicit_flow(
    browser: ProviderClient, changed: dict[str, str | None]
):
    for is_signed_in in (False, True):
        if is_signed_in:
            browser.sign_in()
        answer = browser.ask(**changed)
        assert error_of(answer) or answer.status_code == 400
        assert not {"code", "access_token", "id_token"} & set(sent_back(answer))


@pytest.mark.parametrize(
    "address",
    [
        "http://evil.example/auth/authorize",
        "{own}/auth/authorize/",
        "{own}/auth/authorize?x=1",
        "{own}/auth/authorize/../../",
        "{own}/AUTH/authorize",
        "{own}/other",
        "{own}@evil.example/",
        "",
    ],
)
def test_a_redirect_that_is_not_exactly_ours_is_never_followed(
    browser: ProviderClient, address: str
):
    own = browser.settings["DM_PUBLIC_URL"]
    answer = browser.ask(redirect_uri=address.format(own=own) or None)
    assert answer.status_code == 400 and "location" not in answer.headers


def test_a_code_serves_once_its_client_with_its_verifier_and_its_address(browser: ProviderClient):
    codes = iter([code_in(browser.sign_in()), *(code_in(browser.ask()) for _ in range(4))])
    wrong: list[dict[str, Any]] = [
        {"code_verifier": "x" * 43},
        {"code_verifier": None},
        {"redirect_uri": browser.home},
        {"client": SERVICE},
    ]
    for each in wrong:
        answer = browser.exchange(next(codes), **each)
        assert answer.status_code in (400, 401) and "access_token" not in answer.json(), each
    code = next(codes)
    tokens = browser.exchange(code).json()
    assert error_of(browser.exchange(code)) == "invalid_grant"
    assert error_of(browser.refresh(tokens)) == "invalid_grant", "what the first use gave is over"
    assert browser.is_signed_in(), "the sign-in itself is not"


def test_the_second_use_of_a_refresh_token_ends_every_token_of_the_client(browser: ProviderClient):
    first = browser.tokens()
    second = browser.refresh(first).json()
    assert second["refresh_token"] != first["refresh_token"] and second["id_token"]
    assert error_of(browser.refresh(first)) == "invalid_grant"
    assert error_of(browser.refresh(second)) == "invalid_grant"
    assert browser.is_signed_in()


def test_the_token_endpoint_takes_no_wrong_secret_no_password_and_no_get(browser: ProviderClient):
    wrong = browser.token(("dm-services", "demo-only-no"), grant_type="client_credentials")
    assert wrong.status_code == 401
    assert browser.token(WEB, grant_type="client_credentials").status_code in (400, 401)
    given = {"grant_type": "password", "username": "jim.halpert", "password": "demo-only-paper"}
    assert browser.token(WEB, **given, scope="openid").status_code in (400, 401)
    assert browser.http.get(browser.described["token_endpoint"]).status_code in (404, 405)
    service = browser.token(SERVICE, grant_type="client_credentials").json()
    assert browser.claims(service["access_token"])["groups"] == ["service"]
    assert "refresh_token" not in service and "id_token" not in service


def test_userinfo_answers_nobody_without_a_token_of_its_own(browser: ProviderClient):
    tokens = browser.tokens()
    for token in ("x", tokens["refresh_token"], tokens["access_token"][:-8] + "AAAAAAAA"):
        assert browser.userinfo(token).status_code in (400, 401)


def test_a_silent_sign_in_works_while_signed_in_and_says_so_when_not(browser: ProviderClient):
    answer = browser.ask(prompt="none")
    assert error_of(answer) == "login_required"
    assert sent_back(answer)["state"] == browser.asked["state"]
    assert sent_back(answer)["iss"] == browser.issuer
    tokens = browser.tokens()
    assert code_in(browser.ask(prompt="none"))
    assert code_in(browser.ask(prompt="none", id_token_hint=tokens["id_token"]))
    assert "code" not in sent_back(browser.ask(prompt="none login"))


def test_a_fresh_proof_is_asked_for_and_its_time_is_in_the_token(browser: ProviderClient):
    before = browser.claims(browser.tokens()["id_token"])
    old = lambda: error_of(browser.ask(prompt="none", max_age="1")) == "login_required"  # noqa: E731
    Stack.wait_until(old, 10)
    assert code_in(browser.ask(prompt="none", max_age="3600"))
    wanted = [{"max_age": "1"}, {"prompt": "login consent"}, {"prompt": "login", "max_age": "0"}]
    for asked in wanted:
        page = browser.ask(**asked)
        assert page.status_code == 200, "the page is shown again"
        password_form(page)
    assert browser.is_signed_in(), "who was asked and did not answer is still signed in"
    after = browser.claims(browser.exchange(code_in(browser.fill_in(page))).json()["id_token"])
    assert after["auth_time"] > before["auth_time"] and after["sub"] == before["sub"]


@pytest.mark.parametrize(
    "extra",
    [
        {"x-unknown": "1"},
        {"acr_values": "1 2"},
        {"ui_locales": "se"},
        {"claims_locales": "se"},
        {"display": "popup"},
        {"login_hint": "jim.halpert"},
    ],
)
def test_a_parameter_that_it_need_not_know_changes_nothing(
    browser: ProviderClient, extra: dict[str, str]
):
    page = browser.ask(**extra)
    assert page.status_code == 200
    assert code_in(browser.fill_in(page))


def test_the_sign_in_form_is_bound_to_the_browser_that_it_was_shown_to(
    browser: ProviderClient, another: ProviderClient
):
    page = browser.ask()
    assert "frame-ancestors" in page.headers["content-security-policy"]
    another.ask()  # it has cookies of its own
    answer = another.fill_in(page)
    assert "code" not in sent_back(answer) and not another.is_signed_in()
    another.http.cookies.clear()
    answer = another.fill_in(page)
    assert "code" not in sent_back(answer) and not another.is_signed_in()
    assert code_in(browser.fill_in(page))


def test_cookies_from_before_the_sign_in_are_nobody_after_it(
    browser: ProviderClient, another: ProviderClient
):
    page = browser.ask()
    copy_cookies(browser.http.cookies.jar, another)
    assert code_in(browser.fill_in(page))
    assert browser.is_signed_in() and not another.is_signed_in()


def test_signing_out_ends_the_sign_in_its_tokens_and_its_codes(browser: ProviderClient):
    tokens = browser.tokens()
    code = code_in(browser.ask())
    answer = browser.sign_out(
        id_token_hint=tokens["id_token"], post_logout_redirect_uri=browser.home, state="kept"
    )
    assert answer.is_redirect and answer.headers["location"] == f"{browser.home}?state=kept"
    assert error_of(browser.ask(prompt="none")) == "login_required"
    assert error_of(browser.refresh(tokens)) == "invalid_grant"
    assert error_of(browser.exchange(code)) == "invalid_grant"
    assert browser.userinfo(tokens["access_token"]).status_code == 401


def test_signing_out_leads_nowhere_else(browser: ProviderClient):
    for address in ("http://evil.example/", f"{browser.home}/", f"{browser.home}?x=1"):
        token = browser.tokens()["id_token"]
        answer = browser.sign_out(id_token_hint=token, post_logout_redirect_uri=address)
        assert not answer.headers.get("location", "").startswith(address)


def test_nobody_is_signed_out_by_a_link_of_somebody_else(
    browser: ProviderClient, another: ProviderClient
):
    mine, theirs = browser.tokens()["id_token"], another.tokens("pam.beesly")["id_token"]
    forged = mine[:-8] + "AAAAAAAA"
    for hint in ({}, {"client_id": "dm-web"}, {"id_token_hint": theirs}, {"id_token_hint": forged}):
        answer = browser.sign_out(**hint, post_logout_redirect_uri=browser.home)
        assert not answer.is_redirect and browser.is_signed_in(), hint
    question = browser.sign_out(client_id="dm-web")
    another.send(question, form_of(question))
    assert browser.is_signed_in() and another.is_signed_in(), "that was another browser's form"
    question = browser.sign_out(client_id="dm-web")
    answer = browser.send(question, form_of(question))
    assert not browser.is_signed_in(), answer.text[:500]


def form_of(page: httpx.Response) -> Tag:
    """The page's only form."""
    form = ServedPage(page).root.select_one("form")
    assert form is not None, page.text[:500]
    return form


def copy_cookies(jar: CookieJar, to: ProviderClient) -> None:
    """Plant the cookies of one browser in another."""
    for cookie in jar:
        to.http.cookies.jar.set_cookie(cookie)


class Visitor:
    """A browser at the product, which goes to the provider and back by itself."""

    def __init__(self, app: Flask, provider: ProviderClient) -> None:
        self.here: FlaskClient = app.test_client()
        self.there = provider

    def begin(self, path: str) -> str:
        """The address at the provider to which the product sends the browser."""
        begun = self.here.get(path)
        assert begun.status_code == 303 and begun.location.startswith(self.there.issuer)
        return begun.location

    def go_through(self, path: str) -> TestResponse:
        """To the provider, whose form is filled in if it shows one, and back."""
        return self.come_back(self.answer(self.there.http.get(self.begin(path))))

    def answer(self, page: httpx.Response) -> httpx.Response:
        """Prove who it is if the page asks for it."""
        return page if page.is_redirect else self.there.fill_in(page)

    def come_back(self, answer: httpx.Response) -> TestResponse:
        """Follow the provider's answer to the product."""
        assert answer.is_redirect, answer.text[:300]
        return self.here.get(answer.headers["location"].removeprefix(settings().public_url))


@pytest.fixture
def product(
    openid_servers: Stack, people: dict[str, Entry], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """The gateway in front of the provider; it has a form of its own, at /orders/new."""
    for name in ("DM_OIDC_ISSUER", "DM_PUBLIC_URL"):
        monkeypatch.setenv(name, openid_servers.settings_env[name])
    settings.cache_clear()
    app = app_over(people, served=("gateway",))

    @app.post("/orders/new")
    @needs("home.see")
    def new_order() -> str:
        return "placed"

    yield app
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def later(product: Flask, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """By how many seconds the product's clock for sessions is ahead; the provider's is not."""
    ahead = [0.0]
    kind = type(product.session_interface)
    monkeypatch.setattr(kind, "clock", staticmethod(lambda: time.time() + ahead[0]))
    return ahead


@pytest.mark.parametrize("limit", ["idle", "absolute"])
def test_a_session_that_ended_by_a_limit_is_followed_by_a_fresh_proof_and_keeps_the_form(
    product: Flask, browser: ProviderClient, later: list[float], limit: str
):
    jim = Visitor(product, browser)
    assert jim.go_through("/auth/login?next=/orders").location == "/orders"
    idle, absolute = settings().session_idle_minutes * 60, settings().session_absolute_hours * 3600
    if limit == "absolute":
        for later[0] in range(0, absolute, idle - 60):
            assert jim.here.get("/").status_code == 200
        later[0] = absolute + 60
    else:
        later[0] = idle + 60
    lost = jim.here.post("/orders/new", data={"note": "an hour's work"})
    assert "reason=expired" in lost.location
    later[0] = 0
    assert "reason=expired" in jim.here.get("/auth/silent").location, "no silent way back"
    address = jim.begin("/auth/login?next=/orders")
    asked = parse_qs(urlsplit(address).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    page = browser.http.get(address)
    assert page.status_code == 200, "asked again, though the provider still knows the browser"
    back = jim.come_back(browser.fill_in(page))
    assert back.location.startswith("/kept/")
    assert "an hour&#39;s work" in jim.here.get(back.location).text
    assert "prompt" not in parse_qs(urlsplit(jim.begin("/auth/login")).query), "no circle"
    assert jim.here.get("/").status_code == 200


def test_who_takes_the_demand_for_a_proof_out_of_the_address_is_refused(
    product: Flask,
    browser: ProviderClient,
    later: list[float],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(routes, "LEEWAY", 0)
    jim = Visitor(product, browser)
    jim.go_through("/auth/login")
    later[0] = settings().session_idle_minutes * 60 + 60
    assert "reason=expired" in jim.here.get("/").location
    later[0] = 0
    address = httpx.URL(jim.begin("/auth/login"))
    for name in ("prompt", "max_age"):
        address = address.copy_remove_param(name)
    refused = jim.come_back(browser.http.get(address))
    assert refused.status_code == 403
    assert "reason=expired" in jim.here.get("/").location, "and it is still asked for"


def test_a_lost_session_comes_back_silently_and_no_later_than_its_proof_allows(
    product: Flask, browser: ProviderClient
):
    jim = Visitor(product, browser)
    jim.go_through("/auth/login")
    proved = began_at(product, jim)
    product.session_interface.cache.clear()  # type: ignore[attr-defined]  # what a restart does
    lost = jim.here.get("/?x=1")
    assert lost.location.startswith("/auth/silent")
    answer = browser.http.get(jim.begin(lost.location))
    assert answer.is_redirect, "nobody is asked"
    assert jim.come_back(answer).location == "/?x=1"
    assert began_at(product, jim) == proved


def began_at(app: Flask, visitor: Visitor) -> float:
    """From when the session's absolute limit counts."""
    cookie = visitor.here.get_cookie(SESSION)
    assert cookie is not None
    return float(app.session_interface.peek(cookie.value)["created_at"])  # type: ignore[attr-defined]
