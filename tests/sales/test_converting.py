"""From lead to client: exactly once, whoever clicks how often; and who hears of it."""

import threading
from decimal import Decimal

import pytest

from models.orders.commands import place_order
from models.orders.new_order import NewLine, NewOrder, Product
from models.sales.clients import deactivate_client, list_contacts
from models.sales.commands import AlreadyConverted, Conversion, convert_lead
from models.sales.leads import move_lead
from models.sales.queries import get_lead, list_leads_of_client
from models.sales.stages import Refused
from models.shared.errors import DomainError, Forbidden, Invalid, Stale
from models.shared.operations.progress import list_told_of
from models.shared.records.idempotency import once
from models.shared.transactions import reading, transaction
from tests.factories.sales import (
    DWIGHT,
    JIM,
    MICHAEL,
    deliver,
    fetch_one,
    make_client_facts,
    published_types,
)

NEW = Conversion(new=make_client_facts(name="Laurel Run Hospice"))


def convert(
    number: str, into: Conversion = NEW, *, actor: str = JIM, version: int = 4, **more
) -> str:
    with transaction("sales", actor=actor) as session:
        return convert_lead(session, number, into, version, **more)


def test_a_lead_becomes_a_client_and_both_say_so(lead, clean_database: str) -> None:
    number = lead("proposal")
    client = convert(number)
    with reading("sales") as session:
        row = get_lead(session, number)
        assert (row.stage, row.client_number, row.next_kind) == ("converted", client, "")
        assert [each.number for each in list_leads_of_client(session, client)] == [number]
    assert published_types(clean_database) == ["client.created", "lead.converted"]
    with reading("sales") as session:
        for record in (number, client):
            found = {each.type for each in list_told_of(session, record)}
            assert "dm.sales.client.created.v1" in found, "a trail is found by both numbers"


def test_an_order_can_be_placed_for_it_as_soon_as_orders_heard(lead, clean_database: str) -> None:
    client = convert(lead("proposal"))
    deliver(clean_database, "orders")
    paper = Product(sku="CP-20-LTR", name="Copy paper", unit_price=Decimal("38.90"))
    with transaction("orders", actor=JIM) as session:
        order = place_order(
            session,
            NewOrder(
                client_number=client,
                products={paper.sku: paper},
                owner_name="Jim Halpert",
                lines=[NewLine(sku=paper.sku, quantity=2)],
            ),
        )
    assert fetch_one(
        clean_database, 'SELECT client_number, city FROM orders."order" WHERE number = %s', order
    ) == (
        client,
        "Old Forge",
    )


def test_a_second_time_names_the_client_that_it_is(lead, clean_database: str) -> None:
    number = lead("proposal")
    client = convert(number)
    with pytest.raises(AlreadyConverted) as refused:
        convert(number, version=5)
    assert refused.value.details == {"client_number": client}
    assert fetch_one(clean_database, "SELECT count(*) FROM sales.client") == 1


@pytest.mark.parametrize("same_form", [True, False], ids=["a double click", "two people at once"])
def test_at_once_there_is_one_client(lead, clean_database: str, same_form: bool) -> None:
    number, answers, start = lead("proposal"), [], threading.Barrier(4)

    def click(place: int) -> None:
        actor = JIM if same_form else (JIM, MICHAEL)[place % 2]
        start.wait()
        try:
            with transaction("sales", actor=actor) as session:
                key = "one-form-of-jims" if same_form else f"form-of-click-{place}"
                answers.append(
                    once(
                        session,
                        key,
                        "convert_lead",
                        number,
                        lambda: convert_lead(session, number, NEW, 4, any_lead=actor == MICHAEL),
                    )
                )
        except DomainError as error:
            answers.append(error.code)

    threads = [threading.Thread(target=click, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert fetch_one(clean_database, "SELECT count(*) FROM sales.client") == 1
    assert published_types(clean_database) == ["client.created", "lead.converted"]
    client = fetch_one(clean_database, "SELECT number FROM sales.client")
    assert sorted(answers) == sorted(
        [client] * 4 if same_form else [client, *["already_converted"] * 3]
    )


def test_an_existing_client_can_be_chosen_and_learns_the_contact(
    lead, client_number: str, clean_database: str
) -> None:
    number = lead("proposal")
    assert convert(number, Conversion(client_number=client_number)) == client_number
    with reading("sales") as session:
        assert [(row.name, row.mail) for row in list_contacts(session, client_number)] == [
            ("Ann Petrov", "ann@laurelrun.example")
        ]
    assert published_types(clean_database)[-1] == "lead.converted"
    assert (
        fetch_one(
            clean_database,
            "SELECT convert_from(envelope, 'UTF8')::jsonb -> 'data' ->> 'is_new' FROM sales.outbox"
            " WHERE type LIKE '%%converted%%'",
        )
        == "false"
    )
    again = lead("proposal")
    convert(again, Conversion(client_number=client_number))
    with reading("sales") as session:
        assert len(list_contacts(session, client_number)) == 1, "the contact is known by now"


def test_what_cannot_become_a_client_is_refused_and_nothing_is_written(
    lead, client_number: str, clean_database: str
) -> None:
    ready, early = lead("proposal"), lead("qualified")
    with transaction("sales", actor=JIM) as session:
        deactivate_client(session, client_number, "Moved away", 1)
    before = published_types(clean_database)
    refusals = (
        (Refused, lambda: convert(early, version=3)),
        (Stale, lambda: convert(ready, version=3)),
        (Forbidden, lambda: convert(ready, actor=DWIGHT)),
        (Invalid, lambda: convert(ready, Conversion())),
        (Invalid, lambda: convert(ready, Conversion(client_number="CL-1"))),
        (Invalid, lambda: convert(ready, Conversion(client_number=client_number))),
        (Invalid, lambda: convert(ready, Conversion(new=make_client_facts(contact_mail="?")))),
        (
            Invalid,
            lambda: convert(ready, Conversion(new=make_client_facts(credit_limit=Decimal(10001)))),
        ),
    )
    for error, refused in refusals:
        with pytest.raises(error):
            refused()
    assert published_types(clean_database) == before
    convert(
        ready, Conversion(new=make_client_facts(credit_limit=Decimal(10001))), may_set_limit=True
    )


def test_a_converted_lead_is_never_moved_again(lead) -> None:
    number = lead("proposal")
    convert(number)
    with (
        pytest.raises(Refused, match="already a client"),
        transaction("sales", actor=JIM) as session,
    ):
        move_lead(session, number, "new")
