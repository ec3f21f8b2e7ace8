"""Sign-in and sign-out: OIDC code flow with PKCE, silent if the session was only lost."""

import logging
import re
import time
from urllib.parse import urlencode

from flask import Blueprint, current_app, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from settings import settings
from webapp.gateway.safety.local_urls import local_path
from webapp.gateway.safety.rate_limits import limit_sign_in, limit_unknown_return
from webapp.gateway.sessions.store import interface, session
from webapp.gateway.sign_in import unsent_forms
from webapp.gateway.sign_in.cookies import (
    forget_expiry,
    forget_start,
    leave_seat,
    recall_start,
    remember_start,
    seat_subject,
    take_seat,
)
from webapp.gateway.sign_in.expiry import session_has_expired
from webapp.gateway.sign_in.id_tokens import LEEWAY
from webapp.gateway.sign_in.oidc import Refused, relying_party
from webapp.gateway.sign_in.token_refresh import tokens_to_keep
from webapp.gateway.tokens.provider import ProviderDown
from webapp.shared.people.rights import public, signed_in
from webapp.shared.process.json_objects import JsonObject

log = logging.getLogger(__name__)
blueprint = Blueprint("sign_in", __name__)

REASONS = {"signed_out", "expired", "provider_down", "refused", "too_many"}
NOT_SILENTLY = {
    "login_required",
    "interaction_required",
    "consent_required",
    "account_selection_required",
}
_UID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_ERROR = re.compile(r"[a-z_]{1,40}")


@blueprint.get("/sign-in")
@public
def page() -> ResponseReturnValue:
    """Show the sign-in page; redirect people who are already signed in."""
    back = local_path(request.args.get("next"))
    if signed_in():
        return redirect(back, 303)
    reason = request.args.get("reason", "")
    return _page(back, reason if reason in REASONS else "")


@blueprint.get("/auth/login", endpoint="start")
@public
def start() -> ResponseReturnValue:
    """Send the browser to the provider; after an expired session, for a fresh proof."""
    limit_sign_in(seat_subject())
    hint = request.args.get("login_hint", "")
    # With max_age a provider must say when the person proved it (Core 2); prompt alone is no claim.
    fresh = {"prompt": "login", "max_age": "0"} if session_has_expired() else {}
    return _to_provider(**fresh, **({"login_hint": hint} if _UID.fullmatch(hint) else {}))


@blueprint.get("/auth/silent")
@public
def silent() -> ResponseReturnValue:
    """Ask the provider without prompting the person, for a session that was lost rather than ended."""
    limit_sign_in(seat_subject())
    if session_has_expired():
        back = urlencode({"next": local_path(request.args.get("next")), "reason": "expired"})
        return redirect(f"/sign-in?{back}", 303)
    return _to_provider(prompt="none", max_age=str(settings().session_absolute_hours * 3600))


@blueprint.get("/auth/authorize")
@public
def come_back() -> ResponseReturnValue:
    """Handle the provider's answer: a code becomes a session under a new id, or a refusal is shown."""
    state = request.args.get("state", "")
    remembered = recall_start(state)
    if remembered is None:
        limit_unknown_return()
        return _page("/", "refused", 400)
    try:
        response = _sign_in(remembered)
    except Refused as refusal:
        response = _refused(remembered, refusal.code)
    except ProviderDown:
        response = _page(remembered["next"], "provider_down", 503)
    forget_start(response, state)
    return response


@blueprint.post("/auth/logout")
@public
def logout() -> ResponseReturnValue:
    """End our session at once, then the provider's."""
    response = redirect(_after_logout(), 303)
    _log("signed out", session.get("uid", ""))
    interface().end(session.sid)
    session.clear()
    leave_seat(response)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@blueprint.get("/signed-out")
@public
def signed_out() -> ResponseReturnValue:
    """Redirect to the sign-in page; the provider sends browsers here after sign-out."""
    return redirect("/sign-in?reason=signed_out", 303)


def _to_provider(**parameters: str) -> Response:
    back = local_path(request.args.get("next"))
    try:
        begun = relying_party().start(**parameters)
    except ProviderDown:
        return _page(back, "provider_down", 503)
    response = redirect(begun["url"], 303)
    remember_start(
        response,
        begun["state"],
        {
            "nonce": begun["nonce"],
            "code_verifier": begun["code_verifier"],
            "next": back,
            "silent": parameters.get("prompt") == "none",
            "proved_after": time.time() - LEEWAY if parameters.get("prompt") == "login" else 0,
        },
    )
    return response


def _sign_in(remembered: JsonObject) -> Response:
    if "error" in request.args:
        raise Refused(request.args["error"])
    if request.args.get("iss", settings().oidc_issuer) != settings().oidc_issuer:  # RFC 9207
        raise Refused("bad_issuer")
    claims, token = relying_party().finish(request.args.get("code", ""), remembered)
    uid = str(claims.get("preferred_username", ""))
    if not _UID.fullmatch(uid):
        raise Refused("bad_token")
    if _proved_at(claims) < remembered.get("proved_after", 0):
        raise Refused("not_fresh")  # the provider did not ask again
    response = redirect(unsent_forms.claim(claims["sub"]) or _first_page(uid, remembered), 303)
    forget_expiry(response)
    csrf = take_seat(response, claims["sub"], anew=not remembered["silent"])
    who = {
        "uid": uid,
        "iss": claims["iss"],
        "sub": claims["sub"],
        "name": claims.get("name") or uid,
        "mail": claims.get("email", ""),
        "csrf": csrf,
        "provider_sid": str(claims.get("sid", "")),
        **_since(claims),
    }
    interface().begin(session, who, tokens_to_keep(claims, token))
    _log("silently signed in" if remembered["silent"] else "signed in", uid)
    return response


def _first_page(uid: str, remembered: JsonObject) -> str:
    """Return where to go after sign-in.

    That is the page the person wanted. After an interactive sign-in that asked for no page, it is
    the start page they chose, if any.
    """
    wants_home = remembered["next"] == "/" and not remembered["silent"]
    return (
        "/begin"
        if wants_home and current_app.extensions["preferences"].start_page(uid)
        else remembered["next"]
    )


def _proved_at(claims: JsonObject) -> float:
    """Return when the person last authenticated at the provider; 0 if it does not say."""
    proved = claims.get("auth_time")
    return float(proved) if isinstance(proved, (int, float)) else 0.0


def _since(claims: JsonObject) -> dict[str, float]:
    """Count the absolute limit from the time the person last authenticated."""
    proved = _proved_at(claims)
    return {"created_at": min(proved, interface().clock())} if proved else {}


def _refused(remembered: JsonObject, code: str) -> Response:
    _log(f"sign-in refused: {code if _ERROR.fullmatch(code) else 'other'}")
    if remembered["silent"] and code in NOT_SILENTLY:
        query = urlencode({"next": remembered["next"], "reason": "expired"})
        return redirect(f"/sign-in?{query}", 303)
    return _page(remembered["next"], "refused", 403)


def _log(what: str, uid: str = "") -> None:
    log.info(what, extra={"fields": {"person": uid, "address": request.remote_addr}})


def _after_logout() -> str:
    id_token = interface().tokens(session.sid).get("id_token")
    if not id_token:
        return "/signed-out"
    try:
        return relying_party().end_url(id_token)
    except ProviderDown:
        return "/signed-out"


def _page(back: str, reason: str, status: int = 200) -> Response:
    start_url = f"/auth/login?{urlencode({'next': back})}"
    return make_response(
        render_template("sign_in.html", next=back, start_url=start_url, reason=reason), status
    )
