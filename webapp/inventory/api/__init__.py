"""The REST API of the inventory area."""

from webapp.inventory.api import locations, products, stock
from webapp.inventory.api.area import blueprint

__all__ = ["blueprint", "locations", "products", "stock"]
