"""Registers every page of the orders area."""

from webapp.orders import (
    deciding,
    details,
    drafts,
    figures,
    home,
    lists,
    of_client,
    paper,
    placing,
)
from webapp.orders.area import blueprint

__all__ = [
    "blueprint",
    "deciding",
    "details",
    "drafts",
    "figures",
    "home",
    "lists",
    "of_client",
    "paper",
    "placing",
]
