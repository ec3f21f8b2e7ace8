"""What every form carries: the CSRF token of the session and a key that makes sending it twice harmless."""

import hmac
import re
import secrets

from flask import request, session
from markupsafe import Markup
from werkzeug.exceptions import BadRequest

_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


def csrf_token() -> str:
    """The session's CSRF token; empty where nobody is signed in."""
    return session.get("csrf", "")


def csrf_token_is_valid() -> bool:
    """Whether the request carries the session's token, as a field or as `X-CSRF-Token`."""
    expected = session.get("csrf", "")
    given = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    return bool(expected) and hmac.compare_digest(expected.encode(), given.encode())


def form_key() -> str:
    """The idempotency key sent with this request (field `form_key` or header `Idempotency-Key`).

    A request without one gets a fresh key: it is then done each time it is sent. Raises BadRequest for a key
    that is not 8 to 64 letters, digits, `_` or `-`.
    """
    given = (
        request.headers.get("Idempotency-Key")
        or request.form.get("form_key")
        or secrets.token_urlsafe(18)
    )
    if not _KEY.fullmatch(given):
        raise BadRequest("An idempotency key is 8 to 64 letters, digits, _ or -.")
    return given


def form_keys() -> Markup:
    """Hidden fields for a form: the CSRF token, and the form's own key (the same again when it is re-shown)."""
    sent = request.form.get("form_key", "") if request.method == "POST" else ""
    key = sent if _KEY.fullmatch(sent) else secrets.token_urlsafe(18)
    return Markup(
        '<input type="hidden" name="csrf_token" value="{}"><input type="hidden" name="form_key" value="{}">'
    ).format(csrf_token(), key)


def serial(text: object) -> int | None:
    """The number that the database gave a row or an event (a bigint, from 0), or None for what can be none."""
    return int(str(text)) if re.fullmatch(r"[0-9]{1,18}", str(text)) else None


def whole(text: object) -> int | None:
    """The number, or None for what is no whole number (or one that nothing here could mean)."""
    found = re.fullmatch(r"\s*([+-]?[0-9]{1,9})\s*", str(text))
    return int(found[1]) if found else None
