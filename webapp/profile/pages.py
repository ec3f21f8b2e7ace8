"""Every page of the profile area."""

from webapp.profile import (
    avatars,
    company_settings,
    people,
    preferences_page,
    saved_views,
)
from webapp.profile.area import blueprint

__all__ = ["avatars", "blueprint", "company_settings", "people", "preferences_page", "saved_views"]
