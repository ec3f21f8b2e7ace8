"""The blueprint for the pages of the profile area; other modules here add their routes to it."""

from flask import Blueprint

from models.shared.settings.company import shown

blueprint = Blueprint("profile", __name__, url_prefix="/profile")
blueprint.add_app_template_filter(shown, "setting_typed")
