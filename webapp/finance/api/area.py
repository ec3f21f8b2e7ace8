"""The blueprint of the finance REST API; the other modules here add their routes to it."""

from flask import Blueprint

blueprint = Blueprint("finance_api", __name__, url_prefix="/api/v1")
