"""Every page of the orders area."""

from webapp.orders import (
    approval,
    client_card,
    documents,
    drafts,
    figures,
    home,
    order,
    order_form,
    orders,
    selected,
)
from webapp.orders.area import blueprint

__all__ = [
    "approval",
    "blueprint",
    "client_card",
    "documents",
    "drafts",
    "figures",
    "home",
    "order",
    "order_form",
    "orders",
    "selected",
]
