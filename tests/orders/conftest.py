"""What the tests of orders share: a known client, products, and events delivered as from the broker."""

from collections.abc import Callable
from typing import Any

import pytest

from models.orders.commands import place_order
from models.orders.new_order import NewLine, NewOrder
from models.shared.transactions import transaction
from tests.factories.orders import (
    CLIENT,
    PAPER,
    PRODUCTS,
    Ordered,
    Wire,
)
from tests.orders.inventory_stand_in import inventory

__all__ = ["inventory"]


@pytest.fixture
def wire(clean_database: str) -> Wire:
    """The wire, with one client already told to orders."""
    wire = Wire()
    wire.deliver("dm.sales.client.created.v1", CLIENT)
    return wire


@pytest.fixture
def place(wire: Wire) -> Callable[..., str]:
    """`place(Ordered("CP-20-LTR", cases=3), actor="jim.halpert")` places an order and returns its number."""

    def place(*lines: Ordered, actor: str = "jim.halpert", draft: str = "", **more: Any) -> str:
        new = NewOrder(
            client_number="CL-1001",
            products=PRODUCTS,
            owner_name=actor.replace(".", " ").title(),
            lines=[
                NewLine(sku=each.sku, quantity=each.cases)
                for each in lines or [Ordered(PAPER.sku, cases=3)]
            ],
            **more,
        )
        with transaction("orders", actor=actor) as session:
            return place_order(session, new, draft)

    return place
