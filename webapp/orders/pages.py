"""All pages of the orders area."""

from webapp.orders import details, home, lists, of_client, placing
from webapp.orders.area import blueprint

__all__ = ["blueprint", "details", "home", "lists", "of_client", "placing"]
