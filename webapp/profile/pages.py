"""Every page of the profile area."""

from webapp.profile import (
    access_tokens,
    avatars,
    company_settings,
    people,
    preferences_page,
    saved_views,
    service_accounts,
)
from webapp.profile.area import blueprint

__all__ = [
    "access_tokens",
    "avatars",
    "blueprint",
    "company_settings",
    "people",
    "preferences_page",
    "saved_views",
    "service_accounts",
]
