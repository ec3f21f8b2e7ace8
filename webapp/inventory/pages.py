"""Registers every page of the inventory area."""

from webapp.inventory import (
    board,
    cards,
    counting,
    importing,
    locations,
    parcels,
    products,
    receiving,
    shelves,
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
    "parcels",
    "products",
    "receiving",
    "shelves",
    "shipments",
    "transfers",
]
