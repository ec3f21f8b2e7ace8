"""All pages of the inventory area."""

from webapp.inventory import cards, parcels, products, receiving, shipments
from webapp.inventory.area import blueprint

__all__ = ["blueprint", "cards", "parcels", "products", "receiving", "shipments"]
