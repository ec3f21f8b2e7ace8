"""Registers the whole REST API of the orders area."""

from webapp.orders import api, drafts_api
from webapp.orders.api_area import blueprint

__all__ = ["api", "blueprint", "drafts_api"]
