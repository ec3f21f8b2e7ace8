"""Blueprint for the REST API of inventory; sibling modules register their routes on it."""

from flask import Blueprint

blueprint = Blueprint("inventory_api", __name__, url_prefix="/api/v1")
