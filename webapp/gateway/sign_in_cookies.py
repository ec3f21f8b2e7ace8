"""What a browser carries while it is away at the provider, and what tells that it comes back to the same seat."""

import hashlib
import hmac
import secrets
from typing import Any

from flask import Response, request
from itsdangerous import BadData, URLSafeTimedSerializer

from settings import settings
from webapp.gateway.configuration import cookie_name, is_https

PATIENCE = 600  # seconds between start and return
MOST_STARTS = 4  # sign-ins under way in one browser
SEAT_SERVES = 24 * 3600


def remember_start(response: Response, state: str, content: dict[str, Any]) -> None:
    """Puts state, nonce and verifier of one sign-in into a signed cookie of its own: the server keeps nothing."""
    for old in _starts_under_way()[: -(MOST_STARTS - 1)]:
        _forget(response, old)
    _set(response, _name_of(state), _signer("start").dumps({"state": state, **content}), PATIENCE)


def recall_start(state: str) -> dict[str, Any] | None:
    """What was remembered under `state` in this browser; None when it was not, is older, or was tampered with."""
    found = _loaded("start", request.cookies.get(_name_of(state), ""), PATIENCE)
    return found if found and hmac.compare_digest(found["state"].encode(), state.encode()) else None


def forget_start(response: Response, state: str) -> None:
    """A state serves once."""
    _forget(response, _name_of(state))


def take_seat(response: Response, subject: str, *, anew: bool) -> str:
    """The CSRF token for a session of `subject` in this browser.

    After a silent sign-in (`anew=False`) it is the one of before, so forms that were open in other tabs still
    pass; a sign-in by hand, or by another person, makes a new one.
    """
    seat = _loaded("seat", request.cookies.get(cookie_name("seat"), ""), SEAT_SERVES)
    if anew or not seat or seat["subject"] != _digest(subject):
        seat = {"id": secrets.token_urlsafe(24), "subject": _digest(subject)}
    _set(response, cookie_name("seat"), _signer("seat").dumps(seat), None)
    return hmac.new(_secret(), f"csrf {seat['id']} {subject}".encode(), hashlib.sha256).hexdigest()


def seat_subject() -> str:
    """A digest of who last signed in in this browser; empty when nobody did."""
    seat = _loaded("seat", request.cookies.get(cookie_name("seat"), ""), SEAT_SERVES)
    return seat["subject"] if seat else ""


def subject_digest(subject: str) -> str:
    """The digest under which `seat_subject` knows a subject."""
    return _digest(subject)


def leave_seat(response: Response) -> None:
    """At sign-out."""
    _forget(response, cookie_name("seat"))


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


def _loaded(purpose: str, value: str, seconds: int) -> dict[str, Any] | None:
    try:
        return _signer(purpose).loads(value, max_age=seconds)
    except BadData:
        return None
