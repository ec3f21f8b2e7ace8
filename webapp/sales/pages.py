"""All page modules of the sales area."""

from webapp.sales import board, client_forms, clients, home, imports, lead_page, leads, turning
from webapp.sales.area import blueprint

__all__ = [
    "blueprint",
    "board",
    "client_forms",
    "clients",
    "home",
    "imports",
    "lead_page",
    "leads",
    "turning",
]
