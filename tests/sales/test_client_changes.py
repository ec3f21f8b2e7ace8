"""Clients after they became clients; what orders and wuphf make of it."""

from decimal import Decimal

import msgspec
import pytest

from models.orders.commands import place_order
from models.orders.new_order import NewLine, NewOrder, Product
from models.sales import clients
from models.sales.events import NamedAddress
from models.sales.queries import get_client
from models.sales.rules import Contact
from models.shared.errors import DomainError, Forbidden, Invalid, NotFound, Stale
from models.shared.transactions import reading, transaction
from tests.factories.sales import (
    JIM,
    QUARRY,
    deliver,
    fetch_one,
    make_client_facts,
    published_types,
)

DOCK = NamedAddress(
    label="Warehouse, back door",
    street="2 Dock Street",
    city="Scranton",
    state="PA",
    postcode="18503",
)


def do(command, *arguments, actor: str = JIM, **more):
    with transaction("sales", actor=actor) as session:
        return command(session, *arguments, **more)


def projected(database: str, number: str, columns: str):
    deliver(database, "orders")
    return fetch_one(database, f"SELECT {columns} FROM orders.client WHERE number = %s", number)


def test_orders_follows_terms_address_and_name(client_number: str, clean_database: str) -> None:
    moved = msgspec.structs.replace(QUARRY, street="41 Quarry Road")
    do(
        clients.change_client,
        client_number,
        make_client_facts(name="Pine Ridge Schools", payment_terms_days=45, address=moved),
        1,
    )
    assert projected(clean_database, client_number, "name, payment_terms_days, street, active") == (
        "Pine Ridge Schools",
        45,
        "41 Quarry Road",
        True,
    )
    do(
        clients.change_client,
        client_number,
        make_client_facts(name="Pine Ridge Schools", payment_terms_days=45, address=moved),
        2,
    )
    assert published_types(clean_database) == ["client.created", "client.changed"], (
        "nothing differs: nothing is said"
    )


def test_a_sales_manager_changes_the_credit_limit_and_nobody_else(
    client_number: str, clean_database: str
) -> None:
    with pytest.raises(Forbidden):
        do(
            clients.set_credit_limit,
            client_number,
            Decimal(20000),
            "Good payer",
            1,
            may_set_limit=False,
        )
    for amount, reason in ((None, "x"), (Decimal(-1), "x"), (Decimal(20000), " ")):
        with pytest.raises(Invalid):
            do(clients.set_credit_limit, client_number, amount, reason, 1, may_set_limit=True)
    do(clients.set_credit_limit, client_number, Decimal(20000), "Good payer", 1, may_set_limit=True)
    assert projected(clean_database, client_number, "credit_limit") == Decimal("20000.00")
    do(clients.change_client, client_number, make_client_facts(credit_limit=Decimal(1)), 2)
    assert projected(clean_database, client_number, "credit_limit") == Decimal("20000.00"), (
        "an edit never touches it"
    )


def test_an_inactive_client_takes_no_new_order_until_it_is_active_again(
    client_number: str, clean_database: str
) -> None:
    paper = Product(sku="CP-20-LTR", name="Copy paper", unit_price=Decimal("38.90"))
    new = NewOrder(
        client_number=client_number,
        products={paper.sku: paper},
        lines=[NewLine(sku=paper.sku, quantity=2)],
    )
    do(clients.deactivate_client, client_number, "Owes us since May", 1)
    assert projected(clean_database, client_number, "active") is False
    with (
        pytest.raises(Invalid, match="marked") as refused,
        transaction("orders", actor=JIM) as session,
    ):
        place_order(session, new)
    assert refused.value.errors == {
        "client_number": "Pine Ridge School District is inactive. Choose an active client."
    }
    with pytest.raises(DomainError):
        do(clients.deactivate_client, client_number, "Again", 2)
    do(clients.reactivate_client, client_number, 2)
    deliver(clean_database, "orders")
    with transaction("orders", actor=JIM) as session:
        assert place_order(session, new)
    with pytest.raises(DomainError):
        do(clients.reactivate_client, client_number, 3)


def test_further_contacts_and_addresses_come_and_go(
    client_number: str, clean_database: str
) -> None:
    contact = do(
        clients.add_contact,
        client_number,
        Contact(name="Eve Lund", mail="eve@pineridge.example", role="Accounts"),
    )
    place = do(clients.add_address, client_number, DOCK)
    assert projected(clean_database, client_number, "addresses") == [msgspec.to_builtins(DOCK)]
    do(clients.remove_contact, client_number, contact)
    do(clients.remove_address, client_number, place)
    assert projected(clean_database, client_number, "addresses") == []
    for gone in (
        lambda: do(clients.remove_contact, client_number, contact),
        lambda: do(clients.remove_address, client_number, place),
    ):
        with pytest.raises(NotFound):
            gone()


def test_what_no_contact_or_address_can_be_is_refused(client_number: str) -> None:
    for bad in (
        Contact(name=" "),
        Contact(name="A", mail="?"),
        Contact(name="A", phone="5" * 41),
        Contact(name="A", phone="ask Dan"),
        Contact(name="A", role="x" * 101),
    ):
        with pytest.raises(Invalid):
            do(clients.add_contact, client_number, bad)
    for bad in (
        msgspec.structs.replace(DOCK, label=""),
        msgspec.structs.replace(DOCK, postcode="1"),
    ):
        with pytest.raises(Invalid):
            do(clients.add_address, client_number, bad)


def test_there_is_an_end_to_contacts(client_number: str) -> None:
    with transaction("sales", actor=JIM) as session:
        for place in range(clients.MOST):
            clients.add_contact(session, client_number, Contact(name=f"Person {place}"))
    with pytest.raises(Invalid):
        do(clients.add_contact, client_number, Contact(name="One more"))


def test_a_stale_change_is_refused_with_what_changed(client_number: str) -> None:
    do(clients.change_client, client_number, make_client_facts(payment_terms_days=60), 1)
    with pytest.raises(Stale) as stale:
        do(clients.change_client, client_number, make_client_facts(name="Another"), 1)
    assert stale.value.details["changes"] == {"payment_terms_days": (30, 60)}
    with reading("sales") as session:
        assert get_client(session, client_number).name == "Pine Ridge School District"
