"""The REST API of the inside area."""

from webapp.inside.api.events import blueprint

__all__ = ["blueprint"]
