"""Renews the provider's tokens, one request per session at a time, and lives on while the provider is away."""

import logging
import time
from typing import Any

from webapp.gateway.oidc import Refused, relying_party
from webapp.gateway.provider import ProviderDown
from webapp.gateway.sessions import Session, interface

log = logging.getLogger(__name__)

AHEAD = 20.0  # seconds before the end at which tokens are renewed
RETRY = 10.0  # seconds between two tries while the provider is away
LOCKED = 15  # seconds after which another request may try, whatever became of the first


def tokens_to_keep(claims: dict[str, Any], token: dict[str, Any]) -> dict[str, Any]:
    """What is kept beside the session (plain JSON; the access token is used once, for userinfo, and not kept)."""
    return {
        "groups": claims.get("groups", []),
        "id_token": token["id_token"],
        "refresh_token": token.get("refresh_token", ""),
        "renew_at": time.time() + float(token.get("expires_in", 300)) - AHEAD,
    }


def keep_fresh(session: Session) -> bool:
    """Renews what is due; False when the provider says that this sign-in is over.

    Whoever does not hold the session's lock goes on with the tokens of before, which are still good for a while.
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


def _renew(session: Session, tokens: dict[str, Any]) -> bool:
    if not _is_due(tokens):
        return True  # another request did it between our look and our lock
    try:
        claims, token = relying_party().refresh(tokens["refresh_token"], session["sub"])
    except ProviderDown as error:
        log.warning("tokens not renewed, the provider is away: %s", error)
        interface().keep_tokens(session.sid, {**tokens, "renew_at": time.time() + RETRY})
        return True
    except Refused as refusal:
        log.info("sign-in is over: %s", refusal.code)
        return False
    token.setdefault("refresh_token", tokens["refresh_token"])
    if interface().peek(session.sid):
        interface().keep_tokens(session.sid, tokens_to_keep(claims, token))
    return True


def _is_due(tokens: dict[str, Any]) -> bool:
    return bool(tokens.get("refresh_token")) and time.time() >= tokens["renew_at"]


def _lock(session: Session) -> str:
    return f"renewing:{session.sid}"
