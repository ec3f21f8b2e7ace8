"""Home and the preferences of the browser."""

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from webapp.gateway.configuration import is_https
from webapp.gateway.local_urls import local_path
from webapp.shared.fragments import is_partial
from webapp.shared.rights import needs, public

blueprint = Blueprint("gateway", __name__)

CHOICES = {"theme": ("light", "dark", "auto"), "density": ("comfortable", "compact")}
YEAR = 365 * 24 * 3600


@blueprint.get("/")
@needs("home.see")
def home() -> ResponseReturnValue:
    """What waits for the person, composed of each area's own fragment."""
    return render_template("home.html")


@blueprint.post("/preferences")
@public
def preferences() -> ResponseReturnValue:
    """Keeps theme and density in this browser."""
    back = local_path(request.form.get("next") or request.referrer)
    response = Response(status=204, headers={"HX-Refresh": "true"}) if is_partial() else redirect(back, 303)
    for name, allowed in CHOICES.items():
        if request.form.get(name) in allowed:
            response.set_cookie(f"dm_{name}", request.form[name], max_age=YEAR, samesite="Lax", secure=is_https(),
                                httponly=True)
    return response
