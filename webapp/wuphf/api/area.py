"""The blueprint of wuphf's REST API; the other modules of this package add their routes to it."""

from flask import Blueprint

blueprint = Blueprint("wuphf_api", __name__, url_prefix="/api/v1")
