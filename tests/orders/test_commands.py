"""What placing and cancelling write, and what they refuse."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
import psycopg
import pytest

from models.orders.commands import place_order, request_cancellation
from models.orders.new_order import NewLine, NewOrder
from models.orders.queries import get_order
from models.shared.errors import DomainError, Forbidden, Invalid, NotFound, Stale
from models.shared.transactions import reading, transaction
from tests.factories.orders import (
    PRODUCTS,
    Ordered,
    Packed,
    Reserved,
    Wire,
    make_reservation,
    make_shipment,
)

MADE, DISPATCHED = "dm.inventory.reservation.made.v1", "dm.inventory.shipment.dispatched.v1"


def ask(
    number: str, actor: str, version: int | None = None, reason: str = "Ordered twice", **more: bool
) -> None:
    with transaction("orders", actor=actor) as session:
        seen = get_order(session, number).version if version is None else version
        request_cancellation(session, number, reason, seen, **more)


def test_a_placed_order_publishes_all_that_others_need(
    place: Callable[..., str], database: str
) -> None:
    number = place(Ordered("CP-20-LTR", cases=3), Ordered("CS-110-IV", cases=2))
    with psycopg.connect(database) as connection:
        ((type_, envelope),) = connection.execute(
            "SELECT type, envelope FROM orders.outbox"
        ).fetchall()
    data = msgspec.json.decode(
        msgspec.json.decode(bytes(envelope), type=dict[str, msgspec.Raw])["data"]
    )
    assert type_ == "dm.orders.order.placed.v1"
    assert (data["order_number"], data["client_number"], data["owner"]) == (
        number,
        "CL-1001",
        "jim.halpert",
    )
    assert (Decimal(data["total"]), data["currency"]) == (Decimal("199.10"), "USD")
    assert data["deliver_to"] == {
        "street": "40 Quarry Road",
        "city": "Old Forge",
        "state": "PA",
        "postcode": "18518",
    }
    assert data["lines"][1] == {
        "line": 2,
        "sku": "CS-110-IV",
        "name": "Cardstock, ivory",
        "quantity": 2,
        "unit_price": "41.20",
    }


def test_order_numbers_are_the_companys_and_count_up(place: Callable[..., str]) -> None:
    first, second = place(), place()
    assert first.startswith("DM-1") and int(second[3:]) == int(first[3:]) + 1


def test_an_inactive_client_gets_no_order(place: Callable[..., str], database: str) -> None:
    assert place()
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE orders.client SET active = false")
    with pytest.raises(Invalid) as refused:
        place()
    assert "is inactive" in refused.value.errors["client_number"]


def test_every_error_is_told_at_once(wire: Wire) -> None:
    lines = [
        NewLine(sku="CP-20-LTR", quantity=0),
        NewLine(sku="CP-20-LTR", quantity=None),
        NewLine(sku="X", quantity=200_000),
    ]
    with pytest.raises(Invalid) as refused, transaction("orders", actor="jim.halpert") as session:
        place_order(session, NewOrder(client_number="CL-0", lines=lines, products=PRODUCTS))
    assert set(refused.value.errors) == {
        "client_number",
        "lines-0-sku",
        "lines-0-quantity",
        "lines-1-sku",
        "lines-1-quantity",
        "lines-2-sku",
        "lines-2-quantity",
    }


def test_an_order_has_lines_and_not_more_than_a_hundred(wire: Wire) -> None:
    for lines in ([], [NewLine(sku=f"S-{n}", quantity=1) for n in range(101)]):
        with (
            pytest.raises(Invalid) as refused,
            transaction("orders", actor="jim.halpert") as session,
        ):
            place_order(session, NewOrder(client_number="CL-1001", lines=lines, products=PRODUCTS))
        assert set(refused.value.errors) == {"lines"}


def test_the_database_itself_refuses_figures_that_cannot_be(
    place: Callable[..., str], database: str
) -> None:
    place()
    for figures in (
        "reserved = 4",
        "short = -1",
        "shipped = 2, delivered = 3",
        "shipped = 2, reserved = 2",
        "ordered = 0",
    ):
        with psycopg.connect(database) as connection, pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(f"UPDATE orders.order_line SET {figures}")
    with psycopg.connect(database) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute("UPDATE orders.\"order\" SET status = 'lost'")


def test_asking_to_cancel_makes_the_order_cancelling_until_the_warehouse_answers(
    place: Callable[..., str], database: str
) -> None:
    number = place()
    ask(number, "jim.halpert")
    with reading("orders") as session:
        order = get_order(session, number)
    assert (order.status, order.cancellation_by, order.cancellation_reason) == (
        "cancelling",
        "jim.halpert",
        "Ordered twice",
    )
    with pytest.raises(DomainError, match="cannot be cancelled"):
        ask(number, "jim.halpert")


def test_another_sales_person_may_not_cancel_but_a_manager_may(place: Callable[..., str]) -> None:
    number = place()
    with pytest.raises(Forbidden, match="Jim Halpert"):
        ask(number, "dwight.schrute")
    ask(number, "michael.scott", may_cancel_any=True)
    with reading("orders") as session:
        assert get_order(session, number).status == "cancelling"


def test_a_stale_cancellation_is_refused_with_what_changed(
    wire: Wire, place: Callable[..., str]
) -> None:
    number = place()
    with reading("orders") as session:
        seen = get_order(session, number).version
    wire.deliver(MADE, make_reservation(number, Reserved(line=1, cases=1, short=2)))
    with pytest.raises(Stale) as refused:
        ask(number, "jim.halpert", version=seen)
    assert refused.value.details == {"changes": {"status": ("placed", "back_ordered")}}


def test_nothing_that_left_can_be_cancelled(wire: Wire, place: Callable[..., str]) -> None:
    number = place()
    wire.deliver(MADE, make_reservation(number, Reserved(line=1, cases=3, short=0)))
    wire.deliver(DISPATCHED, make_shipment(number, Packed(line=1, cases=3)))
    with pytest.raises(DomainError, match="is shipped and cannot"):
        ask(number, "jim.halpert")


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_a_cancellation_needs_a_reason(place: Callable[..., str], reason: str) -> None:
    number = place()
    with pytest.raises(Invalid) as refused:
        ask(number, "jim.halpert", reason=reason)
    assert set(refused.value.errors) == {"reason"}


def test_an_unknown_order_is_not_found(wire: Wire) -> None:
    with pytest.raises(NotFound):
        ask("DM-1", "jim.halpert")
