"""The REST API of the sales area."""

from webapp.sales.api import clients, leads
from webapp.sales.api.area import blueprint

__all__ = ["blueprint", "clients", "leads"]
