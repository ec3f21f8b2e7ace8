"""Checks before every view: who is asking, may they do this, and did they mean to."""

from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, current_app, g, redirect, request, session
from flask.typing import ResponseReturnValue

from webapp.gateway.people import identity
from webapp.gateway.process.configuration import own_origin
from webapp.gateway.safety.rate_limits import limit_api
from webapp.gateway.sessions.store import interface
from webapp.gateway.sign_in import unsent_forms
from webapp.gateway.sign_in.token_refresh import keep_fresh
from webapp.gateway.tokens import bearer
from webapp.shared.answers.problems import answer, wants_json
from webapp.shared.pages.form_keys import csrf_token_is_valid
from webapp.shared.people.rights import declared_action, person, signed_in
from webapp.shared.process import page_priority

SAFE = ("GET", "HEAD", "OPTIONS")


def install(app: Flask) -> None:
    """Register the checks in the order in which they run."""
    page_priority.install(app)
    for check in (give_right_of_way, allow_upload, identify, authorise, refuse_forged):
        app.before_request(check)


def give_right_of_way() -> None:
    """Hold the streams back until this answer is ready, unless it is a background request."""
    if not _is_by_itself():
        page_priority.claim()


def allow_upload() -> None:
    """Raise the size limit for views that accept files."""
    view = current_app.view_functions.get(request.endpoint or "")
    if most := getattr(view, "most_bytes", None):
        request.max_content_length = most


def identify() -> ResponseReturnValue | None:
    """Identify the person, by bearer token on the API and by session elsewhere."""
    g.person = None
    if request.endpoint == "static":
        return None
    if wants_json():
        g.person = bearer.person_of_request()
        limit_api()
        return None
    if session.is_unknown:  # type: ignore[attr-defined]
        return answer(
            503,
            "sessions_away",
            "We cannot look up who is signed in right now. Please try again in a moment.",
        )
    if session.get("uid"):
        _identify_by_session()
    return None


def authorise() -> ResponseReturnValue | None:
    """Let public views pass; otherwise answer 401 or 403 before the view reads any input."""
    if request.endpoint is None or request.endpoint == "static":
        return None
    action = declared_action(current_app.view_functions[request.endpoint])
    if action is None or (signed_in() and person().may(action)):
        return None
    return answer(403, "forbidden", _why_not()) if signed_in() else ask_for_sign_in()


def refuse_forged() -> ResponseReturnValue | None:
    """Refuse unsafe browser requests that lack our origin or the session's CSRF token."""
    if request.method in SAFE or wants_json() or request.endpoint is None:
        return None
    if not _is_from_our_page():
        return answer(
            403, "foreign_origin", "This request came from another site and was not carried out."
        )
    if signed_in() and not csrf_token_is_valid():
        return answer(
            403,
            "csrf",
            "This page is older than your sign-in. Open it again and send it once more.",
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
    lost = session.was_lost and request.method == "POST"  # type: ignore[attr-defined]
    if lost and not _is_by_script() and _is_from_our_page():
        unsent_forms.keep_request()
    url = sign_in_url(_page_of_request())
    if _is_by_script():
        return Response("Please sign in.", 401, {"HX-Redirect": url}, mimetype="text/plain")
    return redirect(url, 303)  # type: ignore[return-value]


def sign_in_url(back_to: str) -> str:
    """Return the address of the sign-in page.

    For a lost session (not one that was ended or expired) it is the silent sign-in at the provider.
    """
    if session.was_lost:  # type: ignore[attr-defined]
        return f"/auth/silent?{urlencode({'next': back_to})}"
    reason = {"reason": "expired"} if session.has_expired else {}  # type: ignore[attr-defined]
    return f"/sign-in?{urlencode({'next': back_to, **reason})}"


def _identify_by_session() -> None:
    found = identity.person_of(session) if keep_fresh(session) else None  # type: ignore[arg-type]
    if found is None:
        interface().end(session.sid)  # type: ignore[attr-defined]
        session.clear()
        session.was_lost = True  # type: ignore[attr-defined]
        return
    g.person = found
    if not _is_by_itself():
        interface().touch(session)  # type: ignore[arg-type]


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
    if not person().may_approve:
        return "The company's directory cannot be reached, so nothing can be decided right now."
    return "Your role does not include this. If it should, ask IT to look at your groups."
