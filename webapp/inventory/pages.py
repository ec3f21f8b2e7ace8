"""All pages of the inventory area."""

from webapp.inventory import board, cards, counting, importing, parcels, products, receiving, shelves, shelves_api, shipments
from webapp.inventory.area import blueprint

__all__ = [
    "blueprint", "board", "cards", "counting", "importing", "parcels", "products", "receiving", "shelves", "shelves_api",
    "shipments",
]  # fmt: skip
