"""The home page, the start page redirect and the browser's theme and density."""

import logging

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.gateway.process.configuration import is_https
from webapp.gateway.safety.local_urls import local_path
from webapp.shared.manifest import commands, home_cards, places
from webapp.shared.pages.fragments import is_partial
from webapp.shared.people.rights import (
    needs,
    person,
    public,
    signed_in,
)
from webapp.shared.services.client import ServiceDown, ServiceRefused, call

log = logging.getLogger(__name__)
blueprint = Blueprint("gateway", __name__)

CHOICES = {"theme": ("light", "dark", "auto"), "density": ("comfortable", "compact")}
YEAR = 365 * 24 * 3600


@blueprint.get("/")
@needs("home.see")
def home() -> ResponseReturnValue:
    """Show what waits for the person, composed of each area's own fragment."""
    action = next((each for each in commands() if each.on_home), None)
    return render_template("home.html", action=action, cards=home_cards())


@blueprint.get("/begin")
@needs("home.see")
def begin() -> ResponseReturnValue:
    """Redirect to the person's start page if they may still see it, otherwise to home."""
    wanted = current_app.extensions["preferences"].start_page(person().uid)
    return redirect(next((place.url for place in places() if place.endpoint == wanted), "/"), 303)


@blueprint.get("/favicon.ico")
@public
def icon() -> ResponseReturnValue:
    """Serve /favicon.ico for tabs that show no HTML page of ours, such as a PDF or a picture."""
    return redirect(url_for("static", filename="img/mark.svg"), 301)


@blueprint.post("/preferences")
@public
def preferences() -> ResponseReturnValue:
    """Set theme and density in this browser and, if signed in, for the person in every browser."""
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
    """Save the choice in profile, which owns it.

    If profile is down, the choice holds in this process only, until a pull brings a newer revision.
    """
    current_app.extensions["preferences"].set_look(person().uid, **wanted)
    try:
        call("profile", "PATCH", "/me/preferences", json=wanted)
    except (ServiceDown, ServiceRefused) as error:
        log.warning("theme and density are set in this process only: %s", error)
