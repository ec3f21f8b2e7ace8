"""End sessions when the provider says so (OpenID Connect Back-Channel Logout 1.0)."""

import logging

from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry

from settings import settings
from webapp.gateway.sessions.store import interface
from webapp.gateway.tokens.provider import Provider, ProviderDown
from webapp.gateway.tokens.signatures import signed_with
from webapp.shared.people.rights import public
from webapp.shared.process.json_objects import JsonObject

log = logging.getLogger(__name__)
blueprint = Blueprint("back_channel", __name__)

EVENT = "http://schemas.openid.net/event/backchannel-logout"
ALGORITHMS = ["RS256"]
TYPES = (None, "JWT", "logout+jwt")
LEEWAY = 30
FRESH = 300  # seconds after issue in which a token is accepted; its `jti` is remembered at least as long


class BadLogoutToken(Exception):
    """A logout token failed a check. The message names the check and never the token."""


@blueprint.post("/auth/back-channel-logout", endpoint="logout")
@public
def logout() -> ResponseReturnValue:
    """End the sessions of the `logout_token`'s `sid`, or all sessions of its `sub`.

    Answers 400 for a token that fails any check, 503 while the provider's keys cannot be fetched.
    """
    try:
        claims = _verified(request.form.get("logout_token", ""))
        _use_once(claims["jti"])
    except BadLogoutToken as error:
        log.warning("back-channel logout refused: %s", error)
        return jsonify(error="invalid_request"), 400
    except ProviderDown:
        return jsonify(error="temporarily_unavailable"), 503
    interface().end_sign_ins(str(claims.get("sid", "")), str(claims.get("sub", "")))
    return "", 200


def _verified(raw: str) -> JsonObject:
    """Return the claims, checked as Back-Channel Logout 1.0, section 2.6, requires.

    Raises BadLogoutToken or ProviderDown.
    """
    provider: Provider = current_app.extensions["provider"]
    try:
        header = signed_with(raw, ALGORITHMS)
        claims = jwt.decode(raw, provider.keys(header.get("kid")), algorithms=ALGORITHMS).claims
        _registry().validate(claims)
    except (JoseError, ValueError, TypeError) as error:
        raise BadLogoutToken(type(error).__name__) from error
    _check_kind(header, claims)
    return claims


def _registry() -> JWTClaimsRegistry:
    config = settings()
    return JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": config.oidc_issuer},
        aud={"essential": True},
        iat={"essential": True},
        exp={"essential": True},
        jti={"essential": True},
        events={"essential": True},
    )


def _check_kind(header: JsonObject, claims: JsonObject) -> None:
    client, now = settings().oidc_client_id, interface().clock()
    if header.get("typ") not in TYPES:
        raise BadLogoutToken("a token of another type")
    if claims["aud"] not in (client, [client]):
        raise BadLogoutToken("for another client")
    if claims["iat"] < now - FRESH - LEEWAY:
        raise BadLogoutToken("too old")
    if not isinstance(claims["events"], dict) or not isinstance(claims["events"].get(EVENT), dict):
        raise BadLogoutToken("no logout event")
    if "nonce" in claims:
        raise BadLogoutToken("an ID token: it has a nonce")
    named = [claims[name] for name in ("sid", "sub") if name in claims]
    if not named or not all(isinstance(name, str) and name for name in named):
        raise BadLogoutToken("neither sid nor sub")


def _use_once(jti: object) -> None:
    if (
        not isinstance(jti, str)
        or not jti
        or not interface().cache.add(f"jti:{jti}", 1, timeout=FRESH + 2 * LEEWAY)
    ):
        raise BadLogoutToken("used before")
