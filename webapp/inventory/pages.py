"""Every page of the inventory area."""

from webapp.inventory import (
    board,
    home,
    locations,
    picker,
    product,
    products,
    receipt_corrections,
    receipt_file,
    receipt_form,
    receipts,
    shipment,
    shipments,
    stock_takes,
    transfers,
)
from webapp.inventory.area import blueprint

__all__ = [
    "blueprint",
    "board",
    "home",
    "locations",
    "picker",
    "product",
    "products",
    "receipt_corrections",
    "receipt_file",
    "receipt_form",
    "receipts",
    "shipment",
    "shipments",
    "stock_takes",
    "transfers",
]
