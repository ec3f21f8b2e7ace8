"""The REST API of the orders area."""

from webapp.orders.api import drafts, orders
from webapp.orders.api.area import blueprint

__all__ = ["blueprint", "drafts", "orders"]
