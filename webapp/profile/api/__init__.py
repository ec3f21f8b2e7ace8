"""The REST API of the profile area."""

from webapp.profile.api.profile import blueprint

__all__ = ["blueprint"]
