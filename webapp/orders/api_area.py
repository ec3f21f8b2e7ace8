"""The blueprint of the REST API of orders; the modules beside this one hang their routes on it."""

from flask import Blueprint

blueprint = Blueprint("orders_api", __name__, url_prefix="/api/v1")
