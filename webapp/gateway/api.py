"""The REST API's own addresses: its description, its reference page, the gateway's public key."""

from flask import Blueprint, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue

from webapp.shared.api import openapi_document
from webapp.shared.rights import public

blueprint = Blueprint("reference", __name__)


@blueprint.get("/api/v1/openapi.json")
@public
def description() -> ResponseReturnValue:
    """The OpenAPI 3.1 description, generated from the routes."""
    return jsonify(openapi_document(current_app))


@blueprint.get("/api/v1/")
@public
def page() -> ResponseReturnValue:
    """The reference for people."""
    return render_template("api_reference.html", api=openapi_document(current_app))


@blueprint.get("/.well-known/jwks.json")
@public
def keys() -> ResponseReturnValue:
    """The public key of the tokens that the gateway signs for calls between services."""
    return jsonify(current_app.extensions["own_tokens"].jwks())
