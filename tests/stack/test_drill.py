"""The drill: everything stands still, the database is gone, a snapshot is all there is. What comes
back, and what was lost.

On the embedded servers; on the native ones with DM_TEST_STACK=native.
"""

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from models.inventory.commands import create_product
from models.inventory.receipts import receive_goods
from models.inventory.rules import NewProduct
from models.orders.commands import place_order
from models.orders.new_order import NewLine, NewOrder, Product
from models.sales.commands import create_client
from models.sales.events import Address
from models.sales.rules import NewClient
from models.shared import transactions
from models.shared.events.catalogue import PUBLISHERS
from models.shared.transactions import transaction
from settings import settings
from stack.embedded import postgres
from stack.supervisor import Stack
from tests.chaos.browser import Browser
from tests.conftest import SERVERS

ROOT = Path(__file__).parents[2]
SKU = "CP-20-LTR"
LISTENERS = ("orders", "inventory", "notifications")
STOPPED = ("web", *LISTENERS, "relay", "oidc")  # Keycloak keeps its tables in the same database
PATIENCE = 90


@pytest.fixture
def office(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stack]:
    """The product but for its jobs; this process works in the same database."""
    folder = tmp_path_factory.mktemp("drill")
    with Stack(folder, servers=SERVERS, only=("postgres", "kafka", "ldap", *STOPPED)) as running:
        own = {
            "DM_SNAPSHOT_FOLDER": str(folder / "snapshots"),
            "DM_SNAPSHOT_DSN": running.admin_dsn,
        }
        for name, value in {**running.settings_env, **own}.items():
            monkeypatch.setenv(name, value)
        begin_anew()
        yield running
    monkeypatch.undo()
    begin_anew()
    shutil.rmtree(folder, ignore_errors=True)


def begin_anew() -> None:
    """Settings and connections of this process are made again."""
    settings.cache_clear()
    for schema in (*PUBLISHERS, *LISTENERS):
        transactions.engine(schema).dispose()
    transactions.engine.cache_clear()


def run(*arguments: str) -> str:
    """What an operator types, in a process of its own; what it printed, if it ended well."""
    done = subprocess.run(
        [sys.executable, "-m", "consumers", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.long
def test_a_lost_database_comes_back_and_goes_on_without_a_number_or_an_effect_given_twice(
    office: Stack,
):
    client = open_shop(office)
    kept = [order(client) for _ in range(3)]
    settle(office)
    assert "taken" in run("snapshots", "take")
    lost = [order(client) for _ in range(2)]
    settle(office)
    for name in STOPPED:
        office.kill(name)
    lose_database(office)

    began = time.monotonic()
    assert "was restored" in run("snapshots", "restore")
    said = run("snapshots", "recover")
    assert "lost: 2 x dm.orders.order.placed.v1" in said and all(number in said for number in lost)
    assert f"orders.order_number continues after {lost[-1].removeprefix('DM-')}" in said
    restored = time.monotonic()
    for name in reversed(STOPPED):
        office.start(name)
    people_find(office, kept, lost)
    settle(office)
    ended = time.monotonic()
    print(
        f"time to recover: {ended - began:.1f} s, of which "
        f"database, numbers and topics {restored - began:.1f} s\n{said}"
    )

    assert rows(office, "SELECT number FROM orders.order ORDER BY number") == [
        (number,) for number in kept
    ]
    the_books_are_right(office)
    new = order(client)
    assert new > max(lost), "a number that is on paper already is not given again"
    settle(office)
    assert rows(office, f"SELECT status FROM orders.order WHERE number = '{new}'") == [
        ("reserved",)
    ]
    assert rows(office, "SELECT sum(reserved)::int FROM inventory.stock") == [(2 * 4,)]
    the_books_are_right(office)
    assert (
        sum(
            count
            for schema in LISTENERS
            for (count,) in rows(office, f"SELECT count(*) FROM {schema}.dead_letter")
        )
        == 0
    )


def people_find(office: Stack, kept: list[str], lost: list[str]) -> None:
    """Somebody signs in, finds what was kept, and is told that there is nothing where the lost orders were."""
    browser = Browser(office.url, "jim.halpert", threading.Event())
    assert browser.sign_in().status_code == 200
    shown = browser.http.get(f"{office.url}/orders/").text
    assert all(number in shown for number in kept) and not any(number in shown for number in lost)
    assert {browser.http.get(f"{office.url}/orders/{number}").status_code for number in kept} == {
        200
    }
    assert {browser.http.get(f"{office.url}/orders/{number}").status_code for number in lost} == {
        404
    }
    assert browser.http.get(f"{office.url}/wuphf").status_code == 200


def the_books_are_right(office: Stack) -> None:
    """The checkers, as an operator asks them, over notices that are there."""
    assert rows(office, "SELECT count(*) > 0 FROM notifications.notification") == [(True,)]
    assert "The books are correct." in run("check", "books")
    assert "agree" in run("check", "inboxes")


def open_shop(office: Stack) -> str:
    """A product with stock, and a client whom orders has heard of."""
    with transaction("inventory", actor="darryl.philbin") as session:
        create_product(
            session,
            NewProduct(sku=SKU, name="Copy paper", unit_price=Decimal("38.50"), location=""),
        )
        receive_goods(session, SKU, 100, "opening stock")
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
    Stack.wait_until(lambda: rows(office, "SELECT 1 FROM orders.client"), PATIENCE)
    Stack.wait_until(lambda: rows(office, "SELECT 1 FROM notifications.person"), PATIENCE)
    return client


def order(client: str) -> str:
    """An order of two boxes."""
    paper = Product(sku=SKU, name="Copy paper", unit_price=Decimal("38.50"))
    with transaction("orders", actor="jim.halpert") as session:
        return place_order(
            session,
            NewOrder(
                client_number=client,
                lines=[NewLine(sku=SKU, quantity=2)],
                owner_name="Jim Halpert",
                products={SKU: paper},
            ),
        )


def settle(office: Stack) -> None:
    """Waits until every order is reserved, all is published and no event waits."""
    waiting = " + ".join(
        [
            "(SELECT count(*) FROM orders.order WHERE status = 'placed')",
            *(
                f"(SELECT count(*) FROM {schema}.outbox WHERE published_at IS NULL)"
                for schema in PUBLISHERS
            ),
            *(f"(SELECT count(*) FROM {schema}.held_event)" for schema in LISTENERS),
        ]
    )
    Stack.wait_until(lambda: rows(office, f"SELECT {waiting}") == [(0,)], PATIENCE)


def rows(office: Stack, query: str) -> list[tuple[object, ...]]:
    """As the superuser sees it."""
    with psycopg.connect(f"{office.admin_dsn}/dundermifflin") as connection:
        return connection.execute(query).fetchall()  # type: ignore[arg-type]


def lose_database(office: Stack) -> None:
    """The disk is gone; a fresh cluster stands in its place."""
    server, password = office.process("postgres"), (office.folder / "postgres-password").read_text()
    server.ask_to_stop()
    server.await_end()
    shutil.rmtree(postgres.data_folder(office.folder))
    office.servers.initialise_database(office.folder, password)
    office.start("postgres")
