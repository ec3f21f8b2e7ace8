"""The embedded provider's grants, on Authlib.

Code with PKCE, refresh with rotation, client credentials.
"""

import secrets
import time
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6749 import grants as rfc6749
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from authlib.oidc.core import OpenIDCode, OpenIDToken, UserInfo
from authlib.oidc.rpinitiated import EndSessionEndpoint
from flask import Flask, current_app, g
from joserfc.jwk import KeySet, RSAKey

from settings import settings
from stack.embedded import provider_logout
from stack.embedded.provider_state import Code, Person, Refresh, RelyingParty, State, find_person
from stack.realm import DESCRIPTION, clients

CODE_SECONDS = 60


def install(app: Flask, key: RSAKey) -> AuthorizationServer:
    """Create the authorization server over the realm's clients.

    app.extensions["state"] is its memory.
    """
    config = settings()
    known = clients(
        config.public_url,
        {
            config.oidc_client_id: config.oidc_client_secret.reveal(),
            config.service_client_id: config.service_client_secret.reveal(),
        },
    )
    parties = {id_: RelyingParty(client) for id_, client in known.items()}
    app.extensions.update(state=State(), key=key)
    server = AuthorizationServer(app, query_client=parties.get, save_token=_save_token)
    server.register_token_generator(
        "default",
        AccessTokens(
            config.oidc_issuer,
            refresh_token_generator=lambda *_, **__: secrets.token_urlsafe(32),
            expires_generator=lambda *_: DESCRIPTION["access_token_seconds"],
        ),
    )
    server.register_grant(CodeGrant, [OidcCode(require_nonce=True), S256(required=True)])
    server.register_grant(RefreshGrant, [IdTokens()])
    server.register_grant(rfc6749.ClientCredentialsGrant)
    server.register_endpoint(EndSession)
    return server


class S256(CodeChallenge):
    """PKCE by S256 only, for confidential clients too (RFC 9700, 2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        asked = grant.request.payload.data
        if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with S256 is required.", redirect_uri=redirect_uri)
        super().validate_code_challenge(grant, redirect_uri)


class CodeGrant(rfc6749.AuthorizationCodeGrant):
    """The authorization code grant; a code is valid once and for a minute."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

    def save_authorization_code(self, code: str, request: Any) -> None:
        asked = request.payload.data
        state().codes[code] = Code(
            code,
            request.client.get_client_id(),
            request.payload.redirect_uri,
            request.payload.scope,
            request.user.uid,
            asked.get("nonce", ""),
            asked["code_challenge"],
            asked["code_challenge_method"],
            g.sign_in.id,
            int(g.sign_in.at),
            time.time() + CODE_SECONDS,
        )

    def query_authorization_code(self, code: str, client: RelyingParty) -> Code | None:
        found = state().spend(code)  # even if the exchange fails
        if found is None or found.client_id != client.get_client_id():
            return None
        if state().current(found.session) is None:
            return None
        g.session_of_tokens = found.session
        return found

    def delete_authorization_code(self, authorization_code: Code) -> None:
        state().codes.pop(authorization_code.code, None)

    def authenticate_user(self, authorization_code: Code) -> Person | None:
        return find_person(authorization_code.uid)


class RefreshGrant(rfc6749.RefreshTokenGrant):
    """Refresh with rotation: a used token is spent, and its second use ends them all.

    Whoever of two holders came first, one of them stole it (RFC 9700, 4.14.2).
    """

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Refresh | None:
        found = state().refreshes.get(refresh_token)
        if found is None or state().current(found.session) is None:
            return None
        if found.is_spent:
            state().revoke(found.session, found.client_id)
            return None
        g.session_of_tokens = found.session
        return found

    def authenticate_user(self, credential: Refresh) -> Person | None:
        return find_person(credential.uid)

    def revoke_old_credential(self, credential: Refresh) -> None:
        credential.is_spent = True


class AccessTokens(JWTBearerTokenGenerator):
    """Access tokens as JWT (RFC 9068) for our API, with the person's current groups."""

    def get_jwks(self) -> KeySet:
        return KeySet([current_app.extensions["key"]])

    def get_audiences(self, client: RelyingParty, user: Person | None, scope: str) -> str:
        return str(DESCRIPTION["api_audience"])

    def get_extra_claims(
        self, client: RelyingParty, grant_type: str, user: Person | None, scope: str
    ) -> dict[str, Any]:
        extra: dict[str, Any] = {"azp": client.get_client_id()}
        if user is None:
            return {**extra, "groups": list(client.client.groups)}
        return {**extra, **claims_of(user), "sub": user.uid, "sid": g.session_of_tokens}


class IdTokens(OpenIDToken):
    """ID tokens signed by our key."""

    def resolve_client_private_key(self, client: RelyingParty) -> RSAKey:
        key: RSAKey = current_app.extensions["key"]
        return key

    def get_encode_header(self, client: RelyingParty) -> dict[str, str]:
        return {"alg": "RS256", "kid": current_app.extensions["key"].kid}

    def get_client_claims(self, client: RelyingParty) -> dict[str, Any]:
        return {
            "iss": settings().oidc_issuer,
            "aud": client.get_client_id(),
            "exp": int(time.time()) + DESCRIPTION["access_token_seconds"],
            "sid": g.get("session_of_tokens", ""),
        }

    def generate_user_info(self, user: Person, scope: str) -> UserInfo:
        return UserInfo(sub=user.uid, **claims_of(user))


class OidcCode(IdTokens, OpenIDCode):
    """ID tokens at the first exchange, where a nonce is always required."""

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return any(code.nonce == nonce for code in state().codes.values())


class EndSession(EndSessionEndpoint):
    """RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0)."""

    def get_server_jwks(self) -> KeySet:
        return KeySet([current_app.extensions["key"]])

    def get_algorithms(self) -> list[str]:
        return ["RS256"]

    def end_session(self, end_session_request: Any) -> None:
        for id_ in (end_session_request.id_token_claims or {}).get("sid"), g.get("cookie_session"):
            if ended := state().current(id_):
                provider_logout.tell(current_app.extensions["key"], ended.id, ended.uid)
            state().end(id_ or "")


def claims_of(user: Person) -> dict[str, Any]:
    """Return the claims that the product gets about a person."""
    return {
        "preferred_username": user.uid,
        "name": user.name,
        "given_name": user.given_name,
        "email": user.mail,
        "groups": sorted(user.groups),
    }


def state() -> State:
    """Return this provider's memory."""
    remembered: State = current_app.extensions["state"]
    return remembered


def _save_token(token: dict[str, Any], request: Any) -> None:
    if value := token.get("refresh_token"):
        state().refreshes[value] = Refresh(
            value,
            request.client.get_client_id(),
            request.user.uid,
            token["scope"],
            g.session_of_tokens,
        )
