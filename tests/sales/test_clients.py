"""Sales makes clients, and orders hears of them."""

from decimal import Decimal

import msgspec
import psycopg
import pytest

from models.sales.commands import create_client
from models.sales.events import Address
from models.sales.queries import get_client
from models.sales.rules import NewClient
from models.shared.errors import Invalid, NotFound
from models.shared.listeners.interface import Incoming, apply_batch
from models.shared.transactions import reading, transaction

PINE = NewClient(
    name=" Pine Ridge School District ",
    contact_name="Dan Ferreira",
    contact_mail="dan@pineridge.example",
    contact_phone="570 555 0142",
    payment_terms_days=30,
    credit_limit=Decimal("25000.00"),
    owner="jim.halpert",
    address=Address(street="40 Quarry Road", city="Old Forge", state="PA", postcode="18518"),
)


def create(new: NewClient) -> str:
    with transaction("sales", actor="jim.halpert") as session:
        return create_client(session, new)


def test_a_client_gets_the_next_number_and_its_history(clean_database: str) -> None:
    first, second = create(PINE), create(PINE)
    assert first.startswith("CL-") and int(second[3:]) == int(first[3:]) + 1 >= 1002
    with reading("sales") as session:
        assert get_client(session, first).name == "Pine Ridge School District"
    with psycopg.connect(clean_database) as connection:
        rows = connection.execute(
            "SELECT actor, what FROM sales.history WHERE key = %s", [first]
        ).fetchall()
    assert rows == [("jim.halpert", "created")]


def test_orders_knows_a_client_from_its_event_alone(clean_database: str) -> None:
    number = create(PINE)
    with psycopg.connect(clean_database) as connection:
        topic, envelope = connection.execute("SELECT topic, envelope FROM sales.outbox").fetchone()
    incoming = Incoming(topic, 0, 0, number.encode(), bytes(envelope))
    assert apply_batch("orders", [incoming, incoming]).applied == 1
    with psycopg.connect(clean_database) as connection:
        row = connection.execute(
            "SELECT number, name, city, credit_limit, active FROM orders.client"
        ).fetchone()
    assert row == (number, "Pine Ridge School District", "Old Forge", Decimal("25000.00"), True)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"contact_name": ""}, "contact_name"),
        ({"contact_mail": "dan"}, "contact_mail"),
        ({"contact_phone": "5" * 41}, "contact_phone"),
        ({"contact_phone": "call me"}, "contact_phone"),
        ({"owner": ""}, "owner"),
        ({"owner": "jim", "owners": frozenset({"jim.halpert"})}, "owner"),
        ({"payment_terms_days": -1}, "payment_terms_days"),
        ({"payment_terms_days": 121}, "payment_terms_days"),
        ({"credit_limit": Decimal("-1")}, "credit_limit"),
        ({"credit_limit": Decimal("0.001")}, "credit_limit"),
        ({"credit_limit": Decimal("NaN")}, "credit_limit"),
        ({"credit_limit": Decimal("1e9")}, "credit_limit"),
        (
            {"address": Address(street="", city="Old Forge", state="PA", postcode="18518")},
            "address-street",
        ),
        (
            {"address": Address(street="1 Road", city="Old Forge", state="Penn", postcode="18518")},
            "address-state",
        ),
        (
            {"address": Address(street="1 Road", city="Old Forge", state="PA", postcode="1")},
            "address-postcode",
        ),
    ],
)
def test_what_no_client_can_be_is_refused_and_publishes_nothing(
    clean_database: str, change: dict, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        create(msgspec.structs.replace(PINE, **change))
    assert set(refused.value.errors) == {field}
    with psycopg.connect(clean_database) as connection:
        assert connection.execute("SELECT count(*) FROM sales.outbox").fetchone() == (0,)


def test_an_unknown_client_is_not_found(clean_database: str) -> None:
    with pytest.raises(NotFound), reading("sales") as session:
        get_client(session, "CL-1")


def test_a_phone_is_kept_as_numbers_are_written_here_and_may_be_missing(
    clean_database: str,
) -> None:
    typed = [
        msgspec.structs.replace(PINE, contact_phone=phone)
        for phone in ("+1 570.555.0142", "+49 30 901820", " ")
    ]
    with reading("sales") as session:
        assert [get_client(session, number).contact_phone for number in map(create, typed)] == [
            "(570) 555-0142",
            "+49 30 901820",
            "",
        ]
