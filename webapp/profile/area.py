"""The pages' blueprint of the profile area; the modules beside this one hang their routes on it."""

from flask import Blueprint

from models.shared.app_settings import shown

blueprint = Blueprint("profile", __name__, url_prefix="/profile")
blueprint.add_app_template_filter(shown, "setting_typed")
