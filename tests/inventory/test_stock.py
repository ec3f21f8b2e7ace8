"""Stock is never oversold, and always what the ledger adds up to."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.inventory import commands
from models.inventory.queries import ShipmentFilter, list_shipments
from models.inventory.receipts import receive_goods
from models.shared.errors import DomainError
from models.shared.listeners.interface import apply_batch
from models.shared.transactions import reading, transaction
from tests.factories.inventory import Figures, Office, add_product, stock_errors
from tests.factories.orders import Ordered


def test_sixty_four_orders_at_once_on_ten_cases_hold_exactly_ten(
    office: Office, figures, published
):
    add_product("A", 10)
    orders = [office.placed(Ordered("A", cases=1)) for _ in range(64)]
    with ThreadPoolExecutor(16) as clients:
        outcomes = list(clients.map(lambda event: apply_batch("inventory", [event]), orders))
    assert all(outcome.applied == 1 and outcome.dead == 0 for outcome in outcomes)
    assert figures("A") == Figures(on_hand=10, reserved=10)
    told = published("reservation.made")
    assert sum(line["reserved"] for each in told for line in each["lines"]) == 10
    assert sum(not each["complete"] for each in told) == 54
    assert stock_errors() == []


def test_orders_that_want_the_same_products_crosswise_do_not_deadlock(office: Office):
    for sku in ("A", "B", "C"):
        add_product(sku, 30)
    wants = [("A", "B", "C"), ("C", "B", "A"), ("B", "C", "A")] * 10
    orders = [office.placed(*(Ordered(sku, cases=1) for sku in skus)) for skus in wants]
    with ThreadPoolExecutor(12) as clients:
        outcomes = list(clients.map(lambda event: apply_batch("inventory", [event]), orders))
    assert [outcome.dead for outcome in outcomes] == [0] * 30
    assert stock_errors() == []


def test_a_batch_that_takes_products_crosswise_does_not_break_the_dispatch_of_a_person(
    office: Office, published
):
    for sku in ("A", "C"):
        add_product(sku, 60)
    office.place(Ordered("A", cases=1), Ordered("C", cases=1))
    parcel = published("shipment.created")[0]["shipment_number"]
    with transaction("inventory", actor="roy.anderson") as session:
        commands.pick_shipment(session, parcel)
        commands.pack_shipment(session, parcel)
    batch = [office.placed(Ordered(sku, cases=1)) for sku in ("C", "A") * 20]
    with ThreadPoolExecutor(2) as both:
        handled = both.submit(apply_batch, "inventory", batch)
        with transaction("inventory", actor="roy.anderson") as session:
            commands.dispatch_shipment(session, parcel, "KF", "1")
        assert handled.result().applied == 40
    assert stock_errors() == []


def test_what_is_short_waits_and_goods_serve_the_oldest_order_first(
    office: Office, figures, published
):
    add_product("A", 5)
    first, second, third = (
        office.place(Ordered("A", cases=8)),
        office.place(Ordered("A", cases=4)),
        office.place(Ordered("A", cases=4)),
    )
    with transaction("inventory", actor="darryl.philbin") as session:
        receive_goods(session, "A", 5)
    last = {each["order_number"]: each["lines"][0] for each in published("reservation.made")}
    assert [
        (last[number]["reserved"], last[number]["short"]) for number in (first, second, third)
    ] == [(8, 0), (2, 2), (0, 4)]
    assert [each["cause"] for each in published("reservation.made")] == ["placed"] * 3 + [
        "receipt"
    ] * 2
    assert figures("A") == Figures(on_hand=10, reserved=10)
    assert stock_errors() == []


def test_what_a_given_up_order_held_goes_to_who_waits(office: Office, figures, published):
    add_product("A", 5)
    first, second = office.place(Ordered("A", cases=5)), office.place(Ordered("A", cases=3))
    office.give_up(first)
    assert published("reservation.released") == [
        {"order_number": first, "lines": [{"line": 1, "sku": "A", "quantity": 5}]}
    ]
    assert published("reservation.made", second)[-1]["complete"] is True
    assert figures("A") == Figures(on_hand=5, reserved=3)
    assert stock_errors() == []


def test_an_unknown_product_is_a_dead_letter_and_holds_nothing(office: Office, figures, published):
    add_product("A", 5)
    assert (
        apply_batch(
            "inventory", [office.placed(Ordered("A", cases=1), Ordered("NOPE", cases=1))]
        ).dead
        == 1
    )
    assert figures("A") == Figures(on_hand=5, reserved=0)
    assert published("reservation.made") == []


def test_an_event_that_comes_three_times_holds_stock_once(office: Office, figures):
    add_product("A", 5)
    event = office.placed(Ordered("A", cases=2))
    apply_batch("inventory", [event, event])
    apply_batch("inventory", [event])
    assert figures("A") == Figures(on_hand=5, reserved=2)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE inventory.stock SET on_hand = on_hand + 1 WHERE sku = 'A'",
        "INSERT INTO inventory.ledger (sku, kind, delta_on_hand, delta_reserved, "
        "reference, reason, actor, at, correlation_id)"
        " VALUES ('A', 'receipt', 3, 0, 'x', '', 'x', now(), 'x')",
        "UPDATE inventory.demand_line SET allocated = allocated - 1",
    ],
)
def test_the_checker_turns_red_when_somebody_tampers(
    office: Office, clean_database: str, statement: str
):
    add_product("A", 5)
    office.place(Ordered("A", cases=2))
    assert stock_errors() == []
    with psycopg.connect(clean_database, autocommit=True) as superuser:
        superuser.execute(statement)
    assert {error.sku for error in stock_errors()} == {"A"}


def test_the_service_cannot_change_or_remove_what_the_ledger_says(clean_database: str):
    add_product("A", 5)
    for statement in (
        "UPDATE inventory.ledger SET delta_on_hand = 9",
        "DELETE FROM inventory.ledger",
    ):
        with (
            pytest.raises(Exception, match="permission denied"),
            transaction("inventory", actor="x") as session,
        ):
            session.connection().exec_driver_sql(statement)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("place"), st.sampled_from("AB"), st.integers(1, 9)),
        st.tuples(st.just("receive"), st.sampled_from("AB"), st.integers(1, 9)),
        st.tuples(st.just("give_up"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("step"), st.integers(0, 9), st.just(0)),
    ),
    max_size=14,
)


@given(steps=STEPS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_happens_in_whatever_order_stock_is_what_the_ledger_says(
    steps, clean_database: str
):
    with psycopg.connect(clean_database, autocommit=True) as connection:
        for table in (
            "shipment_pick",
            "stock_at_location",
            "shipment_line",
            "shipment",
            "receipt_fill",
            "receipt_line",
            "receipt",
            "demand_line",
            "demand",
            "ledger",
            "stock",
            "product",
            "last_sequence",
            "journal",
            "outbox",
            "outbox_key",
            "held_event",
            "dead_letter",
        ):
            connection.execute(f"DELETE FROM inventory.{table}")
    office, orders = Office(), []
    for sku in "AB":
        add_product(sku, 5)
    for what, one, two in steps:
        if what == "place":
            orders.append(office.place(Ordered(one, cases=two)))
        elif what == "receive":
            with transaction("inventory", actor="x") as session:
                receive_goods(session, one, two)
        elif what == "give_up" and one < len(orders):
            office.give_up(orders[one])
        elif what == "step":
            move_a_parcel(one)
        assert stock_errors() == []


def move_a_parcel(which: int) -> None:
    """Takes one of the parcels a step further, where it can."""
    with reading("inventory") as session:
        rows = list_shipments(session, ShipmentFilter(), "oldest").rows
    if which >= len(rows):
        return
    do = {
        "waiting": commands.pick_shipment,
        "picked": commands.pack_shipment,
        "packed": lambda session, number: commands.dispatch_shipment(session, number, "KF", "1"),
        "dispatched": lambda session, number: commands.deliver_shipment(
            session, number, "R. Oduya"
        ),
    }
    if step := do.get(rows[which].status):
        with transaction("inventory", actor="roy.anderson") as session:
            step(session, rows[which].number)


def test_an_order_is_never_both_given_up_and_dispatched(office: Office, published):
    add_product("A", 40)
    numbers = [office.place(Ordered("A", cases=2)) for _ in range(12)]
    parcels = {
        each["order_number"]: each["shipment_number"] for each in published("shipment.created")
    }
    for parcel in parcels.values():
        with transaction("inventory", actor="roy.anderson") as session:
            commands.pick_shipment(session, parcel)
            commands.pack_shipment(session, parcel)

    def dispatch(number: str) -> None:
        try:
            with transaction("inventory", actor="roy.anderson") as session:
                commands.dispatch_shipment(session, parcels[number], "KF", "1")
        except DomainError:
            pass

    with ThreadPoolExecutor(8) as both:
        done = [
            both.submit(work, number) for number in numbers for work in (dispatch, office.give_up)
        ]
        for each in done:
            each.result()
    gone = {each["order_number"] for each in published("shipment.dispatched")}
    free = {each["order_number"] for each in published("reservation.released")}
    refused = {each["order_number"] for each in published("release.refused")}
    assert gone & free == set()
    assert gone == refused
    assert gone | free == set(numbers)
    assert stock_errors() == []
