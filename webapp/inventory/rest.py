"""Registers the whole REST API of the inventory area."""

from webapp.inventory import api, locations_api, shelves_api
from webapp.inventory.api_area import blueprint

__all__ = ["api", "blueprint", "locations_api", "shelves_api"]
