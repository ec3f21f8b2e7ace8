"""The embedded provider refuses what a provider must refuse, and gives what the product relies on."""

import base64
import hashlib
import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from wsgiref.simple_server import make_server

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from stack.embedded.demo_people import DEMO_PASSWORD
from stack.supervisor import Stack
from tests.pages.served import ServedPage

VERIFIER = secrets.token_urlsafe(48)
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
SECRET = ("dm-web", "demo-only-web")


class Browser:
    """A browser before the provider, and the product's back channel behind it."""

    def __init__(self, servers: Stack) -> None:
        self.settings = servers.settings_env
        self.http = httpx.Client(
            base_url=self.settings["DM_OIDC_ISSUER"], timeout=10, trust_env=False
        )
        self.callback = self.settings["DM_PUBLIC_URL"] + "/auth/authorize"

    def ask(self, **changed: str | None) -> httpx.Response:
        """The authorization request of the product, with parameters changed or (None) left out."""
        given = {
            "response_type": "code",
            "client_id": "dm-web",
            "redirect_uri": self.callback,
            "state": "s",
            "scope": "openid email profile groups",
            "nonce": secrets.token_hex(8),
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changed,
        }
        self.asked = {name: value for name, value in given.items() if value is not None}
        return self.http.get("/authorize", params=self.asked)

    def sign_in(self, uid: str = "jim.halpert", password: str = DEMO_PASSWORD) -> httpx.Response:
        """Fills the page in that `ask` gave."""
        form = ServedPage(self.ask()).value("form")
        return self.http.post(
            "/authorize",
            params=self.asked,
            data={"form": form, "uid": uid, "password": password},
        )

    def code(self) -> str:
        """The code of a sign-in."""
        return code_in(self.sign_in())

    def token(self, **data: str) -> httpx.Response:
        """A request at the token endpoint, as the product's client."""
        return self.http.post("/token", data=data, auth=SECRET)

    def exchange(self, code: str, **changed: str) -> httpx.Response:
        """The code for tokens."""
        return self.token(
            **{
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.callback,
                "code_verifier": VERIFIER,
                **changed,
            }
        )

    def claims(self, token: str) -> dict[str, object]:
        """A token's claims, its signature checked by the published keys."""
        keys = KeySet.import_key_set(self.http.get("/jwks").json())
        return dict(jwt.decode(token, keys, algorithms=["RS256"]).claims)


def code_in(answer: httpx.Response) -> str:
    assert answer.status_code in (302, 303), answer.text[:300]
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


def error_of(answer: httpx.Response) -> str:
    if answer.is_redirect:
        return parse_qs(urlsplit(answer.headers["location"]).query)["error"][0]
    return str(answer.json()["error"])


@pytest.fixture
def browser(servers: Stack) -> Iterator[Browser]:
    one = Browser(servers)
    yield one
    one.http.close()


def test_discovery_names_only_addresses_that_answer(browser: Browser):
    found = browser.http.get("/.well-known/openid-configuration").json()
    assert found["issuer"] == browser.settings["DM_OIDC_ISSUER"]
    for name, address in found.items():
        if name.endswith(("_endpoint", "_uri")):
            assert httpx.get(address, trust_env=False).status_code != 404, name


def test_a_sign_in_gives_claims_of_the_directory(browser: Browser):
    tokens = browser.exchange(browser.code()).json()
    identity, access = browser.claims(tokens["id_token"]), browser.claims(tokens["access_token"])
    assert identity["preferred_username"] == "jim.halpert" and "sales" in identity["groups"]  # type: ignore[operator]
    assert identity["aud"] in ("dm-web", ["dm-web"]) and identity["nonce"] == browser.asked["nonce"]
    assert access["aud"] == "dm-api" and access["azp"] == "dm-web"
    found = browser.http.get(
        "/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    ).json()
    assert found["preferred_username"] == "jim.halpert"


@pytest.mark.parametrize(
    "missing",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
    ],
)
def test_without_pkce_by_s256_nobody_gets_a_code(browser: Browser, missing: dict[str, None]):
    assert error_of(browser.ask(**missing)) == "invalid_request"


@pytest.mark.parametrize(
    "address",
    [
        "http://evil.example/auth/authorize",
        "{own}/auth/authorize/",
        "{own}/other",
        "{own}@evil.example/",
    ],
)
def test_a_redirect_that_is_not_exactly_ours_is_never_followed(browser: Browser, address: str):
    answer = browser.ask(redirect_uri=address.format(own=browser.settings["DM_PUBLIC_URL"]))
    assert answer.status_code == 400 and "location" not in answer.headers


def test_a_code_is_good_once_and_only_with_its_verifier(browser: Browser):
    assert error_of(browser.exchange(browser.code(), code_verifier="x" * 43)) == "invalid_grant"
    code = code_in(browser.ask())
    assert browser.exchange(code).status_code == 200
    assert error_of(browser.exchange(code)) == "invalid_grant"


def test_a_wrong_client_secret_gets_nothing(browser: Browser):
    answer = browser.http.post(
        "/token", data={"grant_type": "client_credentials"}, auth=("dm-services", "demo-only-no")
    )
    assert answer.status_code == 401


def test_a_refresh_token_is_replaced_at_each_use(browser: Browser):
    first = browser.exchange(browser.code()).json()["refresh_token"]
    second = browser.token(grant_type="refresh_token", refresh_token=first).json()
    assert second["refresh_token"] != first and second["id_token"]
    assert (
        error_of(browser.token(grant_type="refresh_token", refresh_token=first)) == "invalid_grant"
    )


def test_a_silent_sign_in_works_while_signed_in_and_says_so_when_not(browser: Browser):
    assert error_of(browser.ask(prompt="none")) == "login_required"
    browser.sign_in()
    assert code_in(browser.ask(prompt="none"))
    assert browser.ask(prompt="login").status_code == 200, "the page is shown again"


def test_a_proof_older_than_was_asked_for_is_asked_for_again(browser: Browser):
    browser.sign_in()
    assert code_in(browser.ask(prompt="none", max_age="3600"))
    assert error_of(browser.ask(prompt="none", max_age="0")) == "login_required"
    assert browser.ask(max_age="0").status_code == 200, "the page is shown again"


def test_signing_out_ends_the_sign_in_and_its_tokens(browser: Browser):
    tokens = browser.exchange(browser.code()).json()
    home = browser.settings["DM_PUBLIC_URL"] + "/signed-out"
    answer = browser.http.get(
        "/logout", params={"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": home}
    )
    assert answer.headers["location"] == home
    assert error_of(browser.ask(prompt="none")) == "login_required"
    assert (
        error_of(browser.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]))
        == "invalid_grant"
    )


def test_signing_out_is_told_to_the_product(browser: Browser):
    told: list[dict[str, list[str]]] = []

    def product(environ, start_response):
        told.append(parse_qs(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()))
        start_response("200 OK", [])
        return [environ["PATH_INFO"].encode()]

    tokens = browser.exchange(browser.code()).json()
    port = urlsplit(browser.settings["DM_PUBLIC_URL"]).port
    with make_server("127.0.0.1", port, product) as server:
        browser.http.get("/logout", params={"id_token_hint": tokens["id_token"]})
        server.handle_request()
    claims = browser.claims(told[0]["logout_token"][0])
    signed_in = browser.claims(tokens["id_token"])
    assert (claims["aud"], claims["sub"], claims["sid"]) == (
        "dm-web",
        "jim.halpert",
        signed_in["sid"],
    )
    assert (
        list(claims["events"]) == ["http://schemas.openid.net/event/backchannel-logout"]
        and "nonce" not in claims
    )


def test_signing_out_leads_nowhere_else(browser: Browser):
    tokens = browser.exchange(browser.code()).json()
    answer = browser.http.get(
        "/logout",
        params={
            "id_token_hint": tokens["id_token"],
            "post_logout_redirect_uri": "http://evil.example/",
        },
    )
    assert "evil" not in answer.headers.get("location", "")


def test_services_get_a_token_without_a_person(browser: Browser):
    answer = browser.http.post(
        "/token",
        data={"grant_type": "client_credentials"},
        auth=("dm-services", "demo-only-services"),
    )
    claims = browser.claims(answer.json()["access_token"])
    assert (
        claims["groups"] == ["service"]
        and claims["sub"] == "dm-services"
        and "refresh_token" not in answer.json()
    )


def test_guessing_passwords_is_slowed_down(browser: Browser):
    answers = [
        browser.sign_in("kevin.malone", f"demo-only-{number}").status_code for number in range(11)
    ]
    assert answers[:10] == [422] * 10 and answers[10] == 429
    assert browser.sign_in("oscar.martinez").status_code == 303, "others are not held up"


def test_who_was_disabled_gets_no_new_token(browser: Browser, ldif: Path):
    tokens = browser.exchange(code_in(browser.sign_in("stanley.hudson"))).json()
    ldif.write_text(
        ldif.read_text().replace(
            "uid: stanley.hudson\n", "uid: stanley.hudson\nemployeeType: disabled\n"
        )
    )
    assert (
        browser.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code
        == 400
    )
    assert browser.ask().status_code == 200 and not browser.ask().is_redirect


def test_the_page_says_that_it_is_a_demonstration_and_offers_people(browser: Browser):
    page = browser.ask().text
    assert "Demo:" in page and page.count('name="as"') >= 8 and "Darryl Philbin" in page
