"""Bearer tokens of the REST API, issued by the gateway or by the provider."""

import logging
from typing import Any

from flask import current_app, g, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from settings import settings
from webapp.gateway.people.identity import effective
from webapp.gateway.tokens.own_tokens import OwnTokens
from webapp.gateway.tokens.provider import Provider, ProviderDown
from webapp.gateway.tokens.signatures import signed_with, unverified_issuer
from webapp.shared.people.rights import Person

log = logging.getLogger(__name__)

API_AUDIENCE = "dm-api"
ALGORITHMS = ["RS256"]
LEEWAY = 10


def person_of_request() -> Person | None:
    """Return the caller, or None without a token. Raises Unauthorized if a token fails any check."""
    kind, _, raw = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not raw:
        return None
    try:
        if unverified_issuer(raw) == settings().public_url:
            g.own_token = True
            return _own_tokens().verify(raw, _service())
        return _of_provider(raw)
    except (JoseError, ProviderDown, ValueError, TypeError, KeyError) as error:
        log.info("bearer token refused: %s", type(error).__name__)
        raise refused() from None


def refused() -> Unauthorized:
    """Return the same answer for every bad token; only our log says which check failed."""
    challenge = WWWAuthenticate("bearer", {"realm": "dunder-mifflin", "error": "invalid_token"})
    return Unauthorized(
        "The bearer token is not valid here, or not any more.", www_authenticate=challenge
    )


def _service() -> str:
    return (request.blueprint or "").removesuffix("_api")


def _own_tokens() -> OwnTokens:
    return current_app.extensions["own_tokens"]


def _of_provider(raw: str) -> Person:
    provider: Provider = current_app.extensions["provider"]
    keys = provider.keys(signed_with(raw, ALGORITHMS).get("kid"))
    claims = jwt.decode(raw, keys, algorithms=ALGORITHMS).claims
    essential: Any = {"essential": True}
    JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={**essential, "value": settings().oidc_issuer},
        exp=essential,
        sub=essential,
        aud={**essential, "value": API_AUDIENCE},
    ).validate(claims)
    return _person(claims)


def _person(claims: dict[str, Any]) -> Person:
    if claims.get("azp", claims.get("client_id")) == settings().service_client_id:
        name = settings().service_client_id
        return Person(
            uid=f"service:{name}", name=name, roles=frozenset({"service"}), is_service=True
        )
    uid = str(claims["preferred_username"])
    found = effective(
        uid, claims.get("name", uid), claims.get("email", ""), claims.get("groups", [])
    )
    if found is None:
        raise ValueError("no such person in the directory")
    return found
