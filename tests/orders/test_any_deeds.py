"""An order as a state machine under hypothesis: people and the warehouse do what they like, in any order."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from models.orders.approval import approve_order, refuse_order
from models.orders.commands import request_cancellation, revise_order
from models.orders.consistency import find_book_errors
from models.orders.new_order import NewLine, NewOrder
from models.orders.queries import get_order
from models.orders.rules import CANCELLABLE, check_transition
from models.orders.tables import Order
from models.shared.errors import DomainError, Forbidden
from models.shared.listeners.interface import Incoming, apply_batch
from models.shared.transactions import reading, transaction
from tests.factories.orders import (
    PAPER,
    PRODUCTS,
    Ordered,
    Packed,
    Reserved,
    Wire,
    make_reservation,
    make_shipment,
)

MADE, SHIPMENT = "dm.inventory.reservation.made.v1", "dm.inventory.shipment"
PLACED = (
    "placed",
    "reserved",
    "back_ordered",
    "partly_shipped",
    "shipped",
    "delivered",
    "cancelling",
)


class AnOrder(RuleBasedStateMachine):
    """One order of Jim's. `held` and `left` are the warehouse's own figures; it answers a cancellation once."""

    wire: Wire
    place: Callable[..., str]

    @initialize(cases=st.integers(1, 9), percent=st.sampled_from((0, 15)))
    def write_down(self, cases: int, percent: int) -> None:
        self.number = self.place(Ordered(PAPER.sku, cases=cases), discount_percent=Decimal(percent))
        self.cases, self.held, self.left = cases, 0, 0
        self.parcels, self.told, self.is_over = list[int](), list[Incoming](), False
        self.status = self.order().status

    @rule(agrees=st.booleans(), actor=st.sampled_from(("michael.scott", "jim.halpert")))
    def decide(self, agrees: bool, actor: str) -> None:
        order = self.order()
        why = Forbidden if actor == order.owner else DomainError
        may = order.status == "awaiting_approval" and actor != order.owner
        self.try_(
            may,
            why,
            actor,
            partial(approve_order if agrees else refuse_order, is_manager=True),
            *(() if agrees else ("Too much",)),
            order.version,
        )

    @rule(
        cases=st.integers(1, 9),
        percent=st.sampled_from((0, 15)),
        actor=st.sampled_from(("jim.halpert", "dwight.schrute")),
    )
    def revise(self, cases: int, percent: int, actor: str) -> None:
        order = self.order()
        new = NewOrder(
            client_number="CL-1001",
            products=PRODUCTS,
            lines=[NewLine(sku=PAPER.sku, quantity=cases)],
            owner_name="Jim Halpert",
            discount_percent=Decimal(percent),
        )
        may = order.status in ("awaiting_approval", "sent_back") and actor == order.owner
        if self.try_(
            may,
            DomainError if actor == order.owner else Forbidden,
            actor,
            revise_order,
            new,
            order.version,
        ):
            self.cases = cases

    @rule(actor=st.sampled_from(("jim.halpert", "dwight.schrute")))
    def regret(self, actor: str) -> None:
        order = self.order()
        may = order.status in CANCELLABLE and actor == order.owner
        self.try_(
            may,
            DomainError if actor == order.owner else Forbidden,
            actor,
            request_cancellation,
            "Changed",
            order.version,
        )

    @precondition(lambda self: self.is_at_work() and self.held < self.cases)
    @rule(data=st.data())
    def hold(self, data: st.DataObject) -> None:
        self.held = data.draw(st.integers(self.held, self.cases))
        self.tell(
            MADE,
            make_reservation(
                self.number, Reserved(line=1, cases=self.held, short=self.cases - self.held)
            ),
        )

    @precondition(lambda self: self.is_at_work() and self.left < self.held)
    @rule(data=st.data())
    def dispatch(self, data: st.DataObject) -> None:
        some = data.draw(st.integers(1, self.held - self.left))
        self.left += some
        self.parcels.append(some)
        self.tell(
            f"{SHIPMENT}.dispatched.v1",
            make_shipment(
                self.number, Packed(line=1, cases=some), shipment=f"SH-{self.number}-{self.left}"
            ),
        )

    @precondition(lambda self: bool(self.parcels))
    @rule()
    def deliver(self) -> None:
        self.tell(
            f"{SHIPMENT}.delivered.v1",
            make_shipment(self.number, Packed(line=1, cases=self.parcels.pop(0))),
        )

    @precondition(lambda self: self.status == "cancelling" and not self.is_over)
    @rule()
    def answer(self) -> None:
        if self.left == self.cases:
            self.tell(
                "dm.inventory.release.refused.v1",
                {"order_number": self.number, "reason": "The last parcel left."},
            )
        else:
            self.is_over = True
            self.tell(
                "dm.inventory.reservation.released.v1", {"order_number": self.number, "lines": []}
            )

    @precondition(lambda self: bool(self.told))
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        before = self.order().version
        apply_batch(
            "orders", data.draw(st.lists(st.sampled_from(self.told), min_size=1, max_size=4))
        )
        assert self.order().version == before, "what was heard before changes nothing"

    @invariant()
    def nothing_is_wrong(self) -> None:
        if not hasattr(self, "number"):
            return
        with reading("orders") as session:
            assert find_book_errors(session) == []
        order = self.order()
        check_transition(self.status, order.status)
        assert (order.shipped, order.cases) == (
            self.left,
            self.left if self.is_over and self.left else self.cases,
        )
        assert not (order.status == "cancelled" and order.shipped), (
            "never both cancelled and dispatched"
        )

    def order(self) -> Order:
        with reading("orders") as session:
            return get_order(session, self.number)

    def is_at_work(self) -> bool:
        """Whether the warehouse knows of it and has not given it up."""
        return self.order().status in PLACED and not self.is_over

    def tell(self, type_: str, data: dict[str, Any]) -> None:
        self.status = self.order().status
        self.told.append(event := self.wire.event(type_, data))
        assert apply_batch("orders", [event]).dead == 0

    def try_(
        self, may: bool, why: type[Exception], actor: str, command: Callable, *args: Any
    ) -> bool:
        """Does it as this person; where it may not be, it is refused for that reason and leaves all as it was."""
        before = self.order()
        self.status = before.status
        if may:
            with transaction("orders", actor=actor) as session:
                command(session, self.number, *args)
            return True
        with pytest.raises(why), transaction("orders", actor=actor) as session:
            command(session, self.number, *args)
        assert self.order().version == before.version
        return False


def test_whatever_people_and_the_warehouse_do_an_order_stays_true(
    wire: Wire, place: Callable[..., str]
) -> None:
    kept = settings(
        max_examples=10,
        stateful_step_count=14,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(
        type("TheOrder", (AnOrder,), {"wire": wire, "place": staticmethod(place)}), settings=kept
    )
