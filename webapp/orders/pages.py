"""All pages of the orders area."""

from webapp.orders import details, home, lists, placing
from webapp.orders.area import blueprint

__all__ = ["blueprint", "details", "home", "lists", "placing"]
