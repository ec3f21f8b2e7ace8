"""An OIDC provider for tests, on a real port, that can be told to issue bad tokens, to be away or to forget people.

It is what stands outside the product; it keeps the protocol's own rules (PKCE, one use of a code, rotation).
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

KEY = RSAKey.generate_key(2048, parameters={"kid": "good"})
OTHER_KEY = RSAKey.generate_key(2048, parameters={"kid": "good"})


class OddProvider:
    """`spoil(claims, header)` may change an ID token before it is signed with `key`; `raw` replaces it."""

    def __init__(self) -> None:
        self.uid: str | None = "jim.halpert"
        self.groups = ["everyone", "sales"]
        self.access_seconds = 300
        self.away = False
        self.slow = 0.0
        self.key = KEY
        self.spoil: Callable[[dict[str, Any], dict[str, Any]], None] = lambda claims, header: None
        self.raw: str | None = None
        self.refreshes: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._refresh_tokens: set[str] = set()
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Closes the port."""
        self._server.shutdown()
        self._server.server_close()

    def forget_refresh_tokens(self) -> None:
        """As when an administrator ended the person's sign-in."""
        self._refresh_tokens.clear()

    def token(self, claims: dict[str, Any], header: dict[str, Any] | None = None) -> str:
        """A token with exactly these claims and this header, signed rightly whatever they say."""
        parts = [{"alg": "RS256", "kid": "good", **(header or {})}, claims]
        text = ".".join(_base64(json.dumps(part).encode()) for part in parts)
        digest = hashes.SHA512() if parts[0]["alg"] == "RS512" else hashes.SHA256()
        return f"{text}.{_base64(self.key.private_key.sign(text.encode(), padding.PKCS1v15(), digest))}"

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        time.sleep(self.slow)
        page = getattr(
            self,
            "_" + request.path.strip("/").replace("-", "_").replace(".", "").replace("/", "_"),
            None,
        )
        response = (
            Response("away", 503) if self.away else page(request) if page else Response("no", 404)
        )
        return response(environ, start_response)

    def _well_known_openid_configuration(self, _: Request) -> Response:
        names = {
            "authorization": "authorize",
            "token": "token",
            "userinfo": "userinfo",
            "end_session": "end",
        }
        return _json(
            {
                "issuer": self.issuer,
                "jwks_uri": f"{self.issuer}/jwks",
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
                **{f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in names.items()},
            }
        )

    def _jwks(self, _: Request) -> Response:
        return _json({"keys": [KEY.as_dict(private=False)]})

    def _authorize(self, request: Request) -> Response:
        asked = request.args.to_dict()
        back: dict[str, str] = {"state": asked["state"], "iss": self.issuer}
        if self.uid is None:
            back["error"] = "login_required"
        else:
            back["code"] = secrets.token_urlsafe(12)
            self._codes[back["code"]] = asked
        return Response("", 302, {"Location": f"{asked['redirect_uri']}?{urlencode(back)}"})

    def _token(self, request: Request) -> Response:
        form = request.form
        if form["grant_type"] == "refresh_token":
            return self._refresh(form["refresh_token"])
        asked = self._codes.pop(form["code"], None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = _base64(digest)
        if (
            not asked
            or asked.get("code_challenge") != challenge
            or asked["code_challenge_method"] != "S256"
        ):
            return _json({"error": "invalid_grant"}, 400)
        return self._issue(asked["nonce"])

    def _refresh(self, token: str) -> Response:
        self.refreshes.append(token)
        time.sleep(0.05)  # long enough for others to come meanwhile
        if token not in self._refresh_tokens:
            return _json({"error": "invalid_grant"}, 400)
        self._refresh_tokens.remove(token)
        return self._issue(None)

    def _issue(self, nonce: str | None) -> Response:
        now, access = int(time.time()), secrets.token_urlsafe(16)
        claims = {
            "iss": self.issuer,
            "sub": f"id-of-{self.uid}",
            "aud": "dm-web",
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "preferred_username": self.uid,
            "name": "Jim Halpert",
            "groups": self.groups,
            **({"nonce": nonce} if nonce else {}),
        }
        header: dict[str, Any] = {}
        self.spoil(claims, header)
        refresh = secrets.token_urlsafe(16)
        self._refresh_tokens.add(refresh)
        id_token = self.raw if self.raw is not None else self.token(claims, header)
        return _json(
            {
                "access_token": access,
                "token_type": "Bearer",
                "expires_in": self.access_seconds,
                "refresh_token": refresh,
                "id_token": id_token,
            }
        )


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json")
