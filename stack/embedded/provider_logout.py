"""Notify the product of a sign-out (OpenID Connect Back-Channel Logout 1.0)."""

import logging
import secrets
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from joserfc import jwt
from joserfc.jwk import RSAKey

from settings import settings
from stack.realm import DESCRIPTION

EVENT = "http://schemas.openid.net/event/backchannel-logout"
log = logging.getLogger(__name__)


def tell(key: RSAKey, sid: str, uid: str) -> None:
    """Post a logout token to every client that registered for it, without delaying the response."""
    for client, given in DESCRIPTION["clients"].items():
        if path := given.get("back_channel_logout_path"):
            form = urllib.parse.urlencode(
                {"logout_token": logout_token(key, client, sid, uid)}
            ).encode()
            threading.Thread(
                target=_post, args=(settings().public_url + path, form), daemon=True
            ).start()


def logout_token(key: RSAKey, client: str, sid: str, uid: str) -> str:
    """Return a token for one client that names the sign-in and its person."""
    now = int(time.time())
    claims = {
        "iss": settings().oidc_issuer,
        "aud": client,
        "iat": now,
        "exp": now + 120,
        "jti": secrets.token_urlsafe(16),
        "sub": uid,
        "sid": sid,
        "events": {EVENT: {}},
    }
    return jwt.encode({"alg": "RS256", "kid": key.kid, "typ": "logout+jwt"}, claims, key)


def _post(url: str, form: bytes) -> None:
    try:
        urllib.request.urlopen(url, form, timeout=3).close()  # noqa: S310  our own address
    except (urllib.error.URLError, OSError) as error:
        log.warning("cannot notify the product of a sign-out: %s", type(error).__name__)
