"""Home and the preferences of the browser."""

import logging

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.gateway.configuration import is_https
from webapp.gateway.local_urls import local_path
from webapp.gateway.navigation import places
from webapp.shared.fragments import is_partial
from webapp.shared.rights import needs, person, public, signed_in
from webapp.shared.service_client import ServiceDown, ServiceRefused, call

log = logging.getLogger(__name__)
blueprint = Blueprint("gateway", __name__)

CHOICES = {"theme": ("light", "dark", "auto"), "density": ("comfortable", "compact")}
YEAR = 365 * 24 * 3600


@blueprint.get("/")
@needs("home.see")
def home() -> ResponseReturnValue:
    """What waits for the person, composed of each area's own fragment."""
    return render_template("home.html")


@blueprint.get("/begin")
@needs("home.see")
def begin() -> ResponseReturnValue:
    """The page that the person wants to begin at, where they may still see it; else home."""
    wanted = current_app.extensions["preferences"].start_page(person().uid)
    return redirect(next((place.url for place in places() if place.endpoint == wanted), "/"), 303)


@blueprint.get("/favicon.ico")
@public
def icon() -> ResponseReturnValue:
    """Where browsers look that read no page first (a PDF or a picture in a tab of its own)."""
    return redirect(url_for("static", filename="img/mark.svg"), 301)


@blueprint.post("/preferences")
@public
def preferences() -> ResponseReturnValue:
    """Sets theme and density: in this browser at once, and for the person on all their browsers."""
    back = local_path(request.form.get("next") or request.referrer)
    response = (
        Response(status=204, headers={"HX-Refresh": "true"})
        if is_partial()
        else redirect(back, 303)
    )
    wanted = {
        name: request.form[name]
        for name, allowed in CHOICES.items()
        if request.form.get(name) in allowed
    }
    for name, value in wanted.items():
        response.set_cookie(
            f"dm_{name}", value, max_age=YEAR, samesite="Lax", secure=is_https(), httponly=True
        )
    if wanted and signed_in():
        _keep_for_person(wanted)
    return response


def _keep_for_person(wanted: dict[str, str]) -> None:
    """In profile, which owns it. While profile is away it acts here all the same, until something newer is pulled."""
    current_app.extensions["preferences"].set_look(person().uid, **wanted)
    try:
        call("profile", "PATCH", "/me/preferences", json=wanted)
    except (ServiceDown, ServiceRefused) as error:
        log.warning("looks are kept in this process only: %s", error)
