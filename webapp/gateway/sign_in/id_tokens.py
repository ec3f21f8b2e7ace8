"""Verify ID tokens by OpenID Connect Core 3.1.3.7 and RFC 9700, and slightly more strictly."""

import hmac

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry

from settings import settings
from webapp.gateway.tokens.provider import Provider
from webapp.gateway.tokens.signatures import left_half_hash, signed_with
from webapp.shared.process.json_objects import JsonObject

LEEWAY = 30
ALGORITHMS = ["RS256"]


class BadToken(Exception):
    """A token failed a check. The message names the check and never the token."""


def verify_id_token(
    provider: Provider, token: JsonObject, *, nonce: str | None, subject: str | None = None
) -> JsonObject:
    """Return the verified claims of `token["id_token"]`.

    Checks signature, iss, aud, azp, exp, iat, nonce and at_hash. At a refresh `nonce` is None and
    `subject` must be the previous one. Raises BadToken, or ProviderDown if the keys were never
    fetched.
    """
    raw = token.get("id_token")
    if not isinstance(raw, str):
        raise BadToken("no id_token in the answer")
    try:
        keys = provider.keys(signed_with(raw, ALGORITHMS).get("kid"))
        claims = jwt.decode(raw, keys, algorithms=ALGORITHMS).claims
        _registry().validate(claims)
    except (JoseError, ValueError, TypeError) as error:
        raise BadToken(f"id_token: {type(error).__name__}") from error
    _check_binding(claims, token, nonce, subject)
    return claims


def _registry() -> JWTClaimsRegistry:
    return JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": settings().oidc_issuer},
        sub={"essential": True},
        aud={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )


def _check_binding(
    claims: JsonObject, token: JsonObject, nonce: str | None, subject: str | None
) -> None:
    client = settings().oidc_client_id
    if claims["aud"] not in (client, [client]) or claims.get("azp", client) != client:
        raise BadToken("id_token for another client")
    if nonce is not None and not _same(claims.get("nonce"), nonce):
        raise BadToken("id_token with another nonce")
    if subject is not None and not _same(claims["sub"], subject):
        raise BadToken("id_token of another subject")
    if "at_hash" in claims and not _same(
        claims["at_hash"], left_half_hash(token.get("access_token", ""))
    ):
        raise BadToken("id_token of another access token")


def _same(given: object, expected: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), expected.encode())
