"""Refresh the provider's tokens, one request per session at a time, tolerating provider outages."""

import logging
import time

from webapp.gateway.sessions.store import Session, interface
from webapp.gateway.sign_in.oidc import Refused, relying_party
from webapp.gateway.tokens.provider import ProviderDown
from webapp.shared.process.json_objects import JsonObject

log = logging.getLogger(__name__)

AHEAD = 20.0  # seconds before expiry at which tokens are refreshed
RETRY = 10.0  # seconds between two tries while the provider is away
LOCKED = 15  # seconds until another request may try, whatever happened to the first


def tokens_to_keep(claims: JsonObject, token: JsonObject) -> JsonObject:
    """Return what is stored with the session, as plain JSON.

    The access token is used once, for userinfo, and not stored.
    """
    return {
        "groups": claims.get("groups", []),
        "id_token": token["id_token"],
        "refresh_token": token.get("refresh_token", ""),
        "renew_at": time.time() + float(token.get("expires_in", 300)) - AHEAD,
    }


def keep_fresh(session: Session) -> bool:
    """Refresh tokens that are due; return False if the provider says that the sign-in is over.

    A request that does not get the session's lock continues with the old tokens, which are still
    valid for a while.
    """
    store = interface()
    if not _is_due(store.tokens(session.sid)) or not store.cache.add(
        _lock(session), 1, timeout=LOCKED
    ):
        return True
    try:
        return _renew(session, store.tokens(session.sid))
    finally:
        store.cache.delete(_lock(session))


def _renew(session: Session, tokens: JsonObject) -> bool:
    if not _is_due(tokens):
        return True  # another request did it between our look and our lock
    try:
        claims, token = relying_party().refresh(tokens["refresh_token"], session["sub"])
    except ProviderDown as error:
        log.warning("tokens not refreshed, the provider is down: %s", error)
        interface().keep_tokens(session.sid, {**tokens, "renew_at": time.time() + RETRY})
        return True
    except Refused as refusal:
        log.info("sign-in is over: %s", refusal.code)
        return False
    token.setdefault("refresh_token", tokens["refresh_token"])
    if interface().peek(session.sid):
        interface().keep_tokens(session.sid, tokens_to_keep(claims, token))
    return True


def _is_due(tokens: JsonObject) -> bool:
    return bool(tokens.get("refresh_token")) and time.time() >= tokens["renew_at"]


def _lock(session: Session) -> str:
    return f"renewing:{session.sid}"
