"""A person's own program at the REST API: a token of the provider, an idempotency key, and patience."""

import base64
import hashlib
import secrets
import threading
import time
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

from tests.chaos.browser import Browser, Refused, fill_in, said

SECRET = ("dm-web", "demo-only-web")


class Program(Browser):
    """Calls in somebody's name until each is answered clearly."""

    def __init__(self, url: str, uid: str, stopping: threading.Event, issuer: str) -> None:
        super().__init__(url, uid, stopping)
        self.issuer, self.token, self.good_until = issuer, "", 0.0

    def call(
        self, method: str, path: str, *, json: Any = None, key: str = "", version: str = ""
    ) -> Any:
        """The parsed answer. Raises Refused on a clear no, GaveUp where none came in time."""

        def ask() -> Any:
            headers = {
                "Authorization": f"Bearer {self._current_token()}",
                **({"Idempotency-Key": key} if key else {}),
                **({"If-Match": version} if version else {}),
            }
            answer = self.http.request(
                method, f"{self.url}/api/v1{path}", json=json, headers=headers
            )
            if answer.is_success:
                return {**answer.json(), "etag": answer.headers.get("ETag", "")}
            if answer.status_code == 401:
                self.good_until = 0.0
            elif answer.status_code < 500 and answer.status_code not in (408, 429):
                raise Refused(f"{method} {path}: {answer.status_code} {said(answer)}")
            self.trouble.unclear += 1
            return None

        return self.insist(path, ask)

    def _current_token(self) -> str:
        if time.monotonic() > self.good_until:
            told = self._ask_for_token()
            self.token, self.good_until = (
                told["access_token"],
                time.monotonic() + float(told["expires_in"]) - 30,
            )
        return self.token

    def _ask_for_token(self) -> dict[str, Any]:
        """By the code flow with PKCE, as an installed program gets one."""
        places = (
            self.http.get(f"{self.issuer}/.well-known/openid-configuration")
            .raise_for_status()
            .json()
        )
        verifier, back = secrets.token_urlsafe(48), f"{self.url}/auth/authorize"
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
            .rstrip(b"=")
            .decode()
        )
        answer = self.http.get(
            places["authorization_endpoint"],
            params={
                "response_type": "code",
                "client_id": SECRET[0],
                "redirect_uri": back,
                "state": "s",
                "nonce": secrets.token_hex(8),
                "scope": "openid email profile groups",
                "code_challenge": challenge,
                "code_challenge_method": "S256",
            },
        )
        code = self._code(answer, back)
        return (
            self.http.post(
                places["token_endpoint"],
                auth=SECRET,
                data={
                    "grant_type": "authorization_code",
                    "code": code,
                    "redirect_uri": back,
                    "code_verifier": verifier,
                },
            )
            .raise_for_status()
            .json()
        )

    def _code(self, answer: httpx.Response, back: str) -> str:
        for _ in range(8):
            if (place := answer.headers.get("location", "")).startswith(back):
                return parse_qs(urlsplit(place).query)["code"][0]
            answer = (
                self.http.get(urljoin(str(answer.url), place))
                if place
                else fill_in(self.http, answer, self.uid)
            )
        raise LookupError("the provider gave no code")
