"""What happens before every view: who is it, may they, and did they mean it."""

import time
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, current_app, g, redirect, request, session
from flask.typing import ResponseReturnValue

import telemetry
from webapp.gateway import identity
from webapp.gateway.configuration import own_origin
from webapp.gateway.sessions import interface
from webapp.shared.forms import csrf_token_is_valid
from webapp.shared.problems import answer, wants_json
from webapp.shared.rights import person, signed_in

SAFE = ("GET", "HEAD", "OPTIONS")


def install(app: Flask) -> None:
    """Registers the checks, in their order."""
    for check in (note_request, identify, authorise, refuse_forged):
        app.before_request(check)


def note_request() -> None:
    """Gives the request its correlation id and its start."""
    g.started = time.perf_counter()
    telemetry.correlation.set(telemetry.accept_correlation_id(request.headers.get("X-Correlation-ID")))


def identify() -> ResponseReturnValue | None:
    """Finds the person: by bearer token on the API, by session elsewhere."""
    g.person = None
    if request.endpoint == "static":
        return None
    if wants_json():
        bearer = current_app.extensions.get("bearer")
        g.person = bearer.person_of_request() if bearer else None
        return None
    if session.get("uid"):
        _identify_by_session()
    return None


def authorise() -> ResponseReturnValue | None:
    """Lets public views pass; else asks for a sign-in (401) or refuses (403) before the view reads anything."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint == "static":
        return None
    if not hasattr(view, "action"):
        raise RuntimeError(f"{request.endpoint} declares neither an action nor public")
    if view.action is None:
        return None
    if not signed_in():
        return ask_for_sign_in()
    if person().may(view.action):
        return None
    return answer(403, "forbidden", _why_not(view.action))


def refuse_forged() -> ResponseReturnValue | None:
    """An unsafe request of the browser must come from our own page and carry the session's token."""
    if request.method in SAFE or wants_json() or request.endpoint is None:
        return None
    if not _is_from_our_page():
        return answer(403, "foreign_origin", "This request came from another site and was not carried out.")
    if signed_in() and not csrf_token_is_valid():
        return answer(403, "csrf", "This page is older than your sign-in. Open it again and send it once more.")
    return None


def ask_for_sign_in() -> Response:
    """The way to the sign-in and back: a redirect, or 401 with `HX-Redirect` where a script asked."""
    if wants_json():
        response = answer(401, "unauthenticated", "This call needs a valid bearer token.")
        response.headers["WWW-Authenticate"] = 'Bearer realm="dunder-mifflin"'
        return response
    url = sign_in_url(_page_of_request())
    if request.headers.get("HX-Request") or request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        return Response("Please sign in.", 401, {"HX-Redirect": url}, mimetype="text/plain")
    return redirect(url, 303)  # type: ignore[return-value]


def sign_in_url(back_to: str) -> str:
    """The sign-in page; for a session that was lost (not ended by its person) the silent way through the provider."""
    lost = getattr(session, "was_lost", False)
    return f"/{'auth/silent' if lost else 'sign-in'}?{urlencode({'next': back_to})}"


def _identify_by_session() -> None:
    found = identity.person_of(session)
    if found is None:
        interface().end(session.sid)  # type: ignore[attr-defined]
        session.clear()
        return
    g.person = found
    view = current_app.view_functions.get(request.endpoint or "")
    if not getattr(view, "background", False) and "X-Background" not in request.headers:
        interface().touch(session)  # type: ignore[arg-type]


def _page_of_request() -> str:
    if request.headers.get("HX-Request") or request.method not in SAFE:
        parts = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    else:
        parts = urlsplit(request.full_path.rstrip("?"))
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def _is_from_our_page() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    return origin is None or origin in (own_origin(), request.host_url.rstrip("/"))


def _why_not(action: str) -> str:
    if not person().may_approve:
        return "The company's directory cannot be reached, so nothing can be decided right now."
    return "Your role does not include this. If it should, ask IT to look at your groups."
