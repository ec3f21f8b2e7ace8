"""The relying party: flask-oidc, hardened.

Adds PKCE, strict ID token checks and timeouts, and writes nothing to the session before sign-in.
"""

import logging

import requests
from authlib.integrations.base_client import OAuthError
from flask import Flask, current_app
from flask_oidc import OpenIDConnect

from settings import settings
from webapp.gateway.sign_in.id_tokens import BadToken, verify_id_token
from webapp.gateway.tokens.provider import TIMEOUT, Provider, ProviderDown
from webapp.shared.process.json_objects import JsonObject

REDIRECT_PATH = "/auth/authorize"
SIGNED_OUT_PATH = "/signed-out"
SCOPES = "openid email profile groups"


class Refused(Exception):
    """The provider, or our check of its answer, refused. `code` is the OAuth error or `bad_token`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SignIn(OpenIDConnect):
    """The relying party.

    The views are our own (webapp/gateway/sign_in/routes.py): the library's views write to the session too
    early, refresh on every request and log tokens.
    """

    def init_app(self, app: Flask, prefix: str | None = None) -> None:
        """Configure the library from our settings, with a client that times out quickly."""
        config = settings()
        app.config.update(
            OIDC_CLIENT_SECRETS={
                "web": {
                    "client_id": config.oidc_client_id,
                    "issuer": config.oidc_issuer,
                    "client_secret": config.oidc_client_secret.reveal(),
                }
            },
            OIDC_SCOPES=SCOPES,
            OIDC_RESOURCE_SERVER_ONLY=True,  # no views of the library and no refresh per request
            OIDC_USER_CLASS=None,
        )
        super().init_app(app, prefix)
        self.provider: Provider = app.extensions["provider"]
        client = self.oauth.oidc
        client.client_kwargs.update(code_challenge_method="S256", default_timeout=TIMEOUT)
        client.load_server_metadata = self.provider.description
        client._on_update_token = lambda token, **before: (
            None
        )  # the library would store the token in the session
        for name in ("authlib", "httpx", "httpcore", "urllib3", "requests_oauthlib"):
            logging.getLogger(name).setLevel(logging.WARNING)  # they log addresses and verifiers

    def start(self, **parameters: str) -> dict[str, str]:
        """Return where to send the browser (`url`), and the values to remember.

        These are `state`, `nonce` and `code_verifier`.
        """
        started: dict[str, str] = self.oauth.oidc.create_authorization_url(
            settings().public_url + REDIRECT_PATH, **parameters
        )
        return started

    def finish(self, code: str, remembered: dict[str, str]) -> tuple[JsonObject, JsonObject]:
        """Exchange a code for the verified claims and the tokens. Raises Refused or ProviderDown."""
        with _provider_errors():
            token = self.oauth.oidc.fetch_access_token(
                settings().public_url + REDIRECT_PATH,
                code=code,
                code_verifier=remembered["code_verifier"],
            )
            claims = verify_id_token(self.provider, token, nonce=remembered["nonce"])
            if "groups" not in claims:
                claims = {**self._userinfo(token, claims["sub"]), **claims}
        return claims, token

    def refresh(self, refresh_token: str, subject: str) -> tuple[JsonObject, JsonObject]:
        """Return new claims and tokens for the same subject.

        Raises Refused when the sign-in is over, or ProviderDown.
        """
        with _provider_errors():
            metadata = self.provider.description()
            with self.oauth.oidc._get_oauth_client(**metadata) as client:
                token = client.refresh_token(
                    metadata["token_endpoint"], refresh_token=refresh_token
                )
            claims = verify_id_token(self.provider, token, nonce=None, subject=subject)
            if "groups" not in claims:
                claims = {**self._userinfo(token, subject), **claims}
        return claims, token

    def end_url(self, id_token: str) -> str:
        """Return the address that ends the provider's session too. Raises ProviderDown."""
        with _provider_errors():
            made: dict[str, str] = self.oauth.oidc.create_logout_url(
                post_logout_redirect_uri=settings().public_url + SIGNED_OUT_PATH,
                id_token_hint=id_token,
                client_id=settings().oidc_client_id,
            )
        return made["url"]

    def _userinfo(self, token: JsonObject, subject: str) -> JsonObject:
        found = self.oauth.oidc.userinfo(token=token)
        if found.get("sub") != subject:
            raise BadToken("userinfo of another subject")
        return dict(found)


class _provider_errors:
    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OAuthError):
            raise Refused(error.error or "refused") from None
        if isinstance(error, BadToken):
            logging.getLogger(__name__).warning("sign-in refused: %s", error)
            raise Refused("bad_token") from None
        if isinstance(error, (requests.RequestException, ValueError, KeyError)):
            raise ProviderDown(type(error).__name__) from None


def relying_party() -> SignIn:
    """Return the relying party of the running app."""
    found: SignIn = current_app.extensions["sign_in"]
    return found
