"""Orders and inventory together: REST over HTTP for prices, events both ways for what is held."""

from collections.abc import Callable
from decimal import Decimal

import psycopg
from flask.testing import FlaskClient

from models.inventory.commands import create_product
from models.inventory.rules import NewProduct
from models.shared.listeners.interface import Incoming, apply_batch
from models.shared.transactions import transaction
from tests.factories.orders import Wire


def carry(database: str, publisher: str, listener: str) -> None:
    """Brings all that `publisher` recorded to `listener`, as the relay and the worker would."""
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            f"SELECT topic, id, key, envelope FROM {publisher}.outbox ORDER BY id"
        ).fetchall()
    apply_batch(
        listener,
        [Incoming(topic, 0, n, key.encode(), bytes(envelope)) for topic, n, key, envelope in rows],
    )


def test_an_order_from_the_form_is_back_ordered_by_the_real_warehouse(
    client_as: Callable[[str], FlaskClient], served: str, wire: Wire, database: str
) -> None:
    paper = NewProduct(sku="CP-20-LTR", name="Copy paper", unit_price=Decimal("38.90"), location="")
    with transaction("inventory", actor="darryl.philbin") as session:
        create_product(session, paper)
    jim = client_as("jim.halpert")
    form = {"client_number": "CL-1001", "lines-0-sku": "CP-20-LTR", "lines-0-quantity": "3"}
    answer = jim.post("/orders/new", data=form)
    assert answer.status_code == 303, answer.text
    carry(database, "orders", "inventory")
    carry(database, "inventory", "orders")
    page = jim.get(answer.location).text
    assert "Back-ordered" in page and "3 short" in page and "116.70" in page
