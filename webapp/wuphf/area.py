"""The blueprints of wuphf: its pages and its REST API; the modules beside this one hang their routes on them."""

from flask import Blueprint

blueprint = Blueprint("wuphf", __name__, url_prefix="/wuphf")
api = Blueprint("wuphf_api", __name__, url_prefix="/api/v1")
