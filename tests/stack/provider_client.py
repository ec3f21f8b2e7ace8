"""A browser before an OpenID provider of either stack, and the product's back channel behind it.

It knows of the two providers only what discovery and their own pages say.
"""

import base64
import hashlib
import secrets
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
from bs4 import Tag
from joserfc import jwt
from joserfc.jwk import KeySet

from stack.embedded.demo_people import DEMO_PASSWORD
from stack.supervisor import Stack
from tests.native.visitor import Loopback
from tests.pages.served import ServedPage

VERIFIER = secrets.token_urlsafe(48)
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
WEB = ("dm-web", "demo-only-web")


class ProviderClient:
    """A browser with cookies of its own; what it asks is what the product asks, unless changed."""

    def __init__(self, servers: Stack) -> None:
        self.settings = servers.settings_env
        self.issuer = self.settings["DM_OIDC_ISSUER"]
        self.http = httpx.Client(timeout=30, transport=Loopback(), trust_env=False)
        self.callback = self.settings["DM_PUBLIC_URL"] + "/auth/authorize"
        self.home = self.settings["DM_PUBLIC_URL"] + "/signed-out"

    @cached_property
    def described(self) -> dict[str, Any]:
        """The discovery document."""
        return dict(self.http.get(f"{self.issuer}/.well-known/openid-configuration").json())

    def ask(self, **changed: str | None) -> httpx.Response:
        """The authorization request of the product, with parameters changed or (None) left out."""
        given = {
            "response_type": "code",
            "client_id": "dm-web",
            "redirect_uri": self.callback,
            "state": secrets.token_urlsafe(8),
            "scope": "openid email profile groups",
            "nonce": secrets.token_urlsafe(8),
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changed,
        }
        self.asked = {name: value for name, value in given.items() if value is not None}
        return self.http.get(self.described["authorization_endpoint"], params=self.asked)

    def fill_in(
        self, page: httpx.Response, uid: str = "jim.halpert", password: str = DEMO_PASSWORD
    ) -> httpx.Response:
        """Send the page's sign-in form."""
        return self.send(page, password_form(page), uid=uid, username=uid, password=password)

    def send(self, page: httpx.Response, form: Tag, **fields: str) -> httpx.Response:
        """Send a form of the page, with its hidden fields and its button."""
        pressed = form.select("input[type=hidden][name], [type=submit][name]")
        given = {str(each["name"]): str(each.get("value", "")) for each in pressed}
        action = urljoin(str(page.url), str(form.get("action", "")))
        return self.http.post(action, data={**given, **fields})

    def sign_in(self, uid: str = "jim.halpert", password: str = DEMO_PASSWORD) -> httpx.Response:
        """Ask, and fill in the page."""
        return self.fill_in(self.ask(), uid, password)

    def is_signed_in(self) -> bool:
        """Whether the provider knows this browser."""
        return not error_of(self.ask(prompt="none"))

    def token(self, client: tuple[str, str] = WEB, **data: str) -> httpx.Response:
        """A request at the token endpoint."""
        return self.http.post(self.described["token_endpoint"], data=data, auth=client)

    def exchange(
        self, code: str, client: tuple[str, str] = WEB, **changed: str | None
    ) -> httpx.Response:
        """The code for tokens."""
        given = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback,
            "code_verifier": VERIFIER,
            **changed,
        }
        return self.token(client, **{key: value for key, value in given.items() if value})

    def refresh(self, tokens: dict[str, Any]) -> httpx.Response:
        """The refresh token for new tokens."""
        return self.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])

    def tokens(self, uid: str = "jim.halpert") -> dict[str, Any]:
        """The tokens of a sign-in, which is new unless this browser is signed in."""
        page = self.ask()
        landed = page if page.is_redirect else self.fill_in(page, uid)
        return dict(self.exchange(code_in(landed)).json())

    def userinfo(self, token: str) -> httpx.Response:
        """Who the access token is about."""
        headers = {"Authorization": f"Bearer {token}"}
        return self.http.get(self.described["userinfo_endpoint"], headers=headers)

    def sign_out(self, **given: str) -> httpx.Response:
        """Go to the provider's sign-out with these parameters."""
        return self.http.get(self.described["end_session_endpoint"], params=given)

    def claims(self, token: str) -> dict[str, Any]:
        """A token's claims, its signature checked by the published keys."""
        keys = KeySet.import_key_set(self.http.get(self.described["jwks_uri"]).json())
        return dict(jwt.decode(token, keys, algorithms=["RS256"]).claims)


def password_form(page: httpx.Response) -> Tag:
    """The form in which a password is typed."""
    field = ServedPage(page).root.select_one("input[type=password]")
    assert field is not None, page.text[:300]
    form = field.find_parent("form")
    assert form is not None
    return form


def sent_back(answer: httpx.Response) -> dict[str, str]:
    """The parameters with which the browser is sent back to the client; none if it is not."""
    parts = urlsplit(answer.headers.get("location", ""))
    given = {**parse_qs(parts.query), **parse_qs(parts.fragment)}
    return {name: values[0] for name, values in given.items()}


def code_in(answer: httpx.Response) -> str:
    """The code of an answer, which must have one."""
    assert answer.status_code in (302, 303), answer.text[:300]
    return sent_back(answer)["code"]


def error_of(answer: httpx.Response) -> str:
    """The error of an answer, in its redirect or its JSON; empty without one."""
    if answer.is_redirect:
        return sent_back(answer).get("error", "")
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    return str(answer.json().get("error", "")) if is_json else ""
