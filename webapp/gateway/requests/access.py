"""Checks before every view: who is asking, may they do this, and did they mean to."""

from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, current_app, g, make_response, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Unauthorized

from webapp.gateway.people import identity
from webapp.gateway.process.configuration import own_origin
from webapp.gateway.requests import intake
from webapp.gateway.safety.rate_limits import limit_api, limit_bad_token
from webapp.gateway.sessions.store import interface, session
from webapp.gateway.sign_in import unsent_forms
from webapp.gateway.sign_in.cookies import note_expiry, note_use
from webapp.gateway.sign_in.expiry import session_has_expired
from webapp.gateway.sign_in.token_refresh import keep_fresh
from webapp.gateway.tokens import bearer
from webapp.shared.answers.problems import answer, wants_json
from webapp.shared.pages.form_keys import csrf_token_is_valid
from webapp.shared.people.access_tokens import allows, right_for
from webapp.shared.people.rights import declared_action, person, signed_in
from webapp.shared.process import page_priority

SAFE = ("GET", "HEAD", "OPTIONS")


def install(app: Flask) -> None:
    """Register the checks in the order in which they run."""
    page_priority.install(app)
    for check in (
        intake.refuse_unreadable_head,
        give_right_of_way,
        intake.allow_upload,
        identify,
        authorise,
        intake.read_body,
        refuse_forged,
    ):
        app.before_request(check)
    app.after_request(remember_use)


def remember_use(response: Response) -> Response:
    """Note in the browser that its person used it: a restart forgets when the session was used."""
    by_session = request.endpoint is not None and g.get("person") and session.get("uid")
    if by_session and not _is_by_itself() and response.cache_control.no_store:
        note_use(response)
    return response


def give_right_of_way() -> None:
    """Hold the streams back until this answer is ready, unless it is a background request."""
    if not _is_by_itself():
        page_priority.claim()


def identify() -> ResponseReturnValue | None:
    """Identify the person, by bearer token on the API and by session elsewhere."""
    g.person = None
    if request.endpoint == "static":
        return None
    if wants_json():
        try:
            g.person = bearer.person_of_request()
        except Unauthorized:
            limit_bad_token()
            raise
        limit_api()
        return None
    if session.is_unknown:
        return answer(
            503,
            "sessions_away",
            "We cannot check who is signed in right now. Try again in a moment.",
        )
    if session.get("uid"):
        _identify_by_session()
    return None


def authorise() -> ResponseReturnValue | None:
    """Let public views pass; otherwise answer 401 or 403 before the view reads any input."""
    if request.endpoint is None or request.endpoint == "static":
        return None
    action = declared_action(current_app.view_functions[request.endpoint])
    if action is None:
        return None
    if signed_in() and person().may(action):
        return _refuse_beyond_token()
    return answer(403, "forbidden", _why_not()) if signed_in() else ask_for_sign_in()


def _refuse_beyond_token() -> Response | None:
    """Refuse what this person may do, but not with this access token (RFC 6750, 3.1)."""
    token = g.get("access_token")
    right = right_for(request.blueprint or "", request.method)
    if token is None or allows(token.rights, right):
        return None
    response = answer(
        403, "insufficient_scope", f"This access token does not have the right {right}."
    )
    response.headers["WWW-Authenticate"] = (
        f'Bearer realm="dunder-mifflin", error="insufficient_scope", scope="{right}"'
    )
    return response


def refuse_forged() -> ResponseReturnValue | None:
    """Refuse unsafe browser requests that lack our origin or the session's CSRF token."""
    if request.method in SAFE or wants_json() or request.endpoint is None:
        return None
    if not _is_from_our_page():
        return answer(
            403, "foreign_origin", "This request came from another site, so it was blocked."
        )
    if signed_in() and not csrf_token_is_valid():
        return answer(
            403,
            "csrf",
            "This page was opened before you signed in. Reload it, then try again.",
        )
    return None


def ask_for_sign_in() -> Response:
    """Send the client to the sign-in page and back.

    A page gets a redirect, htmx and other scripts a 401 with `HX-Redirect`, the API a plain 401.
    """
    if wants_json():
        response = answer(401, "unauthenticated", "This call needs a valid bearer token.")
        response.headers["WWW-Authenticate"] = 'Bearer realm="dunder-mifflin"'
        return response
    ended = session.was_lost or session_has_expired()
    if ended and request.method == "POST" and not _is_by_script() and _is_from_our_page():
        intake.read_body()
        unsent_forms.keep_request()
    url = sign_in_url(_page_of_request())
    if _is_by_script():
        response = Response("Please sign in.", 401, {"HX-Redirect": url}, mimetype="text/plain")
    else:
        response = make_response(redirect(url, 303))
    if session_has_expired():
        note_expiry(response)
    return response


def sign_in_url(back_to: str) -> str:
    """Return the address of the sign-in page.

    For a lost session (not one that was ended or expired) it is the silent sign-in at the provider.
    """
    if session_has_expired():
        return f"/sign-in?{urlencode({'next': back_to, 'reason': 'expired'})}"
    if session.was_lost:
        return f"/auth/silent?{urlencode({'next': back_to})}"
    return f"/sign-in?{urlencode({'next': back_to})}"


def _identify_by_session() -> None:
    found = identity.person_of(session) if keep_fresh(session) else None
    if found is None:
        interface().end(session.sid)
        session.clear()
        session.was_lost = True
        return
    g.person = found
    if not _is_by_itself():
        interface().touch(session)


def _is_by_itself() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "background", False) or "X-Background" in request.headers


def _is_by_script() -> bool:
    mode = request.headers.get("Sec-Fetch-Mode", "navigate")
    return "HX-Request" in request.headers or mode != "navigate"


def _page_of_request() -> str:
    if request.headers.get("HX-Request") or request.method not in SAFE:
        parts = urlsplit(
            request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
        )
    else:
        parts = urlsplit(request.full_path.rstrip("?"))
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def _is_from_our_page() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    return origin is None or origin in (own_origin(), request.host_url.rstrip("/"))


def _why_not() -> str:
    if person().is_service_account:
        return "This service account does not have the role for this, or it is for people alone."
    if not person().may_approve:
        return "The company directory is unavailable, so nothing can be approved right now."
    return "Your role does not allow this. If it should, ask IT to check your groups."
