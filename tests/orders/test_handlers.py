"""What events do to an order, however they arrive."""

from collections.abc import Callable

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.orders.commands import request_cancellation
from models.orders.history import get_timeline
from models.orders.queries import get_order
from models.shared.listeners.interface import apply_batch, rebuild
from models.shared.transactions import reading, transaction
from tests.factories.orders import (
    Ordered,
    Packed,
    Reserved,
    Wire,
    events_of_order,
    make_reservation,
    make_shipment,
)

MADE, DISPATCHED = "dm.inventory.reservation.made.v1", "dm.inventory.shipment.dispatched.v1"
DELIVERED = "dm.inventory.shipment.delivered.v1"


def status_of(number: str) -> str:
    with reading("orders") as session:
        return get_order(session, number).status


def published(database: str, number: str) -> list[str]:
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT type FROM orders.outbox WHERE key = %s ORDER BY id", [number]
        ).fetchall()
    return [type_.removeprefix("dm.orders.order.") for (type_,) in rows]


def cancel(number: str, reason: str = "Ordered twice") -> None:
    with transaction("orders", actor="jim.halpert") as session:
        request_cancellation(session, number, reason, get_order(session, number).version)


def test_an_order_goes_from_placed_over_back_ordered_to_delivered(
    wire: Wire, place: Callable[..., str]
) -> None:
    number = place(Ordered("CP-20-LTR", cases=30), Ordered("CS-110-IV", cases=18))
    seen = [status_of(number)]
    for type_, data in (
        (
            MADE,
            make_reservation(
                number, Reserved(line=1, cases=30, short=0), Reserved(line=2, cases=6, short=12)
            ),
        ),
        (DISPATCHED, make_shipment(number, Packed(line=1, cases=30))),
        (DELIVERED, make_shipment(number, Packed(line=1, cases=30))),
        (
            MADE,
            make_reservation(
                number, Reserved(line=1, cases=30, short=0), Reserved(line=2, cases=18, short=0)
            ),
        ),
        (DISPATCHED, make_shipment(number, Packed(line=2, cases=18), shipment="SH-20002")),
        (DELIVERED, make_shipment(number, Packed(line=2, cases=18), shipment="SH-20002")),
    ):
        wire.deliver(type_, data)
        seen.append(status_of(number))
    assert seen == [
        "placed",
        "back_ordered",
        "partly_shipped",
        "partly_shipped",
        "partly_shipped",
        "shipped",
        "delivered",
    ]


def test_an_order_whose_goods_had_never_come_in_is_back_ordered_again(
    wire: Wire, place: Callable[..., str]
) -> None:
    number = place(Ordered("CP-20-LTR", cases=10))
    wire.deliver(MADE, make_reservation(number, Reserved(line=1, cases=10, short=0)))
    assert status_of(number) == "reserved"
    wire.deliver(MADE, make_reservation(number, Reserved(line=1, cases=4, short=6)))
    assert status_of(number) == "back_ordered"


def test_a_second_reservation_does_not_count_what_already_left(
    wire: Wire, place: Callable[..., str]
) -> None:
    number = place(Ordered("CP-20-LTR", cases=10))
    wire.deliver(MADE, make_reservation(number, Reserved(line=1, cases=4, short=6)))
    wire.deliver(DISPATCHED, make_shipment(number, Packed(line=1, cases=4)))
    wire.deliver(MADE, make_reservation(number, Reserved(line=1, cases=10, short=0)))
    with reading("orders") as session:
        (line,) = get_order(session, number).lines
    assert (line.shipped, line.reserved, line.short) == (4, 6, 0)


def test_a_released_order_is_cancelled_and_says_so(
    wire: Wire, place: Callable[..., str], database: str
) -> None:
    number = place(Ordered("CP-20-LTR", cases=10))
    wire.deliver(MADE, make_reservation(number, Reserved(line=1, cases=4, short=6)))
    cancel(number)
    assert status_of(number) == "cancelling"
    wire.deliver("dm.inventory.reservation.released.v1", {"order_number": number, "lines": []})
    assert status_of(number) == "cancelled"
    assert published(database, number) == ["placed.v1", "cancellation_requested.v1", "cancelled.v1"]
    with reading("orders") as session:
        order = get_order(session, number)
    assert (order.reserved, order.short, order.shipped) == (0, 0, 0)


def test_a_refused_cancellation_leaves_the_order_where_it_stands(
    wire: Wire, place: Callable[..., str], database: str
) -> None:
    number = place(Ordered("CP-20-LTR", cases=10))
    wire.deliver(MADE, make_reservation(number, Reserved(line=1, cases=10, short=0)))
    cancel(number)
    wire.deliver(DISPATCHED, make_shipment(number, Packed(line=1, cases=10)))
    assert status_of(number) == "cancelling"
    wire.deliver(
        "dm.inventory.release.refused.v1",
        {"order_number": number, "reason": "The last parcel left."},
    )
    assert status_of(number) == "shipped"
    assert published(database, number)[-1] == "cancellation_refused.v1"


def test_an_impossible_event_is_parked_and_changes_nothing(
    wire: Wire, place: Callable[..., str]
) -> None:
    number = place(Ordered("CP-20-LTR", cases=10))
    outcome = apply_batch(
        "orders", [wire.event(DISPATCHED, make_shipment(number, Packed(line=1, cases=11)))]
    )
    assert (outcome.dead, status_of(number)) == (1, "placed")


def _story(wire: Wire, number: str) -> list:
    return [
        wire.event(MADE, make_reservation(number, Reserved(line=1, cases=10, short=0))),
        wire.event(
            "dm.inventory.shipment.created.v1", make_shipment(number, Packed(line=1, cases=10))
        ),
        wire.event(
            "dm.inventory.shipment.picked.v1", make_shipment(number, Packed(line=1, cases=10))
        ),
        wire.event(
            "dm.inventory.shipment.packed.v1", make_shipment(number, Packed(line=1, cases=10))
        ),
        wire.event(DISPATCHED, make_shipment(number, Packed(line=1, cases=10))),
        wire.event(DELIVERED, make_shipment(number, Packed(line=1, cases=10))),
    ]


def _timeline(number: str) -> list[tuple[int, str, dict]]:
    with reading("orders") as session:
        return [(entry.n, entry.type, entry.facts) for entry in get_timeline(session, number)]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_shuffled_and_doubled_deliveries_give_the_same_order_and_timeline(
    data: st.DataObject, wire: Wire, place: Callable[..., str], database: str
) -> None:
    number = place(Ordered("CP-20-LTR", cases=10))
    events = events_of_order(database, number) + _story(wire, number)
    arriving = data.draw(
        st.permutations(events + data.draw(st.lists(st.sampled_from(events), max_size=5)))
    )
    cuts = data.draw(st.integers(1, 4))
    for start in range(0, len(arriving), cuts):
        apply_batch("orders", arriving[start : start + cuts])
    assert status_of(number) == "delivered"
    # the wire's clock stands before the order's own, so "placed" sorts last, on each delivery
    steps = [type_.rsplit(".", 2)[1] for _, type_, _ in _timeline(number)]
    assert steps == ["made", "created", "picked", "packed", "dispatched", "delivered", "placed"]
    assert [n for n, _, _ in _timeline(number)] == list(range(1, 8))


def test_a_rebuilt_timeline_is_identical(
    wire: Wire, place: Callable[..., str], database: str
) -> None:
    number = place(Ordered("CP-20-LTR", cases=10))
    apply_batch("orders", events_of_order(database, number) + _story(wire, number))
    with psycopg.connect(database) as connection:
        before = connection.execute("SELECT * FROM orders.timeline ORDER BY 1, 2, 3").fetchall()
    assert len(before) == 7
    rebuild("orders", "timeline")
    with psycopg.connect(database) as connection:
        assert (
            connection.execute("SELECT * FROM orders.timeline ORDER BY 1, 2, 3").fetchall()
            == before
        )


def test_each_entry_of_the_timeline_proves_where_it_comes_from(
    wire: Wire, place: Callable[..., str], database: str
) -> None:
    number = place(Ordered("CP-20-LTR", cases=10))
    apply_batch("orders", events_of_order(database, number))
    with reading("orders") as session:
        (entry,) = get_timeline(session, number)
    proof = entry.proof
    assert proof and (proof.topic, proof.partition, proof.sequence) == ("dm.orders.lifecycle", 0, 1)
    assert proof.offset is not None and proof.shown_after.total_seconds() >= 0
    assert entry.facts["cases"] == 10 and entry.actor == "jim.halpert"
