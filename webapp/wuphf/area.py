"""The blueprint of wuphf's pages."""

from flask import Blueprint

blueprint = Blueprint("wuphf", __name__, url_prefix="/wuphf")
