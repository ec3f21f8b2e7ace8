"""All page modules of the profile area."""

from webapp.profile import avatars, colleagues, company_settings, own_preferences, views
from webapp.profile.area import blueprint

__all__ = ["avatars", "blueprint", "colleagues", "company_settings", "own_preferences", "views"]
