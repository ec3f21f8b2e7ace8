"""All pages of the inventory area."""

from webapp.inventory import (
    board,
    cards,
    counting,
    importing,
    locations,
    locations_api,
    parcels,
    products,
    receiving,
    shelves,
    shelves_api,
    shipments,
    transfers,
)
from webapp.inventory.area import blueprint

__all__ = [
    "blueprint",
    "board",
    "cards",
    "counting",
    "importing",
    "locations",
    "locations_api",
    "parcels",
    "products",
    "receiving",
    "shelves",
    "shelves_api",
    "shipments",
    "transfers",
]
