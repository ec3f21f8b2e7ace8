"""Cookies for the trip to the provider and back, and for the "seat" of a browser.

A seat remembers who last signed in with this browser, so that a silent sign-in of the same person
keeps the CSRF token of open forms; and when they last used it, should the server forget.
"""

import hashlib
import hmac
import secrets

from flask import request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from settings import settings
from webapp.gateway.process.configuration import cookie_name, is_https
from webapp.shared.process.json_objects import JsonObject

PATIENCE = 600  # seconds from the start of a sign-in to its return
MOST_STARTS = 4  # concurrent sign-ins in one browser
SEAT_SERVES = 24 * 3600
USE_NOTED_EVERY = 300  # seconds between two notes of the seat's use
EXPIRY_SERVES = 30 * 24 * 3600


def remember_start(response: Response, state: str, content: JsonObject) -> None:
    """Store state, nonce and verifier of one sign-in in its own signed cookie.

    The server stores nothing. Only the newest few sign-ins of a browser are kept.
    """
    for old in _starts_under_way()[: -(MOST_STARTS - 1)]:
        _forget(response, old)
    _set(response, _name_of(state), _signer("start").dumps({"state": state, **content}), PATIENCE)


def recall_start(state: str) -> JsonObject | None:
    """Return what this browser stored under `state`.

    None if there is nothing, or it is too old or was tampered with.
    """
    found = _loaded("start", request.cookies.get(_name_of(state), ""), PATIENCE)
    return found if found and hmac.compare_digest(found["state"].encode(), state.encode()) else None


def forget_start(response: Response, state: str) -> None:
    """Delete the cookie of a sign-in: a state may be used once."""
    _forget(response, _name_of(state))


def take_seat(response: Response, subject: str, *, anew: bool) -> str:
    """Return the CSRF token for a session of `subject` in this browser.

    After a silent sign-in (`anew=False`) of the same person the token stays the same, so forms open
    in other tabs still pass. An interactive sign-in, or another person, gets a new one.
    """
    seat = _loaded("seat", request.cookies.get(cookie_name("seat"), ""), SEAT_SERVES)
    if anew or not seat or seat["subject"] != _digest(subject):
        seat = {"id": secrets.token_urlsafe(24), "subject": _digest(subject)}
    _set(response, cookie_name("seat"), _signer("seat").dumps(seat), None)
    return hmac.new(_secret(), f"csrf {seat['id']} {subject}".encode(), hashlib.sha256).hexdigest()


def seat_subject() -> str:
    """Return a digest of whoever last signed in with this browser; empty if nobody did."""
    seat = _loaded("seat", request.cookies.get(cookie_name("seat"), ""), SEAT_SERVES)
    return seat["subject"] if seat else ""


def subject_digest(subject: str) -> str:
    """Return the digest that `seat_subject` gives for this subject."""
    return _digest(subject)


def note_use(response: Response) -> None:
    """Note in the seat that its person uses it now; at most every five minutes."""
    value = request.cookies.get(cookie_name("seat"), "")
    seat = _loaded("seat", value, SEAT_SERVES)
    if seat and not _loaded("seat", value, USE_NOTED_EVERY):
        _set(response, cookie_name("seat"), _signer("seat").dumps(seat), None)


def seat_lay_unused(seconds: int) -> bool:
    """Check whether nobody has used this browser's seat for so long; False without a seat."""
    value = request.cookies.get(cookie_name("seat"), "")
    known = _loaded("seat", value, None)
    return known is not None and _loaded("seat", value, seconds + USE_NOTED_EVERY) is None


def leave_seat(response: Response) -> None:
    """Delete the seat cookie at sign-out."""
    _forget(response, cookie_name("seat"))


def note_expiry(response: Response) -> None:
    """Remember in this browser that a session ended by a limit, until somebody signs in anew."""
    _set(response, cookie_name("expired"), _signer("expired").dumps(1), None)


def expiry_was_noted() -> bool:
    """Check whether the last session of this browser ended by a limit."""
    value = request.cookies.get(cookie_name("expired"), "")
    return _loaded("expired", value, EXPIRY_SERVES) is not None


def forget_expiry(response: Response) -> None:
    """Forget it, since somebody has just proved who they are."""
    _forget(response, cookie_name("expired"))


def _name_of(state: str) -> str:
    return cookie_name(f"start_{hashlib.sha256(state.encode()).hexdigest()[:16]}")


def _starts_under_way() -> list[str]:
    return [name for name in request.cookies if name.startswith(cookie_name("start_"))]


def _set(response: Response, name: str, value: str, seconds: int | None) -> None:
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=is_https(), httponly=True, samesite="Lax"
    )


def _forget(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=is_https(), httponly=True, samesite="Lax")


def _digest(subject: str) -> str:
    return hmac.new(_secret(), f"seat {subject}".encode(), hashlib.sha256).hexdigest()


def _secret() -> bytes:
    return settings().session_secret.reveal().encode()


def _signer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        _secret(), salt=f"dm {purpose}", signer_kwargs={"digest_method": hashlib.sha256}
    )


def _loaded(purpose: str, value: str, seconds: int | None) -> JsonObject | None:
    try:
        found: JsonObject = _signer(purpose).loads(value, max_age=seconds)
    except BadData:
        return None
    return found
