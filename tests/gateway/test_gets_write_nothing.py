"""No GET writes: every address of the product is read by somebody who may, and no row of any schema
is another after it.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient

from models.inventory.commands import create_product, receive_goods
from models.inventory.rules import NewProduct
from models.notifications.people import KnownPerson, replace_people
from models.orders.commands import place_order
from models.orders.placing import NewLine, NewOrder, Product
from models.sales.commands import create_client
from models.sales.events import Address
from models.sales.rules import NewClient
from models.shared.database import transaction
from models.shared.delivery import deliver_pending
from settings import SCHEMAS
from tests.conftest import EMPTY
from tests.gateway.test_rights_matrix import _address
from tests.web_client import app_over, known_people, sign_in

SKU = "CP-20-LTR"
AWAY = 503  # what needs the directory or the provider, which are not part of this test
ENDLESS = {
    "live.stream"
}  # begins a thread of this process that listens on; tests/wuphf/test_live.py has it in its own
MOST_CAPABLE = ("nick.reyes", "michael.scott", "darryl.philbin", "angela.martin", "jim.halpert")


@pytest.fixture(scope="module")
def office(database: str) -> Iterator[tuple[Flask, str]]:
    """The application over a client, a product and an order on its way."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(EMPTY)
        _do_business()
        yield app_over(known_people()), database
        connection.execute(EMPTY)


def _do_business() -> None:
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


def state(dsn: str) -> dict[str, str]:
    """A digest of the rows of every table of ours."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT format('%%I.%%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname = ANY (%s)",
            [list(SCHEMAS)],
        ).fetchall()
        digest = "SELECT md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM {} t"
        return {name: str(connection.execute(digest.format(name)).fetchone()) for (name,) in tables}  # type: ignore[arg-type]


def test_no_get_writes_a_row_and_none_fails(office: tuple[Flask, str]):
    app, dsn = office
    browsers = [sign_in(app, known_people()[uid]) for uid in MOST_CAPABLE]
    before, answers = state(dsn), {}
    for rule in app.url_map.iter_rules():
        if (
            "GET" in (rule.methods or ())
            and rule.endpoint not in {"static", *ENDLESS}
            and not rule.rule.startswith("/api/")
        ):
            address = _address(app, rule, "GET").replace("X-1", _key(rule.rule, dsn))
            answers[address] = _answer(browsers, address)
    assert {
        address: status for address, status in answers.items() if status >= 500 and status != AWAY
    } == {}
    seen = [address for address, status in answers.items() if status == 200]
    assert len(seen) > len(answers) * 0.6, f"too few were really shown: {answers}"
    assert state(dsn) == before


def test_the_digest_sees_a_row_that_changed(office: tuple[Flask, str]):
    _, dsn = office
    before = state(dsn)
    with transaction("inventory", actor="darryl.philbin") as session:
        receive_goods(session, SKU, 1, "another")
    assert {
        name.split(".")[0] for name, digest in state(dsn).items() if before[name] != digest
    } == {"inventory"}


def _answer(browsers: list[FlaskClient], address: str) -> int:
    statuses = []
    for browser in browsers:
        answer = browser.get(address)
        statuses.append(answer.status_code)
        if answer.status_code < 400 or answer.status_code >= 500:
            break
    return statuses[-1] if statuses[-1] >= 500 else min(statuses)


def _key(rule: str, dsn: str) -> str:
    found: dict[str, Callable[[], str]] = {
        "/orders": lambda: _one(dsn, "SELECT number FROM orders.order"),
        "/inventory/shipments": lambda: _one(dsn, "SELECT number FROM inventory.shipment"),
        "/inventory": lambda: SKU,
        "/clients": lambda: _one(dsn, "SELECT number FROM sales.client"),
    }
    return next((look() for prefix, look in found.items() if rule.startswith(prefix)), "X-1")


def _one(dsn: str, query: str) -> str:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute(query).fetchone()[0]  # type: ignore[index, arg-type]
