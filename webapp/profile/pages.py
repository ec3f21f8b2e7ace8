"""All pages of the profile area."""

from webapp.profile import company_settings, own_preferences
from webapp.profile.area import blueprint

__all__ = ["blueprint", "company_settings", "own_preferences"]
