"""Hidden form fields: the session's CSRF token, and a key that makes a double submit harmless."""

import hmac
import re
import secrets
from collections.abc import Mapping

from flask import request, session
from markupsafe import Markup
from werkzeug.exceptions import BadRequest

_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


def csrf_token() -> str:
    """Return the session's CSRF token; empty if nobody is signed in."""
    token: str = session.get("csrf", "")
    return token


def csrf_token_is_valid() -> bool:
    """Check that the request carries the session's token, as a field or as `X-CSRF-Token`."""
    expected = session.get("csrf", "")
    given = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    return bool(expected) and hmac.compare_digest(expected.encode(), given.encode())


def form_key() -> str:
    """Return the request's idempotency key (field `form_key` or header `Idempotency-Key`).

    A request without one gets a fresh key, so its command runs each time it is sent. Raises
    BadRequest for a key that is not 8 to 64 letters, digits, `_` or `-`.
    """
    given = (
        request.headers.get("Idempotency-Key")
        or request.form.get("form_key")
        or secrets.token_urlsafe(18)
    )
    if not _KEY.fullmatch(given):
        raise BadRequest("An idempotency key has 8 to 64 letters, digits, underscores, or hyphens.")
    return given


def form_keys() -> Markup:
    """Return a form's hidden fields: the CSRF token and the form key.

    A form shown again after a failed submit keeps its key.
    """
    sent = request.form.get("form_key", "") if request.method == "POST" else ""
    key = sent if _KEY.fullmatch(sent) else secrets.token_urlsafe(18)
    return Markup(
        '<input type="hidden" name="csrf_token" value="{}"><input type="hidden" name="form_key" value="{}">'
    ).format(csrf_token(), key)


def originals(typed: Mapping[str, str]) -> Markup:
    """Return hidden fields with the values an edit form was opened with; see pages/edits.py."""
    return Markup("").join(
        Markup('<input type="hidden" name="was-{}" value="{}">').format(field, text)
        for field, text in typed.items()
    )


def serial(text: object) -> int | None:
    """Parse an id that the database issued (a bigint, from 0). Return None if it cannot be one."""
    return int(str(text)) if re.fullmatch(r"[0-9]{1,18}", str(text)) else None


def whole(text: object) -> int | None:
    """Parse a whole number that a page wrote, such as a version. Return None for anything else.

    More than nine digits are something else. What a person types is read by models.shared.numbers.
    """
    found = re.fullmatch(r"\s*([+-]?[0-9]{1,9})\s*", str(text))
    return int(found[1]) if found else None
