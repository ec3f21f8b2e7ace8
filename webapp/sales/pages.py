"""Every page of the sales area."""

from webapp.sales import (
    board,
    client_forms,
    clients,
    conversion,
    home,
    imports,
    lead,
    leads,
)
from webapp.sales.area import blueprint

__all__ = [
    "blueprint",
    "board",
    "client_forms",
    "clients",
    "conversion",
    "home",
    "imports",
    "lead",
    "leads",
]
