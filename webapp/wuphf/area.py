"""The blueprint of wuphf's pages; the other modules of this package add their routes to it."""

from flask import Blueprint

blueprint = Blueprint("wuphf", __name__, url_prefix="/wuphf")
