"""The REST API's own addresses: its description, its reference page, the gateway's public key."""

from typing import Any

from flask import Blueprint, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue

from webapp.shared.api import spec
from webapp.shared.rights import public

blueprint = Blueprint("reference", __name__)


@blueprint.get("/api/v1/openapi.json")
@public
def description() -> ResponseReturnValue:
    """The OpenAPI 3.1 description, generated from the routes."""
    return jsonify(openapi())


@blueprint.get("/api/v1/")
@public
def page() -> ResponseReturnValue:
    """The reference for people."""
    return render_template("api_reference.html", api=openapi())


@blueprint.get("/.well-known/jwks.json")
@public
def keys() -> ResponseReturnValue:
    """The public key of the tokens that the gateway signs for calls between services."""
    return jsonify(current_app.extensions["own_tokens"].jwks())


def openapi() -> dict[str, Any]:
    """The description of the running app; made once for it."""
    if "openapi" not in current_app.extensions:
        spec.__dict__.pop("_spec", None)
        current_app.extensions["openapi"] = spec.spec
    return current_app.extensions["openapi"]
