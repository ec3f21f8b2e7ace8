"""A small office in which every service has something to show."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import NamedTuple

import psycopg
import pytest
from flask import Flask

from models.inventory.commands import create_product, receive_goods
from models.inventory.rules import NewProduct
from models.orders.commands import place_order
from models.orders.new_order import NewLine, NewOrder, Product
from models.sales.commands import create_client
from models.sales.events import Address
from models.sales.rules import NewClient
from models.shared.listeners.delivery import deliver_pending
from models.shared.transactions import transaction
from models.wuphf.people import KnownPerson, replace_people
from settings import SCHEMAS
from tests.conftest import EMPTY
from tests.web_client import app_over, known_people

SKU = "CP-20-LTR"
MOST_CAPABLE = ("nick.reyes", "michael.scott", "darryl.philbin", "angela.martin", "jim.halpert")


class SmallOffice(NamedTuple):
    """The application over it, and its database."""

    app: Flask
    dsn: str


@pytest.fixture(scope="module")
def small_office(database: str) -> Iterator[SmallOffice]:
    """The application over a client, a product and an order on its way."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(EMPTY)
        do_business()
        yield SmallOffice(app_over(known_people()), database)
        connection.execute(EMPTY)


def do_business() -> None:
    """A client, a product and an order on its way; everybody is known to notifications."""
    with transaction("notifications", actor="service:test") as session:
        replace_people(
            session,
            [
                KnownPerson(uid=uid, name=entry.name, groups=sorted(entry.groups))
                for uid, entry in known_people().items()
            ],
            "test",
        )
    with transaction("sales", actor="jim.halpert") as session:
        client = create_client(
            session,
            NewClient(
                name="Dunmore High School",
                contact_name="Ed Truck",
                contact_mail="ed@dunmore.example",
                contact_phone="+1 570 555 0199",
                payment_terms_days=30,
                credit_limit=Decimal(10_000),
                owner="jim.halpert",
                address=Address(
                    street="1 School Street", city="Dunmore", state="PA", postcode="18512"
                ),
            ),
        )
    with transaction("inventory", actor="darryl.philbin") as session:
        create_product(
            session,
            NewProduct(sku=SKU, name="Copy paper", unit_price=Decimal("38.50"), location=""),
        )
        receive_goods(session, SKU, 10, "opening stock")
    deliver_pending()
    with transaction("orders", actor="jim.halpert") as session:
        place_order(
            session,
            NewOrder(
                client_number=client,
                lines=[NewLine(sku=SKU, quantity=2)],
                owner_name="Jim Halpert",
                products={SKU: Product(sku=SKU, name="Copy paper", unit_price=Decimal("38.50"))},
            ),
        )
    deliver_pending()


def digest_tables(dsn: str) -> dict[str, str]:
    """A digest of the rows of every table of ours."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT format('%%I.%%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname = ANY (%s)",
            [list(SCHEMAS)],
        ).fetchall()
        digest = "SELECT md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM {} t"
        return {name: str(connection.execute(digest.format(name)).fetchone()) for (name,) in tables}  # type: ignore[arg-type]


def key_for(rule: str, dsn: str) -> str:
    """The key of a record that a route of this path shows; `X-1` where none is needed."""
    found: dict[str, Callable[[], str]] = {
        "/orders": lambda: _fetch_one(dsn, "SELECT number FROM orders.order"),
        "/inventory/shipments": lambda: _fetch_one(dsn, "SELECT number FROM inventory.shipment"),
        "/inventory": lambda: SKU,
        "/clients": lambda: _fetch_one(dsn, "SELECT number FROM sales.client"),
    }
    return next((look() for prefix, look in found.items() if rule.startswith(prefix)), "X-1")


def _fetch_one(dsn: str, query: str) -> str:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute(query).fetchone()[0]  # type: ignore[index, arg-type]
