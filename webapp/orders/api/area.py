"""Blueprint for the REST API of orders; sibling modules register their routes on it."""

from flask import Blueprint

blueprint = Blueprint("orders_api", __name__, url_prefix="/api/v1")
