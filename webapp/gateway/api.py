"""The REST API's own addresses: OpenAPI description, reference page, the gateway's public key."""

from flask import Blueprint, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue

from webapp.shared.people.rights import public
from webapp.shared.rest.api import openapi_document

blueprint = Blueprint("reference", __name__)


@blueprint.get("/api/v1/openapi.json")
@public
def description() -> ResponseReturnValue:
    """Return the OpenAPI 3.1 description, generated from the routes."""
    return jsonify(openapi_document(current_app))


@blueprint.get("/api/v1/")
@public
def page() -> ResponseReturnValue:
    """Show the API reference as a page."""
    return render_template("api_reference.html", api=openapi_document(current_app))


@blueprint.get("/.well-known/jwks.json")
@public
def keys() -> ResponseReturnValue:
    """Return the public key of the tokens that the gateway signs for calls between services."""
    return jsonify(current_app.extensions["own_tokens"].jwks())
