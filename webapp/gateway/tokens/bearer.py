"""Bearer tokens of the REST API: the gateway's, the provider's, and personal access tokens."""

import logging
from typing import NamedTuple

from flask import current_app, g, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import ServiceUnavailable, Unauthorized

from settings import settings
from webapp.gateway.people import identity
from webapp.gateway.people.identity import effective
from webapp.gateway.tokens.own_tokens import OwnTokens
from webapp.gateway.tokens.provider import Provider, ProviderDown
from webapp.gateway.tokens.signatures import signed_with, unverified_issuer
from webapp.shared.people.access_tokens import PREFIX, digest_of, is_well_formed
from webapp.shared.people.rights import Person
from webapp.shared.process.json_objects import JsonObject
from webapp.shared.services.client import ServiceDown, ServiceRefused, call

log = logging.getLogger(__name__)

API_AUDIENCE = "dm-api"
ALGORITHMS = ["RS256"]
LEEWAY = 10
GATEWAY = Person("service:gateway", "gateway", roles=frozenset({"service"}), is_service=True)


class AccessToken(NamedTuple):
    """The personal access token of this request: its id, and the rights it is limited to."""

    id: str
    rights: frozenset[str]


def person_of_request() -> Person | None:
    """Return the caller, or None without a token.

    Raises Unauthorized if a token fails any check, ServiceUnavailable if it cannot be checked now.
    """
    kind, _, raw = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not raw:
        return None
    if raw.startswith(PREFIX):
        return _of_access_token(raw)
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
        "The bearer token is not valid here, or it has expired.", www_authenticate=challenge
    )


def _of_access_token(raw: str) -> Person:
    """Return the owner of a personal access token, with the rights that they have right now.

    What the token is limited to stands in `g.access_token`; `access.authorise` holds it against the
    call. The profile service is asked each time, so that a revoked token ends at once.
    """
    if not is_well_formed(raw):
        log.info("access token refused: malformed")
        raise refused()
    try:
        used = call(
            "profile",
            "POST",
            "/access-tokens/use",
            json={"digest": digest_of(raw)},
            caller=GATEWAY,
        )
    except (ServiceDown, ServiceRefused) as error:
        log.warning("access tokens cannot be checked: %r", error)
        raise ServiceUnavailable(
            "Access tokens cannot be checked right now. Try again in a moment."
        ) from None
    found = _holder(used) if used["in_force"] else None
    if found is None:
        log.info("access token refused: not in force, or its owner has left")
        raise refused()
    g.access_token = AccessToken(used["id"], frozenset(used["rights"]))
    return found


def _holder(used: JsonObject) -> Person | None:
    """Return whom a token acts for. A service account approves nothing."""
    uid, roles = used["uid"], used["roles"]
    if roles is None:
        return identity.of_directory(uid)
    everyones = frozenset({"employee", *roles})
    return Person(uid, used["name"], roles=everyones, may_approve=False)


def _service() -> str:
    return (request.blueprint or "").removesuffix("_api")


def _own_tokens() -> OwnTokens:
    found: OwnTokens = current_app.extensions["own_tokens"]
    return found


def _of_provider(raw: str) -> Person:
    provider: Provider = current_app.extensions["provider"]
    keys = provider.keys(signed_with(raw, ALGORITHMS).get("kid"))
    claims = jwt.decode(raw, keys, algorithms=ALGORITHMS).claims
    required = ClaimsOption(essential=True)
    JWTClaimsRegistry(
        leeway=LEEWAY,
        iss=ClaimsOption(essential=True, value=settings().oidc_issuer),
        exp=required,
        sub=required,
        aud=ClaimsOption(essential=True, value=API_AUDIENCE),
    ).validate(claims)
    return _person(claims)


def _person(claims: JsonObject) -> Person:
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
