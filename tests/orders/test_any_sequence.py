"""Property tests: whatever the warehouse tells of an order, late, doubled or in the wrong order,
the end is the same.
"""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.orders.consistency import find_book_errors
from models.orders.history import get_timeline
from models.orders.queries import get_order
from models.orders.rules import derive_status
from models.shared.listeners.interface import Incoming, apply_batch
from models.shared.transactions import reading
from tests.factories.orders import (
    CARD,
    PAPER,
    Ordered,
    Packed,
    Reserved,
    Wire,
    events_of_order,
    make_reservation,
    make_shipment,
)

MADE, SHIPMENT = "dm.inventory.reservation.made.v1", "dm.inventory.shipment"
Told = tuple[str, list[Reserved] | list[Packed], int]  # what, figures by line, which parcel


@st.composite
def stories(draw: Any) -> tuple[tuple[int, int], list[Told]]:
    """Cases of two lines, and what a warehouse that keeps its books could tell of them."""
    ordered = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    held, left, parcels, told = [0, 0], [0, 0], list[list[Packed]](), list[Told]()
    for what in draw(
        st.lists(st.sampled_from(("hold", "dispatch", "deliver")), min_size=1, max_size=9)
    ):
        if what == "hold":
            held = [draw(st.integers(held[n], ordered[n])) for n in (0, 1)]
            told.append((MADE, [reserved(n, held[n], ordered[n]) for n in (0, 1)], 0))
        elif what == "dispatch" and held != left:
            some = [draw(st.integers(0, held[n] - left[n])) for n in (0, 1)]
            if any(some):
                parcels.append([Packed(line=n + 1, cases=some[n]) for n in (0, 1) if some[n]])
                left = [left[n] + some[n] for n in (0, 1)]
                told.append((f"{SHIPMENT}.dispatched.v1", parcels[-1], len(parcels)))
        elif what == "deliver" and (open_ := _not_arrived(told, len(parcels))):
            which = draw(st.sampled_from(open_))
            told.append((f"{SHIPMENT}.delivered.v1", parcels[which - 1], which))
    return ordered, told


def reserved(place: int, held: int, ordered: int) -> Reserved:
    """What is held for the line at this place, and what is missing."""
    return Reserved(line=place + 1, cases=held, short=ordered - held)


def _not_arrived(told: list[Told], parcels: int) -> list[int]:
    arrived = {which for what, _, which in told if what.endswith("delivered.v1")}
    return [which for which in range(1, parcels + 1) if which not in arrived]


@pytest.fixture
def credit(wire: Wire, database: str) -> None:
    """More than all examples together can use up: else the last ones wait for an approval, and
    whether they do is chance.
    """
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE orders.client SET credit_limit = 1000000000")


@pytest.mark.usefixtures("credit")
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(story=stories(), data=st.data())
def test_late_doubled_and_reordered_events_change_nothing(
    story: tuple[tuple[int, int], list[Told]],
    data: st.DataObject,
    wire: Wire,
    place: Callable[..., str],
    database: str,
) -> None:
    ordered, told = story
    straight, crooked = (
        place(Ordered(PAPER.sku, cases=ordered[0]), Ordered(CARD.sku, cases=ordered[1]))
        for _ in range(2)
    )
    apply_batch("orders", [*events_of_order(database, straight), *_events(wire, straight, told)])

    events = [*events_of_order(database, crooked), *_events(wire, crooked, told)]
    arriving = data.draw(
        st.permutations(events + data.draw(st.lists(st.sampled_from(events), max_size=6)))
    )
    size = data.draw(st.integers(1, len(arriving)))
    for start in range(0, len(arriving), size):
        assert apply_batch("orders", arriving[start : start + size]).dead == 0
    assert _state(database, crooked) == _state(database, straight)

    shown = _state(database, crooked)
    apply_batch("orders", arriving)
    assert _state(database, crooked) == shown, "all of it once more, and nothing moved"
    with reading("orders") as session:
        assert find_book_errors(session) == []


@settings(max_examples=100, deadline=None)
@given(story=stories())
def test_the_status_only_goes_forward_while_the_warehouse_works(
    story: tuple[tuple[int, int], list[Told]],
) -> None:
    ordered, told = story
    lines = [_Line(ordered[0]), _Line(ordered[1])]
    ways, seen = (
        ("placed", "back_ordered", "reserved", "partly_shipped", "shipped", "delivered"),
        [0],
    )
    for what, figures, _ in told:
        for n, *cases in figures:
            lines[n - 1].take(what, cases)
        seen.append(ways.index(derive_status(lines, "none")))
    assert seen == sorted(seen)


class _Line:
    """A line's figures as the handlers keep them."""

    def __init__(self, ordered: int) -> None:
        self.ordered, self.reserved, self.short, self.shipped, self.delivered, self.given_up = (
            ordered,
            0,
            0,
            0,
            0,
            0,
        )

    def take(self, what: str, cases: list[int]) -> None:
        if what == MADE:
            self.reserved, self.short = cases[0] - self.shipped, cases[1]
        elif what.endswith("dispatched.v1"):
            self.shipped, self.reserved = self.shipped + cases[0], self.reserved - cases[0]
        else:
            self.delivered += cases[0]


def _events(wire: Wire, number: str, told: list[Told]) -> list[Incoming]:
    return [
        wire.event(
            what,
            make_reservation(number, *figures)
            if what == MADE  # type: ignore[arg-type]
            else make_shipment(number, *figures, shipment=f"SH-{number}-{which}"),
        )  # type: ignore[arg-type]
        for what, figures, which in told
    ]


def _state(database: str, number: str) -> Any:
    """All that is known of an order, without what only names it."""
    with reading("orders") as session:
        order, steps = get_order(session, number), get_timeline(session, number)
    lines = [
        (line.ordered, line.reserved, line.short, line.shipped, line.delivered, line.given_up)
        for line in order.lines
    ]
    facts = [(step.type, {**step.facts, "shipment_number": ""}) for step in steps]
    with psycopg.connect(database) as connection:
        mine = connection.execute(
            "SELECT type, sequence FROM orders.outbox WHERE key = %s ORDER BY id", [number]
        ).fetchall()
    return (
        order.status,
        order.version,
        order.total,
        order.reserved,
        order.short,
        order.shipped,
        lines,
        facts,
        mine,
    )
