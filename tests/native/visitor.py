"""A browser without a screen before Keycloak's own login page, and an administrator at its REST interface."""

from typing import Any

import httpx

from stack.supervisor import Stack
from tests.pages.served import ServedPage

REALM = "dundermifflin"
PASSWORD = "demo-only-paper"


class Loopback(httpx.HTTPTransport):
    """Keeps `Secure` cookies on loopback without TLS, as browsers do."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        response.headers = httpx.Headers(
            [
                (name, value.replace(b";Secure", b"").replace(b"; Secure", b""))
                for name, value in response.headers.raw
            ]
        )
        return response


class Visitor:
    """Somebody at the product; follows redirects as a browser does, cookies of this machine's ports together."""

    def __init__(self, stack: Stack) -> None:
        self.http = httpx.Client(
            base_url=stack.url, timeout=30, follow_redirects=True, transport=Loopback()
        )

    def sign_in(self, uid: str, password: str = PASSWORD) -> httpx.Response:
        """Through Keycloak's page; the last answer, which is the product's when it worked."""
        page = self.http.get("/auth/login", params={"next": "/"})
        return self.post_form(page, username=uid, password=password)

    def post_form(self, page: httpx.Response, **fields: str) -> httpx.Response:
        """Sends the page's form."""
        form = ServedPage(page).first("form")
        return self.http.post(str(form.root["action"]), data=fields)

    def is_signed_in(self) -> bool:
        """Whether the product knows who this is."""
        return self.http.get("/", follow_redirects=False).status_code == 200

    def sees(self, path: str) -> int:
        """The status that a page answers with."""
        return self.http.get(path, follow_redirects=False).status_code


class Administrator:
    """Keycloak's administrator of this stack, at its REST interface."""

    def __init__(self, stack: Stack) -> None:
        self.root = stack.settings_env["DM_OIDC_ISSUER"].removesuffix(f"/realms/{REALM}")
        self.password = (stack.folder / "keycloak-password").read_text()

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """A request about the realm; its JSON, or None."""
        answer = httpx.request(
            method,
            f"{self.root}/admin/realms/{REALM}{path}",
            timeout=30,
            trust_env=False,
            headers={"Authorization": f"Bearer {self._token()}"},
            **options,
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def _token(self) -> str:
        given = {
            "grant_type": "password",
            "client_id": "admin-cli",
            "username": "admin",
            "password": self.password,
        }
        answer = httpx.post(
            f"{self.root}/realms/master/protocol/openid-connect/token",
            data=given,
            timeout=30,
            trust_env=False,
        )
        return answer.raise_for_status().json()["access_token"]
