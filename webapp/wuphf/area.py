"""The pages' blueprint of wuphf; the modules beside this one hang their routes on it."""

from flask import Blueprint

blueprint = Blueprint("wuphf", __name__, url_prefix="/wuphf")
