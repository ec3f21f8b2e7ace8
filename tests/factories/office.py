"""A small office in which every service has something to show."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import psycopg
import pytest
from flask import Flask

from areas import SCHEMAS
from models.finance.commands import submit_expense
from models.finance.drafts import Draft, save_draft, start_expense
from models.finance.people import remember_people
from models.finance.reimbursement import make_run
from models.inventory.commands import create_product
from models.inventory.receipts import receive_goods
from models.inventory.rules import NewProduct
from models.orders.commands import place_order
from models.orders.new_order import NewLine, NewOrder, Product
from models.sales.commands import create_client
from models.sales.events import Address
from models.sales.rules import NewClient
from models.shared.listeners.delivery import deliver_pending
from models.shared.transactions import transaction
from models.wuphf.people import KnownPerson, replace_people
from tests.conftest import EMPTY
from tests.factories.finance import PEOPLE, decide_as, make_line
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
    name_people()
    with transaction("sales", actor="jim.halpert") as session:
        client = create_client(
            session,
            known_client(),
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
    _pay_an_expense()


def name_people() -> None:
    """Make everybody known to notifications, as the profile service does."""
    with transaction("notifications", actor="service:test") as session:
        replace_people(
            session,
            [
                KnownPerson(uid=uid, name=entry.name, groups=sorted(entry.groups))
                for uid, entry in known_people().items()
            ],
            "test",
        )


def known_client() -> NewClient:
    """A client whose orders need nobody's approval."""
    return NewClient(
        name="Dunmore High School",
        contact_name="Ed Truck",
        contact_mail="ed@dunmore.example",
        contact_phone="+1 570 555 0199",
        payment_terms_days=30,
        credit_limit=Decimal(10_000),
        owner="jim.halpert",
        address=Address(street="1 School Street", city="Dunmore", state="PA", postcode="18512"),
    )


def _pay_an_expense() -> None:
    """An expense of Jim's, approved and put into a run that payroll has no file of."""
    with transaction("finance", actor="service:test") as session:
        remember_people(session, PEOPLE.values())
    with transaction("finance", actor="jim.halpert") as session:
        number = start_expense(session, "Jim Halpert")
        save_draft(session, number, Draft(purpose="Visit", lines=[make_line()], version=1))
        submit_expense(session, number)
    decide_as("michael.scott", number)
    with transaction("finance", actor="oscar.martinez") as session:
        make_run(session, [number])
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


# The records that a path shows, by how the path begins: the longest beginning counts. `uid` is who asks.
KEYS = {
    "/orders": "SELECT number FROM orders.order ORDER BY number",
    "/orders/of-client": "SELECT number FROM sales.client ORDER BY number",
    "/inventory/orders": "SELECT number FROM orders.order ORDER BY number",
    "/inventory/shipments": "SELECT number FROM inventory.shipment ORDER BY number",
    "/shipments": "SELECT number FROM inventory.shipment ORDER BY number",
    "/inventory/products": "SELECT sku FROM inventory.product ORDER BY sku",
    "/products": "SELECT sku FROM inventory.product ORDER BY sku",
    "/inventory/locations": "SELECT code FROM inventory.location ORDER BY code",
    "/locations": "SELECT code FROM inventory.location ORDER BY code",
    "/inventory/stock-takes": "SELECT number FROM inventory.stock_take ORDER BY number",
    "/stock-takes": "SELECT number FROM inventory.stock_take ORDER BY number",
    "/inventory/receipts": "SELECT number FROM inventory.receipt ORDER BY number",
    "/receipts": "SELECT number FROM inventory.receipt ORDER BY number",
    "/sales/clients": "SELECT number FROM sales.client ORDER BY number",
    "/clients": "SELECT number FROM sales.client ORDER BY number",
    "/sales/leads": "SELECT number FROM sales.lead ORDER BY number",
    "/leads": "SELECT number FROM sales.lead ORDER BY number",
    "/sales/leads/import": "SELECT id FROM sales.lead_import ORDER BY id",
    "/expenses": "SELECT number FROM finance.expense ORDER BY number",
    "/expenses/runs": "SELECT number FROM finance.run ORDER BY number",
    "/profile/people": "SELECT uid FROM notifications.person WHERE uid = %(uid)s",
    "/profile/settings": "SELECT 'order_discount_limit'",
    "/settings": "SELECT 'order_discount_limit'",
    "/wuphf": "SELECT id FROM notifications.notification WHERE recipient = %(uid)s"
    " ORDER BY read_at DESC NULLS FIRST, n",
    "/wuphf/broadcasts": "SELECT number FROM notifications.broadcast",
    "/inside": "SELECT 'orders'",
    "/broadcasts": "SELECT number FROM notifications.broadcast",
}


def key_for(rule: str, dsn: str, uid: str = "jim.halpert") -> str:
    """The key of a record that a route of this path shows `uid`; `X-1` where there is none."""
    path = rule.removeprefix("/api/v1")
    known = [prefix for prefix in KEYS if path == prefix or path.startswith(f"{prefix}/")]
    if not known:
        return "X-1"
    with psycopg.connect(dsn, autocommit=True) as connection:
        found = connection.execute(KEYS[max(known, key=len)], {"uid": uid}).fetchone()  # type: ignore[call-overload]
    return str(found[0]) if found else "X-1"
